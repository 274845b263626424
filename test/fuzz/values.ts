import { cidOfCbor, cidOfRaw, toLink } from "#repo/cid.ts";
import type { LexMap, LexValue } from "#repo/drisl.ts";
import type { JsonValue } from "#repo/lex-json.ts";
import type { Random } from "../support/random.ts";
import { randomBytes } from "./bytes.ts";

const KEYS = [
  ..."abcxyz",
  "$type",
  "ref",
  "mimeType",
  "size",
  "createdAt",
  "text",
  "é",
  "𐀀",
  "",
  "a longer key than most",
];
const TEXTS = [
  "",
  "blob",
  "image/png",
  "app.bsky.feed.post",
  "did:plc:7iza6de2dwap2sbkpav7c6c6",
  "2026-01-02T03:04:05.678Z",
  "at://did:plc:7iza6de2dwap2sbkpav7c6c6/app.bsky.feed.post/3jzfcijpj2z2a",
  "日本語",
  "a".repeat(24),
  "b".repeat(256),
];
const NUMBERS = [
  0,
  1,
  23,
  24,
  255,
  256,
  65_535,
  65_536,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  -1,
  -24,
  -25,
  -256,
  -257,
  -(2 ** 32),
  -(2 ** 32) - 1,
  Number.MIN_SAFE_INTEGER,
];

/** A value of the data model, of any shape. */
export function randomValue(random: Random, depth = 0): LexValue {
  switch (random.int(0, depth > 4 ? 6 : 9)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return random.int(-1000, 1000);
    case 2:
      return random.pick(TEXTS);
    case 3:
      return random.pick([true, false, null]);
    case 4:
      return randomBytes(random, random.pick([0, 1, 23, 24, 40, 300]));
    case 5:
      return randomLink(random);
    case 6:
      return String.fromCodePoint(random.int(1, 0xd7ff)).repeat(
        random.int(0, 30),
      );
    case 7:
      return Array.from({ length: random.int(0, 6) }, () =>
        randomValue(random, depth + 1),
      );
    default:
      return randomMap(random, depth);
  }
}

export function randomMap(random: Random, depth = 0): LexMap {
  const map: LexMap = {};
  for (let left = random.int(0, 6); left > 0; left--) {
    map[random.pick(KEYS)] = randomValue(random, depth + 1);
  }
  return map;
}

export function randomLink(random: Random) {
  const content = randomBytes(random, 8);
  return toLink(random.next() < 0.5 ? cidOfCbor(content) : cidOfRaw(content));
}

/** What a hostile sender puts in the place of any part. */
const WRONG: readonly JsonValue[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53,
  "",
  "x",
  "\ud800",
  "__proto__",
  [],
  {},
  [[]],
  { $link: "x" },
  { $link: "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a" },
  { $bytes: "AA==" },
  { $bytes: "*" },
  { $type: "blob" },
  { $type: "" },
];
const MAX_CHARS = 40_000;
const NAMES = ["__proto__", "constructor", "$type", "$link", "toString", "x"];

/** A copy of the JSON with some parts left out, exchanged, doubled, renamed or wrapped. */
export function damageJson(random: Random, json: JsonValue): JsonValue {
  let result = structuredClone(json);
  for (let edits = random.int(1, 3); edits > 0; edits--) {
    result = damagePart(random, result, 0);
  }
  // Doublings of doublings: larger bodies are refused unread.
  return JSON.stringify(result).length > MAX_CHARS ? json : result;
}

function damagePart(random: Random, json: JsonValue, depth: number): JsonValue {
  const isInner = typeof json === "object" && json !== null;
  const names = isInner ? Object.keys(json) : [];
  // Deeper most of the time, where there is something deeper.
  if (names.length > 0 && random.next() < 0.75) {
    const name = random.pick(names);
    const map = json as { [key: string]: JsonValue };
    switch (random.int(0, 5)) {
      case 0:
        if (Array.isArray(json)) json.splice(Number(name), 1);
        else delete map[name];
        return json;
      case 1:
        if (Array.isArray(json)) return json.toReversed();
        // Assigning would change the prototype instead.
        Object.defineProperty(map, random.pick(NAMES), {
          value: map[name],
          enumerable: true,
          configurable: true,
          writable: true,
        });
        return json;
      default:
        map[name] = damagePart(random, map[name]!, depth + 1);
        return json;
    }
  }
  switch (random.int(0, 6)) {
    case 0:
      return [json, json];
    case 1:
      return { [random.pick(NAMES)]: json };
    case 2:
      return deep(json, random.pick([10, 127, 128, 129, 2000]));
    case 3:
      if (typeof json === "string") return json + random.pick(TEXTS);
      if (typeof json === "number") return json + random.pick([1, 0.5, -1e9]);
      return many(json, random.pick([2, 101, 201]));
    default:
      return structuredClone(random.pick(WRONG));
  }
}

function many(json: JsonValue, count: number): JsonValue {
  const fitting = Math.floor(MAX_CHARS / JSON.stringify(json).length);
  return Array.from({ length: Math.min(count, fitting) }, () => json);
}

function deep(json: JsonValue, levels: number): JsonValue {
  let result = json;
  for (let i = 0; i < levels; i++) {
    result = i % 2 === 0 ? [result] : { a: result };
  }
  return result;
}
