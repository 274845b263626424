import {
  BlobRef,
  LexiconDefNotFoundError,
  type Lexicons as LexiconSet,
  type LexRecord,
  type LexUserType,
} from "@atproto/lexicon";
import { CID } from "multiformats/cid";
import { invalidRequest } from "#lib/errors.ts";
import type { LexMap, LexValue } from "#repo/drisl.ts";
import type { Nsid } from "#repo/syntax.ts";
import { isOfficial, LazyLexicons, listLexiconIds } from "./catalog.ts";

export type ValidationStatus = "valid" | "unknown";

export interface Lexicons {
  /** For parameters, inputs and outputs of methods. */
  readonly lexicons: LexiconSet;
  /** The main definition of a lexicon: a method, a record, a permission set; null when there is none. */
  find(nsid: string): LexUserType | null;
  /** The definition of a record collection; null for unknown ones and for other kinds of lexicon. */
  findRecord(collection: string): LexRecord | null;
  /** Names that the method declares beside the generic ones. Empty when it declares none or is unknown. */
  errorsOf(nsid: string): string[];
  /** NSIDs of all lexicons known, ascending. */
  list(): string[];
  /**
   * Checks a record, whose `$type` must be set, against its lexicon. With
   * `validate` true the lexicon must be known; undefined tells what could be
   * checked; false checks nothing and answers undefined.
   * @throws XrpcError InvalidRequest when the record doesn't fit, or its lexicon is unknown and `validate` is true.
   */
  validateRecord(
    collection: Nsid,
    record: LexMap,
    validate: boolean | undefined,
  ): ValidationStatus | undefined;
}

/** The official lexicons. Costs next to nothing until one is asked for. */
export function createLexicons(): Lexicons {
  const lexicons = new LazyLexicons();

  function find(nsid: string): LexUserType | null {
    return isOfficial(nsid) ? (lexicons.get(nsid)?.defs.main ?? null) : null;
  }

  function findRecord(collection: string): LexRecord | null {
    const definition = find(collection);
    return definition?.type === "record" ? definition : null;
  }

  return {
    lexicons,
    find,
    findRecord,
    errorsOf(nsid) {
      const definition = find(nsid);
      if (definition === null || !("errors" in definition)) return [];
      return (definition.errors ?? []).map((error) => error.name);
    },
    list: listLexiconIds,
    validateRecord(collection, record, validate) {
      if (validate === false) return undefined;
      if (findRecord(collection) === null) {
        if (validate === undefined) return "unknown";
        throw invalidRequest(`Lexicon not found: ${collection}`);
      }
      assertFits(lexicons, collection, record);
      return "valid";
    },
  };
}

function assertFits(
  lexicons: LexiconSet,
  collection: Nsid,
  record: LexMap,
): void {
  try {
    lexicons.assertValidRecord(collection, toValidatorValue(record));
  } catch (error) {
    // A lexicon that refers to one that isn't here is our fault, not the caller's.
    if (error instanceof LexiconDefNotFoundError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidRequest(`Invalid ${collection} record: ${reason}`, error);
  }
}

/** The validator knows blobs only as instances of its own class. */
function toValidatorValue(value: LexValue): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array || value instanceof CID) return value;
  if (Array.isArray(value)) return value.map(toValidatorValue);
  const map: LexMap = value;
  if (map.$type === "blob") {
    const { ref, mimeType, size } = map;
    return new BlobRef(
      ref as unknown as BlobRef["ref"],
      mimeType as string,
      size as number,
    );
  }
  return Object.fromEntries(
    Object.entries(map).map(([key, item]) => [key, toValidatorValue(item)]),
  );
}
