import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { equalCids, formatCid, type CidBytes } from "#repo/cid.ts";
import type { MstWrite } from "#repo/mst/write.ts";
import type { Nsid, RecordKey } from "#repo/syntax.ts";
import type { ActorReader, RecordChange } from "#storage/actor-store.ts";
import type { PreparedWrite } from "./prepare.ts";

/** What became of one write. */
export interface WriteResult {
  action: "create" | "update" | "delete";
  collection: Nsid;
  rkey: RecordKey;
  /** Null after a deletion. */
  cid: CidBytes | null;
  /** False when the record was as asked already. */
  changed: boolean;
}

export interface WritePlan {
  /** Tree changes in order; a path may come more than once. */
  writes: MstWrite[];
  /** The last state of each path named, by path. */
  records: Map<string, RecordChange>;
  /** Encoded records by path. */
  bytes: Map<string, Uint8Array>;
  results: WriteResult[];
}

/**
 * Resolves writes against the repository as it is: `put` becomes create or
 * update, swaps are checked, what changes nothing is dropped, and an earlier
 * like, repost, follow or block of the same subject is deleted. Each write
 * sees the ones before it.
 * @throws XrpcError InvalidSwap, InvalidRequest
 */
export function planWrites(
  store: ActorReader,
  writes: readonly PreparedWrite[],
): WritePlan {
  const plan: WritePlan = {
    writes: [],
    records: new Map(),
    bytes: new Map(),
    results: [],
  };
  for (const write of writes) planWrite(store, write, plan);
  return plan;
}

function planWrite(
  store: ActorReader,
  write: PreparedWrite,
  plan: WritePlan,
): void {
  const { collection, rkey } = write;
  const path = `${collection}/${rkey}`;
  const current = currentCid(store, plan, collection, rkey);
  const action = resolveAction(write, current);
  // What is gone already is as it should be, whatever was expected there.
  if (action !== "delete" || current !== null) assertSwap(write, current);
  const isSame =
    action === "delete" ? current === null : equalCids(write.cid, current);
  plan.results.push({
    action,
    collection,
    rkey,
    cid: write.cid,
    changed: !isSame,
  });
  if (isSame) return;
  if (action === "create" && write.dedupe && write.subject !== null) {
    deleteEarlier(store, plan, write, write.subject);
  }
  plan.writes.push({ action, path, cid: write.cid });
  plan.records.set(path, {
    collection,
    rkey,
    cid: write.cid,
    blobs: write.blobs,
    subject: write.subject,
  });
  if (write.bytes !== null) plan.bytes.set(path, write.bytes);
}

function currentCid(
  store: ActorReader,
  plan: WritePlan,
  collection: Nsid,
  rkey: RecordKey,
): CidBytes | null {
  const planned = plan.records.get(`${collection}/${rkey}`);
  if (planned !== undefined) return planned.cid;
  return store.findRecordCid(collection, rkey);
}

function assertSwap(write: PreparedWrite, current: CidBytes | null): void {
  if (write.swapRecord === undefined) return;
  if (equalCids(write.swapRecord, current)) return;
  throw new XrpcError(
    "InvalidSwap",
    `Record was at ${current === null ? "null" : formatCid(current)}`,
  );
}

function resolveAction(
  write: PreparedWrite,
  current: CidBytes | null,
): "create" | "update" | "delete" {
  const path = `${write.collection}/${write.rkey}`;
  switch (write.action) {
    case "put":
      return current === null ? "create" : "update";
    case "create":
      if (current === null) return "create";
      throw invalidRequest(`There is already a record at ${path}`).because(
        "recordThere",
        { path },
      );
    case "update":
      if (current !== null) return "update";
      throw invalidRequest(`There is no record at ${path}`).because(
        "recordGone",
        { path },
      );
    case "delete":
      return "delete";
  }
}

/** People tap twice and clients retry: one like of a post is enough. */
function deleteEarlier(
  store: ActorReader,
  plan: WritePlan,
  write: PreparedWrite,
  subject: string,
): void {
  const { collection } = write;
  const rkeys = new Set(store.listRecordsOfSubject(collection, subject));
  for (const planned of plan.records.values()) {
    if (planned.collection !== collection) continue;
    if (planned.cid !== null && planned.subject === subject) {
      rkeys.add(planned.rkey);
    } else {
      rkeys.delete(planned.rkey);
    }
  }
  for (const rkey of rkeys) {
    const path = `${collection}/${rkey}`;
    plan.writes.push({ action: "delete", path, cid: null });
    plan.records.set(path, {
      collection,
      rkey,
      cid: null,
      blobs: [],
      subject: null,
    });
    plan.bytes.delete(path);
  }
}
