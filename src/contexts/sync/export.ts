import { XrpcError } from "#lib/errors.ts";
import { carBlockLength, encodeCarBlocks, encodeCarHeader } from "#repo/car.ts";
import { equalCids, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { Block } from "#repo/block.ts";
import type { Nsid, RecordKey, Tid } from "#repo/syntax.ts";
import type {
  ActorSnapshot,
  RepoHead,
  StoredRecord,
} from "#storage/actor-store.ts";

/** Bytes gathered before a chunk is handed to the network. */
const CHUNK_BYTES = 128 * 1024;

/**
 * The blocks of a repository in the order that a reader can check as they
 * come: the commit, then the tree depth first, each record where its key
 * stands. With `since`, only blocks written after that revision: an unchanged
 * node has an unchanged subtree, so it is not entered.
 */
export function* exportBlocks(
  snapshot: ActorSnapshot,
  head: RepoHead,
  since: Tid | null,
): Generator<Block> {
  const isWanted = (cid: CidBytes) =>
    since === null || snapshot.isBlockNewerThan(cid, since);
  if (isWanted(head.commit)) {
    yield { cid: head.commit, bytes: getBlock(snapshot, head.commit) };
  }
  const tree = walkTree(snapshot, head.data, { shouldEnter: isWanted });
  const pages = createRecordPages(snapshot);
  for (const item of tree) {
    if (item.kind === "node") yield item;
    else if (since === null) {
      const bytes = pages.find(item) ?? getBlock(snapshot, item.cid);
      yield { cid: item.cid, bytes };
    } else if (isWanted(item.cid)) {
      yield { cid: item.cid, bytes: getBlock(snapshot, item.cid) };
    }
  }
}

const MAX_PAGE_RECORDS = 256;
/** What a page may come to, going by the largest record of the one before. */
const MAX_PAGE_BYTES = 512 * 1024;

/**
 * Records read ahead in the order of their keys: one query a page where a
 * look-up each would take three times as long.
 */
function createRecordPages(snapshot: ActorSnapshot) {
  let page: StoredRecord[] = [];
  let at = 0;
  let pageSize = 4;

  function readAfter(collection: Nsid, rkey: RecordKey): void {
    const listing = { collection, cursor: rkey, limit: pageSize };
    page = snapshot.listRecords({ ...listing, reverse: true });
    at = 0;
    const largest = Math.max(1, ...page.map(({ bytes }) => bytes.length));
    const fitting = Math.floor(MAX_PAGE_BYTES / largest);
    pageSize = Math.max(1, Math.min(fitting, 2 * pageSize, MAX_PAGE_RECORDS));
  }

  return {
    /** The record's bytes where the page has it; each is asked for once, in order. */
    find({ path, cid }: { path: string; cid: CidBytes }): Uint8Array | null {
      const slash = path.indexOf("/");
      const collection = path.slice(0, slash) as Nsid;
      const rkey = path.slice(slash + 1) as RecordKey;
      const next = page[at];
      const isNext = next?.rkey === rkey && next.collection === collection;
      at++;
      if (!isNext || at === page.length) readAfter(collection, rkey);
      return isNext && equalCids(next.cid, cid) ? next.bytes : null;
    },
  };
}

function getBlock(snapshot: ActorSnapshot, cid: CidBytes): Uint8Array {
  const bytes = snapshot.getBlock(cid);
  if (bytes === null) throw new BlockError("a block is missing");
  return bytes;
}

/** Bytes measured between two turns of the event loop. */
const SLICE_BYTES = 1024 * 1024;

/** How long the CAR will be that `streamCar` makes of the same blocks. */
export async function measureCar(
  root: CidBytes | null,
  blocks: Iterable<Block>,
): Promise<number> {
  let length = encodeCarHeader(root).length;
  let slice = 0;
  for (const block of blocks) {
    length += carBlockLength(block);
    slice += block.bytes.length;
    if (slice < SLICE_BYTES) continue;
    slice = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return length;
}

/** Limits on exports, which hold a snapshot open and so keep the WAL from shrinking. */
export interface ExportLimits {
  maxConcurrent: number;
  /** An export that takes longer is cut off. */
  maxDurationMs: number;
}

/** Counts the exports under way. */
export function createExportGate(limits: ExportLimits) {
  let open = 0;
  return {
    limits,
    openCount: () => open,
    /** @throws XrpcError ServiceUnavailable when too many are under way. */
    enter(): () => void {
      if (open >= limits.maxConcurrent) {
        throw new XrpcError(
          "ServiceUnavailable",
          "Too many repository exports at once",
          { retryAfterSec: 5 },
        );
      }
      open++;
      let isLeft = false;
      return () => {
        if (!isLeft) open--;
        isLeft = true;
      };
    },
  };
}

/**
 * A CAR as a stream that is made as fast as it is read. Ends the snapshot when
 * it is read to the end, cancelled, or takes too long.
 */
export function streamCar(options: {
  root: CidBytes | null;
  blocks: Iterator<Block>;
  maxDurationMs: number;
  onEnd(): void;
}): ReadableStream<Uint8Array> {
  const { blocks, onEnd } = options;
  let isHeaderSent = false;
  let isEnded = false;
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(deadline);
    onEnd();
  };
  let fail: (error: unknown) => void = () => {};
  const deadline = setTimeout(() => {
    end();
    fail(new XrpcError("RequestTimeout", "The export took too long"));
  }, options.maxDurationMs);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = (error) => controller.error(error);
      },
      pull(controller) {
        if (isEnded) return;
        try {
          const chunk: Block[] = [];
          let size = 0;
          let next: IteratorResult<Block> | null = null;
          while (size < CHUNK_BYTES) {
            next = blocks.next();
            if (next.done === true) break;
            chunk.push(next.value);
            size += next.value.bytes.length;
          }
          if (!isHeaderSent) controller.enqueue(encodeCarHeader(options.root));
          isHeaderSent = true;
          if (chunk.length > 0) controller.enqueue(encodeCarBlocks(chunk));
          if (next?.done !== true) return;
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 2 },
  );
}
