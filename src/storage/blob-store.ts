import type { CidBytes } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";

/** Bytes that have arrived and have no name yet, held or in a file: to be committed or discarded, once. */
export interface StagedBlob {
  cid: CidBytes;
  sizeBytes: number;
  /** The first bytes, 512 at most, to tell the type by. */
  head: Uint8Array;
  /**
   * Gives the bytes their name; they are durable under it when this resolves.
   * A file that is there already is replaced. Unless the blob is promised, a
   * crash meanwhile may leave the name with other bytes, for a row to be
   * missing that trusts it.
   * @param isPromised there is a row of the blob already, so that whatever
   *   bears its name is taken for it.
   */
  commit(options: { isPromised: boolean }): Promise<void>;
  /** Removes the bytes. */
  discard(): Promise<void>;
}

export interface OpenBlob {
  /** Reads as it is pulled. To be read to the end or cancelled. */
  stream: ReadableStream<Uint8Array>;
  /** Size of the whole blob, whatever the range. */
  sizeBytes: number;
}

/**
 * The bytes of blobs, by account and CID. Rows, types and rights are kept
 * elsewhere: what is here without a row was left by a crash. Absent blobs are
 * no error: `open` answers null, the others do nothing, and all may be repeated.
 */
export interface BlobStore {
  /**
   * Takes in bytes and hashes them on the way; nothing is found under their CID yet.
   * When the body fails, its error is passed on and nothing stays behind.
   * @throws XrpcError PayloadTooLarge above `maxBytes`; InsufficientStorage without room.
   */
  put(
    did: Did,
    body: AsyncIterable<Uint8Array> | Uint8Array,
    options: { maxBytes: number },
  ): Promise<StagedBlob>;
  /** `range` is in bytes, its end excluded; what lies outside the blob is left out. */
  open(
    did: Did,
    cid: CidBytes,
    range?: { start: number; end: number },
  ): Promise<OpenBlob | null>;
  has(did: Did, cid: CidBytes): Promise<boolean>;
  remove(did: Did, cid: CidBytes): Promise<void>;
  /** Moves a blob aside, where only `restore` and `removeAll` find it. True when it is aside now. */
  quarantine(did: Did, cid: CidBytes): Promise<boolean>;
  /** Moves a blob back from where `quarantine` put it. True when it is back now. */
  restore(did: Did, cid: CidBytes): Promise<boolean>;
  /** All blobs of the account that aren't in quarantine, in no order. */
  listAll(did: Did): Promise<CidBytes[]>;
  /** Removes everything of the account, quarantine included. */
  removeAll(did: Did): Promise<void>;
  /** Removes staged bytes older than a day, which nobody will name any more. Returns their number. */
  sweep(): Promise<number>;
}
