import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { schemas } from "@atproto/api";
import * as lexCbor from "@atproto/lex-cbor";
import { Lexicons } from "@atproto/lexicon";
import { verifyProofs } from "@atproto/repo";
import { parseAccount, parseIdentity, parseSync } from "@atproto/sync";
import fc from "fast-check";
import { decodeCar } from "#repo/car.ts";
import type { CidBytes } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import { createFollower, openStream } from "../support/firehose.ts";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { invertOfficially, officialCid } from "../support/official-trees.ts";
import { sizeOf } from "../support/sizes.ts";
import { until } from "../support/until.ts";

/**
 * A random workload over HTTP, and readers of its events over WebSockets, who
 * come from anywhere and at any time.
 */

const STREAM = "com.atproto.sync.subscribeRepos";
const APPLY = "com.atproto.repo.applyWrites";
const THING = "com.example.thing";
const NAMES = ["alice", "bob", "carla"];
const lexicons = new Lexicons(schemas);

let network: Network;
let accounts: TestAccount[];
/** The whole stream, read once from the start: what all others must see. */
let events: { seq: number; frame: Uint8Array }[];

beforeAll(async () => {
  network = await startNetwork({
    settings: { TEMPEST_MAX_SOCKETS_PER_IP: "5000" },
  });
  accounts = await Promise.all(NAMES.map(network.createAccount));
  await work(Math.min(sizeOf("propertyRuns"), 300));
  events = await readFrom(0, lastSeq());
});
afterAll(() => network.stop());

const lastSeq = () => (events ?? []).at(-1)?.seq ?? 0;
const seqOf = (frame: Uint8Array) =>
  (decodeFrame(frame).payload as { seq: number }).seq;

interface Job {
  account: number;
  /** Records to put (a number) or to delete (null), by key. */
  writes: [rkey: string, n: number | null][];
  /** Now and then an account takes a rest, or changes its mind. */
  rest: boolean;
}

const job: fc.Arbitrary<Job> = fc.record({
  account: fc.nat(NAMES.length - 1),
  writes: fc.array(
    fc.tuple(
      fc.constantFrom(..."abcdefghijklmnop"),
      fc.option(fc.nat(5), { freq: 4 }),
    ),
    { minLength: 1, maxLength: 10 },
  ),
  rest: fc.nat(20).map((n) => n === 0),
});

/** What is at each path, so that a put is the write that it has to be. */
const contents = NAMES.map(() => new Map<string, number>());

async function work(count: number): Promise<void> {
  for (const one of fc.sample(job, count)) await doJob(one);
}

