import { expect, test } from "bun:test";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { OAuthRefusal } from "#contexts/oauth/refusal.ts";
import { de } from "#edge/web/text/de.ts";
import { faultOf } from "./page-faults.ts";

const { error: words, refusals } = de;

test("a page says in its language what went wrong, and what to do", () => {
  const taken = invalidRequest("Email already taken: a@b.test");
  expect(faultOf(de, taken.because("emailTaken"))).toEqual({
    ...{ status: 400, sentence: refusals.reasons.emailTaken },
    next: words.goBack,
  });
  const often = { retryAfterSec: 90 };
  expect(faultOf(de, new XrpcError("RateLimitExceeded", "x", often))).toEqual({
    ...{ status: 429, sentence: words.limited, next: words.wait(2) },
  });
  const today = { retryAfterSec: 20 * 3600 };
  expect(
    faultOf(de, new XrpcError("RateLimitExceeded", "x", today))?.next,
  ).toContain("20 Stunden");
  // Nobody translated it: the exact words go below, for who can mend it.
  expect(faultOf(de, new XrpcError("Odd", "The moon is up"))).toEqual({
    ...{ status: 400, sentence: words.refused, next: words.goBack },
    detail: "The moon is up",
  });
});

test("what a sign-in refuses is told once, and exactly where an application can mend it", () => {
  const lost = new OAuthRefusal(
    "cookies_missing",
    "The browser kept no cookie",
  );
  expect(faultOf(de, lost)).toMatchObject({
    ...{ sentence: words.cookies, next: words.cookiesNext, detail: null },
  });
  const odd = new OAuthRefusal("invalid_scope", "No such scope: moon");
  expect(faultOf(de, odd)).toMatchObject({
    ...{ sentence: words.badScope, detail: "No such scope: moon" },
  });
});

test("who may not at all is not sent back to what they typed", () => {
  const down = new XrpcError("AccountTakedown", "x", { status: 403 });
  expect(faultOf(de, down)).toEqual({
    ...{ status: 403, sentence: refusals.names.AccountTakedown, next: null },
  });
});

test("an outage is told as one, and nobody is sent back to what they typed", () => {
  const away = new XrpcError("ServiceUnavailable", "Too many sign-ins at once");
  expect(faultOf(de, away)).toEqual({
    ...{ status: 503, sentence: refusals.names.ServiceUnavailable, next: null },
  });
  expect(faultOf(de, away.because("directoryLater"))?.sentence).toBe(
    refusals.reasons.directoryLater,
  );
});

test("a fault of our own is none of the reader's", () => {
  expect(faultOf(de, new Error("bug"))).toBeNull();
  expect(faultOf(de, new XrpcError("InternalServerError", "bug"))).toBeNull();
});
