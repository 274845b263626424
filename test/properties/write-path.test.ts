import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import fc from "fast-check";
import { createBlockMap } from "#repo/block.ts";
import { decodeCar } from "#repo/car.ts";
import { cidKey, equalCids, type CidBytes } from "#repo/cid.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import { invertOps } from "#repo/mst/invert.ts";
import type { MstOp } from "#repo/mst/write.ts";
import type { Did, Nsid } from "#repo/syntax.ts";
import type { PreparedWrite } from "#contexts/records/prepare.ts";
import {
  createWriteHost,
  faultsOf,
  remove,
  THING,
  write,
  type WriteHost,
} from "#contexts/records/write-fixture.ts";
import { changeOfRow } from "#contexts/sequencer/redo.ts";
import { never } from "#contexts/sequencer/sequencer-fixture.ts";
import type { RepoChange } from "#storage/actor-store.ts";
import { openStream } from "../support/firehose.ts";
import { startNetwork, type Network } from "../support/network.ts";
import { sizeOf } from "../support/sizes.ts";
import { until } from "../support/until.ts";

/**
 * Histories of writes, with the ends of the process among them: whatever
 * happens, the log, the repositories and a plain map say the same.
 */

const OTHER = "com.example.other" as Nsid;

/** A write to one of few paths, of one of fewer contents, so that all meet. */
interface Step {
  collection: Nsid;
  rkey: string;
  /** null deletes. */
  content: number | null;
}

const step: fc.Arbitrary<Step> = fc.record({
  collection: fc.constantFrom(THING, OTHER),
  rkey: fc.constantFrom(...Array.from({ length: 12 }, (_, n) => `k${n}`)),
  content: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 3 }),
});

interface Turn {
  account: number;
  steps: Step[];
  /** When the process ends: not at all, before the row is durable, or right after. */
  end: "none" | "before" | "after";
}

const turn: fc.Arbitrary<Turn> = fc.record({
  account: fc.nat(2),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  end: fc.constantFrom("none", "none", "none", "none", "before", "after"),
});

const runs = { numRuns: Math.ceil(sizeOf("propertyRuns") / 4) };

const toWrite = ({ collection, rkey, content }: Step): PreparedWrite =>
  content === null
    ? remove(rkey, { collection })
    : // The type is left out, so that both collections share their blocks.
      write("put", rkey, { $type: THING, content }, { collection });

type Records = Map<string, CidBytes>;

function applyTo(records: Records, steps: readonly Step[]): Records {
  const after = new Map(records);
  for (const { cid, collection, rkey } of steps.map(toWrite)) {
    const path = `${collection}/${rkey}`;
    if (cid === null) after.delete(path);
    else after.set(path, cid);
  }
  return after;
}

const asText = (records: Records) =>
  Object.fromEntries([...records].map(([path, cid]) => [path, cidKey(cid)]));

const isSame = (a: Records, b: Records) => Bun.deepEquals(asText(a), asText(b));

/** Runs a turn to its end, or to the end of the process. @returns whether it counts. */
async function take(host: WriteHost, did: Did, turn: Turn): Promise<boolean> {
  const writes = turn.steps.map(toWrite);
  if (turn.end === "none") {
    await host.commit(did, ...writes);
    return true;
  }
  const reached = Promise.withResolvers<void>();
  const stop = () => {
    reached.resolve();
    return never();
  };
  if (turn.end === "before") host.faults.beforeAppend = stop;
  else host.faults.afterAppend = stop;
  // Writes that change nothing never get there.
  const answered = host.commit(did, ...writes);
  await Promise.race([reached.promise, answered]);
  host.crash();
  await host.open();
  return turn.end === "after";
}

