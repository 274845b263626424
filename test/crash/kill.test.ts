import { expect, test } from "bun:test";
import { createRandom, runSeed } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { runTown } from "./town.ts";

/** After so many kills a new server with new accounts begins; checks take as long as there is history. */
const KILLS_OF_ONE_TOWN = 25;
const TIMEOUT_MS = 12 * 60 * 60_000;

test(
  "nothing that was answered is lost by kill -9, and the stream is the repositories",
  async () => {
    const seed = runSeed();
    const kills = sizeOf("kills");
    const total = { kills: 0, answered: 0, founded: 0, events: 0 };
    for (let town = 0; total.kills < kills; town++) {
      const report = await runTown({
        random: createRandom(seed + town),
        kills: Math.min(KILLS_OF_ONE_TOWN, kills - total.kills),
        accounts: sizeOf("crashAccounts"),
        writers: sizeOf("crashWriters"),
      });
      console.info(`town ${town}, TEST_SEED=${seed + town}:`, report);
      expect(report.problems, `TEST_SEED=${seed + town}`).toEqual([]);
      // A town in which nothing happened would prove nothing.
      expect(report.answered).toBeGreaterThan(report.kills * 10);
      expect(report.unanswered).toBeGreaterThan(report.kills);
      expect(report.moderated).toBeGreaterThan(report.kills);
      expect(report.witnessed).toBeGreaterThan(report.kills * 10);
      for (const key of Object.keys(total) as (keyof typeof total)[]) {
        total[key] += report[key];
      }
    }
    expect(total.founded).toBeGreaterThan(0);
    console.info("all towns:", total);
  },
  TIMEOUT_MS,
);
