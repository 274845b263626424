import { invalidRequest } from "#lib/errors.ts";
import { isNsid, isTid, type Nsid, type RecordKey } from "#repo/syntax.ts";

const LITERAL = "literal:";

/**
 * The key that a lexicon fixes for the only record of its collection; null
 * where keys are free.
 */
export function literalKey(keyType: string | undefined): RecordKey | null {
  if (keyType === undefined || !keyType.startsWith(LITERAL)) return null;
  return keyType.slice(LITERAL.length) as RecordKey;
}

/**
 * Checks a record key against the key type of its lexicon: `tid`, `nsid`,
 * `any` or `literal:<value>`. Types to come are not refused.
 * @throws XrpcError InvalidRequest when the key is of another type.
 * @see https://atproto.com/specs/record-key#record-key-type-tid
 */
export function assertRecordKeyType(
  collection: Nsid,
  keyType: string | undefined,
  rkey: RecordKey,
): void {
  const literal = literalKey(keyType);
  const expected =
    keyType === "tid" && !isTid(rkey)
      ? "a TID"
      : keyType === "nsid" && !isNsid(rkey)
        ? "an NSID"
        : literal !== null && rkey !== literal
          ? `"${literal}"`
          : null;
  if (expected === null) return;
  throw invalidRequest(
    `Invalid record key for ${collection}: "${rkey}" should be ${expected}`,
  ).because("rkeyOther", { expected });
}
