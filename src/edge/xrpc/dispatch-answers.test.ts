import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import { BlockError, InvalidSyntax, PathError } from "#repo/errors.ts";
import { ALICE, CID_TEXT, startTestEdge } from "#edge/edge-fixture.ts";

const host = startTestEdge();
afterAll(() => host.edge.stop(0));
beforeEach(() => {
  host.answer = null;
});

describe("failures of a method", () => {
  const cases: [string, () => never, number, string][] = [
    [
      "a declared error",
      fail(new XrpcError("InvalidSwap", "x")),
      400,
      "InvalidSwap",
    ],
    [
      "a row's error",
      fail(new XrpcError("BlobNotFound", "x")),
      400,
      "BlobNotFound",
    ],
    [
      "a generic error",
      fail(new XrpcError("ServiceUnavailable", "x")),
      503,
      "ServiceUnavailable",
    ],
    ["a bad block", fail(new BlockError("bad block")), 400, "InvalidRequest"],
    ["a bad path", fail(new PathError("bad path", "x")), 400, "InvalidRequest"],
    ["bad syntax", fail(new InvalidSyntax("did", "x")), 400, "InvalidRequest"],
    [
      "an unforeseen error",
      fail(new Error("secret detail")),
      500,
      "InternalServerError",
    ],
    [
      "an error that nothing declares",
      fail(new XrpcError("Oops", "x")),
      500,
      "InternalServerError",
    ],
    [
      "an answer that doesn't fit",
      () => ({ uri: 1 }) as never,
      500,
      "InternalServerError",
    ],
  ];
  for (const [about, answer, status, error] of cases) {
    test(about, async () => {
      host.answer = answer;
      const response = await host.call("com.atproto.repo.createRecord", {
        json: { repo: ALICE, collection: "a.b.c", record: {} },
        token: "main",
      });
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(JSON.parse(text).error).toBe(error);
      expect(text).not.toContain("secret detail");
    });
  }

  test("an unforeseen error is logged under the id that the client sees", async () => {
    host.answer = fail(new Error("the disk is on fire"));
    const response = await host.call("com.atproto.server.getSession", {
      token: "main",
    });
    const { message } = (await response.json()) as { message: string };
    const requestId = message.split(" ").at(-1)!;
    const lines = host.logLines.filter((line) => line.requestId === requestId);
    expect(lines.map((line) => line.event)).toEqual([
      "request failed",
      "request",
    ]);
    expect(JSON.stringify(lines[0])).toContain("the disk is on fire");
  });

  test("headers of an error are sent", async () => {
    host.answer = fail(
      new XrpcError("ServiceUnavailable", "busy", { retryAfterSec: 7 }),
    );
    const response = await host.call("com.atproto.server.getSession", {
      token: "main",
    });
    expect(response.headers.get("retry-after")).toBe("7");
  });
});

function fail(error: Error): () => never {
  return () => {
    throw error;
  };
}

describe("answers", () => {
  test("of one account are not kept by caches", async () => {
    const own = await host.call("com.atproto.server.getSession", {
      token: "main",
    });
    expect(own.headers.get("cache-control")).toBe("private");
    expect(own.headers.get("vary")).toBe("Authorization");
    const open = await host.call("com.atproto.server.describeServer");
    expect(open.headers.get("cache-control")).toBeNull();
  });

  test("to HEAD have no body, and their stream is let go", async () => {
    let cancelled = 0;
    host.answer = () =>
      new ReadableStream(
        { cancel: () => void cancelled++ },
        { highWaterMark: 0 },
      );
    const response = await host.call("com.atproto.sync.getRepo", {
      method: "HEAD",
      query: `?did=${ALICE}`,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(
      "application/vnd.ipld.car",
    );
    expect(cancelled).toBe(1);
    // Nobody knows how long it would be.
    expect(response.headers.get("content-length")).toBeNull();
  });

  test("to HEAD tell the length that GET has", async () => {
    const lengthOf = async (method: string, nsid: string, query = "") => {
      const { headers } = await host.call(nsid, { method, query });
      return headers.get("content-length");
    };
    for (const [nsid, query] of [
      ["com.atproto.server.describeServer", ""],
      ["com.atproto.sync.getLatestCommit", `?did=${ALICE}`],
      ["com.atproto.sync.getRepoStatus", "?did=nonsense"],
      ["com.atproto.server.getSession", ""],
    ] as const) {
      const length = await lengthOf("GET", nsid, query);
      expect(Number(length)).toBeGreaterThan(0);
      expect(await lengthOf("HEAD", nsid, query)).toBe(length);
    }
    host.answer = () => new Uint8Array(77);
    const query = `?did=${ALICE}&cids=${CID_TEXT}`;
    const nsid = "com.atproto.sync.getBlocks";
    expect(await lengthOf("GET", nsid, query)).toBe("77");
    expect(await lengthOf("HEAD", nsid, query)).toBe("77");
  });

  test("a slash at the end of the path does no harm", async () => {
    const response = await host.call("com.atproto.server.describeServer/");
    expect(await response.json()).toEqual({
      did: "did:web:pds.test",
      availableUserDomains: [".pds.test"],
      inviteCodeRequired: false,
      blobUploadLimit: 2_000_000,
      links: { privacyPolicy: "https://pds.test/privacy" },
      contact: {},
    });
  });
});
