import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { call } from "../support/network.ts";
import { sizeOf } from "../support/sizes.ts";
import { startCrowd } from "./crowd-control.ts";
import { type Host, quantile, rssBytes, startHost } from "./host.ts";
import { sendSlowly, type SlowRequest } from "./slow-client.ts";

/** Clients that are slow, idle or too many, and what honest ones notice of them. */

let host: Host;
beforeAll(async () => {
  host = await startHost(2);
}, 60_000);
afterAll(() => host.stop());

const XRPC = "/xrpc/com.atproto";

function post(path: string, type: string, length: number, more = ""): string {
  return (
    `POST ${XRPC}.${path} HTTP/1.1\r\nHost: localhost\r\n` +
    `Content-Type: ${type}\r\nContent-Length: ${length}\r\n${more}\r\n`
  );
}

describe("slow clients", () => {
  const bearer = () =>
    `Authorization: Bearer ${host.accounts[0]!.accessJwt}\r\n`;

  /** Those that are cut, and at the latest when: the server's clock goes in steps of four seconds. */
  const cut: Record<string, [slow: () => SlowRequest, atMostSec: number]> = {
    "says nothing": [() => ({ head: "" }), 20],
    "sends its head byte by byte": [
      () => ({ head: "GET / HTTP/1.1\r\nX-A: ", piece: "a" }),
      20,
    ],
    "sends JSON byte by byte": [
      () => ({
        head: post("server.createSession", "application/json", 500),
        piece: " ",
      }),
      20,
    ],
    "sends chunks of JSON byte by byte": [
      () => ({
        head:
          `POST ${XRPC}.server.createSession HTTP/1.1\r\nHost: localhost\r\n` +
          "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        piece: "1\r\n \r\n",
      }),
      60,
    ],
    "sends a file byte by byte": [
      () => ({
        head: post("repo.uploadBlob", "text/plain", 50_000, bearer()),
        piece: "a",
      }),
      50,
    ],
  };

  /** Those on a bad line, who are served. */
  const served: Record<string, () => SlowRequest> = {
    "sends a record at 5 KB/s": () => {
      const { did } = host.accounts[0]!;
      const text = "x".repeat(80_000);
      const record = { $type: "com.example.thing", text };
      const input = { repo: did, collection: "com.example.thing", record };
      return inPieces(
        (length) =>
          post("repo.createRecord", "application/json", length, bearer()),
        JSON.stringify(input),
        5000,
      );
    },
    "sends a file at 4 KB/s": () =>
      inPieces(
        (length) => post("repo.uploadBlob", "text/plain", length, bearer()),
        "y".repeat(160_000),
        4000,
      ),
  };

  function inPieces(
    headOf: (length: number) => string,
    body: string,
    bytesPerSec: number,
  ): SlowRequest {
    const rest = body.length % bytesPerSec;
    // Pieces that are all the same would be no JSON.
    let at = rest;
    return {
      head: headOf(body.length) + body.slice(0, rest),
      piece: () => body.slice(at, (at += bytesPerSec)),
      times: Math.floor(body.length / bytesPerSec),
    };
  }

  test("are cut when they only hold on, and served when they only have a bad line", async () => {
    const ends = await Promise.all([
      ...Object.entries(cut).map(async ([name, [slow, atMostSec]]) => {
        const { status, ms } = await sendSlowly(host.port, slow());
        return { name, status, isInTime: ms < atMostSec * 1000 };
      }),
      ...Object.entries(served).map(async ([name, slow]) => {
        const { status } = await sendSlowly(host.port, slow());
        return { name, status, isInTime: true };
      }),
    ]);
    for (const { name, status, isInTime } of ends) {
      const isCut = status === null || status === 408;
      expect({ name, isCut, isInTime }).toEqual({
        name,
        isCut: name in cut,
        isInTime: true,
      });
      if (!isCut) expect({ name, status }).toEqual({ name, status: 200 });
    }
  }, 120_000);

  test("are told at once that a body will be too large", async () => {
    for (const head of [
      post("server.createSession", "application/json", 10_000_000_000),
      post("repo.uploadBlob", "text/plain", 10_000_000_000, bearer()),
    ]) {
      const { status, ms } = await sendSlowly(host.port, { head });
      expect(status).toBe(413);
      // Nothing of it was sent, and who sends nothing is cut off later than that.
      expect(ms).toBeLessThan(10_000);
    }
  });
});

