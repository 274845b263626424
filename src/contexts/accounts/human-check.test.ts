import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { systemRandom } from "#contexts/security/random.ts";
import {
  createHcaptchaCheck,
  createPuzzleCheck,
  solvePuzzle,
  zeroBitsOf,
} from "./human-check.ts";

const clock = createFakeClock();
const deps = { clock, random: systemRandom, bits: 6 };
const check = createPuzzleCheck({ ...deps, key: new Uint8Array(32).fill(1) });

test("a puzzle's answer holds once, and not for ever", async () => {
  const answer = solvePuzzle(check.newPuzzle()!);
  expect(zeroBitsOf(answer)).toBeGreaterThanOrEqual(6);
  expect(await check.verify(answer)).toBe(true);
  expect(await check.verify(answer)).toBe(false);
  const late = solvePuzzle(check.newPuzzle()!);
  clock.advance(10 * 60_000);
  expect(await check.verify(late)).toBe(false);
});

test("nothing but an answer to a puzzle of ours is taken", async () => {
  const puzzle = check.newPuzzle()!;
  const wrong = [0, 1, 2, 3, 4, 5, 6, 7]
    .map((number) => `${puzzle.challenge}:${number}`)
    .find((text) => zeroBitsOf(text) < 6)!;
  const other = createPuzzleCheck({ ...deps, key: new Uint8Array(32) });
  const easier = createPuzzleCheck({
    ...{ ...deps, bits: 1, key: new Uint8Array(32).fill(1) },
  });
  const [version, , ...rest] = puzzle.challenge.split(".");
  const forged = { ...puzzle, challenge: [version, "1", ...rest].join(".") };
  for (const text of [
    ...["", ":", "p1", "p1.1.2.3.4:5", "x".repeat(10_000), wrong],
    solvePuzzle(other.newPuzzle()!),
    solvePuzzle({ ...easier.newPuzzle()!, bits: 6 }),
    solvePuzzle(forged),
    `${solvePuzzle(puzzle)}:1`,
    `${solvePuzzle(puzzle)} `,
  ]) {
    expect([text, await check.verify(text)]).toEqual([text, false]);
  }
});

test("hCaptcha is asked with the secret, and believed when it agrees", async () => {
  const asked: URLSearchParams[] = [];
  let answer: () => Promise<string> = async () => '{"success":true}';
  const hcaptcha = createHcaptchaCheck({
    siteKey: "site",
    secretKey: "hush",
    async fetch(url, { body }) {
      asked.push(new URLSearchParams(String(body)));
      const bytes = new TextEncoder().encode(await answer());
      return { status: 200, headers: new Headers(), body: bytes, url };
    },
  });
  expect(await hcaptcha.verify("token")).toBe(true);
  expect(Object.fromEntries(asked[0]!)).toEqual({
    ...{ secret: "hush", response: "token", sitekey: "site" },
  });
  for (const said of ["{}", '{"success":"true"}', "nonsense", "null"]) {
    answer = async () => said;
    expect(await hcaptcha.verify("token")).toBe(false);
  }
  answer = () => Promise.reject(new Error("away"));
  expect(await hcaptcha.verify("token")).toBe(false);
  expect(await hcaptcha.verify("")).toBe(false);
});