/** Every commit of an account, checked as a reader would: with the event and the key alone. */
function checkEvents(host: WriteHost, did: Did, states: readonly Records[]) {
  const rows = host.rows(did).filter(({ kind }) => kind === "commit");
  // The first is of the empty repository.
  expect(rows).toHaveLength(states.length);
  let before: { rev: string; data: CidBytes } | null = null;
  for (const [i, row] of rows.entries()) {
    const message = decodeFrame(row.frame);
    if (message.t !== "#commit") throw new Error("not a commit");
    const { payload } = message;
    const { roots, blocks } = decodeCar(payload.blocks);
    expect(roots).toEqual([payload.commit]);
    const source = createBlockMap(blocks);
    const bytes = source.getBlock(payload.commit)!;
    expect(verifyCommit(bytes, host.signer.didKey)).toBe(true);
    const { rev, data } = decodeCommit(bytes);
    expect(payload).toMatchObject({ rev, since: before?.rev ?? null });
    if (before !== null) {
      expect(rev > before.rev).toBe(true);
      expect(payload.prevData).toEqual(before.data);
      expect(invertOps(source, data, payload.ops)).toEqual(before.data);
      expectNetOps(payload.ops, states[i - 1]!, states[i]!);
      for (const { cid } of payload.ops) {
        if (cid !== null) expect(source.getBlock(cid)).not.toBeNull();
      }
    }
    before = { rev, data };
  }
}

/** One op for each path that differs, and no others. */
function expectNetOps(ops: readonly MstOp[], before: Records, after: Records) {
  const paths = new Set([...before.keys(), ...after.keys()]);
  const differing = [...paths].filter(
    (path) => !equalCids(before.get(path) ?? null, after.get(path) ?? null),
  );
  expect(ops.map(({ path }) => path).sort()).toEqual(differing.sort());
  for (const { action, path, cid, prev } of ops) {
    const [was, is] = [before.get(path) ?? null, after.get(path) ?? null];
    expect([prev, cid]).toEqual([was, is]);
    const expected =
      was === null ? "create" : is === null ? "delete" : "update";
    expect(action).toBe(expected);
  }
}

function checkRepo(host: WriteHost, did: Did, records: Records): void {
  const store = host.store(did);
  expect(faultsOf(store, host.signer.didKey)).toEqual([]);
  expect(asText(host.records(did))).toEqual(asText(records));
  const { rev, commit, data } = store.head()!;
  expect(host.eventLog.findRepo(did)).toMatchObject({ rev, commit, data });
  const counts = new Map<string, number>();
  for (const path of records.keys()) {
    const collection = path.slice(0, path.indexOf("/"));
    counts.set(collection, (counts.get(collection) ?? 0) + 1);
  }
  expect(host.eventLog.collectionCounts(did)).toEqual(
    new Map([...counts].sort()),
  );
}

async function forEachHistory(
  look: (
    host: WriteHost,
    dids: Did[],
    states: ReadonlyMap<Did, Records[]>,
  ) => Promise<void>,
  watch: (host: WriteHost) => void = () => {},
): Promise<void> {
  const history = fc.array(turn, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(history, async (turns) => {
      const host = await createWriteHost();
      try {
        const names = ["alice", "bob", "carla"];
        const dids = await Promise.all(names.map((n) => host.addAccount(n)));
        const states = new Map(
          dids.map((did) => [did, [new Map()] as Records[]]),
        );
        for (const turn of turns) {
          watch(host);
          const did = dids[turn.account]!;
          const before = states.get(did)!.at(-1)!;
          const after = applyTo(before, turn.steps);
          const counts = await take(host, did, turn);
          if (counts && !isSame(before, after)) states.get(did)!.push(after);
        }
        await look(host, dids, states);
      } finally {
        host.remove();
      }
    }),
    runs,
  );
}

