import type { Lexicons, LexObject } from "@atproto/lexicon";
import type { LexValue } from "#repo/drisl.ts";
import type { BlobConstraint } from "#contexts/blobs/reference-check.ts";
import { walkRecord } from "./walk-record.ts";

/** What a lexicon asks of the blob at one place of a record. */
export interface PlacedConstraint extends BlobConstraint {
  path: string[];
}

/**
 * The constraints on the blobs that a record really has, in the order of
 * their appearance. The record must have been found valid before.
 */
export function listBlobConstraints(
  lexicons: Lexicons,
  definition: LexObject,
  record: LexValue,
): PlacedConstraint[] {
  const found: PlacedConstraint[] = [];
  walkRecord(lexicons, definition, record, (def, _value, path) => {
    if (def.type !== "blob") return;
    found.push({ path, accept: def.accept, maxSizeBytes: def.maxSize });
  });
  return found;
}
