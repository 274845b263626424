import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { silentLogger } from "#lib/log.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import { decodeCar } from "#repo/car.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import type { AccountChanges } from "#storage/account/accounts.ts";
import { createQueue, type Queue } from "#contexts/queue/queue.ts";
import { createQueueRunner, type QueueRunner } from "#contexts/queue/runner.ts";
import {
  createWriteHost,
  faultsOf,
  write,
  type WriteHost,
} from "#contexts/records/write-fixture.ts";
import { createFollower } from "../../../test/support/firehose.ts";
import { createAnnouncePace, MAX_PER_HOUR } from "./announce-pace.ts";
import { ANNOUNCE_JOB, createAnnouncer, type Announcer } from "./announce.ts";

let host: WriteHost;
let queue: Queue;
let runner: QueueRunner;
let announcer: Announcer;
let signer: Signer;
/** When each event was told, by the fake clock. */
let toldAtMs: number[];
let afterSleep: (() => void) | null;

beforeEach(async () => {
  host = await createWriteHost();
  signer = host.signer;
  toldAtMs = [];
  afterSleep = null;
  start();
});
afterEach(() => host.remove());

/** Also what a new process does on the same data. */
function start(): void {
  const { accountDb: db, clock, stores, sequencer, eventLog } = host;
  queue = createQueue({ db, clock });
  announcer = createAnnouncer({
    ...{ db, eventLog, queue, clock, log: silentLogger },
    pace: createAnnouncePace({ db, clock }),
    locks: createKeyedMutex({ maxWaitMs: 10_000 }),
    keys: { getSigner: () => signer } as never,
    announcing: {
      ...{ stores, sequencer, clock },
      tids: createTidClock({ clock, clockId: 3 }),
    },
    drainOutbox: sequencer.drainOutbox,
    sleep: async (ms) => {
      clock.advance(ms);
      afterSleep?.();
    },
  });
  runner = createQueueRunner({
    ...{ db, queue, clock, log: silentLogger },
    handlers: new Map([[ANNOUNCE_JOB, announcer.runJob]]),
  });
  sequencer.listen(() => toldAtMs.push(clock.nowMs()));
}

async function addAccount(
  name: string,
  changes: AccountChanges = {},
): Promise<Did> {
  const did = await host.addAccount(name);
  const createdAtMs = host.clock.nowMs();
  host.accountDb.accounts.insert({
    ...{ did, handle: `${name}.test` as Handle, createdAtMs, email: null },
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null, passwordHash: null },
    ...{ generation: 1, creationState: null, deactivatedAtMs: null },
    ...{ deleteAfterMs: null, suspendedAtMs: null, takedownAtMs: null },
    ...{ takedownRef: null, deletingAtMs: null },
    ...{ invitesDisabledAtMs: null, inviteNote: null },
    ...changes,
  });
  return did;
}

/** The messages that `act` adds to the log. */
async function told(act: () => unknown) {
  const before = host.rows().length;
  await act();
  const added = host.rows().slice(before);
  return added
    .filter(({ frame }) => frame.length > 0)
    .map(({ frame }) => decodeFrame(frame));
}

async function announce(
  ...[target, options]: Parameters<Announcer["announceAccounts"]>
) {
  let id = 0;
  const messages = await told(() => {
    id = announcer.announceAccounts(target, options);
    return runner.runDue();
  });
  return { job: queue.find(id)!, messages, kinds: messages.map(({ t }) => t) };
}

const payloadOf = (message: { payload: unknown }) =>
  message.payload as Record<string, unknown>;

test("accounts on the job's list are told, and no others; a crash starts none anew", async () => {
  const [a, b, c] = [
    await addAccount("a"),
    await addAccount("b"),
    await addAccount("c"),
  ].toSorted() as [Did, Did, Did];
  for (const did of [a, b, c]) {
    await host.commit(did, write("create", "a", { n: 1 }));
  }
  const { jobTargets, accounts } = host.accountDb;
  const id = announcer.announceAccounts({ listed: true });
  const handles = [a, c].map((did) => accounts.find(did)!.handle);
  for (const search of handles) jobTargets.addFound(id, { search });
  const messages = await told(() => runner.runDue());
  const repos = messages.flatMap((message) => payloadOf(message).did ?? []);
  expect([...new Set(repos)].toSorted()).toEqual([a, c]);
  expect(queue.find(id)!.progress).toMatchObject({ done: 2, total: 2 });
  start();
  expect(await told(() => runner.runDue())).toEqual([]);
});

