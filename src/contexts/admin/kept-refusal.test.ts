import { expect, test } from "bun:test";
import { invalidRequest } from "#lib/errors.ts";
import { keepRefusal, readRefusal } from "./kept-refusal.ts";

test("a refusal comes back with its reason and facts", () => {
  const refusal = invalidRequest("There are 5 already");
  refusal.because("keysFull", { most: 5 });
  expect(readRefusal(keepRefusal(refusal))).toEqual({
    ...{ error: "InvalidRequest", message: "There are 5 already" },
    reason: { name: "keysFull", facts: { most: 5 } },
  });
});

test("nothing of a fault of our own is kept, but that it was one", () => {
  const kept = keepRefusal(new Error("/secret/path is full"));
  expect(kept).not.toContain("secret");
  expect(readRefusal(kept).error).toBe("InternalServerError");
});

test("what an older version kept is its message", () => {
  expect(readRefusal("Account not found")).toEqual({
    ...{ error: "", message: "Account not found", reason: null },
  });
});