async function doJob({ account, writes, rest }: Job): Promise<void> {
  const { did } = accounts[account]!;
  if (rest) await takeRest(did as Did);
  const token = accounts[account]!.accessJwt;
  const known = contents[account]!;
  const input = {
    repo: did,
    writes: writes.map(([rkey, n]) => {
      const action =
        n === null ? "delete" : known.has(rkey) ? "update" : "create";
      if (n === null) known.delete(rkey);
      else known.set(rkey, n);
      const value = n === null ? {} : { value: { n } };
      return { $type: `${APPLY}#${action}`, collection: THING, rkey, ...value };
    }),
  };
  const { status, body } = await network.call(APPLY, {
    token,
    input,
  });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

/** Suspension and its end, which leave two account events. */
async function takeRest(did: Did): Promise<void> {
  const { states } = network.app.accounts;
  await states.takeDown(did, "rest");
  await states.restore(did);
  const index = accounts.findIndex((account) => account.did === did);
  const { handle: identifier, password } = accounts[index]!;
  const { body } = await network.call("com.atproto.server.createSession", {
    input: { identifier, password },
  });
  accounts[index] = { ...accounts[index]!, accessJwt: body.accessJwt };
}

/** All events after a cursor, up to one; up to the newest when it is 0. */
async function readFrom(
  cursor: number | null,
  untilSeq: number,
): Promise<typeof events> {
  const found: typeof events = [];
  const stream = await openStream(network.url, cursor, (frame) => {
    const { t } = decodeFrame(frame);
    expect(t).not.toBe("#info");
    found.push({ seq: seqOf(frame), frame });
  });
  const end = untilSeq === 0 ? await newestSeq() : untilSeq;
  await until("the last event", 30_000, () => (found.at(-1)?.seq ?? 0) >= end);
  stream.close();
  await stream.closed;
  return found;
}

/** Writes once more and waits for that event, which is then the newest. */
async function newestSeq(): Promise<number> {
  let seq = 0;
  const stream = await openStream(network.url, null, (frame) => {
    seq = seqOf(frame);
  });
  await doJob({ account: 0, writes: [["end", Date.now()]], rest: false });
  await until("an event", 30_000, () => seq > 0);
  stream.close();
  await stream.closed;
  return seq;
}

/** From `cursor` on, everything once, in order and byte for byte. */
function expectAllAfter(cursor: number, found: typeof events): void {
  const expected = events.filter(({ seq }) => seq > cursor);
  expect(found.map(({ seq }) => seq)).toEqual(expected.map(({ seq }) => seq));
  for (const [i, { frame }] of found.entries()) {
    expect(Buffer.compare(frame, expected[i]!.frame)).toBe(0);
  }
}

/** Every number at which a reader can stand, and those in between. */
function allCursors(): number[] {
  const seqs = events.map(({ seq }) => seq);
  const around = seqs.flatMap((seq) => [seq - 1, seq, seq + 1]);
  const last = seqs.at(-1)!;
  return [...new Set([0, 1, ...around])].filter((cursor) => cursor < last);
}

async function expectEveryCursorWorks(): Promise<void> {
  const cursors = allCursors();
  expect(cursors.length).toBeGreaterThan(events.length);
  // A few at a time: each reads all that follows.
  for (let at = 0; at < cursors.length; at += 16) {
    await Promise.all(
      cursors.slice(at, at + 16).map(async (cursor) => {
        // Cursors below the first event are told that they may miss some.
        if (cursor > 0 && cursor < events[0]!.seq - 1) return;
        expectAllAfter(cursor, await readFrom(cursor, lastSeq()));
      }),
    );
  }
}

describe("a reader", () => {
  test("from any cursor sees each event once, in order", async () => {
    await expectEveryCursorWorks();
  });

  test("from any cursor sees the same after a restart", async () => {
    await network.restart();
    await expectEveryCursorWorks();
  });

  test("from any cursor, at any moment of the work, misses nothing", async () => {
    const readers = sizeOf("subscribers");
    const known = events.map(({ seq }) => seq);
    const found: { cursor: number; seen: typeof events; close(): void }[] = [];
    const working = work(readers);
    for (let i = 0; i < readers; i++) {
      const cursor = known[(i * 7919) % known.length]!;
      const seen: typeof events = [];
      const stream = await openStream(network.url, cursor, (frame) => {
        seen.push({ seq: seqOf(frame), frame });
      });
      found.push({ cursor, seen, close: stream.close });
    }
    await working;
    events = await readFrom(0, 0);
    await until("the last event at every reader", 60_000, () =>
      found.every(({ seen }) => seen.at(-1)?.seq === lastSeq()),
    );
    for (const { cursor, seen, close } of found) {
      close();
      expectAllAfter(cursor, seen);
    }
  });

  test("without a cursor sees what happens from now on", async () => {
    const seen: number[] = [];
    const stream = await openStream(network.url, null, (frame) =>
      seen.push(seqOf(frame)),
    );
    const before = lastSeq();
    await work(5);
    events = await readFrom(0, 0);
    await until("the last event", 30_000, () => seen.at(-1) === lastSeq());
    stream.close();
    const after = events.map(({ seq }) => seq).filter((seq) => seq > before);
    expect(seen).toEqual(after);
  });

  test("from the future is told so", async () => {
    const frames: Uint8Array[] = [];
    const stream = await openStream(network.url, lastSeq() + 1e9, (frame) =>
      frames.push(frame),
    );
    await stream.closed;
    expect(frames.map(decodeFrame)).toMatchObject([
      { op: -1, payload: { error: "FutureCursor" } },
    ]);
  });

  test("that believes nothing finds no fault", () => {
    const follower = createFollower();
    for (const { frame } of events) follower.take(frame);
    expect(follower.problems).toEqual([]);
    for (const [index, { did }] of accounts.entries()) {
      const paths = [...follower.repos.get(did)!.records.keys()].sort();
      const expected = [...contents[index]!.keys()].map((k) => `${THING}/${k}`);
      expect(paths).toEqual(expected.sort());
    }
  });
});

describe("for the official packages, an event", () => {
  /** The payload as they decode it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  function officialPayload(frame: Uint8Array): [t: string, payload: any] {
    const [header, payload] = [...lexCbor.decodeAll(frame)];
    const { t } = header as { t: string };
    return [t, { $type: `${STREAM}${t}`, ...(payload as object) }];
  }

  test("fits its lexicon", () => {
    const types = new Set<string>();
    for (const { frame } of events) {
      const [t, payload] = officialPayload(frame);
      types.add(t);
      lexicons.assertValidXrpcMessage(STREAM, payload);
    }
    expect([...types].sort()).toEqual([
      "#account",
      "#commit",
      "#identity",
      "#sync",
    ]);
  });

  test("of a commit proves its records under the account's key", async () => {
    for (const { frame } of events) {
      const [t, payload] = officialPayload(frame);
      if (t !== "#commit") continue;
      const { payload: ours } = decodeFrame(frame);
      const { ops } = ours as { ops: { path: string; cid: CidBytes | null }[] };
      const { didKey } = network.app.accounts.getSigner(payload.repo);
      const claims = ops.map(({ path, cid }) => {
        const [collection, rkey] = path.split("/") as [string, string];
        return { collection, rkey, cid: cid && officialCid(cid) };
      });
      const { unverified } = await verifyProofs(
        payload.blocks,
        claims,
        payload.repo,
        didKey,
      );
      expect(unverified).toEqual([]);
    }
  });

  test("of a commit leads back to the tree before", async () => {
    let inverted = 0;
    for (const { frame } of events) {
      const message = decodeFrame(frame);
      if (message.t !== "#commit" || message.payload.prevData === null)
        continue;
      const { blocks } = decodeCar(message.payload.blocks);
      const { data } = decodeCommit(blocks[0]!.bytes);
      const ops = [...message.payload.ops].reverse();
      const before = await invertOfficially(blocks, data, ops);
      expect(before).toEqual(message.payload.prevData);
      inverted++;
    }
    expect(inverted).toBeGreaterThan(events.length / 2);
  });

  test("of another kind is read", async () => {
    const nobody = { resolve: async () => undefined };
    const resolver = { handle: nobody, did: nobody } as never;
    for (const { frame } of events) {
      const [t, payload] = officialPayload(frame);
      if (t === "#sync") expect(await parseSync(payload)).toBeDefined();
      if (t === "#account") expect(parseAccount(payload)).toBeDefined();
      if (t === "#identity") {
        const event = await parseIdentity(resolver, payload, true);
        expect(event).toMatchObject({ did: payload.did });
      }
    }
  });
});
