import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { call } from "../support/network.ts";
import { sizeOf } from "../support/sizes.ts";
import { readLines } from "./crowd-control.ts";
import { type Host, quantile, rssBytes, startHost } from "./host.ts";
import type { Command, Kind, Report } from "./readers.ts";
import { openRaw } from "./websocket.ts";

/**
 * Many readers of the firehose while 50 commits a second are made, some of
 * whom read slowly, not at all, or come and go: nobody misses an event, and
 * who reads honestly notices nothing of those who don't.
 */

const ACCOUNTS = 10;
const COMMITS_PER_SEC = 50;
/** One commit in so many is larger than most, though not so that copying is all that is measured. */
const LARGE_EVERY = 10;
const LARGE_CHARS = Math.min(50_000, 5_000_000 / sizeOf("loadReaders"));
/** Written at the end, so that what a stalled reader leaves fills the kernel's buffers and then ours. */
const FLOOD_COMMITS = 20;
const FLOOD_CHARS = 400_000;
const SLICE_MS = 6000;
const LEAST_PAIRS = 2;
const MOST_PAIRS = 12;
const MIB = 1024 * 1024;
/** A reader who keeps up; buffers of its socket and what the runtime holds for it. */
const HONEST_BYTES = 128 * 1024;
/** One who doesn't: a buffer of 1 MiB and a large frame, and what the allocator keeps. */
const BACKLOG_BYTES = 2 * MIB;
/** The ring of live events, and what writing takes. */
const SERVER_BYTES = 128 * MIB;

const readerCount = sizeOf("loadReaders");
const counts: Record<Kind, number> = {
  honest: Math.ceil(readerCount * 0.8),
  slow: Math.ceil(readerCount * 0.05),
  stalled: Math.ceil(readerCount * 0.1),
  reconnecting: Math.ceil(readerCount * 0.05),
};
const UNFAIR: readonly Kind[] = ["slow", "stalled"];
const only = (kinds: readonly Kind[]) =>
  Object.fromEntries(
    Object.entries(counts).map(([kind, count]) => [
      kind,
      kinds.includes(kind as Kind) ? count : 0,
    ]),
  ) as Record<Kind, number>;

let host: Host;
beforeAll(async () => {
  host = await startHost(ACCOUNTS, {
    TEMPEST_MAX_SOCKETS_PER_IP: String(readerCount * 2),
  });
}, 120_000);
afterAll(() => host.stop());