test("more sign-ins than can wait are told when to come again, and the rest is served", async () => {
  const { handle } = host.accounts[1]!;
  const answers = await Promise.all(
    Array.from({ length: 240 }, () =>
      call(host.server.url, "com.atproto.server.createSession", {
        input: { identifier: handle, password: "wrong" },
      }),
    ),
  );
  const refused = answers.filter(({ status }) => status === 503);
  const served = answers.filter(({ status }) => status === 401);
  expect(refused.length).toBeGreaterThan(0);
  expect(served.length).toBeGreaterThan(100);
  expect(refused.length + served.length).toBe(answers.length);
  for (const { headers, body } of refused) {
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(body.error).toBe("ServiceUnavailable");
  }
}, 180_000);

describe("a crowd of idle connections", () => {
  const SLICE_MS = 1500;
  const LEAST_PAIRS = 3;
  const MOST_PAIRS = 24;
  /** What one idle connection may cost. */
  const BYTES_EACH = 64 * 1024;

  /** Waits of honest calls, one after the other, reads and writes in turn. */
  async function sample(): Promise<number[]> {
    const { did, accessJwt: token } = host.accounts[0]!;
    const waits: number[] = [];
    const endMs = performance.now() + SLICE_MS;
    while (performance.now() < endMs) {
      const startedMs = performance.now();
      const isWrite = waits.length % 4 === 0;
      const { status } = isWrite
        ? await call(host.server.url, "com.atproto.repo.createRecord", {
            token,
            input: {
              repo: did,
              collection: "com.example.thing",
              record: { $type: "com.example.thing", at: waits.length },
            },
          })
        : await call(host.server.url, "com.atproto.repo.listRecords", {
            params: { repo: did, collection: "com.example.thing", limit: 5 },
          });
      expect(status).toBe(200);
      waits.push(performance.now() - startedMs);
    }
    return waits;
  }

  test(
    "leaves honest callers within twice their wait, and costs little memory",
    async () => {
      const size = sizeOf("idleConnections");
      const crowd = startCrowd(host.port);
      try {
        await sample();
        const alone: number[] = [];
        const crowded: number[] = [];
        let ratio = Infinity;
        let grownBytes = 0;
        // Noise of the machine is in both; pairs are added until it evens out.
        for (let pair = 1; pair <= MOST_PAIRS; pair++) {
          alone.push(...(await sample()));
          const before = await rssBytes(host.server.pid);
          const { open } = await crowd.set(size);
          expect(open).toBeGreaterThan(size / 2);
          crowded.push(...(await sample()));
          grownBytes = (await rssBytes(host.server.pid)) - before;
          await crowd.set(0);
          ratio = quantile(crowded, 0.99) / quantile(alone, 0.99);
          if (pair >= LEAST_PAIRS && ratio <= 2) break;
        }
        const p99 = [alone, crowded].map((waits) =>
          quantile(waits, 0.99).toFixed(1),
        );
        console.info(
          `${size} idle connections: p99 ${p99[0]} ms alone, ${p99[1]} ms with them, ${(grownBytes / size / 1024).toFixed(1)} KiB each`,
        );
        expect(ratio).toBeLessThanOrEqual(2);
        expect(grownBytes).toBeLessThan(size * BYTES_EACH);
      } finally {
        await crowd.stop();
      }
    },
    10 * 60_000,
  );
});
