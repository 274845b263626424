import { describe, expect, test } from "bun:test";
import { createRandom } from "../support/random.ts";
import { makeInput, runTarget } from "./engine.ts";
import { PLANTED } from "./targets/planted.ts";
import { watchGroup } from "./watch.ts";

/** The search itself: a fault that is there is found, made small, and told so that it can be repeated. */

const planted = (name: string) =>
  PLANTED.find((target) => target.name === name)!;

const OPTIONS = { seed: 7, count: 2000 };

test("an input depends on the seed and its number alone", () => {
  const target = planted("throws what is no refusal");
  expect(makeInput(target, 7, 3)).toEqual(makeInput(target, 7, 3));
  expect(makeInput(target, 7, 3)).not.toEqual(makeInput(target, 7, 4));
  expect(makeInput(target, 7, 3)).not.toEqual(makeInput(target, 8, 3));
  const random = createRandom(7);
  expect(random.fork("a").next()).not.toBe(random.fork("b").next());
});

describe("finds a parser that", () => {
  test("throws what is no refusal, and shrinks the input", async () => {
    const target = planted("throws what is no refusal");
    const { finding } = await runTarget(target, OPTIONS);
    expect(finding?.problem).toStartWith("TypeError: a float");
    expect(finding?.input).toMatch(/^hex fb[89a-f][0-9a-f]$/);
    const { index } = finding!;
    const again = await runTarget(target, { seed: 7, from: index, count: 1 });
    expect(again.finding).toEqual(finding);
  });

  test("writes another spelling", async () => {
    const target = planted("writes another spelling");
    const { finding } = await runTarget(target, OPTIONS);
    expect(finding).toMatchObject({
      problem: "Error: bytes: hex 17, not hex 18",
      input: "hex 18",
    });
  });

  test("takes long each time", async () => {
    const { finding } = await runTarget(planted("takes long"), OPTIONS);
    expect(finding?.problem).toMatch(/^takes \d+ ms$/);
    expect(finding?.input).toBe('"//"');
  }, 60_000);

  test("never ends", async () => {
    const reports = await watchGroup({
      ...OPTIONS,
      group: "PLANTED",
      target: "never ends",
      hangMs: 3000,
    });
    const { finding } = reports["never ends"]!;
    expect(finding?.problem).toBe("never ends");
    expect(JSON.parse(finding!.input)).toStartWith("did:plc:abc");
  }, 180_000);
});

test("a parser without a fault passes, with both answers counted", async () => {
  const report = await runTarget(planted("refuses as it should"), OPTIONS);
  expect(report.finding).toBeNull();
  expect(report.accepted + report.refused).toBe(2000);
  expect(report.accepted).toBeGreaterThan(500);
  expect(report.refused).toBeGreaterThan(500);
});
