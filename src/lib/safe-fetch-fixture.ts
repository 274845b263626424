import { afterAll, beforeAll, expect } from "bun:test";
import zlib from "node:zlib";
import { createCertificate } from "../../test/doubles/certificate.ts";
import {
  createSafeFetch,
  type FetchFailure,
  type SafeFetchConfig,
  SafeFetchError,
} from "./safe-fetch.ts";

const certificate = createCertificate(["pds.example.com", "other.example.com"]);
/** What the servers were asked for. */
export const seen: Request[] = [];
let server: Bun.Server<undefined>;
let plain: Bun.Server<undefined>;

/** Gives a file of tests a server with a certificate, and one without. */
export function useServers(): void {
  beforeAll(() => {
    const common = { port: 0, hostname: "127.0.0.1", fetch: answer };
    server = Bun.serve({ ...common, tls: certificate });
    plain = Bun.serve(common);
  });
  afterAll(async () => {
    await server.stop(true);
    await plain.stop(true);
  });
}

function answer(request: Request): Response | Promise<Response> {
  seen.push(request);
  const url = new URL(request.url);
  const to = url.searchParams.get("to");
  const status = Number(url.searchParams.get("status") ?? 302);
  switch (url.pathname) {
    case "/redirect":
      return new Response(null, { status, headers: { location: to! } });
    case "/loop":
      return Response.redirect("/loop", 302);
    case "/size":
      return new Response(new Uint8Array(Number(to)));
    case "/chunked":
      return new Response(endless(1000, 0));
    case "/trickle":
      return new Response(endless(1, 20));
    case "/never":
      return new Promise(() => {});
    case "/silent":
      return new Response(endless(1, 1_000_000));
    case "/gzip":
      return new Response(Bun.gzipSync(Buffer.alloc(Number(to), "a")), {
        headers: { "content-encoding": "gzip" },
      });
    case "/br":
      return new Response(zlib.brotliCompressSync(Buffer.from("plain")), {
        headers: { "content-encoding": "br" },
      });
    case "/odd-encoding":
      return new Response("x", { headers: { "content-encoding": "zstd" } });
    case "/echo":
      return request.text().then((body) =>
        Response.json({
          method: request.method,
          body,
          headers: Object.fromEntries(request.headers),
        }),
      );
    default:
      return new Response("hello", { headers: { "x-odd": "1" } });
  }
}

function endless(chunkBytes: number, pauseMs: number): ReadableStream {
  let first = true;
  return new ReadableStream({
    async pull(controller) {
      if (!first && pauseMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
      }
      first = false;
      controller.enqueue(new Uint8Array(chunkBytes));
    },
  });
}

/** A safe fetch for which every name leads to the servers of the tests. */
export function toTestServer(config: Partial<SafeFetchConfig> = {}) {
  return createSafeFetch({
    allowLoopback: true,
    timeoutMs: 5_000,
    maxBytes: 10_000,
    maxRedirects: 3,
    lookup: async () => ["127.0.0.1"],
    ca: certificate.cert,
    ...config,
  });
}

export async function reasonOf(
  promise: Promise<unknown>,
): Promise<FetchFailure> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(SafeFetchError);
    return (error as SafeFetchError).reason;
  }
  throw new Error("the fetch should have failed");
}

export const https = (path: string, host = "pds.example.com") =>
  `https://${host}:${server.port}${path}`;
export const http = (path: string) => `http://127.0.0.1:${plain.port}${path}`;
export const text = (body: Uint8Array) => new TextDecoder().decode(body);