describe("an active account", () => {
  let alice: Did;
  beforeEach(async () => {
    alice = await addAccount("alice");
    await host.commit(alice, write("create", "a", { n: 1 }));
  });

  test("is told as identity, account and sync of its head, in one batch", async () => {
    const head = host.store(alice).head()!;
    let batches = 0;
    host.faults.beforeAppend = () => void batches++;
    const { messages, kinds, job } = await announce({ dids: [alice] });
    expect(kinds).toEqual(["#identity", "#account", "#sync"]);
    expect(batches).toBe(1);
    expect(messages[0]!.payload).toMatchObject({
      did: alice,
      handle: "alice.test",
    });
    expect(messages[1]!.payload).toMatchObject({ did: alice, active: true });
    expect(messages[2]!.payload).toMatchObject({ did: alice, rev: head.rev });
    const sync = payloadOf(messages[2]!);
    const [commit, ...rest] = decodeCar(sync.blocks as Uint8Array).blocks;
    expect(rest).toEqual([]);
    expect(commit!.cid).toEqual(head.commit);
    expect(verifyCommit(commit!.bytes, signer.didKey)).toBe(true);
    expect(host.store(alice).head()).toEqual(head);
    expect(job).toMatchObject({
      state: "done",
      progress: { done: 1, total: 1 },
    });
  });

  test("whose head another key signed gets a commit by ours", async () => {
    signer = createSigner("k256", generatePrivateKey("k256"));
    const before = host.store(alice).head()!;
    const { messages, kinds } = await announce({ dids: [alice] });
    expect(kinds).toEqual(["#identity", "#account", "#commit", "#sync"]);
    expect(messages[2]!.payload).toMatchObject({ since: before.rev, ops: [] });
    const { blocks } = decodeCar(payloadOf(messages[3]!).blocks as Uint8Array);
    expect(verifyCommit(blocks[0]!.bytes, signer.didKey)).toBe(true);
    expect(faultsOf(host.store(alice), signer.didKey)).toEqual([]);
  });

  test("of a restored host gets a newer revision, told by the sync alone", async () => {
    const before = host.store(alice).head()!;
    const target = { dids: [alice] };
    const { messages, kinds } = await announce(target, { newCommits: true });
    expect(kinds).toEqual(["#identity", "#account", "#sync"]);
    const { blocks } = decodeCar(payloadOf(messages[2]!).blocks as Uint8Array);
    const commit = decodeCommit(blocks[0]!.bytes);
    expect(commit.rev > before.rev).toBe(true);
    expect(commit.data).toEqual(before.data);
    expect(host.store(alice).head()!.rev).toBe(commit.rev);
    expect(faultsOf(host.store(alice), signer.didKey)).toEqual([]);
  });

  test("goes on from there, for whoever follows", async () => {
    await announce({ dids: [alice] });
    await host.commit(alice, write("create", "b", { n: 2 }));
    const follower = createFollower();
    for (const { frame } of host.rows(alice)) follower.take(frame);
    expect(follower.problems).toEqual([]);
    expect(follower.repos.get(alice)!.records.size).toBe(2);
  });

  test("that waits to be told of a change is told of that first", async () => {
    const change = { kind: "identity", did: alice, handle: null } as const;
    host.accountDb.outbox.add(change);
    const { kinds } = await announce({ dids: [alice] });
    expect(kinds).toEqual(["#identity", "#identity", "#account", "#sync"]);
  });
});

describe("an account that is not active", () => {
  test.each([
    ["deactivatedAtMs", "deactivated"],
    ["takedownAtMs", "takendown"],
    ["suspendedAtMs", "suspended"],
  ])("by %s is told as account alone", async (field, status) => {
    const alice = await addAccount("alice", { [field]: 5 });
    const { messages } = await announce({ dids: [alice] });
    expect(messages.map(({ t }) => t)).toEqual(["#account"]);
    expect(messages[0]!.payload).toMatchObject({
      did: alice,
      active: false,
      status,
    });
  });

  test("for good, or on its way here, is not told of", async () => {
    const createdAtMs = host.clock.nowMs();
    const dids = [
      await addAccount("arriving", { deactivatedAtMs: createdAtMs }),
      await addAccount("creating", { creationState: "reserved" }),
      await addAccount("deleting", { deletingAtMs: 5 }),
      "did:plc:nobody" as Did,
    ];
    const { messages, job } = await announce({ dids });
    expect(messages).toEqual([]);
    expect(job).toMatchObject({ state: "done", progress: { done: 4 } });
  });
});

