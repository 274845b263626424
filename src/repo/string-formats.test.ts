import { expect, test } from "bun:test";
import {
  isDatetime,
  isGenericCid,
  isLanguage,
  isUri,
} from "./string-formats.ts";

test("a datetime may lie in years 0 to 9999 of UTC only", () => {
  expect(isDatetime("0000-01-01T00:59:00+00:59")).toBe(true);
  expect(isDatetime("0000-01-01T00:58:59+00:59")).toBe(false);
  expect(isDatetime("9999-12-31T23:00:59-00:59")).toBe(true);
  expect(isDatetime("9999-12-31T23:01:00-00:59")).toBe(false);
});

test("a datetime follows the Gregorian leap years", () => {
  expect(isDatetime("2000-02-29T00:00:00Z")).toBe(true);
  expect(isDatetime("1900-02-29T00:00:00Z")).toBe(false);
});

test("a language tag may name no variant or extension twice", () => {
  expect(isLanguage("sl-rozaj-biske")).toBe(true);
  expect(isLanguage("sl-rozaj-ROZAJ")).toBe(false);
  expect(isLanguage("en-a-foo-b-foo")).toBe(true);
  expect(isLanguage("en-a-foo-A-bar")).toBe(false);
  // A subtag of private use may repeat.
  expect(isLanguage("en-x-foo-foo")).toBe(true);
});

test("a URI needs a scheme and something behind it", () => {
  expect(isUri("dns:example.com")).toBe(true);
  expect(isUri("dns:")).toBe(false);
  expect(isUri("a:b\n")).toBe(false);
});

test("a CID of version 0 is refused", () => {
  expect(isGenericCid("QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR")).toBe(
    false,
  );
});
