import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import { MAX_CAR_BLOCK_BYTES } from "#repo/car.ts";
import { readCar } from "#repo/car-stream.ts";
import { equalCids, formatCid, isRawCid } from "#repo/cid.ts";
import { decodeCommit, type Commit } from "#repo/commit.ts";
import type { Block } from "#repo/block.ts";
import type { Did } from "#repo/syntax.ts";
import { tidToMicros } from "#repo/tid.ts";
import type { BlockSpool } from "#storage/actor-store.ts";

/** What came in a CAR, before its tree is looked at. */
export interface CarIntake {
  /** The root, as it came and as what it says. */
  block: Block;
  commit: Commit;
  /** Blocks that are in the spool, the commit included. */
  uniqueBlocks: number;
  duplicateBlocks: number;
}

/** Readers refuse commits that lie further ahead of their clocks. @see https://atproto.com/specs/repository#commit-objects */
const MAX_REV_AHEAD_MS = 5 * 60_000;

/** Blocks between two turns of other requests. */
const BLOCKS_PER_TURN = 200;

/**
 * Reads a CAR into a spool, each block checked against its hash. The root is
 * looked at as soon as it comes, which is first as a rule: who sent the wrong
 * file hears of it before the rest of it has arrived.
 * @throws XrpcError InvalidRequest unless there is one root, and it is a commit of the account.
 * @throws BlockError when the CAR is cut short or malformed.
 */
export async function takeInCar(
  body: AsyncIterable<Uint8Array>,
  options: { did: Did; spool: BlockSpool; clock: Clock; maxBytes: number },
): Promise<CarIntake> {
  const { spool, maxBytes } = options;
  const { roots, blocks } = await readCar(body, {
    maxBytes,
    maxBlockBytes: MAX_CAR_BLOCK_BYTES,
  });
  const [root] = roots;
  if (root === undefined || roots.length > 1 || isRawCid(root)) {
    await blocks.return(undefined);
    throw invalidRequest(
      `A repository has one commit as its root; this CAR has ${roots.length} roots`,
    ).because("carRoots", { count: roots.length });
  }
  let found: { block: Block; commit: Commit } | null = null;
  let uniqueBlocks = 0;
  let duplicateBlocks = 0;
  for await (const block of blocks) {
    if (found === null && equalCids(block.cid, root)) {
      found = { block, commit: readCommit(block, options) };
    }
    if (spool.add(block)) uniqueBlocks++;
    else duplicateBlocks++;
    // What has arrived already is read without a pause otherwise.
    const isTurn = (uniqueBlocks + duplicateBlocks) % BLOCKS_PER_TURN === 0;
    if (isTurn) await new Promise((resolve) => setImmediate(resolve));
  }
  if (found === null) {
    throw invalidRequest(`The CAR lacks its root ${formatCid(root)}`).because(
      "carRootMissing",
    );
  }
  return { ...found, uniqueBlocks, duplicateBlocks };
}

/** @throws XrpcError InvalidRequest, BlockError */
function readCommit(
  { bytes }: Block,
  { did, clock }: { did: Did; clock: Clock },
): Commit {
  const commit = decodeCommit(bytes);
  if (commit.did !== did) {
    throw invalidRequest(
      `The repository belongs to ${commit.did.slice(0, 100)}, not to ${did}`,
    ).because("carOther", { did: commit.did.slice(0, 100) });
  }
  if (tidToMicros(commit.rev) / 1000 > clock.nowMs() + MAX_REV_AHEAD_MS) {
    throw invalidRequest(
      `The revision ${commit.rev} lies in the future`,
    ).because("carFuture");
  }
  return commit;
}
