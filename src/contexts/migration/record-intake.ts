import { decodeDrisl, type LexValue } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { isMap } from "#repo/lex-json.ts";
import {
  isNsid,
  isRecordKey,
  type Nsid,
  type RecordKey,
} from "#repo/syntax.ts";
import type { CidBytes } from "#repo/cid.ts";
import type { RecordChange } from "#storage/actor-store.ts";
import { listBlobReferences, uniqueCids } from "#contexts/blobs/blob-ref.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import {
  type Misfit,
  misfitOf,
  tellMisfit,
} from "#contexts/lexicons/misfits.ts";
import { findSubject } from "#contexts/records/subject.ts";

/** A record of a repository that comes from elsewhere. */
export interface RecordIntake {
  change: RecordChange;
  /** Why it could not have been written here; null for most. It is kept as it is. */
  misfit: Misfit | null;
}

/** @throws BlockError when no record can have that path. */
export function parseRecordPath(path: string): {
  collection: Nsid;
  rkey: RecordKey;
} {
  const slash = path.indexOf("/");
  const collection = path.slice(0, slash);
  const rkey = path.slice(slash + 1);
  if (!isNsid(collection) || !isRecordKey(rkey)) {
    throw new BlockError(`not a path of a record: ${path.slice(0, 100)}`);
  }
  return { collection, rkey };
}

/**
 * Works out what is indexed of a record. Its bytes are signed by the tree and
 * stay what they are, whatever they hold; what can't be read names no blob and
 * has no subject.
 */
export function takeInRecord(
  lexicons: Lexicons,
  path: { collection: Nsid; rkey: RecordKey },
  { cid, bytes }: { cid: CidBytes; bytes: Uint8Array },
): RecordIntake {
  let record: LexValue;
  try {
    record = decodeDrisl(bytes);
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    const change = { ...path, cid, blobs: [], subject: null };
    const { message: detail } = error;
    return { change, misfit: { ...tellMisfit("unreadable"), detail } };
  }
  const { collection } = path;
  const change: RecordChange = {
    ...path,
    cid,
    blobs: uniqueCids(listBlobReferences(record)),
    subject: isMap(record) ? findSubject(collection, record) : null,
  };
  return { change, misfit: findMisfit(lexicons, collection, record) };
}

function findMisfit(
  lexicons: Lexicons,
  collection: Nsid,
  record: LexValue,
): Misfit | null {
  if (!isMap(record)) return tellMisfit("noRecord");
  if (record.$type !== collection) return tellMisfit("otherType");
  try {
    lexicons.validateRecord(collection, record, undefined);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Without the name of the collection, which stands beside it.
    const { cause } = error;
    return misfitOf(cause instanceof Error ? cause.message : error.message);
  }
}
