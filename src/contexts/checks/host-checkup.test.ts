import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { silentLogger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import { createQueue, type Job } from "#contexts/queue/queue.ts";
import { createQueueRunner } from "#contexts/queue/runner.ts";
import { createCheckHost, type CheckHost } from "./check-fixture.ts";
import { createCheckups } from "./checkup.ts";
import {
  createHostCheckups,
  findingsIn,
  HOST_CHECKUP_JOB,
} from "./host-checkup.ts";

let host: CheckHost;
let dids: Did[];
/** Accounts whose repositories lack rows. */
let behind: Set<string>;
/** Called with each account that is looked at. */
let onLook: (did: Did) => void;

beforeEach(async () => {
  behind = new Set();
  onLook = () => {};
  host = await createCheckHost();
  dids = [];
  for (const name of ["alice", "bob", "carla"]) {
    const did = await host.addAccount(name);
    await host.write(did, { a: "text", b: "more" });
    dids.push(did);
  }
  dids.sort();
});
afterEach(() => host.remove());

/** Also what a new process does on the same data. */
function createParts() {
  const { accountDb: db, clock } = host;
  const queue = createQueue({ db, clock });
  const checkups = createCheckups({
    ...{ ...host, queue },
    isBehind(did) {
      onLook(did);
      return behind.has(did) || host.sequencer.isBehind(did);
    },
  });
  const all = createHostCheckups({ db, queue, checkups, clock });
  const runner = createQueueRunner({
    ...{ db, queue, clock, log: silentLogger },
    handlers: new Map([[HOST_CHECKUP_JOB, all.runJob]]),
  });
  return { queue, all, runner };
}

async function damage(did: Did): Promise<void> {
  const hash = createHash("sha256").update(did).digest("hex");
  const path = join(host.folder, "repos", hash.slice(0, 2), `${hash}.1.sqlite`);
  await host.restart(() => {
    const db = new Database(path);
    db.run("DELETE FROM record WHERE rkey = 'a'");
    db.close(true);
  });
}

test("every account is looked at once, and what is wrong stands with it", async () => {
  await damage(dids[1]!);
  const { all, runner, queue } = createParts();
  const looked: Did[] = [];
  onLook = (did) => void looked.push(did);
  expect(all.find()).toBeNull();
  const id = all.start();
  expect(all.start()).toBe(id);
  await runner.runDue();
  expect(looked).toEqual(dids);
  expect(all.find()).toMatchObject({
    ...{ id, state: "done", counts: { all: 3, open: 0, failed: 1 } },
  });
  const [wrong, ...others] = host.accountDb.jobTargets.listFailed(id, 9);
  expect(others).toEqual([]);
  expect(wrong!.did).toBe(dids[1]!);
  const found = findingsIn(queue.find(id)!, wrong!.fault);
  expect(found![0]!.kind).toBe("recordIndex");
  expect(findingsIn({ name: "another" } as Job, wrong!.fault)).toBeNull();
});

test("a stop in the middle costs the check of one account", async () => {
  const first = createParts();
  const looked: Did[] = [];
  const id = first.all.start();
  onLook = (did) => {
    looked.push(did);
    if (looked.length === 2) void first.runner.stop();
  };
  await first.runner.runDue();
  expect(host.accountDb.jobTargets.counts(id).open).toBe(2);
  onLook = (did) => void looked.push(did);
  await createParts().runner.runDue();
  expect(looked).toEqual([dids[0]!, dids[1]!, dids[1]!, dids[2]!]);
  expect(host.accountDb.jobTargets.counts(id).open).toBe(0);
});

test("one that lacks rows is waited for, and one that never gets them is told", async () => {
  behind.add(dids[0]!);
  const { all, runner, queue } = createParts();
  const id = all.start();
  await runner.runDue();
  expect(queue.find(id)!.state).toBe("queued");
  for (let i = 0; i < 12; i++) {
    host.clock.advance(2000);
    await runner.runDue();
  }
  expect(all.find()!.counts).toEqual({ all: 3, open: 0, failed: 1 });
  const [wrong] = host.accountDb.jobTargets.listFailed(id, 9);
  const found = findingsIn(queue.find(id)!, wrong!.fault);
  expect(found).toEqual([{ kind: "behind", values: [] }]);
});

test("an account that is deleted meanwhile is no fault", async () => {
  const { all, runner } = createParts();
  all.start();
  host.accountDb.accounts.remove(dids[2]!);
  await runner.runDue();
  expect(all.find()!.counts).toEqual({ all: 3, open: 0, failed: 0 });
});
