import { XrpcError } from "#lib/errors.ts";
import { encodeCarBlock, encodeCarHeader } from "#repo/car.ts";
import type { CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { Block } from "#repo/block.ts";
import type { Tid } from "#repo/syntax.ts";
import type { ActorSnapshot, RepoHead } from "#storage/actor-store.ts";

/** Bytes gathered before a chunk is handed to the network. */
const CHUNK_BYTES = 64 * 1024;

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
  for (const item of tree) {
    if (item.kind === "node") yield item;
    else if (isWanted(item.cid)) {
      yield { cid: item.cid, bytes: getBlock(snapshot, item.cid) };
    }
  }
}

function getBlock(snapshot: ActorSnapshot, cid: CidBytes): Uint8Array {
  const bytes = snapshot.getBlock(cid);
  if (bytes === null) throw new BlockError("a block is missing");
  return bytes;
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
          const parts: Uint8Array[] = [];
          let size = 0;
          if (!isHeaderSent) {
            isHeaderSent = true;
            parts.push(encodeCarHeader(options.root));
          }
          while (size < CHUNK_BYTES) {
            const next = blocks.next();
            if (next.done === true) {
              end();
              if (parts.length > 0) controller.enqueue(concat(parts));
              controller.close();
              return;
            }
            const part = encodeCarBlock(next.value);
            parts.push(part);
            size += part.length;
          }
          controller.enqueue(concat(parts));
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

function concat(parts: Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
