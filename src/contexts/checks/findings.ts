import { createTeller, sayInFull, type Told } from "#lib/told.ts";
import type { Did } from "#repo/syntax.ts";

/** Where a repository stands, for the log or for itself. */
export interface Place {
  rev: string;
  /** Row of the log. */
  seq: number;
  generation: number;
}

const at = ({ rev, seq, generation }: Place) =>
  `${rev} (row ${seq}, generation ${generation})`;

/**
 * All that checks of repositories, files and the log may find, as a program
 * on the command line says it. The pages have the same in every language.
 */
export const FINDINGS = {
  // A repository, held against itself.
  noFile: () => "the repository file is missing",
  noHead: () => "the repository has no head",
  unreadable: () => "it cannot be read",
  noCommit: () => "the commit block is missing",
  commitOf: (did: string) => `the commit belongs to ${did}`,
  commitRev: (commit: string, head: string) =>
    `the commit's rev is ${commit}, the head's ${head}`,
  commitTree: () => "the commit's tree is not the head's",
  signature: () => "the commit's signature is by none of the account's keys",
  recordIndex: (path: string) => `the index disagrees with the tree at ${path}`,
  blockBytes: (cid: string) => `block ${cid} has other bytes`,
  unnamedBlob: (cid: string) => `the index names blob ${cid}, no record does`,
  unindexedBlob: (cid: string) =>
    `a record names blob ${cid}, the index does not`,
  blockCount: (stored: number, reachable: number) =>
    `${stored} blocks are stored and ${reachable} are reachable`,
  recordCount: (index: number, tree: number) =>
    `the index holds ${index} records and the tree ${tree}`,
  // Against the log, and what was derived from it.
  elsewhere: (log: Place, repo: Place) =>
    `the log is at ${at(log)}, the repository at ${at(repo)}`,
  behind: () => "it lacks rows of its log",
  unlisted: () => "the list of repositories lacks it",
  listedAt: (rev: string | null, head: string | null) =>
    `the list of repositories has it at ${rev}, the head is at ${head}`,
  listedAs: (said: string, status: string) =>
    `the list of repositories has it as ${said}, the account is ${status}`,
  collectionCount: (collection: string, said: number, found: number) =>
    `the list of collections says ${said} records of ${collection}, the repository has ${found}`,
  stranger: (did: string) =>
    `the list of repositories has ${did}, which is no account`,
  noAccount: (did: string) => `there is no account ${did}`,
  // Files.
  blobFile: (cid: string) => `blob ${cid} has no file`,
  blobSize: (cid: string, found: number, said: number) =>
    `blob ${cid} has ${found} bytes, not ${said}`,
  blobBytes: (cid: string) => `blob ${cid} has other bytes`,
  // Rows of the log.
  seqFalls: (last: number) => `it follows ${last}`,
  redoRev: (rev: string) => `its redo record is of rev ${rev}`,
  frameSeq: (seq: string) => `the frame says seq ${seq}`,
  frameOf: (did: string) => `the frame is of ${did}`,
  noRedo: () => "a commit without a redo record",
  redoCommit: () => "the redo record is of another commit",
  redoOps: () => "the redo record changes other records than the ops say",
  inactiveCommit: () => "a commit of an inactive account",
  inactiveSync: () => "a sync of an inactive account",
  inverts: (cid: string) => `the ops invert to ${cid}`,
  since: (since: string | null, before: string) =>
    `since is ${since}, the commit before was ${before}`,
  prevData: () => "prevData is not the tree before",
  revStays: (rev: string) => `rev ${rev} does not rise`,
  syncRev: (rev: string, before: string) => `rev ${rev} comes after ${before}`,
  syncTree: () => "the sync shows another tree than the commit of the same rev",
  signedRev: (rev: string) => `the signed rev is ${rev}`,
  signedOf: (did: string) => `the signed commit is of ${did}`,
  // Of any kind.
  more: (count: number) => `and ${count} more`,
};

/** Where a finding about the log was made. */
const inRow = (seq: number, did: string, said: string) =>
  `log row ${seq} of ${did}: ${said}`;

/** All words that findings are said with. */
export const FINDING_WORDS = { inRow, kinds: FINDINGS };

/** Something that a check found not to be as it must. */
export interface Finding extends Told<typeof FINDINGS> {
  /** The row of the log that it is about. */
  row?: { seq: number; did: Did };
}

export const tellFinding = createTeller<typeof FINDINGS>();

/** In English, for programs and logs. */
export function sayFinding(finding: Finding): string {
  const { row } = finding;
  const said = sayInFull(FINDINGS, finding);
  return row === undefined ? said : inRow(row.seq, row.did, said);
}

/** The first of them, and how many more there are. */
export function firstFindings(
  findings: readonly Finding[],
  most: number,
): Finding[] {
  const more = findings.length - most;
  if (more <= 0) return [...findings];
  return [...findings.slice(0, most), tellFinding("more", more)];
}
