import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPort } from "../support/ports.ts";
import { startPlc, type ServerChild } from "../support/process.ts";
import { createRandom, runSeed, type Random } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { createDisk, type DiskOptions } from "./disk.ts";
import type { World } from "./history.ts";
import { checkImage } from "./image-check.ts";
import { openStage, type Season, type Stage } from "./season.ts";
import { hasTap } from "./tap.ts";

/**
 * Power cuts, simulated: what servers do to their disk is written down, what
 * a disk might hold at a moment is made from it, and our program has to make
 * good all that had been answered by then.
 */
const TIMEOUT_MS = 6 * 60 * 60_000;
/** Answers of a server's life, and how often it is cut in all these ways together. */
const ANSWERS = 150;
const CUTS_OF_ONE_ROUND = 50;
const EXIT_DISK_FAILED = 70;
/** disk-tap reports a signal as shells do: SIGKILL is 9. */
const EXIT_KILLED = 128 + 9;

let folder: string;
let plc: ServerChild;
let port: number;
let names = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-power-"));
  plc = await startPlc(join(folder, "plc.sqlite"));
  port = await findPort();
});
afterAll(async () => {
  await plc.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Repeats with fresh servers until there were enough cuts. @param share Part of all cuts that are of this kind. */
async function inRounds(
  share: number,
  act: (random: Random, cuts: number) => Promise<string[]>,
): Promise<void> {
  const seed = runSeed();
  const rounds = Math.ceil(sizeOf("powerCuts") / CUTS_OF_ONE_ROUND);
  const cuts = Math.ceil((sizeOf("powerCuts") / rounds) * share);
  for (let round = 0; round < rounds; round++) {
    const problems = await act(createRandom(seed + round), cuts);
    expect(problems, `TEST_SEED=${seed + round}`).toEqual([]);
  }
}

/** Lets a server live through something. What it left on the disk is gone afterwards. */
async function live<T>(
  random: Random,
  act: (stage: Stage) => Promise<void>,
  use: (season: Season) => Promise<T>,
  base?: string,
): Promise<T> {
  const home = join(folder, `home${names++}`);
  if (base !== undefined) cpSync(base, join(home, "disk"), { recursive: true });
  // With few open at a time, files are closed and opened all the while.
  const env = {
    TEMPEST_OPEN_REPOS: random.pick(["4", "200"]),
    TEMPEST_REPO_THREAD: random.pick(["on", "auto"]),
  };
  const stage = openStage({
    ...{ folder: home, port, plcUrl: plc.url, random, env },
  });
  try {
    await stage.start();
    await act(stage);
    expect(stage.load.problems).toEqual([]);
  } finally {
    await stage.leave();
  }
  try {
    return await use(stage.season());
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** A day without accidents. */
async function liveWell({ load, url, stop }: Stage): Promise<void> {
  await load.settleIn(url);
  await load.run(url, ANSWERS);
  expect(await stop()).toBe(0);
}

async function startAgain(stage: Stage): Promise<void> {
  await stage.start();
  await stage.load.resume(stage.url);
  await stage.load.run(stage.url, ANSWERS / 2);
  expect(await stage.stop()).toBe(0);
}

/** Index of the first call of the last process. */
function lastStart({ calls, restarts }: Season): number {
  return calls.findIndex(({ end }) => end > restarts.at(-1)!);
}

/** Makes images of what the disk might hold at some moments, and lets somebody look at each. */
async function eachCut(
  { calls, root, restarts }: Season,
  options: { cuts: number; random: Random; from?: number } & Pick<
    DiskOptions,
    "base" | "liesAbout"
  >,
  look: (image: string, call: number) => Promise<void>,
): Promise<void> {
  const { cuts, random, from = 0 } = options;
  const disk = createDisk({ root, ...options });
  const starts = [...restarts];
  const places = Array.from({ length: cuts }, () =>
    random.int(from, calls.length - 1),
  ).sort((a, b) => a - b);
  let end = 0;
  for (const [index, call] of calls.entries()) {
    if (starts.length > 0 && end >= starts[0]!) {
      starts.shift();
      disk.restart();
    }
    disk.take(call);
    end = call.end;
    for (; places[0] === index; places.shift()) {
      const image = join(folder, `image${names++}`);
      disk.writeImage(image, random);
      await look(image, index);
      rmSync(image, { recursive: true });
    }
  }
  expect(places).toEqual([]);
}

/** @returns sentences on what was not made good, each with the call after which the power was cut. */
async function cut(
  season: Season,
  options: Parameters<typeof eachCut>[1],
  worldAt: (position: number) => World = season.history.worldAt,
): Promise<string[]> {
  const problems: string[] = [];
  await eachCut(season, options, async (image, index) => {
    const found = await checkImage(
      { dataFolder: join(image, "data"), port, plcUrl: plc.url },
      worldAt(season.calls[index]!.end),
      options.random,
    );
    problems.push(...found.map((text) => `cut after ${index}: ${text}`));
  });
  return problems;
}

describe.skipIf(!hasTap)("a power cut", () => {
  test(
    "loses nothing at any moment of a server's life",
    () =>
      inRounds(0.4, (random, cuts) =>
        live(
          random,
          (stage) => liveWell(stage),
          (season) => cut(season, { cuts, random }),
        ),
      ),
    TIMEOUT_MS,
  );

  test(
    "loses nothing while a server recovers from kill -9",
    () =>
      inRounds(0.2, (random, cuts) =>
        live(
          random,
          async (stage) => {
            await stage.load.settleIn(stage.url);
            const passes = random.int(0, ANSWERS / 3);
            stage.order({ step: "batch-logged", passes });
            await stage.load.run(stage.url, Infinity);
            expect(await stage.ended()).toBe(EXIT_KILLED);
            await startAgain(stage);
          },
          (season) => cut(season, { cuts, random, from: lastStart(season) }),
        ),
      ),
    TIMEOUT_MS,
  );

  test(
    "loses nothing after a sync of the log has failed",
    () =>
      inRounds(0.2, (random, cuts) =>
        live(
          random,
          async (stage) => {
            await stage.load.settleIn(stage.url);
            const path = "sequencer.sqlite-wal";
            const skip = random.int(0, ANSWERS / 3);
            stage.tap.fail({
              call: "sync",
              error: "EIO",
              path,
              skip,
              count: 1,
            });
            await stage.load.run(stage.url, Infinity);
            expect(await stage.ended()).toBe(EXIT_DISK_FAILED);
            stage.tap.fail();
            await startAgain(stage);
          },
          (season) => cut(season, { cuts, random, from: lastStart(season) }),
        ),
      ),
    TIMEOUT_MS,
  );

  test(
    "loses nothing while a server recovers from a power cut",
    () =>
      inRounds(0.2, (random, cuts) =>
        live(random, liveWell, async (season) => {
          const problems: string[] = [];
          const from = Math.floor(season.calls.length / 3);
          const first = { cuts: 2, random, from };
          await eachCut(season, first, async (base, index) => {
            const world = () =>
              season.history.worldAt(season.calls[index]!.end);
            const again = { cuts: Math.ceil(cuts / 2), random, base };
            const found = await live(
              random,
              async ({ stop }) => void (await stop()),
              (recovery) => cut(recovery, again, world),
              base,
            );
            problems.push(...found);
          });
          return problems;
        }),
      ),
    TIMEOUT_MS,
  );

  test(
    "is seen to lose much when the log is not synced",
    async () => {
      const random = createRandom(runSeed());
      const liesAbout = (path: string) => path.endsWith("sequencer.sqlite-wal");
      const options = { cuts: 10, random, liesAbout };
      const problems = await live(random, liveWell, (season) =>
        cut(season, { ...options, from: Math.floor(season.calls.length / 2) }),
      );
      expect(problems.length).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
