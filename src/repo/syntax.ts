import { InvalidSyntax } from "./errors.ts";

/**
 * The identifiers of AT Protocol. Each is a branded string that is checked once,
 * where it enters the program. All checks read their input once and need no
 * regular expression, so a hostile string costs its length and no more.
 *
 * For each kind `isX` answers and `parseX` throws InvalidSyntax.
 */

export {
  isDatetime,
  isGenericCid,
  isLanguage,
  isUri,
} from "./string-formats.ts";

/** `did:<method>:<id>`; any method, since the protocol may add some. */
export type Did = string & { readonly __did: unique symbol };
/** A domain name that stands for an account; lower case once normalised. */
export type Handle = string & { readonly __handle: unique symbol };
/** The name of a lexicon: reversed domain, then a name. */
export type Nsid = string & { readonly __nsid: unique symbol };
/** The last segment of a record's path. */
export type RecordKey = string & { readonly __recordKey: unique symbol };
/** A timestamp identifier; 13 characters that sort as the number they spell. */
export type Tid = string & { readonly __tid: unique symbol };
export type AtUri = string & { readonly __atUri: unique symbol };
export type AtIdentifier = Did | Handle;

/** The parts of an AT URI. A record key never comes without its collection. */
export interface AtUriParts {
  host: AtIdentifier;
  collection?: Nsid;
  rkey?: RecordKey;
}

// https://atproto.com/specs/did#at-protocol-did-identifier-syntax
const DID_MAX_LENGTH = 2048;
// https://atproto.com/specs/handle#handle-identifier-syntax
const HANDLE_MAX_LENGTH = 253;
const LABEL_MAX_LENGTH = 63; // RFC 1035 §2.3.4
// https://atproto.com/specs/nsid#nsid-syntax
const NSID_MAX_LENGTH = 317; // a domain of 253, a dot and a name
const NSID_NAME_MAX_LENGTH = 63;
// https://atproto.com/specs/record-key#record-key-syntax
const RECORD_KEY_MAX_LENGTH = 512;
// https://atproto.com/specs/tid#tid-syntax
const TID_LENGTH = 13;
// https://atproto.com/specs/at-uri-scheme#full-at-uri-syntax
const AT_URI_MAX_LENGTH = 8192;

const LOWER = 1;
const UPPER = 2;
const LETTER = LOWER | UPPER;
const DIGIT = 4;
const HYPHEN = 8;
const DID_MARK = 16; // . _ : %
const KEY_MARK = 32; // . _ : ~
const BASE32 = 64; // 2-7, a-z
const TID_FIRST = 128; // 2-7, a-j

/** One byte a character of ASCII, one bit a class it belongs to. */
const CLASS_BY_CHAR = new Uint8Array(128);
mark("abcdefghijklmnopqrstuvwxyz", LOWER | BASE32);
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ", UPPER);
mark("0123456789", DIGIT);
mark("-", HYPHEN);
mark("._:%", DID_MARK);
mark("._:~", KEY_MARK);
mark("234567", BASE32 | TID_FIRST);
// The first character holds the top bit, which is always zero.
mark("abcdefghij", TID_FIRST);

function mark(characters: string, bits: number): void {
  for (const character of characters) {
    CLASS_BY_CHAR[character.charCodeAt(0)]! |= bits;
  }
}

/** True when the character at `at` belongs to one of the classes. */
function has(text: string, at: number, classes: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && (CLASS_BY_CHAR[code]! & classes) !== 0;
}

function hasOnly(
  text: string,
  from: number,
  to: number,
  classes: number,
): boolean {
  for (let at = from; at < to; at++) {
    if (!has(text, at, classes)) return false;
  }
  return true;
}

/**
 * A DID in the form that AT Protocol allows: no path, query or fragment.
 * Percent signs are allowed and not decoded.
 * @see https://atproto.com/specs/did#at-protocol-did-identifier-syntax
 */
export function isDid(text: string): text is Did {
  if (text.length > DID_MAX_LENGTH || !text.startsWith("did:")) return false;
  const colon = text.indexOf(":", 4);
  const last = text.length - 1;
  return (
    colon > 4 &&
    last > colon &&
    hasOnly(text, 4, colon, LOWER) &&
    hasOnly(text, colon + 1, last + 1, LETTER | DIGIT | HYPHEN | DID_MARK) &&
    text[last] !== ":" &&
    text[last] !== "%"
  );
}

/**
 * A handle in either case. Says nothing of whether it may be registered here.
 * @see https://atproto.com/specs/handle#handle-identifier-syntax
 */
export function isHandle(text: string): text is Handle {
  return (
    text.length <= HANDLE_MAX_LENGTH &&
    countLabels(text, text.length) >= 2 &&
    has(text, text.lastIndexOf(".") + 1, LETTER)
  );
}

/** The number of domain labels before `end`, 0 when one of them is malformed. */
function countLabels(text: string, end: number): number {
  let count = 0;
  let start = 0;
  for (let at = 0; at <= end; at++) {
    if (at === end || text.charCodeAt(at) === 0x2e) {
      const length = at - start;
      if (length < 1 || length > LABEL_MAX_LENGTH) return 0;
      if (has(text, start, HYPHEN) || has(text, at - 1, HYPHEN)) return 0;
      start = at + 1;
      count++;
    } else if (!has(text, at, LETTER | DIGIT | HYPHEN)) {
      return 0;
    }
  }
  return count;
}

