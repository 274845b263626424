import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import type { ActorStore, RepoChange } from "#storage/actor-store.ts";
import { createActorStores } from "#storage/actor-stores.ts";
import { change, POST } from "#storage/repo-fixture.ts";
import { walSizeBytes } from "#storage/database-identity.ts";
import { createRepoPaths } from "#storage/repo-paths.ts";
import { createRandom, type Random } from "../support/random.ts";

/**
 * What happens to repositories of which only two stay open, and which are lent
 * to the other thread, until the process is killed: `bun test/faults/repo-life.ts FOLDER SEED`. What must be there
 * afterwards it writes into `synced` of the folder.
 */
export const DIDS = ["a", "b", "c", "d"].map((x) => `did:plc:${x}` as Did);
const STEPS = 120;
const QUIET_MS = 60_000;
/** Overwritten again and again, so that old pages show among new ones. */
const KEYS = 6;

/** The change that follows n - 1 others, by this alone. */
export function changeAt(n: number): RepoChange {
  const revAt = (at: number) => `3k${String(at).padStart(11, "0")}` as Tid;
  const text = (at: number) => `record ${at} `.repeat(1 + (at % 7) * 40);
  const made = change(n, {
    put: [[POST, `key${n % KEYS}`, text(n)]],
    ...(n > KEYS && {
      removed: [n - KEYS].map((old) => change(1, record(old)).records[0]!.cid!),
    }),
  });
  function record(old: number) {
    return { put: [[POST, "key", text(old)]] } as Parameters<typeof change>[1];
  }
  return { ...made, rev: revAt(n), since: n === 1 ? null : revAt(n - 1) };
}

/** How many changes a repository has had. */
export function countOf(store: Pick<ActorStore, "head">): number {
  return Number(store.head()?.rev.slice(2) ?? 0);
}

export function openLife(folder: string, clock = createFakeClock()) {
  return createActorStores({
    reposPath: join(folder, "repos"),
    generationOf: () => 1,
    maxOpen: 2,
    lending: "on",
    clock,
  });
}

async function live(folder: string, seed: number): Promise<void> {
  const random = createRandom(seed);
  const clock = createFakeClock();
  const stores = openLife(folder, clock);
  const note = (did: Did, count: number) =>
    appendFileSync(join(folder, "synced"), `${did} ${count}\n`);
  const writeBack = () => {
    clock.advance(QUIET_MS + 1);
    return stores.writeBack({ closedBeforeMs: clock.nowMs(), limit: 4 });
  };
  for (const did of DIDS) {
    stores.create(did, 1);
    note(did, 0);
  }
  let writing: Promise<unknown> = Promise.resolve();
  for (let step = 0; step < STEPS; step++) {
    const did = random.pick(DIDS);
    const what = random.int(0, 9);
    if (what === 0) {
      await writing;
      writing = writeBack();
      // Or while others go on.
      if (random.next() < 0.5) await writing;
    } else if (what === 1) stores.find(did);
    else if (what === 2) {
      for (const dirty of stores.takeDirty()) {
        const count = countOf(stores.find(dirty.did)!);
        await stores.sync(dirty.did, 1);
        note(dirty.did, count);
      }
    } else {
      // Through the other thread, or here.
      using _loan = random.next() < 0.5 ? await stores.lend(did, []) : null;
      const store = stores.find(did)!;
      store.apply(changeAt(countOf(store) + 1));
    }
  }
  await writing;
  await killWhileWriting(folder, writeBack, random);
}

/** At some moment, or when the first WAL is empty and that is not synced yet. */
async function killWhileWriting(
  folder: string,
  writeBack: () => Promise<unknown>,
  random: Random,
): Promise<void> {
  const { pathOf } = createRepoPaths(join(folder, "repos"));
  const count = () =>
    DIDS.filter((did) => walSizeBytes(pathOf(did, 1)) > 0).length;
  const before = count();
  let turns = random.next() < 0.5 ? random.int(0, 40) : Infinity;
  const writing = writeBack().then(() => (turns = 0));
  while (turns-- > 0 && count() === before) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.kill(process.pid, "SIGKILL");
  await writing;
}

if (import.meta.main) {
  await live(process.argv[2]!, Number(process.argv[3]));
}
