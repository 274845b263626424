import type { Block } from "#repo/block.ts";
import { CarPart } from "#repo/car.ts";
import {
  CID_SIZE_BYTES,
  type CidBytes,
  equalCidAt,
  formatCid,
} from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { decodeNode } from "#repo/mst/decode.ts";
import { loadNodeBytes } from "#repo/mst/read.ts";
import { NO_LINK, scanNode } from "#repo/mst/scan.ts";
import type { Nsid, RecordKey, Tid } from "#repo/syntax.ts";
import type { ActorSnapshot, RepoHead } from "#storage/actor-store.ts";

/** Bytes gathered before a part is handed on. */
const PART_BYTES = 256 * 1024;
/** Beyond them, for the last block of a part. */
const SPARE_BYTES = 8 * 1024;
/** What a part begins with that may be the only one: most repositories are small. */
const FIRST_BYTES = 16 * 1024;

/** A node whose subtrees are being walked. */
interface Frame {
  bytes: Uint8Array;
  /** See `scanNode`. */
  cids: readonly number[];
  /** Next of them. */
  next: number;
}

/** A repository as a CAR, in parts that are made when they are asked for. */
export interface RepoCar {
  /**
   * The next part, or null after the last.
   * @throws BlockError when a block is missing, or a node not what its CID says.
   */
  read(): Uint8Array | null;
}

/**
 * The blocks of a repository in the order that a reader can check as they
 * come: the commit, then the tree depth first, each record where its key
 * stands. With `since`, only blocks written after that revision: an unchanged
 * node has an unchanged subtree, so it is not entered.
 *
 * Walks over bytes. `walkTree` makes an object of each node and a string of
 * each key and CID, and hashes each key for its layer; all of that was checked
 * when the node was written, and its hash says that it is still the same.
 */
export function createRepoCar(
  snapshot: ActorSnapshot,
  head: RepoHead,
  since: Tid | null,
): RepoCar {
  const stack: Frame[] = [];
  const records = createRecordPages(snapshot);
  let part: CarPart;
  let isBegun = false;

  const isWanted = (cid: CidBytes) =>
    since === null || snapshot.isBlockNewerThan(cid, since);

  function addNode(cid: CidBytes): void {
    if (!isWanted(cid)) return;
    const bytes = loadNodeBytes(snapshot, cid);
    part.add(bytes, cid);
    stack.push({ bytes, cids: scanNode(bytes), next: 0 });
  }

  function addRecord(node: Uint8Array, at: number, index: number): void {
    if (since === null) {
      part.add(records.get(node, at, index), node, at);
      return;
    }
    const cid = node.slice(at, at + CID_SIZE_BYTES);
    if (isWanted(cid)) part.add(getBlock(snapshot, cid), cid);
  }

  function step(frame: Frame): void {
    const { bytes, cids } = frame;
    const place = frame.next++;
    if (place === cids.length) {
      stack.pop();
      return;
    }
    const at = cids[place]!;
    if (place % 2 === 1) addRecord(bytes, at, place >> 1);
    else if (at !== NO_LINK) addNode(bytes.slice(at, at + CID_SIZE_BYTES));
  }

  function begin(): void {
    isBegun = true;
    const { commit, data } = head;
    part.addHeader(commit);
    if (isWanted(commit)) part.add(getBlock(snapshot, commit), commit);
    addNode(data);
  }

  return {
    read() {
      part = new CarPart(isBegun ? PART_BYTES + SPARE_BYTES : FIRST_BYTES);
      if (!isBegun) begin();
      while (part.sizeBytes < PART_BYTES && stack.length > 0) {
        step(stack.at(-1)!);
      }
      return part.sizeBytes === 0 ? null : part.finish();
    },
  };
}

const MAX_PAGE_RECORDS = 256;
/** What a page may come to, going by the largest record of the one before. */
const MAX_PAGE_BYTES = 512 * 1024;

/**
 * Records read ahead in the order of their keys: one query a page where a
 * look-up each would take three times as long. What is read ahead is known by
 * its CID, so that keys matter only where the order of the tree is another.
 */
function createRecordPages(snapshot: ActorSnapshot) {
  let page: Block[] = [];
  let next = 0;
  let pageSize = 4;

  function readFrom(path: string): void {
    const slash = path.indexOf("/");
    page = snapshot.listRecordBlocks({
      collection: path.slice(0, slash) as Nsid,
      from: path.slice(slash + 1) as RecordKey,
      limit: pageSize,
    });
    next = 0;
    const largest = Math.max(1, ...page.map(({ bytes }) => bytes.length));
    const fitting = Math.floor(MAX_PAGE_BYTES / largest);
    pageSize = Math.max(1, Math.min(fitting, 2 * pageSize, MAX_PAGE_RECORDS));
  }

  /** Null where the page has another record next, or none. */
  function take(node: Uint8Array, cidAt: number): Uint8Array | null {
    const found = page[next++];
    const isNext = found !== undefined && equalCidAt(found.cid, node, cidAt);
    return isNext ? found.bytes : null;
  }

  return {
    /** The record with that number in a node, whose CID begins at `cidAt`. Each is asked for once, in order. */
    get(node: Uint8Array, cidAt: number, index: number): Uint8Array {
      const bytes = take(node, cidAt);
      if (bytes !== null) return bytes;
      readFrom(decodeNode(node).keys[index]!);
      return (
        take(node, cidAt) ??
        getBlock(snapshot, node.slice(cidAt, cidAt + CID_SIZE_BYTES))
      );
    },
  };
}

function getBlock(snapshot: ActorSnapshot, cid: CidBytes): Uint8Array {
  const bytes = snapshot.getBlock(cid);
  if (bytes === null)
    throw new BlockError("a block is missing", formatCid(cid));
  return bytes;
}