describe("after any history", () => {
  test("repositories hold what was written, whole and with nothing left over", async () => {
    await forEachHistory(async (host, dids, states) => {
      for (const did of dids) checkRepo(host, did, states.get(did)!.at(-1)!);
    });
  });

  test("each event can be checked by itself, follows the one before and names each path once", async () => {
    await forEachHistory(async (host, dids, states) => {
      for (const did of dids) checkEvents(host, did, states.get(did)!);
    });
  });

  test("what was applied is what the log says", async () => {
    let applied: RepoChange[] = [];
    let compared = 0;
    await forEachHistory(
      async (host) => {
        const bySeq = new Map(host.rows().map((row) => [row.seq, row]));
        for (const change of applied) {
          expect(changeOfRow(bySeq.get(change.seq)!)).toEqual(change);
        }
        compared += applied.length;
        applied = [];
      },
      (host) => {
        host.faults.beforeApply = (_did, change) => void applied.push(change);
      },
    );
    expect(compared).toBeGreaterThan(runs.numRuns);
  });

  test("the log alone makes the repositories again", async () => {
    await forEachHistory(async (host, dids, states) => {
      const before = host.dump();
      await host.stop();
      rmSync(join(host.folder, "repos"), { recursive: true });
      const log = new Database(join(host.folder, "sequencer.sqlite"));
      log.run("DELETE FROM meta WHERE key = 'low_water_mark'");
      log.close();
      await host.open();
      expect(host.dump()).toEqual(before);
      for (const did of dids) checkRepo(host, did, states.get(did)!.at(-1)!);
    });
  });
});

describe("over the network", () => {
  let network: Network;
  beforeAll(async () => {
    network = await startNetwork();
  });
  afterAll(() => network.stop());

  const create = (token: string, repo: string, n: number) =>
    network.call("com.atproto.repo.createRecord", {
      token,
      input: { repo, collection: THING, record: { n } },
    });

  test("many writers of one account all succeed, in one chain", async () => {
    const { did, accessJwt } = await network.createAccount("many");
    const commits: { since: string | null; rev: string }[] = [];
    const stream = await openStream(network.url, null, (frame) => {
      const message = decodeFrame(frame);
      if (message.t === "#commit") commits.push(message.payload);
    });
    const count = sizeOf("writersOfOneAccount");
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) => create(accessJwt, did, n)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(
      new Set([200]),
    );
    await until("all events", 30_000, () => commits.length === count);
    stream.close();
    for (let i = 1; i < commits.length; i++) {
      expect(commits[i]!.since).toBe(commits[i - 1]!.rev);
    }
    const told = new Set(commits.map(({ rev }) => rev));
    const answered = new Set(answers.map(({ body }) => body.commit.rev));
    expect(answered).toEqual(told);
  });

  test("no commit comes after the account is told to be inactive", async () => {
    const rounds = Math.ceil(sizeOf("propertyRuns") / 10);
    for (let round = 0; round < rounds; round++) {
      const account = await network.createAccount(`racer${round}`);
      const did = account.did as Did;
      const kinds: string[] = [];
      const stream = await openStream(network.url, null, (frame) => {
        const { t, payload } = decodeFrame(frame);
        const of = payload as { repo?: string; did?: string; active?: boolean };
        if ((of.repo ?? of.did) !== did) return;
        kinds.push(t === "#account" ? `#account ${of.active}` : t!);
      });
      const writers = Array.from({ length: 16 }, async () => {
        let written = 0;
        for (;;) {
          const { status, body } = await create(
            account.accessJwt,
            did,
            written,
          );
          if (status !== 200) {
            expect([status, body.error]).toEqual([401, "AccountDeactivated"]);
            return written;
          }
          written++;
        }
      });
      await until("some writes", 30_000, () => kinds.length > round);
      await network.app.accounts.states.deactivate(did);
      const written = (await Promise.all(writers)).reduce((a, b) => a + b);
      await until("the last event", 30_000, () =>
        kinds.includes("#account false"),
      );
      stream.close();
      await stream.closed;
      expect(kinds.at(-1)).toBe("#account false");
      expect(kinds.filter((kind) => kind === "#commit")).toHaveLength(written);
    }
  });
});
