import { CID } from "multiformats/cid";
import { isRawCid, parseCid, toLink } from "./cid.ts";
import { type LexMap, type LexValue, MAX_DEPTH, setOwn } from "./drisl.ts";
import { BlockError } from "./errors.ts";

/**
 * The JSON form of the data model: links are `{"$link": cid}`, byte strings are
 * `{"$bytes": base64}`, and all else is itself.
 * @see https://atproto.com/specs/data-model
 */

export type JsonValue =
  null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

// RFC 4648 §4. Padding is optional: https://atproto.com/specs/data-model#bytes
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

// https://atproto.com/specs/data-model#blob-type
const BLOB_FIELDS = new Set(["$type", "ref", "mimeType", "size"]);

/**
 * The value that parsed JSON stands for. The input is not changed or kept.
 * @throws BlockError when it holds a float, an integer beyond 2^53 - 1,
 *   undefined, a malformed `$link`, `$bytes` or blob, a `$type` that is no
 *   name, a key `__proto__`, or is nested deeper than MAX_DEPTH.
 */
export function jsonToLex(json: unknown): LexValue {
  return toLex(json, 0);
}

/**
 * The record that parsed JSON stands for.
 * @throws BlockError also when the JSON is no object, or a link or bytes.
 */
export function jsonToRecord(json: unknown): LexMap {
  const value = toLex(json, 0);
  if (!isMap(value)) throw new BlockError("a record must be an object");
  return value;
}

/** True for a map: no array, link or byte string. */
export function isMap(value: LexValue | undefined): value is LexMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    CID.asCID(value) === null
  );
}

function toLex(json: unknown, depth: number): LexValue {
  switch (typeof json) {
    case "string":
    case "boolean":
      return json;
    case "number":
      if (!Number.isSafeInteger(json)) {
        throw new BlockError(`not an integer within ±(2^53 - 1): ${json}`);
      }
      return json + 0; // turns -0 into 0, as its encoding would
    case "object":
      if (json === null) return null;
      if (depth >= MAX_DEPTH) throw new BlockError("nested too deep");
      return Array.isArray(json)
        ? Array.from(json, (item) => toLex(item, depth + 1))
        : objectToLex(json as Record<string, unknown>, depth);
    default:
      throw new BlockError(`${typeof json} is not part of the data model`);
  }
}

function objectToLex(json: Record<string, unknown>, depth: number): LexValue {
  // A map that has one of these keys is that or an error: `$` is reserved.
  if (Object.hasOwn(json, "$link")) return parseLink(json);
  if (Object.hasOwn(json, "$bytes")) return parseBytes(json);
  const map: LexMap = {};
  for (const key of Object.keys(json)) {
    // Legal in the data model, but a trap for every program that copies keys.
    if (key === "__proto__") throw new BlockError("a key named __proto__");
    map[key] = toLex(json[key], depth + 1);
  }
  if (Object.hasOwn(map, "$type")) checkType(map);
  return map;
}

function parseLink(json: Record<string, unknown>): CID {
  const text = json["$link"];
  if (typeof text !== "string" || Object.keys(json).length !== 1) {
    throw new BlockError("$link must be the text of a CID and stand alone");
  }
  return toLink(parseCid(text));
}

function parseBytes(json: Record<string, unknown>): Uint8Array {
  const text = json["$bytes"];
  if (typeof text !== "string" || Object.keys(json).length !== 1) {
    throw new BlockError("$bytes must be base64 and stand alone");
  }
  // The runtime's decoder skips white space, which RFC 4648 §3.3 forbids.
  if (!BASE64.test(text)) throw new BlockError("$bytes must be base64");
  try {
    return Uint8Array.fromBase64(text);
  } catch (cause) {
    throw new BlockError("$bytes must be base64", null, cause);
  }
}

function checkType(map: LexMap): void {
  const type = map["$type"];
  if (typeof type !== "string" || type === "") {
    throw new BlockError("$type must be the name of a type");
  }
  if (type === "blob" && !isBlob(map)) {
    throw new BlockError("a blob needs ref, mimeType and size, and no more");
  }
}

/**
 * A blob in the present form. The older one, `{cid, mimeType}` without a `$type`,
 * is a map like any other here.
 */
function isBlob(map: LexMap): boolean {
  const { ref, mimeType, size } = map;
  const link = CID.asCID(ref);
  return (
    link !== null &&
    isRawCid(link.bytes) &&
    typeof mimeType === "string" &&
    mimeType.includes("/") &&
    typeof size === "number" &&
    size >= 0 &&
    Object.keys(map).every((key) => BLOB_FIELDS.has(key))
  );
}

/**
 * The JSON form of a value, ready for JSON.stringify. Base64 is unpadded.
 * @throws BlockError when the value is nested deeper than MAX_DEPTH.
 */
export function lexToJson(value: LexValue): JsonValue {
  return toJson(value, 0);
}

function toJson(value: LexValue, depth: number): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) throw new BlockError("nested too deep");
  if (Array.isArray(value)) {
    return value.map((item) => toJson(item, depth + 1));
  }
  if (value instanceof Uint8Array) {
    return { $bytes: value.toBase64({ omitPadding: true }) };
  }
  const link = CID.asCID(value);
  if (link !== null) return { $link: link.toString() };
  const json: { [key: string]: JsonValue } = {};
  for (const key of Object.keys(value)) {
    setOwn(json, key, toJson((value as LexMap)[key]!, depth + 1));
  }
  return json;
}
