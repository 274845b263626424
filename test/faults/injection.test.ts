import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Answer } from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import { startPlc, type ServerChild } from "../support/process.ts";
import { createRandom, runSeed, type Random } from "../support/random.ts";
import { testColumn } from "../support/sizes.ts";
import { compareWorld, verifyFolder } from "./image-check.ts";
import { openStage, type Stage } from "./season.ts";
import { hasTap, type Fault } from "./tap.ts";

/**
 * Calls of the system that fail while people write. Whatever the server then
 * answers must be so; it goes on once the disk does, or ends with 70 and has
 * everything at its next start.
 */
const TIMEOUT_MS = 6 * 60 * 60_000;
const EXIT_DISK_FAILED = 70;
const ANSWERS = 40;
const TROUBLE_MS = 700;
const RECOVERY_MS = 15_000;

const CALLS = ["sync", "write", "open", "rename"] as const;
const ERRORS = ["EIO", "ENOSPC", "EROFS"] as const;
/** Everything at once, and in the long run each kind of file by itself. */
const PATHS = {
  push: ["*"],
  long: [
    ...["*", "sequencer.sqlite", "sequencer.sqlite-wal"],
    ...["account.sqlite", "repos/", "blobs/", "-wal"],
  ],
};

let folder: string;
let plc: ServerChild;
let port: number;
let homes = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-faults-"));
  plc = await startPlc(join(folder, "plc.sqlite"));
  port = await findPort();
});
afterAll(async () => {
  await plc.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** A refusal that says when to come again. */
function mayRefuse({ status, headers }: Answer<unknown>): boolean {
  const isRefusal = status === 503 || status === 507;
  return isRefusal && Number(headers.get("retry-after")) > 0;
}

/** Lets calls fail while people write, and returns what happened then. */
async function endure(
  stage: Stage,
  fault: Fault,
): Promise<{ exitCode: number | null; refused: number }> {
  const { load, url, tap } = stage;
  const before = load.refused;
  await load.run(url, ANSWERS);
  tap.fail(fault);
  const isUp = await load.run(url, 10 * ANSWERS, TROUBLE_MS);
  tap.fail();
  const refused = load.refused - before;
  const exitCode = isUp ? null : await stage.ended();
  if (exitCode !== null) await stage.start();
  return { exitCode, refused };
}

/** Waits until everybody can write again, and compares. */
async function recover(stage: Stage, random: Random): Promise<string[]> {
  const { load, url, history } = stage;
  const answered = history.answered;
  await load.resume(url, RECOVERY_MS);
  await load.run(url, ANSWERS, RECOVERY_MS);
  await load.wake(url);
  if (history.answered < answered + ANSWERS) return ["it does not recover"];
  return compareWorld(url, history.worldAt(Infinity), random);
}

const isOfLog = ({ path }: Fault) =>
  ["*", "-wal", "sequencer.sqlite-wal"].includes(path!);

const cases = PATHS[testColumn].flatMap((path) =>
  CALLS.flatMap((call) => ERRORS.map((error) => ({ call, error, path }))),
);

describe.skipIf(!hasTap)("a server whose calls fail", () => {
  test.each(CALLS)(
    "gives no wrong answer, and goes on: %s",
    async (call) => {
      const seed = runSeed();
      const random = createRandom(seed);
      const home = join(folder, `home${homes++}`);
      const stage = openStage({
        ...{ folder: home, port, plcUrl: plc.url, random, mayRefuse },
        keepsTrace: false,
      });
      try {
        await stage.start();
        await stage.load.settleIn(stage.url);
        for (const fault of cases.filter((one) => one.call === call)) {
          const what = `${JSON.stringify(fault)} TEST_SEED=${seed}`;
          const { exitCode, refused } = await endure(stage, fault);
          expect(stage.load.problems, what).toEqual([]);
          if (exitCode !== null) expect(exitCode, what).toBe(EXIT_DISK_FAILED);
          // After that nobody knows what the disk holds.
          if (call === "sync" && isOfLog(fault)) {
            expect(exitCode, what).toBe(EXIT_DISK_FAILED);
          }
          // Names are not changed by everybody.
          const isFelt = exitCode !== null || refused > 0;
          if (call === "write" && isOfLog(fault)) {
            expect(isFelt, what).toBe(true);
          }
          expect(await recover(stage, random), what).toEqual([]);
        }
        expect(await stage.stop()).toBe(0);
        const dataFolder = join(home, "disk/data");
        const options = { dataFolder, port, plcUrl: plc.url };
        expect(await verifyFolder(options)).toEqual([]);
      } finally {
        await stage.leave();
      }
    },
    TIMEOUT_MS,
  );
});