function startReaders() {
  const program = join(import.meta.dir, "readers.ts");
  const child = Bun.spawn([process.execPath, program, String(host.port)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = readLines(child.stdout);
  return {
    async tell<T>(command: Command): Promise<T> {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      child.stdin.flush();
      const { value } = await lines.next();
      if (value === undefined) throw new Error("the readers have gone");
      return JSON.parse(value);
    },
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

/** A record that says in its path when it was asked for. */
function writeRecord(number: number, chars: number) {
  const { did, accessJwt: token } = host.accounts[number % ACCOUNTS]!;
  const micros = (performance.timeOrigin + performance.now()) * 1000;
  const collection = "com.example.load";
  return call(host.server.url, "com.atproto.repo.createRecord", {
    token,
    input: {
      repo: did,
      collection,
      rkey: `t${Math.round(micros)}`,
      record: { $type: collection, text: "x".repeat(chars) },
    },
  });
}

/** Makes commits at a steady pace. */
function startWriting() {
  const report = { answered: 0, problems: [] as string[] };
  const underWay = new Set<Promise<void>>();
  const startedMs = performance.now();
  let made = 0;

  async function write(number: number): Promise<void> {
    const isLarge = number % LARGE_EVERY === 0;
    const answer = await writeRecord(number, isLarge ? LARGE_CHARS : 200);
    if (answer.status === 200) report.answered++;
    else report.problems.push(JSON.stringify(answer.body));
  }

  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1000) * COMMITS_PER_SEC;
    // No faster than it can: what was missed is not made up for.
    for (; made < due && underWay.size < COMMITS_PER_SEC; made++) {
      const writing = write(made).finally(() => underWay.delete(writing));
      underWay.add(writing);
    }
    made = Math.max(made, Math.floor(due) - COMMITS_PER_SEC);
  }, 1000 / COMMITS_PER_SEC);

  return {
    report,
    perSec: () => (report.answered / (performance.now() - startedMs)) * 1000,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** Number of the newest event, by the server's own word: all before it come first. */
async function lastSeq(): Promise<number> {
  const { did, accessJwt: token } = host.accounts[0]!;
  const found = Promise.withResolvers<number>();
  const path = "/xrpc/com.atproto.sync.subscribeRepos";
  const reader = openRaw(host.port, path, (bytes) => {
    const message = Buffer.from(bytes);
    const at = message.indexOf(Buffer.from("736571" + "1b", "hex"));
    if (at > 0) found.resolve(Number(message.readBigUInt64BE(at + 4)));
  });
  await reader.opened;
  reader.flow();
  await call(host.server.url, "com.atproto.repo.putRecord", {
    token,
    input: {
      repo: did,
      collection: "com.example.end",
      rkey: "end",
      record: { $type: "com.example.end", at: Date.now() },
    },
  });
  const seq = await found.promise;
  reader.close();
  return seq;
}

test(
  `${readerCount} readers`,
  async () => {
    const readers = startReaders();
    const before = await rssBytes(host.server.pid);
    let highest = before;
    const watching = setInterval(async () => {
      highest = Math.max(highest, await rssBytes(host.server.pid));
    }, 200);
    /** The highest memory until now, some moments from now. */
    async function settled(): Promise<number> {
      await Bun.sleep(1000);
      return highest;
    }
    const open = (of: readonly Kind[]) =>
      readers.tell({ do: "open", counts: only(of) });
    async function sample(): Promise<number[]> {
      await readers.tell({ do: "mark" });
      await Bun.sleep(SLICE_MS);
      return readers.tell<number[]>({ do: "lags" });
    }
    try {
      await open(["honest", "reconnecting"]);
      const writing = startWriting();
      await sample(); // so that all is warm
      const fair: number[] = [];
      const unfair: number[] = [];
      let ratio = Infinity;
      // Noise of the machine is in both; pairs are added until it evens out.
      for (let pair = 1; pair <= MOST_PAIRS; pair++) {
        fair.push(...(await sample()));
        await open(UNFAIR);
        unfair.push(...(await sample()));
        ratio = quantile(unfair, 0.99) / quantile(fair, 0.99);
        if (pair === MOST_PAIRS || (pair >= LEAST_PAIRS && ratio <= 2)) break;
        await readers.tell({ do: "close", kinds: UNFAIR });
      }
      const perSec = writing.perSec();
      await writing.stop();
      for (let i = 0; i < FLOOD_COMMITS; i++) {
        expect((await writeRecord(i, FLOOD_CHARS)).status).toBe(200);
      }
      const grownMib = ((await settled()) - before) / MIB;
      // Now they want all that they left, and get it from the log.
      await readers.tell({ do: "resume" });
      const report = await readers.tell<Report>({
        do: "report",
        lastSeq: await lastSeq(),
        timeoutMs: 60_000,
      });
      const p99 = [fair, unfair].map((lags) => quantile(lags, 0.99).toFixed(1));
      console.info(
        `${report.readers} readers, ${perSec.toFixed(0)} commits/s: ` +
          `${report.messages} messages over ${report.connections} connections, ${report.ended} ended; ` +
          `lag p99 ${p99[0]} ms, ${p99[1]} ms beside slow and stalled ones; ` +
          `server grew by ${grownMib.toFixed(0)} MiB`,
      );
      expect(writing.report.problems).toEqual([]);
      expect(report.problems).toEqual([]);
      expect(report.messages).toBeGreaterThan(
        writing.report.answered * counts.honest,
      );
      expect(ratio).toBeLessThanOrEqual(2);
      expect(grownMib * MIB).toBeLessThan(
        SERVER_BYTES +
          (counts.honest + counts.reconnecting) * HONEST_BYTES +
          (counts.slow + counts.stalled) * BACKLOG_BYTES,
      );
    } finally {
      clearInterval(watching);
      await readers.stop();
    }
  },
  30 * 60_000,
);
