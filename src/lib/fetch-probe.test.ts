import { expect, test } from "bun:test";
import { probeFetch } from "./fetch-probe.ts";
import { createSafeFetch } from "./safe-fetch.ts";

test("tells how a fetch went", async () => {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response("hello"),
  });
  const config = { timeoutMs: 1_000, maxBytes: 100, maxRedirects: 0 };
  const url = `http://127.0.0.1:${server.port}/`;
  try {
    const open = createSafeFetch({ ...config, allowLoopback: true });
    expect(await probeFetch(open, url)).toEqual({
      ok: true,
      status: 200,
      sizeBytes: 5,
      url,
    });
    const shut = createSafeFetch({ ...config, allowLoopback: false });
    expect(await probeFetch(shut, url)).toEqual({
      ok: false,
      reason: "url",
      message: "only https URLs are fetched",
    });
  } finally {
    await server.stop(true);
  }
});
