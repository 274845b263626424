import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPort, startPlc, type ServerChild } from "../support/process.ts";
import { createRandom, runSeed, type Random } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { createDisk, type DiskOptions } from "./disk.ts";
import { checkImage } from "./image-check.ts";
import { openStage, type Season, type Stage } from "./season.ts";
import { hasTap } from "./tap.ts";

/**
 * Power cuts, simulated: what servers do to their disk is written down, what
 * a disk might hold at a moment is made from it, and our program has to make
 * good all that had been answered by then.
 */
const TIMEOUT_MS = 6 * 60 * 60_000;
const ANSWERS = 150;
const EXIT_DISK_FAILED = 70;
/** disk-tap reports a signal as shells do: SIGKILL is 9. */
const EXIT_KILLED = 128 + 9;

let folder: string;
let plc: ServerChild;
let port: number;
let images = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-power-"));
  plc = await startPlc(join(folder, "plc.sqlite"));
  port = await findPort();
});
afterAll(async () => {
  await plc.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Lets a server live through something, and returns what it left on the disk. */
async function live(
  name: string,
  random: Random,
  act: (stage: Stage) => Promise<void>,
): Promise<Season> {
  const stage = openStage({
    ...{ folder: join(folder, name), port, plcUrl: plc.url, random },
  });
  try {
    await stage.start();
    await stage.load.settleIn(stage.url);
    await act(stage);
    expect(stage.load.problems).toEqual([]);
    return stage.season();
  } finally {
    await stage.leave();
  }
}

/**
 * Cuts the power so many times.
 * @param from Index of the first call after which it may happen.
 * @returns sentences on what was not made good, each with where it happened.
 */
async function cut(
  season: Season,
  options: {
    cuts: number;
    random: Random;
    from?: number;
    stopsAtFirst?: boolean;
  } & Pick<DiskOptions, "liesAbout">,
): Promise<string[]> {
  const { cuts, random, from = 0, stopsAtFirst = false } = options;
  const { calls, history, root } = season;
  const disk = createDisk({ root, ...options });
  const restarts = [...season.restarts];
  const problems: string[] = [];
  const places = Array.from({ length: cuts }, () =>
    random.int(from, calls.length - 1),
  ).sort((a, b) => a - b);
  let end = 0;
  for (const [index, call] of calls.entries()) {
    if (restarts.length > 0 && end >= restarts[0]!) {
      restarts.shift();
      disk.restart();
    }
    disk.take(call);
    end = call.end;
    while (places[0] === index) {
      places.shift();
      const image = join(folder, `image${images++}`);
      disk.writeImage(image, random);
      const found = await checkImage(
        { dataFolder: join(image, "data"), port, plcUrl: plc.url },
        history.worldAt(end),
        random,
      );
      rmSync(image, { recursive: true });
      problems.push(...found.map((text) => `cut at ${index}: ${text}`));
      if (stopsAtFirst && problems.length > 0) return problems;
    }
  }
  return problems;
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

const shareOfCuts = (share: number) => Math.ceil(sizeOf("powerCuts") * share);

describe.skipIf(!hasTap)("a power cut", () => {
  const seed = runSeed();
  const random = createRandom(seed);
  const say = `TEST_SEED=${seed}`;
  let plain: Season;

  test(
    "loses nothing at any moment of a server's life",
    async () => {
      plain = await live("plain", random, async ({ load, url, stop }) => {
        await load.run(url, ANSWERS);
        expect(await stop()).toBe(0);
      });
      const cuts = shareOfCuts(0.4);
      expect(await cut(plain, { cuts, random }), say).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "loses nothing while a server recovers from kill -9",
    async () => {
      const killed = await live("killed", random, async (stage) => {
        const { load, url } = stage;
        stage.order({ step: "batch-logged", passes: ANSWERS / 4 });
        await load.run(url, ANSWERS);
        expect(await stage.ended()).toBe(EXIT_KILLED);
        await startAgain(stage);
      });
      const cuts = shareOfCuts(0.2);
      const from = lastStart(killed);
      expect(await cut(killed, { cuts, random, from }), say).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "loses nothing after a sync of the log has failed",
    async () => {
      const failed = await live("failed", random, async (stage) => {
        const { load, url, tap } = stage;
        const path = "sequencer.sqlite-wal";
        tap.fail({ call: "sync", error: "EIO", path, skip: 20, count: 1 });
        await load.run(url, ANSWERS);
        expect(await stage.ended()).toBe(EXIT_DISK_FAILED);
        tap.fail();
        await startAgain(stage);
      });
      const cuts = shareOfCuts(0.2);
      const from = lastStart(failed);
      expect(await cut(failed, { cuts, random, from }), say).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "is seen to lose much when the log is not synced",
    async () => {
      const liesAbout = (path: string) => path.endsWith("sequencer.sqlite-wal");
      const found = await cut(plain, {
        ...{ cuts: 20, random, stopsAtFirst: true, liesAbout },
      });
      expect(found.length, say).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
