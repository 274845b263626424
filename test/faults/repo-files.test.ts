import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Did } from "#repo/syntax.ts";
import { createActorStores } from "#storage/actor-stores.ts";
import { view } from "#storage/repo-fixture.ts";
import { createRepoPaths } from "#storage/repo-paths.ts";
import { createRandom, runSeed, type Random } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { createDisk } from "./disk.ts";
import { changeAt, countOf, DIDS, openLife } from "./repo-life.ts";
import { createTap, hasTap } from "./tap.ts";
import { readTrace, type DiskCall } from "./trace.ts";

/**
 * Power cuts while files of repositories are closed with their WALs, written
 * back and opened again. The log would bring back what a cut takes; here is
 * shown that what is left needs nothing else: a state that was, and none older
 * than the last one synced.
 */
const TIMEOUT_MS = 60 * 60_000;
const CUTS_OF_ONE_LIFE = 50;

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tempest-repo-files-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two processes after each other, both killed. @returns what they did, and where the second begins. */
async function liveTwice(home: string, seed: number) {
  const root = join(home, "disk");
  mkdirSync(root, { recursive: true });
  const tap = createTap({ folder: home, root, keepsTrace: true });
  const starts: number[] = [];
  for (const [at, life] of ["first", "second"].entries()) {
    starts.push(tap.position());
    const child = tap.run([
      ...[process.execPath, join(import.meta.dir, "repo-life.ts")],
      ...[
        root,
        String(
          createRandom(seed + at)
            .fork(life)
            .int(0, 2 ** 31),
        ),
      ],
    ]);
    // 128 and the signal, as shells say it.
    expect(await child.exited).toBe(128 + 9);
  }
  return { root, calls: readTrace(tap.tracePath), restart: starts[1]! };
}

/** What a repository shows after so many changes. */
function createModel() {
  const path = join(folder, "model");
  const stores = createActorStores({ reposPath: path, generationOf: () => 1 });
  const views: unknown[] = [];
  const model = stores.create(DIDS[0]!, 1);
  views.push(view(model));
  return (count: number) => {
    while (views.length <= count) {
      model.apply(changeAt(views.length));
      views.push(view(model));
    }
    return views[count];
  };
}

/** By the notes that were whole when the power failed. */
function syncedIn(notes: readonly Uint8Array[]): Map<Did, number> {
  const lines = Buffer.concat(notes).toString().trim().split("\n");
  return new Map(
    lines
      .filter((line) => line !== "")
      .map((line) => line.split(" "))
      .map(([did, count]) => [did as Did, Number(count)]),
  );
}

function problemsOf(
  image: string,
  synced: ReadonlyMap<Did, number>,
  viewAt: (count: number) => unknown,
): string[] {
  const problems: string[] = [];
  const stores = openLife(image);
  const { pathOf } = createRepoPaths(join(image, "repos"));
  for (const [did, least] of synced) {
    try {
      const store = stores.find(did);
      if (store === null) throw new Error("is gone");
      const count = countOf(store);
      if (count < least) problems.push(`${did}: ${count} of ${least} changes`);
      if (!Bun.deepEquals(view(store), viewAt(count))) {
        problems.push(`${did}: ${count} changes are no state that was`);
      }
    } catch (error) {
      problems.push(`${did}: ${String(error)}`);
    }
  }
  stores.close();
  for (const did of synced.keys()) {
    problems.push(...damageOf(pathOf(did, 1)).map((one) => `${did}: ${one}`));
  }
  return problems;
}

function damageOf(path: string): string[] {
  const db = new Database(path);
  try {
    const rows = db.query("PRAGMA integrity_check").values();
    return rows
      .flat()
      .map(String)
      .filter((line) => line !== "ok");
  } catch (error) {
    return [String(error)];
  } finally {
    db.close(true);
  }
}

function cut(
  { root, calls, restart }: Awaited<ReturnType<typeof liveTwice>>,
  { cuts, random }: { cuts: number; random: Random },
  viewAt: (count: number) => unknown,
): string[] {
  const disk = createDisk({ root });
  const places = Array.from({ length: cuts }, () =>
    random.int(0, calls.length - 1),
  ).toSorted((a, b) => a - b);
  const inodes = new Set<bigint>();
  const notes: Uint8Array[] = [];
  const problems: string[] = [];
  let end = 0;
  for (const [index, call] of calls.entries()) {
    if (end === restart) disk.restart();
    disk.take(call);
    end = call.end;
    noteOf(call, inodes, notes);
    for (; places[0] === index; places.shift()) {
      const image = join(root, "..", "image");
      disk.writeImage(image, random);
      const found = problemsOf(image, syncedIn(notes), viewAt);
      problems.push(...found.map((one) => `after call ${index}: ${one}`));
      rmSync(image, { recursive: true });
    }
  }
  return problems;
}

function noteOf(
  call: DiskCall,
  inodes: Set<bigint>,
  notes: Uint8Array[],
): void {
  if (call.kind === "open" && call.path.endsWith("/synced")) {
    inodes.add(call.inode);
  }
  if (call.kind === "write" && inodes.has(call.inode)) notes.push(call.data);
}

describe.skipIf(!hasTap)("files of repositories after a power cut", () => {
  test(
    "hold a state that was, and what had been synced",
    async () => {
      const seed = runSeed();
      const lives = Math.ceil(sizeOf("powerCuts") / CUTS_OF_ONE_LIFE);
      const viewAt = createModel();
      for (let life = 0; life < lives; life++) {
        const home = join(folder, `life${life}`);
        const lived = await liveTwice(home, seed + life);
        const options = {
          cuts: Math.ceil(sizeOf("powerCuts") / lives),
          random: createRandom(seed + life),
        };
        const problems = cut(lived, options, viewAt);
        expect(problems, `TEST_SEED=${seed + life}`).toEqual([]);
        rmSync(home, { recursive: true });
      }
    },
    TIMEOUT_MS,
  );
});