describe("many accounts", () => {
  const didsOf = (messages: { t: string | null; payload: unknown }[]) =>
    messages
      .filter(({ t }) => t === "#account")
      .map((message) => payloadOf(message).did as string);

  test("are told each once, whoever changed", async () => {
    const dids = [await addAccount("a"), await addAccount("b")];
    host.clock.advance(60_000);
    const changedSinceMs = host.clock.nowMs();
    dids.push(await addAccount("c"));
    await host.commit(dids[0]!, write("create", "a", { n: 1 }));
    const { messages } = await announce({ changedSinceMs });
    expect(didsOf(messages)).toEqual([dids[0]!, dids[2]!]);
    const nothing = await announce({ changedSinceMs: Date.now() + 1e9 });
    expect(nothing.messages).toEqual([]);
    const { messages: all, job } = await announce({ all: true });
    expect(didsOf(all)).toEqual(dids);
    expect(job.progress).toMatchObject({ done: 3, total: 3 });
  });

  test("that are asked for twice are one job", () => {
    const id = announcer.announceAccounts({ all: true });
    expect(announcer.announceAccounts({ all: true })).toBe(id);
    const anew = announcer.announceAccounts(
      { all: true },
      { newCommits: true },
    );
    expect(anew).not.toBe(id);
    const recent = { changedSinceMs: 0 };
    expect(announcer.announceAccounts(recent)).not.toBe(id);
  });

  test("are told at most ten events a second", async () => {
    for (let i = 0; i < 12; i++) await addAccount(`a${i}`);
    toldAtMs.length = 0;
    await announce({ all: true });
    expect(toldAtMs).toHaveLength(36);
    expect(mostWithin(toldAtMs, 1000)).toBeLessThanOrEqual(10);
    expect(toldAtMs.at(-1)! - toldAtMs[0]!).toBeLessThan(5000);
  });

  test("of which one can't be told are told but for that one", async () => {
    const dids = [
      await addAccount("a"),
      await addAccount("b"),
      await addAccount("c"),
    ];
    host.stores.quarantine(dids[1]!, "damaged");
    const { messages, job } = await announce({ all: true });
    expect(didsOf(messages)).toEqual([dids[0]!, dids[2]!]);
    expect(job).toMatchObject({
      state: "done",
      progress: { done: 3, failed: 1 },
    });
  });

  test("go on after a crash where they were", async () => {
    for (const name of ["a", "b", "c", "d"]) await addAccount(name);
    let slept = 0;
    const crashed = Promise.withResolvers<void>();
    afterSleep = () => {
      if (++slept !== 2) return;
      crashed.resolve();
      throw new Error("the process ends here");
    };
    const id = announcer.announceAccounts({ all: true });
    const first = await told(() => runner.runDue());
    await crashed.promise;
    expect(didsOf(first)).toEqual(["did:plc:a", "did:plc:b"]);
    host.clock.advance(60_000);
    afterSleep = null;
    start();
    const rest = await told(() => runner.runDue());
    expect(didsOf(rest)).toEqual(["did:plc:c", "did:plc:d"]);
    expect(queue.find(id)!.state).toBe("done");
  });

  test("are told no further once the job is cancelled", async () => {
    for (const name of ["a", "b", "c", "d"]) await addAccount(name);
    const id = announcer.announceAccounts({ all: true });
    afterSleep = () => void queue.cancel(id);
    const messages = await told(() => runner.runDue());
    expect(didsOf(messages)).toEqual(["did:plc:a"]);
    expect(queue.find(id)!.state).toBe("cancelled");
  });
});

describe("the pace", () => {
  const paceOf = () =>
    createAnnouncePace({ db: host.accountDb, clock: host.clock });

  test("is 1,500 events in any hour, across jobs and starts", () => {
    const sentAtMs: number[] = [];
    const endMs = host.clock.nowMs() + 5 * 3_600_000;
    let pace = paceOf();
    while (host.clock.nowMs() < endMs) {
      const turn = pace.reserve(3);
      if (turn.kind === "later") {
        expect(turn.atMs).toBeGreaterThan(host.clock.nowMs());
        host.clock.set(turn.atMs);
        pace = paceOf();
        continue;
      }
      host.clock.advance(turn.waitMs);
      for (let i = 0; i < 3; i++) sentAtMs.push(host.clock.nowMs());
    }
    expect(sentAtMs.length).toBeGreaterThan(4 * MAX_PER_HOUR);
    expect(mostWithin(sentAtMs, 3_600_000)).toBe(MAX_PER_HOUR);
  });

  test("does not wait for a clock that was wrong", () => {
    const nowMs = host.clock.nowMs();
    host.clock.set(nowMs + 365 * 86_400_000);
    const pace = paceOf();
    for (let i = 0; i < 500; i++) pace.reserve(3);
    expect(pace.reserve(3).kind).toBe("later");
    host.clock.set(nowMs);
    expect(pace.reserve(3)).toEqual({ kind: "go", waitMs: 0 });
    expect(paceOf().reserve(3)).toEqual({ kind: "go", waitMs: 0 });
  });
});

/** The most of these times that lie within one span. */
function mostWithin(timesMs: readonly number[], spanMs: number): number {
  let most = 0;
  let from = 0;
  timesMs.forEach((atMs, at) => {
    while (atMs - timesMs[from]! >= spanMs) from++;
    most = Math.max(most, at - from + 1);
  });
  return most;
}
