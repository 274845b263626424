import { expect, test } from "bun:test";
import { countTests } from "./test-output.ts";

const GOOD = `bun test v1.4.5

a.test.ts:

 12 pass
 1 skip
 2 todo
 0 fail
 30 expect() calls
Ran 15 tests across 1 file. [6.00ms]
`;

const BAD = `bun test v1.4.5

src/a.test.ts:
(fail) adds > one [0.26ms]

src/b.test.ts:

# Unhandled error between tests
error: Cannot find module

2 tests failed:
(fail) adds > one [0.26ms]

 3 pass
 2 fail
 1 error
Ran 5 tests across 2 files. [26.00ms]
`;

test("a good run is counted", () => {
  expect(countTests(GOOD, 0, [])).toEqual({
    passed: 12,
    failed: 0,
    skipped: 3,
    names: [],
  });
});

test("failures are named once, with their file", () => {
  expect(countTests(BAD, 1, [])).toEqual({
    passed: 3,
    failed: 2,
    skipped: 0,
    names: [
      "src/a.test.ts: adds > one",
      "src/b.test.ts: # Unhandled error between tests",
    ],
  });
});

test("a run that ends early has failed, whatever its exit code", () => {
  const { failed, names } = countTests("a.test.ts:\n(pass) one\n", 0, ["x"]);
  expect(failed).toBe(1);
  expect(names).toEqual(["bun test x: ended without a summary"]);
});

test("an exit code that nothing explains is a failure", () => {
  expect(countTests(GOOD, 137, []).failed).toBe(1);
});
