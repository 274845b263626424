/**
 * The string formats of lexicons that are no identifiers of the protocol:
 * datetime, language, uri and cid. Each function answers whether a string has
 * the format.
 * @see https://atproto.com/specs/lexicon#string-formats
 */

const DATETIME_MAX_LENGTH = 64; // https://atproto.com/guides/data-validation
const URI_MAX_LENGTH = 8192; // https://atproto.com/specs/lexicon#uri

// What the two forms of ISO 8601 in use have in common: the fixed part.
const DATETIME_PATTERN =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/;

const DAYS_BY_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The intersection of RFC 3339 and ISO 8601: capital letters, a time zone,
 * whole seconds, a day that exists, and a year from 0 to 9999 also in UTC.
 * A leap second is refused, as JavaScript's own clock can't hold one.
 * @see https://atproto.com/specs/lexicon#datetime
 */
export function isDatetime(text: string): boolean {
  if (text.length > DATETIME_MAX_LENGTH) return false;
  const parts = DATETIME_PATTERN.exec(text);
  if (parts === null) return false;
  const [year, month, day, hour, minute, second] = parts
    .slice(1, 7)
    .map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1) return false;
  if (day > DAYS_BY_MONTH[month - 1]!) return false;
  if (month === 2 && day === 29 && !isLeapYear(year)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  const sign = parts[7];
  if (sign === undefined) return true;
  const offsetHour = Number(parts[8]);
  const offsetMinute = Number(parts[9]);
  if (offsetHour > 23 || offsetMinute > 59) return false;
  const offsetMinutes = offsetHour * 60 + offsetMinute;
  // RFC 3339 gives -00:00 a meaning that ISO 8601 forbids.
  if (sign === "-" && offsetMinutes === 0) return false;
  return isYearInRange(text, sign, offsetMinutes);
}

/** False when the offset carries the first or last day out of years 0 to 9999. */
function isYearInRange(text: string, sign: string, offsetMinutes: number) {
  const minuteOfDay =
    Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));
  const day = text.slice(0, 10);
  if (sign === "+") return day !== "0000-01-01" || minuteOfDay >= offsetMinutes;
  return day !== "9999-12-31" || minuteOfDay + offsetMinutes < 24 * 60;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

// RFC 5646 §2.2.8: tags from before the grammar, those that do not follow it
// and those that do but whose parts have no meaning of their own.
const GRANDFATHERED = new Set(
  (
    "en-GB-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux " +
    "i-mingo i-navajo i-pwn i-tao i-tay i-tsu sgn-BE-FR sgn-BE-NL " +
    "sgn-CH-DE art-lojban cel-gaulish no-bok no-nyn zh-guoyu zh-hakka " +
    "zh-min zh-min-nan zh-xiang"
  ).split(" "),
);

const LANGUAGE = /^[a-z]{2,3}$/;
const EXTLANG = /^[A-Za-z]{3}$/;
const SCRIPT = /^[A-Za-z]{4}$/;
const REGION = /^(?:[A-Za-z]{2}|[0-9]{3})$/;
const VARIANT = /^(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})$/;
const SINGLETON = /^[0-9A-WYZa-wyz]$/;
const EXTENSION = /^[A-Za-z0-9]{2,8}$/;
const PRIVATE = /^[A-Za-z0-9]{1,8}$/;
const MAX_EXTLANGS = 3; // RFC 5646 §2.1

/**
 * A BCP 47 language tag, with a first subtag of two or three small letters and
 * with no variant or extension named twice.
 * @see https://www.rfc-editor.org/rfc/rfc5646#section-2.1
 */
export function isLanguage(text: string): boolean {
  if (GRANDFATHERED.has(text)) return true;
  const tags = text.split("-");
  if (isPrivateUse(tags, 0)) return true;
  if (!LANGUAGE.test(tags[0]!)) return false;
  let at = 1;
  while (at <= MAX_EXTLANGS && matches(EXTLANG, tags[at])) at++;
  if (matches(SCRIPT, tags[at])) at++;
  if (matches(REGION, tags[at])) at++;
  const seen = new Set<string>();
  while (matches(VARIANT, tags[at])) {
    if (!addNew(seen, tags[at++]!)) return false;
  }
  while (matches(SINGLETON, tags[at])) {
    if (!addNew(seen, tags[at++]!)) return false;
    if (!matches(EXTENSION, tags[at])) return false;
    while (matches(EXTENSION, tags[at])) at++;
  }
  return at === tags.length || isPrivateUse(tags, at);
}

function matches(pattern: RegExp, tag: string | undefined): boolean {
  return tag !== undefined && pattern.test(tag);
}

/** Variants have four letters or more and singletons one: they share a set. */
function addNew(seen: Set<string>, tag: string): boolean {
  const size = seen.size;
  return seen.add(tag.toLowerCase()).size > size;
}

/** True when `x` stands at `at` and all that follows may be private. */
function isPrivateUse(tags: string[], at: number): boolean {
  if (tags[at]?.toLowerCase() !== "x" || at + 1 === tags.length) return false;
  return tags.slice(at + 1).every((tag) => PRIVATE.test(tag));
}

const URI_PATTERN = /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/;

/**
 * Any scheme, then something; printable ASCII throughout. Parts are not
 * checked further: schemes differ too much.
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-3
 */
export function isUri(text: string): boolean {
  return text.length <= URI_MAX_LENGTH && URI_PATTERN.test(text);
}

const CID_PATTERN = /^[A-Za-z0-9+=]{8,256}$/;

/**
 * The text of some CID, of any codec, hash and multibase, as the lexicon format
 * `cid` has it. Version 0 is refused: its hash starts with `Qm`. Blocks and
 * blobs need the far narrower `isCid` of cid.ts.
 * @see https://atproto.com/specs/data-model#link-and-cid-formats
 */
export function isGenericCid(text: string): boolean {
  return CID_PATTERN.test(text) && !text.startsWith("Qm");
}
