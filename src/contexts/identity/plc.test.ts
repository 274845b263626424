import { describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { createPlcClient } from "./plc.ts";
import { cidOfOperation, type PlcOperation } from "./plc-operation.ts";

/** What the client makes of a directory that misbehaves; test/plc has the rest. */

const signer = createSigner("k256", generatePrivateKey("k256"));
const did = "did:plc:aliceeeeeeeeeeeeeeeeeeee" as Did;

function clientOf(
  answer: (path: string) => Response | Promise<Response>,
  timeoutMs = 10_000,
) {
  return createPlcClient({
    url: "http://plc.test",
    timeoutMs,
    fetch: async (url, init) => {
      init.signal?.throwIfAborted();
      const aborted = new Promise<never>((_resolve, reject) =>
        init.signal!.addEventListener("abort", () =>
          reject(init.signal!.reason),
        ),
      );
      return await Promise.race([answer(new URL(url).pathname), aborted]);
    },
  });
}

async function errorOf(promise: Promise<unknown>): Promise<XrpcError> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(XrpcError);
    return error as XrpcError;
  }
  throw new Error("the call should have failed");
}

function genesis() {
  const client = clientOf(() => new Response("OK"));
  return client.signGenesis({
    signingKey: signer.didKey,
    rotationKeys: [signer.didKey],
    handle: "alice.test",
    pds: "https://pds.example.com",
    signer,
  });
}

const message = (text: string, status: number) =>
  Response.json({ message: text }, { status });

describe("reading", () => {
  test.each<[string, () => Response | Promise<Response>, string, number]>([
    ["404", () => message("unknown", 404), "NotFound", 404],
    ["410", () => message("ended", 410), "NotFound", 404],
    ["400", () => message("bad", 400), "InvalidRequest", 400],
    ["429", () => message("slow down", 429), "ServiceUnavailable", 503],
    ["503", () => message("away", 503), "ServiceUnavailable", 503],
    ["500", () => message("oops", 500), "UpstreamFailure", 502],
    ["no JSON", () => new Response("<html>"), "UpstreamFailure", 502],
    ["another shape", () => Response.json({ a: 1 }), "UpstreamFailure", 502],
    ["silence", () => new Promise(() => {}), "UpstreamTimeout", 504],
    [
      "a closed port",
      () => Promise.reject(new Error("ECONNREFUSED")),
      "UpstreamFailure",
      502,
    ],
    [
      "an endless body",
      () => new Response(new Uint8Array(5 * 1024 * 1024)),
      "UpstreamFailure",
      502,
    ],
  ])("%s becomes %p", async (_what, answer, name, status) => {
    const client = clientOf(answer, name === "UpstreamTimeout" ? 30 : 10_000);
    const error = await errorOf(client.getLastOp(did));
    expect(error).toMatchObject({ error: name, status });
  });

  test("a busy directory says when to come back", async () => {
    const client = clientOf(
      () =>
        new Response(null, { status: 429, headers: { "retry-after": "7" } }),
    );
    const { headers } = await errorOf(client.getData(did));
    expect(headers["Retry-After"]).toBe("7");
  });

  test("a closed port is told apart in a real connection", async () => {
    const client = createPlcClient({ url: "http://127.0.0.1:1", fetch });
    const error = await errorOf(client.getDocument(did));
    expect(error.error).toBe("UpstreamFailure");
  });

  test("old logs may hold fields that we don't know", async () => {
    const operation = { ...genesis().op, extra: "field" };
    const client = clientOf(() => Response.json(operation));
    const last = await client.getLastOp(did);
    expect(last).toEqual(operation);
    expect(cidOfOperation(last)).not.toBe(genesis().cid);
  });
});

describe("submitting", () => {
  test("passes on a refusal in one short line", async () => {
    const words = `bad\n\u0000 operation:\t${"x".repeat(5000)}`;
    const client = clientOf((path) =>
      path.endsWith("/log") ? message("unknown", 404) : message(words, 400),
    );
    const error = await errorOf(client.submit(did, genesis().op));
    expect(error.error).toBe("InvalidRequest");
    expect(error.message).toStartWith(
      "the PLC directory refused: bad operation: xxx",
    );
    expect(error.message.length).toBeLessThan(250);
  });

  test("succeeds when the operation is in the log already", async () => {
    const { op } = genesis();
    const client = clientOf((path) =>
      path.endsWith("/log")
        ? Response.json([op])
        : message("not in order", 400),
    );
    await client.submit(did, op);
    const other: PlcOperation = { ...op, sig: "other" };
    const error = await errorOf(client.submit(did, other));
    expect(error.message).toBe("the PLC directory refused: not in order");
  });

  test("does not take an outage for a refusal", async () => {
    const asked: string[] = [];
    const client = clientOf((path) => {
      asked.push(path);
      return message("oops", 500);
    });
    const error = await errorOf(client.submit(did, genesis().op));
    expect(error.error).toBe("UpstreamFailure");
    expect(asked).toEqual([`/${did}`]);
  });
});
