import type { Block } from "#repo/block.ts";
import type { CidBytes } from "#repo/cid.ts";
import type { Did, Nsid, RecordKey, Tid } from "#repo/syntax.ts";

/** The current commit of a repository. */
export interface RepoHead {
  rev: Tid;
  commit: CidBytes;
  /** Root of the Merkle search tree. */
  data: CidBytes;
  /** Log position of the row that made this head. */
  appliedSeq: number;
}

export interface StoredRecord {
  collection: Nsid;
  rkey: RecordKey;
  cid: CidBytes;
  bytes: Uint8Array;
  /** Revision that last wrote the record. */
  rev: Tid;
}

/** One path after a change: `cid` null means that the record is gone. */
export interface RecordChange {
  collection: Nsid;
  rkey: RecordKey;
  cid: CidBytes | null;
  /** Blobs that the record names, each once. */
  blobs: readonly CidBytes[];
  /** DID or AT-URI that the record points at, for likes, reposts, follows and blocks; else null. */
  subject: string | null;
}

/** Everything that one row of the log does to one repository. */
export interface RepoChange {
  seq: number;
  rev: Tid;
  since: Tid | null;
  commit: CidBytes;
  data: CidBytes;
  prevData: CidBytes | null;
  /** New blocks: commit, tree nodes, records. A block already held is left as it is, with its rev. */
  blocks: readonly { cid: CidBytes; bytes: Uint8Array }[];
  /** Blocks that nothing refers to any more; one that is among `blocks` too stays. */
  removed: readonly CidBytes[];
  records: readonly RecordChange[];
}

export interface ListRecordsOptions {
  collection: Nsid;
  limit: number;
  /** Exclusive bound in the direction of the listing. */
  cursor: RecordKey | null;
  /** False: record keys descending, newest TID first. True: ascending. */
  reverse: boolean;
}

/** A record that is going to be written, as far as the repository is asked about it. */
export interface WantedRecord {
  collection: Nsid;
  rkey: RecordKey;
  /** As of `RecordChange`. */
  subject: string | null;
}

/** Reads of one repository, all synchronous. */
export interface ActorReader {
  readonly did: Did;
  readonly generation: number;
  /** null before the genesis commit is applied. */
  head(): RepoHead | null;
  getBlock(cid: CidBytes): Uint8Array | null;
  hasBlock(cid: CidBytes): boolean;
  /** Blocks whose rev is above `since` are what a diff export holds. True for a block that isn't here, so that the export comes upon the gap. */
  isBlockNewerThan(cid: CidBytes, since: Tid): boolean;
  findRecord(collection: Nsid, rkey: RecordKey): StoredRecord | null;
  /** For those who need no more of it. */
  findRecordCid(collection: Nsid, rkey: RecordKey): CidBytes | null;
  listRecords(options: ListRecordsOptions): StoredRecord[];
  /** Blocks of up to `limit` records of a collection, from a key on, in the order of keys; for exports, which need no more. */
  listRecordBlocks(options: {
    collection: Nsid;
    from: RecordKey;
    limit: number;
  }): Block[];
  /**
   * Up to `limit` records of these collections that were written after a
   * revision, newest first. Looks at the thousand newest blocks; a record
   * whose bytes were here already counts as old.
   */
  listRecordsSince(options: {
    collections: readonly Nsid[];
    since: Tid;
    limit: number;
  }): StoredRecord[];
  /** Collections that hold a record, ascending. */
  listCollections(): Nsid[];
  /** Up to `limit` paths that hold this record, ascending; equal records share a block. */
  listPathsOfRecord(
    cid: CidBytes,
    limit: number,
  ): { collection: Nsid; rkey: RecordKey }[];
  /** Record keys of the collection whose record points at the subject. */
  listRecordsOfSubject(collection: Nsid, subject: string): RecordKey[];
  /** Referenced blobs ascending by CID text, after the cursor; with `since`, only those of records with a higher rev. */
  listBlobs(options: {
    after: CidBytes | null;
    since: Tid | null;
    limit: number;
  }): CidBytes[];
  /** Records that name the blob. */
  listRecordsOfBlob(
    cid: CidBytes,
    limit: number,
  ): { collection: Nsid; rkey: RecordKey }[];
  isBlobReferenced(cid: CidBytes): boolean;
  counts(): { blocks: number; records: number; blobs: number };
  /** Of the file, what is free in it included. Costs nothing. */
  sizeBytes(): number;
}

export interface ActorStore extends ActorReader {
  /**
   * Applies one row of the log, all of it or nothing: blocks, records, head and
   * `appliedSeq` together. A row at or below `appliedSeq` changes nothing, and
   * neither does one that is refused. Every read of this store shows it from
   * then on; a snapshot and the disk may see it later, with others.
   * @throws BlockError when the row does not follow the head, or a record's block is not here.
   */
  apply(change: RepoChange): void;
  /** Gives a repository that was placed whole its position in the log; one that has come further is left as it is. */
  adopt(seq: number): void;
}

