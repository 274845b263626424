import { describe, expect, test } from "bun:test";
import {
  ensureValidDid,
  ensureValidHandle,
  ensureValidNsid,
  ensureValidRecordKey,
  ensureValidTid,
  isAtUriString,
  isDatetimeString,
  isValidAtIdentifier,
  isValidUri,
  parseLanguageString,
} from "@atproto/syntax";
import fc from "fast-check";
import {
  formatAtUri,
  isAtIdentifier,
  isAtUri,
  isDatetime,
  isDid,
  isHandle,
  isLanguage,
  isNsid,
  isRecordKey,
  isTid,
  isUri,
  parseAtUri,
} from "#repo/syntax.ts";
import {
  type Check,
  DIDS,
  HANDLES,
  lengthsAround,
  NSIDS,
  passes,
  RECORD_KEYS,
} from "../support/syntax-examples.ts";

const RUNS = { numRuns: 3000 };

/** One or several characters; those outside ASCII fold or look alike. */
const unit = fc.oneof(
  fc.constantFrom(
    ..."abjkxzAZ0129-._:~%/#?@ \n\0",
    "did:",
    "at://",
    "K",
    "é",
    "😀",
  ),
  fc.string({ unit: "grapheme-ascii", maxLength: 2 }),
);

/** One of the examples with a few edits, or one made of such units only. */
function near(...examples: string[]): fc.Arbitrary<string> {
  const edit = fc.tuple(fc.nat(), fc.nat({ max: 3 }), unit);
  return fc
    .tuple(
      fc.constantFrom("", ...examples),
      fc.array(edit, { maxLength: 4, size: "small" }),
    )
    .map(([example, edits]) => {
      let text = example;
      for (const [position, removed, added] of edits) {
        const at = position % (text.length + 1);
        text = text.slice(0, at) + added + text.slice(at + removed);
      }
      return text;
    });
}

/** Both must agree on all strings, and each must say yes and no often enough. */
function agree(strings: fc.Arbitrary<string>, ours: Check, theirs: Check) {
  let yes = 0;
  let no = 0;
  fc.assert(
    fc.property(strings, (text) => {
      const answer = ours(text);
      if (answer) yes++;
      else no++;
      expect(answer).toBe(theirs(text));
    }),
    RUNS,
  );
  expect(Math.min(yes, no)).toBeGreaterThan(100);
}

describe("agrees with @atproto/syntax on", () => {
  test("DIDs", () => {
    agree(near(...DIDS), isDid, passes(ensureValidDid));
  });

  test("handles", () => {
    agree(near(...HANDLES), isHandle, passes(ensureValidHandle));
  });

  test("identifiers of accounts", () => {
    const strings = near(...DIDS, ...HANDLES);
    agree(strings, isAtIdentifier, isValidAtIdentifier);
  });

  test("NSIDs", () => {
    agree(near(...NSIDS), isNsid, passes(ensureValidNsid));
  });

  test("record keys", () => {
    agree(near(...RECORD_KEYS), isRecordKey, passes(ensureValidRecordKey));
  });

  test("TIDs", () => {
    const tid = fc.string({
      unit: fc.constantFrom(..."234567abcdefghijklmnopqrstuvwxyz01k89A-"),
      minLength: 12,
      maxLength: 14,
    });
    const strings = fc.oneof(near("3jzfcijpj2z2a", "jzzzzzzzzzzzz"), tid);
    agree(strings, isTid, passes(ensureValidTid));
  });

  test("languages", () => {
    const subtag = fc.constantFrom(
      ..."de en zh i x X a u 1 yue Hant DE 419 1901 rozaj boont extended".split(
        " ",
      ),
    );
    const tags = fc
      .array(subtag, { minLength: 1, maxLength: 7 })
      .map((subtags) => subtags.join("-"));
    const strings = fc.oneof(tags, near("en-GB", "zh-Hant-TW", "i-klingon"));
    agree(strings, isLanguage, (text) => parseLanguageString(text) !== null);
  });

  test("datetimes", () => {
    const two = fc.oneof(
      fc.integer({ min: 0, max: 99 }),
      fc.integer({ min: 0, max: 31 }),
      fc.constantFrom(0, 1, 12, 23, 24, 28, 29, 30, 31, 59, 60),
    );
    const pad = (value: number) => String(value).padStart(2, "0");
    const year = fc.constantFrom(
      "0000",
      "0001",
      "1900",
      "2000",
      "2023",
      "2024",
      "9999",
    );
    const zone = fc.oneof(
      fc.constantFrom("Z", "", "z", "+00:00", "-00:00", ".5Z"),
      fc
        .tuple(fc.constantFrom("+", "-"), two, two)
        .map(([sign, hour, minute]) => `${sign}${pad(hour)}:${pad(minute)}`),
    );
    const fields = fc
      .tuple(year, two, two, two, two, two, zone)
      .map(
        ([y, month, day, hour, minute, second, z]) =>
          `${y}-${pad(month % 14)}-${pad(day % 33)}T${pad(hour % 25)}:` +
          `${pad(minute % 61)}:${pad(second % 61)}${z}`,
      );
    const strings = fc.oneof(
      fields,
      near("1985-04-12T23:20:50.123Z", "2024-02-29T00:00:00+01:00"),
      near(...lengthsAround("1985-04-12T23:20:50.", "Z", 64)).map((text) =>
        text.replaceAll("a", "0"),
      ),
    );
    agree(
      strings,
      isDatetime,
      (text) => isDatetimeString(text) && isDayOfCalendar(text),
    );
  });
});

