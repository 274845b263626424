/** Identifiers to start from when looking for those that two parsers disagree on. */

export type Check = (text: string) => boolean;

export const DIDS = [
  "did:plc:7iza6de2dwap2sbkpav7c6c6",
  "did:web:example.com%3A3000",
  "did:m:v",
  ...lengthsAround("did:web:", "", 2048),
];
export const HANDLES = [
  "alice.example.com",
  "8.cn",
  "xn--ls8h.test",
  ...lengthsAround("", ".test", 63 + 5),
  ...lengthsAround("a.", "", 2 + 63),
  ...lengthsAround("a.".repeat(100), ".com", 253),
];
export const NSIDS = [
  "com.example.fooBar",
  "a-0.b-1.c",
  "cn.8.lex.stuff",
  ...lengthsAround("com.example.", "", 12 + 63),
  ...lengthsAround("com.", ".name", 4 + 63 + 5),
  ...lengthsAround("a.".repeat(140), "", 317),
];
export const RECORD_KEYS = [
  "3jzfcijpj2z2a",
  "self",
  "~1.2-3_:",
  "..",
  ...lengthsAround("", "", 512),
];
/** True when the check throws nothing. */
export function passes(check: (text: string) => void): Check {
  return (text) => {
    try {
      check(text);
      return true;
    } catch {
      return false;
    }
  };
}

/** A part of a length at and around its limit. */
export function lengthsAround(
  prefix: string,
  suffix: string,
  limit: number,
): string[] {
  return [-1, 0, 1].map(
    (more) =>
      prefix +
      "a".repeat(limit + more - prefix.length - suffix.length) +
      suffix,
  );
}
