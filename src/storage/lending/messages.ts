import type { Block } from "#repo/block.ts";
import type { CidBytes } from "#repo/cid.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import type {
  RepoChange,
  RepoHead,
  WantedRecord,
} from "#storage/actor-store.ts";
import type { ClosedFile } from "#storage/left-wals.ts";
import type { LeftBehind } from "#storage/repo-file.ts";

// What the thread of requests and the one that opens files say to each other.

/** A closed file, lent for one write. */
export interface LentFile extends ClosedFile {
  path: string;
  did: Did;
  generation: number;
  wanted: readonly WantedRecord[];
  /** Its WAL may stay when it is closed. */
  mayLeaveWal: boolean;
}

/** What was there of a record that is going to be written. */
export interface FoundRecord {
  cid: CidBytes | null;
  /** Of all records that are the same, as far as was asked for. */
  paths: readonly { collection: Nsid; rkey: RecordKey }[];
  /** Keys of records that point at the same subject. */
  sameSubject: readonly RecordKey[];
}

/** What a write of the wanted records looks at. */
export interface ReadAhead {
  head: RepoHead | null;
  /** Nodes of the tree, each once. */
  nodes: readonly Block[];
  /** One for each wanted record, in their order. */
  records: readonly FoundRecord[];
}

/** To the thread that opens files. `id` numbers the loans, each once. */
export type Order =
  | { kind: "begin"; slots: Int32Array }
  | { kind: "open"; id: number; slot: number; file: LentFile }
  | { kind: "apply"; id: number; change: RepoChange }
  | { kind: "close"; id: number };

/** From it. */
export type Answer =
  | { kind: "read"; id: number; read: ReadAhead }
  | { kind: "ended"; id: number; error: string | null };

/**
 * What a slot says, for those who can't wait for a message: 0 while the file
 * is out, then how it came back.
 */
export const OUT = 0;
export const FAILED = 1;
const ENDS: readonly LeftBehind[] = ["commits", "empty", "nothing"];

export function endOf(left: LeftBehind): number {
  return FAILED + 1 + ENDS.indexOf(left);
}

/** Null for a loan that failed. */
export function leftBehindOf(end: number): LeftBehind | null {
  return ENDS[end - FAILED - 1] ?? null;
}

/** Equal records that a loan looks for: as many as a write of all that is wanted asks for. */
export function mostPaths(wanted: readonly WantedRecord[]): number {
  return wanted.length + 1;
}