/** The runtime's parser takes 31 February for 2 or 3 March. */
function isDayOfCalendar(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return day.getUTCDate() === Number(text.slice(8, 10));
}

describe("AT URIs", () => {
  const strings = near(
    "at://did:plc:7iza6de2dwap2sbkpav7c6c6",
    "at://alice.example.com/com.example.fooBar",
    "at://did:web:example.com/com.example.fooBar/3jzfcijpj2z2a",
    "at://alice.example.com/com.example.fooBar/self",
  );

  test("agree with @atproto/syntax when they have no fragment", () => {
    const plain = strings.filter((text) => !text.includes("#"));
    agree(plain, isAtUri, (text) => isAtUriString(text, { strict: true }));
  });

  test("come back from their parts as they were", () => {
    fc.assert(
      fc.property(strings, (text) => {
        if (!isAtUri(text)) return;
        const { host, collection, rkey } = parseAtUri(text);
        if (collection !== undefined && rkey !== undefined) {
          expect(formatAtUri(host, collection, rkey)).toBe(text);
        } else {
          expect(String(text)).toBe(
            ["at:/", host, ...(collection ? [collection] : [])].join("/"),
          );
        }
      }),
      RUNS,
    );
  });
});

describe("the specification rules where @atproto/syntax differs:", () => {
  test("an AT URI with a fragment is refused", () => {
    const text = "at://did:plc:7iza6de2dwap2sbkpav7c6c6#/a";
    expect(isAtUriString(text, { strict: true })).toBe(true);
    expect(isAtUri(text)).toBe(false);
  });

  test("a datetime needs a day that exists (RFC 3339 §5.7)", () => {
    for (const text of ["2023-02-29T00:00:00Z", "2024-04-31T00:00:00Z"]) {
      expect(isDatetimeString(text)).toBe(true);
      expect(isDatetime(text)).toBe(false);
    }
  });

  test("a URI may have any scheme of RFC 3986 and an empty authority", () => {
    for (const text of ["content-type:text/plain", "file:///tmp", "a:/b"]) {
      expect(isValidUri(text)).toBe(false);
      expect(isUri(text)).toBe(true);
    }
  });

  test("a URI is printable ASCII, its scheme starts with a letter", () => {
    for (const text of ["https://exämple.com", "1a:b", "_:b", "a:b\0"]) {
      expect(isValidUri(text)).toBe(true);
      expect(isUri(text)).toBe(false);
    }
  });
});
