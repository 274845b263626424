import {
  cidKey,
  cidOfCbor,
  equalCids,
  formatCid,
  type CidBytes,
} from "#repo/cid.ts";
import type { Block } from "#repo/block.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { Nsid, RecordKey } from "#repo/syntax.ts";
import type { ActorReader, RepoHead } from "#storage/actor-store.ts";
import { listBlobReferences, uniqueCids } from "#contexts/blobs/blob-ref.ts";
import { type Finding, firstFindings, tellFinding } from "./findings.ts";
import type { LoggedHead } from "./log-check.ts";

/** What a check of one repository looks at beside the file itself. */
export interface RepoCheckInput {
  store: ActorReader;
  /** did:keys of the account, old ones included, one of which has signed the head; null for an account that moves here, whose head another host has signed. */
  signingKeys: readonly string[] | null;
  /** Where the log left the repository; null when it holds no row of it any more. */
  logged: LoggedHead | null;
  /** Called with the number of records that were looked at since the last time. */
  step?(records: number): Promise<void>;
}

export interface RepoCheckReport {
  /** Null where there is none, or it cannot be read. */
  head: RepoHead | null;
  records: number;
  blocks: number;
  /** Number of records by collection. */
  collectionCounts: ReadonlyMap<string, number>;
  /** CIDs, as text, of the blobs that records name. */
  blobs: ReadonlySet<string>;
  /** Empty when all is well. */
  problems: Finding[];
}

interface Check {
  store: ActorReader;
  reachable: Set<string>;
  collectionCounts: Map<string, number>;
  records: number;
  blobs: Set<string>;
  problems: Finding[];
}

/** Thrown by a step of a check that is to end before it has come to an end. */
export class CheckStopped extends Error {}

/** Some milliseconds of work. */
const RECORDS_BETWEEN_STEPS = 100;
/** After that many the file is as good as lost, and the rest tells nothing new. */
const MAX_PROBLEMS = 20;

/**
 * Holds a repository file against itself and the log: the head is signed and
 * is where the log left it, every block hashes to its CID, the tree's records
 * are the index's records, every block is reachable, and the index of blobs
 * names what the records name. Damage is told, never thrown.
 */
export async function checkRepo(
  input: RepoCheckInput,
): Promise<RepoCheckReport> {
  const check: Check = {
    store: input.store,
    reachable: new Set(),
    collectionCounts: new Map(),
    records: 0,
    blobs: new Set(),
    problems: [],
  };
  let head: RepoHead | null = null;
  let blocks = 0;
  try {
    head = input.store.head();
    if (head === null) {
      check.problems.push(tellFinding("noHead"));
    } else {
      checkHead(input, head, check);
      await checkTree(head, check, input.step);
      checkBlobIndex(check);
      blocks = checkCounts(check);
    }
  } catch (error) {
    if (error instanceof CheckStopped) throw error;
    const detail = (error as Error).message;
    check.problems.push({ ...tellFinding("unreadable"), detail });
  }
  const { records, collectionCounts, blobs } = check;
  const problems = firstFindings(check.problems, MAX_PROBLEMS);
  return { head, records, blocks, collectionCounts, blobs, problems };
}

function checkHead(
  { store, signingKeys, logged }: RepoCheckInput,
  head: RepoHead,
  { reachable, problems }: Check,
): void {
  reachable.add(cidKey(head.commit));
  if (
    logged !== null &&
    (logged.rev !== head.rev ||
      logged.seq !== head.appliedSeq ||
      logged.generation !== store.generation)
  ) {
    const { rev, appliedSeq: seq } = head;
    const here = { rev, seq, generation: store.generation };
    problems.push(tellFinding("elsewhere", logged, here));
  }
  const bytes = store.getBlock(head.commit);
  if (bytes === null) {
    problems.push(tellFinding("noCommit"));
    return;
  }
  checkBlock({ cid: head.commit, bytes }, problems);
  const commit = decodeCommit(bytes);
  if (commit.did !== store.did) {
    problems.push(tellFinding("commitOf", commit.did));
  }
  if (commit.rev !== head.rev) {
    problems.push(tellFinding("commitRev", commit.rev, head.rev));
  }
  if (!equalCids(commit.data, head.data)) {
    problems.push(tellFinding("commitTree"));
  }
  if (signingKeys?.some((key) => verifyCommit(bytes, key)) === false) {
    problems.push(tellFinding("signature"));
  }
}

/** The walk checks the nodes: hashes, spelling and order. */
async function checkTree(
  head: RepoHead,
  check: Check,
  step: RepoCheckInput["step"],
): Promise<void> {
  const { store, problems } = check;
  for (const item of walkTree(store, head.data)) {
    check.reachable.add(cidKey(item.cid));
    if (item.kind === "node") continue;
    const slash = item.path.indexOf("/");
    const collection = item.path.slice(0, slash) as Nsid;
    const rkey = item.path.slice(slash + 1) as RecordKey;
    if (++check.records % RECORDS_BETWEEN_STEPS === 0) {
      await step?.(RECORDS_BETWEEN_STEPS);
    }
    const count = check.collectionCounts.get(collection) ?? 0;
    check.collectionCounts.set(collection, count + 1);
    const record = store.findRecord(collection, rkey);
    if (record === null || !equalCids(record.cid, item.cid)) {
      problems.push(tellFinding("recordIndex", item.path));
      continue;
    }
    if (!checkBlock(record, problems)) continue;
    for (const cid of blobsOf(record.bytes)) check.blobs.add(formatCid(cid));
  }
}

/** A record that came with an import may be of another data model; then it names none. */
function blobsOf(bytes: Uint8Array): CidBytes[] {
  try {
    return uniqueCids(listBlobReferences(decodeDrisl(bytes)));
  } catch (error) {
    if (error instanceof BlockError) return [];
    throw error;
  }
}

function checkBlock(block: Block, problems: Finding[]): boolean {
  const isSame = equalCids(cidOfCbor(block.bytes), block.cid);
  if (!isSame) {
    problems.push(tellFinding("blockBytes", formatCid(block.cid)));
  }
  return isSame;
}

const BLOB_PAGE = 500;

function checkBlobIndex({ store, blobs, problems }: Check): void {
  const unnamed = new Set(blobs);
  for (let after = null; ;) {
    const page = store.listBlobs({ after, since: null, limit: BLOB_PAGE });
    for (const cid of page) {
      const text = formatCid(cid);
      if (!unnamed.delete(text)) {
        problems.push(tellFinding("unnamedBlob", text));
      }
    }
    if (page.length < BLOB_PAGE) break;
    after = page.at(-1)!;
  }
  for (const cid of unnamed) {
    problems.push(tellFinding("unindexedBlob", cid));
  }
}

function checkCounts({ store, reachable, records, problems }: Check): number {
  const counts = store.counts();
  if (counts.blocks !== reachable.size) {
    problems.push(tellFinding("blockCount", counts.blocks, reachable.size));
  }
  if (counts.records !== records) {
    problems.push(tellFinding("recordCount", counts.records, records));
  }
  return counts.blocks;
}
