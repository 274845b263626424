import type { Lexicons, LexUserType } from "@atproto/lexicon";
import { cidOfRaw, formatCid } from "#repo/cid.ts";
import type { JsonValue } from "#repo/lex-json.ts";
import type { Random } from "../support/random.ts";
import { randomBytes } from "./bytes.ts";

const BY_FORMAT: Readonly<Record<string, readonly string[]>> = {
  did: ["did:plc:7iza6de2dwap2sbkpav7c6c6", "did:web:localhost"],
  handle: ["alice.test", "handle.invalid"],
  "at-identifier": ["alice.test", "did:web:localhost"],
  nsid: ["app.bsky.feed.post", "com.example.thing"],
  tid: ["3jzfcijpj2z2a"],
  "record-key": ["self", "3jzfcijpj2z2a"],
  "at-uri": ["at://alice.test/app.bsky.feed.post/3jzfcijpj2z2a"],
  uri: ["https://example.com/"],
  datetime: ["2026-01-02T03:04:05.678Z"],
  language: ["en", "zh-Hant"],
  cid: ["bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"],
};
const MAX_DEPTH = 6;

type Definition = LexUserType | { type: string; [name: string]: unknown };

/** A value that fits a definition, or almost; what a definition leaves open is filled with anything. */
export function valueOf(
  random: Random,
  lexicons: Lexicons,
  base: string,
  definition: Definition,
  depth = 0,
): JsonValue {
  // What a property of a definition is follows from its type.
  // oxlint-disable-next-line typescript/no-explicit-any
  const schema = definition as Record<string, any>;
  const inner = (next: Definition, from = base) =>
    valueOf(random, lexicons, from, next, depth + 1);
  switch (definition.type) {
    case "object":
    case "params":
      return objectOf(random, schema, depth, inner);
    case "array": {
      const length = Math.min(schema["maxLength"] ?? 3, random.int(0, 3));
      return Array.from({ length }, () => inner(schema["items"]));
    }
    case "string":
      return textOf(random, schema);
    case "integer":
      return random.pick([
        schema["minimum"] ?? 0,
        schema["maximum"] ?? 100,
        random.int(0, 100),
      ]);
    case "boolean":
      return random.next() < 0.5;
    case "bytes":
      return { $bytes: randomBytes(random, 12).toBase64() };
    case "cid-link":
      return { $link: formatCid(cidOfRaw(randomBytes(random, 4))) };
    case "blob":
      return {
        $type: "blob",
        ref: { $link: formatCid(cidOfRaw(randomBytes(random, 4))) },
        mimeType: "image/png",
        size: random.int(0, 1000),
      };
    case "ref":
      return referred(schema["ref"]);
    case "union": {
      const refs = schema["refs"] as readonly string[];
      return refs.length === 0 ? {} : referred(random.pick(refs), true);
    }
    default:
      return { text: "x", createdAt: BY_FORMAT["datetime"]![0]! };
  }

  function referred(ref: string, isNamed = false): JsonValue {
    const uri = ref.startsWith("#") ? `${base.split("#")[0]}${ref}` : ref;
    const found = depth > MAX_DEPTH ? undefined : lexicons.getDef(uri);
    if (found === undefined) return {};
    const value = inner(found as Definition, uri);
    const isMap = typeof value === "object" && value !== null;
    return isNamed && isMap ? { ...value, $type: uri } : value;
  }
}

function objectOf(
  random: Random,
  schema: Record<string, unknown>,
  depth: number,
  inner: (definition: Definition) => JsonValue,
): JsonValue {
  const required = new Set((schema["required"] as string[] | undefined) ?? []);
  const value: { [name: string]: JsonValue } = {};
  for (const [name, property] of Object.entries(schema["properties"] ?? {})) {
    const isWanted = depth < MAX_DEPTH && random.next() < 0.6;
    if (required.has(name) || isWanted) value[name] = inner(property);
  }
  return value;
}

function textOf(random: Random, schema: Record<string, unknown>): string {
  const known = [
    ...((schema["enum"] as string[] | undefined) ?? []),
    ...((schema["knownValues"] as string[] | undefined) ?? []),
    ...(BY_FORMAT[String(schema["format"])] ?? []),
  ];
  if (known.length > 0) return random.pick(known);
  const maxLength = Math.min(Number(schema["maxLength"] ?? 20), 300);
  return random.pick(["", "word", "é", "x".repeat(maxLength)]);
}
