import { expect, test } from "bun:test";
import { CHECKS } from "../../scripts/check.ts";

const TIMEOUT_MS = 300_000;

test.each(CHECKS)(
  "$name",
  async ({ run }) => {
    expect(await run()).toBe("");
  },
  TIMEOUT_MS,
);
