import { expect, test } from "bun:test";
import { runSeed } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { LEAST } from "./town.ts";
import { runTowns } from "./towns.ts";

const TIMEOUT_MS = 12 * 60 * 60_000;

test(
  "nothing that was answered is lost by kill -9, and the stream is the repositories",
  async () => {
    const total = await runTowns({
      seed: runSeed(),
      kills: sizeOf("kills"),
      accounts: sizeOf("crashAccounts"),
      writers: sizeOf("crashWriters"),
      binary: process.env.TEMPEST_BINARY,
      onTown(report, seed) {
        console.info(`TEST_SEED=${seed}:`, report);
        const problems = [...report.lost, ...report.forks];
        expect(problems, `TEST_SEED=${seed}`).toEqual([]);
        expect(report.unanswered).toBeGreaterThan(report.kills);
        for (const [name, share] of Object.entries(LEAST)) {
          const count = report[name as keyof typeof LEAST];
          expect(count, name).toBeGreaterThan(report.kills * share);
        }
      },
    });
    expect(total.repairs).toBeGreaterThan(0);
    if (!process.env.TEMPEST_BINARY) {
      expect(Object.keys(total.steps).length).toBeGreaterThan(0);
    }
  },
  TIMEOUT_MS,
);
