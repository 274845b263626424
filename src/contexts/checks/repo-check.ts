import { cidKey, cidOfCbor, equalCids, formatCid } from "#repo/cid.ts";
import type { Block } from "#repo/block.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { ActorReader, RepoHead } from "#storage/actor-store.ts";

/** What a check of one repository looks at beside the file itself. */
export interface RepoCheckInput {
  store: ActorReader;
  /** did:key that the head commit must be signed with. */
  signingKey: string;
  /** Newest revision that the log holds for the repository, if any. */
  loggedRev: string | null;
  /** Blobs whose bytes are here. */
  hasBlob(cid: string): boolean;
}

export interface RepoCheckReport {
  records: number;
  blocks: number;
  /** Sentences; empty when all is well. */
  problems: string[];
  /** Referenced blobs that are not here; an account that moves may lack some. */
  missingBlobs: number;
}

/**
 * Holds a repository file against itself and the log: the head is signed and
 * is what the log says, every block hashes to its CID, the tree's records are
 * the index's records, every block is reachable, and every blob named is here.
 */
export function checkRepo(input: RepoCheckInput): RepoCheckReport {
  const { store } = input;
  const head = store.head();
  if (head === null) {
    return {
      records: 0,
      blocks: 0,
      problems: ["the repository has no head"],
      missingBlobs: 0,
    };
  }
  const problems = checkHead(input, head);
  const reachable = new Set<string>([cidKey(head.commit)]);
  const records = checkTree(store, head, reachable, problems);
  const counts = store.counts();
  if (counts.blocks !== reachable.size) {
    problems.push(
      `${counts.blocks} blocks are stored and ${reachable.size} are reachable`,
    );
  }
  if (counts.records !== records) {
    problems.push(
      `the index holds ${counts.records} records and the tree ${records}`,
    );
  }
  return {
    records,
    blocks: counts.blocks,
    problems,
    missingBlobs: countMissingBlobs(input),
  };
}

function checkHead(input: RepoCheckInput, head: RepoHead): string[] {
  const bytes = input.store.getBlock(head.commit);
  if (bytes === null) return ["the commit block is missing"];
  const problems: string[] = [];
  checkBlock({ cid: head.commit, bytes }, problems);
  const commit = decodeCommit(bytes);
  if (commit.did !== input.store.did) {
    problems.push(`the commit belongs to ${commit.did}`);
  }
  if (commit.rev !== head.rev) {
    problems.push(`the commit's rev is ${commit.rev}, the head's ${head.rev}`);
  }
  if (!equalCids(commit.data, head.data)) {
    problems.push("the commit's tree is not the head's");
  }
  if (!verifyCommit(bytes, input.signingKey)) {
    problems.push("the commit's signature does not verify");
  }
  if (input.loggedRev !== null && input.loggedRev !== head.rev) {
    problems.push(`the log is at ${input.loggedRev}, the head at ${head.rev}`);
  }
  return problems;
}

function checkTree(
  store: ActorReader,
  head: RepoHead,
  reachable: Set<string>,
  problems: string[],
): number {
  let records = 0;
  for (const item of walkTree(store, head.data)) {
    reachable.add(cidKey(item.cid));
    if (item.kind === "node") {
      checkBlock(item, problems);
      continue;
    }
    records++;
    const [collection, rkey] = item.path.split("/") as [never, never];
    const record = store.findRecord(collection, rkey);
    if (record === null || !equalCids(record.cid, item.cid)) {
      problems.push(`the index disagrees with the tree at ${item.path}`);
      continue;
    }
    checkBlock(record, problems);
  }
  return records;
}

function checkBlock(block: Block, problems: string[]): void {
  if (!equalCids(cidOfCbor(block.bytes), block.cid)) {
    problems.push(`block ${formatCid(block.cid)} has other bytes`);
  }
}

const BLOB_PAGE = 500;

function countMissingBlobs(input: RepoCheckInput): number {
  let missing = 0;
  let after = null;
  for (;;) {
    const cids = input.store.listBlobs({
      after,
      since: null,
      limit: BLOB_PAGE,
    });
    for (const cid of cids) if (!input.hasBlob(formatCid(cid))) missing++;
    if (cids.length < BLOB_PAGE) return missing;
    after = cids.at(-1)!;
  }
}