/** Is told that a repository could not be written, and may have lost rows that were applied. */
export type SetBackListener = (did: Did, error: unknown) => void;

/** A consistent, read-only view that stays as it is while writes go on. Must be closed. */
export interface ActorSnapshot extends ActorReader, Disposable {}

/** Blocks gathered before anybody knows which of them are needed. Gone when closed, and at the next start. */
export interface BlockSpool extends Disposable {
  /** False when the block is there already. */
  add(block: { cid: CidBytes; bytes: Uint8Array }): boolean;
  getBlock(cid: CidBytes): Uint8Array | null;
}

/** A repository that is made off to the side, where nobody sees it until it is placed. */
export interface StagedRepo {
  /**
   * Adds blocks, then records whose blocks are there by now, in one transaction.
   * Returns how many of the blocks were not there yet.
   * @throws XrpcError InsufficientStorage when the disk is full.
   * @throws BlockError when a record's block is not here.
   */
  add(part: Pick<RepoChange, "rev" | "blocks" | "records">): number;
  /**
   * Completes the file: when this resolves it is durable, without a WAL, and
   * found under its generation. `adopt` then gives it its position in the log.
   */
  place(head: Omit<RepoHead, "appliedSeq">): Promise<void>;
  /** Removes what there is of it. No effect once it is placed. */
  discard(): void;
}

/**
 * The repository files of the host, one for each account and generation. Open
 * handles are kept in a bounded LRU; nothing may hold on to a store across an
 * `await`.
 */
export interface ActorStores {
  /**
   * @throws XrpcError ServiceUnavailable when the account's file is quarantined or unreadable.
   * @returns null when the account has no repository here.
   */
  find(did: Did): ActorStore | null;
  /**
   * Has the file opened by another thread, if it is closed and that pays, and
   * what writes of these records look at read ahead there. From then on `find`
   * answers from that, and the next row goes there. To be disposed of after
   * the write; that does not wait. Null when nothing was done.
   */
  lend(did: Did, wanted: readonly WantedRecord[]): Promise<Disposable | null>;
  /** What the account's files take, all generations. */
  sizeBytes(did: Did): number;
  /** As `find`, for one generation; for recovery and import. */
  findGeneration(did: Did, generation: number): ActorStore | null;
  /** Makes an empty, durable file; one that exists is returned as it is. */
  create(did: Did, generation: number): ActorStore;
  /** Opens a second, read-only connection with its own snapshot. Null when there is no file. */
  snapshot(did: Did): ActorSnapshot | null;
  /** Removes all files of a generation. Absent files are no error. */
  remove(did: Did, generation: number): void;
  /** Removes all files of all generations, and lifts a quarantine. */
  removeAll(did: Did): void;
  /** Begins a new generation from nothing; what an interrupted start left is gone. */
  stage(did: Did, generation: number): StagedRepo;
  createSpool(): BlockSpool;
  /** Generations beside the account's own: replaced ones, and those that were placed and never named. Looks through all folders. */
  listSpare(): { did: Did; generation: number }[];
  /** Blocks the account until restart: its file disagrees with the log. */
  quarantine(did: Did, reason: string): void;
  /**
   * Hands what was applied to a repository to its file. `sync` and `snapshot`
   * do that too.
   * @throws XrpcError ServiceUnavailable when the disk fails.
   */
  flush(did: Did, generation: number): void;
  /**
   * Whom to tell that rows, applied before, may be missing again. Told at once
   * and inside of whatever found it, so that they can be applied anew before
   * anybody sees that.
   */
  whenSetBack(listener: SetBackListener): void;
  /** Stores changed since the last call and not on disk yet, for the flusher of the low-water mark. */
  takeDirty(): { did: Did; generation: number }[];
  /**
   * Makes everything applied to a repository so far durable, off the thread,
   * and opens no file for it. What is gone needs nothing. After a failure it
   * may be called again.
   * @throws XrpcError ServiceUnavailable when the disk fails, or the account is quarantined.
   */
  sync(did: Did, generation: number): Promise<void>;
  /** Counts what is applied as not durable: another process applied it, and no sync is known of. */
  distrust(did: Did, generation: number): void;
  /**
   * Tidies up behind files that were closed in haste: moves their WALs, up to
   * `limit` of those closed before a time, into the databases. Changes nothing
   * that a reader or a crash could see.
   * @returns how many were tried.
   */
  writeBack(options: {
    closedBeforeMs: number;
    limit: number;
  }): Promise<number>;
  openCount(): number;
  close(): void;
}