/**
 * At least three segments: a reversed domain and a name of letters and digits.
 * @see https://atproto.com/specs/nsid#nsid-syntax
 */
export function isNsid(text: string): text is Nsid {
  const dot = text.lastIndexOf(".");
  const nameLength = text.length - dot - 1;
  return (
    text.length <= NSID_MAX_LENGTH &&
    dot > 0 &&
    nameLength >= 1 &&
    nameLength <= NSID_NAME_MAX_LENGTH &&
    has(text, 0, LETTER) &&
    has(text, dot + 1, LETTER) &&
    hasOnly(text, dot + 2, text.length, LETTER | DIGIT) &&
    countLabels(text, dot) >= 2
  );
}

/** @see https://atproto.com/specs/record-key#record-key-syntax */
export function isRecordKey(text: string): text is RecordKey {
  const { length } = text;
  return (
    length >= 1 &&
    length <= RECORD_KEY_MAX_LENGTH &&
    hasOnly(text, 0, length, LETTER | DIGIT | HYPHEN | KEY_MARK) &&
    text !== "." &&
    text !== ".."
  );
}

/** @see https://atproto.com/specs/tid#tid-syntax */
export function isTid(text: string): text is Tid {
  return (
    text.length === TID_LENGTH &&
    has(text, 0, TID_FIRST) &&
    hasOnly(text, 1, TID_LENGTH, BASE32)
  );
}

export function isAtIdentifier(text: string): text is AtIdentifier {
  return text.startsWith("did:") ? isDid(text) : isHandle(text);
}

/**
 * The restricted form that lexicons use: host, collection and key, with
 * neither query nor fragment nor trailing slash.
 * @see https://atproto.com/specs/at-uri-scheme#restricted-at-uri-syntax
 */
export function isAtUri(text: string): text is AtUri {
  return findAtUriParts(text) !== null;
}

function findAtUriParts(text: string): AtUriParts | null {
  if (text.length > AT_URI_MAX_LENGTH || !text.startsWith("at://")) return null;
  const first = text.indexOf("/", 5);
  const host = text.slice(5, first < 0 ? undefined : first);
  if (!isAtIdentifier(host)) return null;
  if (first < 0) return { host };
  const second = text.indexOf("/", first + 1);
  const collection = text.slice(first + 1, second < 0 ? undefined : second);
  if (!isNsid(collection)) return null;
  if (second < 0) return { host, collection };
  const rkey = text.slice(second + 1);
  return isRecordKey(rkey) ? { host, collection, rkey } : null;
}

export function parseDid(text: string): Did {
  if (!isDid(text)) throw new InvalidSyntax("did", text);
  return text;
}

export function parseHandle(text: string): Handle {
  if (!isHandle(text)) throw new InvalidSyntax("handle", text);
  return text;
}

export function parseNsid(text: string): Nsid {
  if (!isNsid(text)) throw new InvalidSyntax("nsid", text);
  return text;
}

export function parseRecordKey(text: string): RecordKey {
  if (!isRecordKey(text)) throw new InvalidSyntax("record-key", text);
  return text;
}

export function parseTid(text: string): Tid {
  if (!isTid(text)) throw new InvalidSyntax("tid", text);
  return text;
}

export function parseAtIdentifier(text: string): AtIdentifier {
  if (!isAtIdentifier(text)) throw new InvalidSyntax("at-identifier", text);
  return text;
}

/** @throws InvalidSyntax when the text is not a restricted AT URI. */
export function parseAtUri(text: string): AtUriParts {
  const parts = findAtUriParts(text);
  if (parts === null) throw new InvalidSyntax("at-uri", text);
  return parts;
}

export function formatAtUri(
  host: AtIdentifier,
  collection: Nsid,
  rkey: RecordKey,
): AtUri {
  return `at://${host}/${collection}/${rkey}` as AtUri;
}

/**
 * The one spelling of a handle: lower case.
 * @throws InvalidSyntax when the text is not a handle. It is checked before it
 *   is lowered, since lowering turns some characters outside ASCII into ASCII
 *   (U+212A, the Kelvin sign, into `k`).
 */
export function normalizeHandle(text: string): Handle {
  return parseHandle(text).toLowerCase() as Handle;
}

/** @see https://atproto.com/specs/handle#additional-non-syntax-restrictions */
const DISALLOWED_TLDS = new Set([
  "alt",
  "arpa",
  "example",
  "internal",
  "invalid",
  "local",
  "localhost",
  "onion",
]);

/**
 * True for top-level domains that can never be registered. `test` is not among
 * them: whether it is allowed depends on the mode of the server.
 */
export function isDisallowedTld(handle: Handle): boolean {
  const tld = handle.slice(handle.lastIndexOf(".") + 1);
  return DISALLOWED_TLDS.has(tld.toLowerCase());
}
