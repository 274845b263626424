import {
  BlobRef,
  type LexiconDoc,
  LexiconDefNotFoundError,
  type Lexicons as LexiconSet,
  type LexRecord,
  type LexUserType,
} from "@atproto/lexicon";
import { CID } from "multiformats/cid";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { LexMap, LexValue } from "#repo/drisl.ts";
import type { Nsid, RecordKey } from "#repo/syntax.ts";
import { assertDatetimes } from "./datetimes.ts";
import { isOfficial, LazyLexicons, listLexiconIds } from "./catalog.ts";
import { createLearnedLexicons, type Resolution } from "./learned.ts";
import { assertRecordKeyType } from "./record-key.ts";

export type ValidationStatus = "valid" | "unknown";

export interface Lexicons {
  /** For parameters, inputs and outputs of methods. */
  readonly lexicons: LexiconSet;
  /** The main definition of a lexicon: a method, a record, a permission set; null when there is none. */
  find(nsid: string): LexUserType | null;
  /** The definition of a record collection, looked-up ones too; null for unknown ones and for other kinds of lexicon. */
  findRecord(collection: string): LexRecord | null;
  /**
   * The definition that a record is refused for not fitting: that of a known
   * lexicon, and of a looked-up one when `validate` is true or the operator is
   * strict. null where nothing is refused.
   */
  findBinding(
    collection: string,
    validate: boolean | undefined,
  ): LexRecord | null;
  /** Names that the method declares beside the generic ones. Empty when it declares none or is unknown. */
  errorsOf(nsid: string): string[];
  /** NSIDs of all lexicons known, ascending. */
  list(): string[];
  /**
   * Looks up an unknown collection's lexicon, where that is switched on; what
   * it finds holds for all that comes after. Takes two seconds at most, and
   * never rejects.
   */
  learn(collection: Nsid): Promise<void>;
  /**
   * Checks a record, whose `$type` must be set, and its key if that is given,
   * against its lexicon. With `validate` true the lexicon must be known;
   * undefined tells what could be checked; false checks nothing and answers
   * undefined.
   * @throws XrpcError InvalidRequest when the record doesn't fit, or its lexicon is unknown and `validate` is true.
   */
  validateRecord(
    collection: Nsid,
    record: LexMap,
    validate: boolean | undefined,
    rkey?: RecordKey,
  ): ValidationStatus | undefined;
}

export interface LexiconsOptions {
  /** Known besides the official ones, none of which they may be. */
  documents?: readonly LexiconDoc[];
  /** How others are looked up; without it they stay unknown. */
  resolution?: Resolution & {
    /** Refuses records that don't fit a lexicon that was looked up. */
    isStrict: boolean;
  };
}

/** The official lexicons and those of the operator. Costs next to nothing until one is asked for. */
export function createLexicons({
  documents = [],
  resolution,
}: LexiconsOptions = {}): Lexicons {
  const lexicons = new LazyLexicons();
  for (const document of documents) lexicons.add(document);
  const own = new Set<string>(documents.map(({ id }) => id));
  const isKnown = (nsid: string) => isOfficial(nsid) || own.has(nsid);
  const learned =
    resolution && createLearnedLexicons(lexicons, isKnown, resolution);

  function find(nsid: string): LexUserType | null {
    return isKnown(nsid) ? (lexicons.get(nsid)?.defs.main ?? null) : null;
  }

  function findRecord(collection: string): LexRecord | null {
    const isThere = isKnown(collection) || learned?.has(collection) === true;
    const definition = isThere ? lexicons.get(collection)?.defs.main : null;
    return definition?.type === "record" ? definition : null;
  }

  const isBinding = (collection: string, validate: boolean | undefined) =>
    validate !== false &&
    (isKnown(collection) || validate === true || resolution?.isStrict === true);

  return {
    lexicons,
    find,
    findRecord,
    findBinding: (collection, validate) =>
      isBinding(collection, validate) ? findRecord(collection) : null,
    learn: async (collection) => await learned?.learn(collection),
    errorsOf(nsid) {
      const definition = find(nsid);
      if (definition === null || !("errors" in definition)) return [];
      return (definition.errors ?? []).map((error) => error.name);
    },
    list: () => [...listLexiconIds(), ...own].sort(),
    validateRecord(collection, record, validate, rkey) {
      if (validate === false) return undefined;
      const definition = findRecord(collection);
      if (definition === null) {
        if (validate === undefined) return "unknown";
        throw invalidRequest(`Lexicon not found: ${collection}`).because(
          "lexiconUnknown",
          { collection },
        );
      }
      try {
        if (rkey !== undefined) {
          assertRecordKeyType(collection, definition.key, rkey);
        }
        assertFits(lexicons, definition, collection, record);
        return "valid";
      } catch (error) {
        // One of the official ones is our fault, not the caller's.
        if (isOfficial(collection) && !(error instanceof XrpcError))
          throw error;
        const isMissing = error instanceof LexiconDefNotFoundError;
        if (isMissing && validate === undefined) return "unknown";
        if (isMissing)
          throw invalidRequest(error.message, error).because("recordBad", {
            said: error.message,
          });
        if (!isBinding(collection, validate)) return "unknown";
        throw error;
      }
    },
  };
}

function assertFits(
  lexicons: LexiconSet,
  definition: LexRecord,
  collection: Nsid,
  record: LexMap,
): void {
  try {
    lexicons.assertValidRecord(collection, toValidatorValue(record));
    assertDatetimes(lexicons, definition.record, record);
  } catch (error) {
    if (error instanceof LexiconDefNotFoundError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidRequest(
      `Invalid ${collection} record: ${reason}`,
      error,
    ).because("recordBad", { said: reason });
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
