import { expect, test } from "bun:test";
import { runSeed } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { GROUPS } from "./targets/all.ts";
import { watchGroup } from "./watch.ts";

/**
 * Everything that takes input from strangers and can be called by itself:
 * whatever it is given, it accepts or refuses, soon, and never anything else.
 * Another run with the same seed: `TEST_SEED=… bun run test test/fuzz`.
 */

const seed = runSeed();
const targets = Object.values(GROUPS).reduce(
  (sum, { length }) => sum + length,
  0,
);
const count = Math.ceil(sizeOf("parserInputs") / targets);
/** Of each target's inputs: fewer, and one of both answers was hardly looked at. */
const LEAST_SHARE = 0.004;
const TIMEOUT_MS = 12 * 60 * 60_000;

test.each(Object.keys(GROUPS).map((group) => [group]))(
  "%s",
  async (group) => {
    const reports = await watchGroup({ group, seed, count });
    let inputs = 0;
    let slowestMs = 0;
    for (const [name, report] of Object.entries(reports)) {
      expect(report.finding, `${name}, TEST_SEED=${seed}`).toBeNull();
      const least = report.accepted + report.refused;
      expect(least, name).toBe(count);
      expect(report.accepted, name).toBeGreaterThan(count * LEAST_SHARE);
      expect(report.refused, name).toBeGreaterThan(count * LEAST_SHARE);
      inputs += least;
      slowestMs = Math.max(slowestMs, report.slowestMs);
    }
    expect(Object.keys(reports)).toEqual(
      GROUPS[group]!.map(({ name }) => name),
    );
    console.info(
      `${group}: ${inputs} inputs, the slowest ${slowestMs.toFixed(1)} ms, TEST_SEED=${seed}`,
    );
  },
  TIMEOUT_MS,
);
