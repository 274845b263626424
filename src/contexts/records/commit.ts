import { invalidRequest } from "#lib/errors.ts";
import { cidKey, equalCids, type CidBytes } from "#repo/cid.ts";
import { encodeCar } from "#repo/car.ts";
import { signCommit } from "#repo/commit.ts";
import { BlockError } from "#repo/errors.ts";
import { encodeCommitFrame, encodeSyncFrame } from "#repo/frame.ts";
import type { NodeCache } from "#repo/mst/cache.ts";
import { invertOps } from "#repo/mst/invert.ts";
import type { Block } from "#repo/block.ts";
import { applyWrites, type MstChange } from "#repo/mst/write.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import type {
  ActorStore,
  RecordChange,
  RepoHead,
} from "#storage/actor-store.ts";
import type { PendingEvent } from "#contexts/sequencer/committer.ts";
import { encodeRedo, type PendingChange } from "#contexts/sequencer/redo.ts";
import type { WritePlan } from "./plan.ts";

/** Largest `blocks` of a commit event. @see https://atproto.com/specs/sync */
const MAX_COMMIT_BLOCKS_BYTES = 2_000_000;
/** Most operations of a commit event. @see https://atproto.com/specs/sync */
const MAX_COMMIT_OPS = 200;

export interface BuiltCommit {
  event: PendingEvent;
  commit: Block;
  rev: Tid;
}

/**
 * Turns a plan into a signed commit and its event, all in memory. Null when
 * the plan's writes cancel each other out.
 * @throws XrpcError InvalidRequest when the event would be larger than readers take.
 */
export function buildCommit(input: {
  store: ActorStore;
  head: RepoHead;
  plan: WritePlan;
  rev: Tid;
  signer: Signer;
  nodeCache: NodeCache;
  time: string;
  shouldInvert: boolean;
}): BuiltCommit | null {
  const { store, head, plan, rev } = input;
  const { did, generation } = store;
  const tree = applyWrites(store, input.nodeCache, head.data, plan.writes);
  if (tree.ops.length === 0) return null;
  if (tree.ops.length > MAX_COMMIT_OPS) {
    throw invalidRequest(
      `The writes change ${tree.ops.length} records; ${MAX_COMMIT_OPS} is the most that one commit may change`,
    );
  }
  const commit = signCommit({ did, data: tree.root, rev }, input.signer);
  const records = changedRecords(plan, tree);
  const recordBlocks = newRecordBlocks(plan, tree);
  const change: PendingChange = {
    rev,
    since: head.rev,
    commit: commit.cid,
    data: tree.root,
    prevData: head.data,
    blocks: [commit, ...tree.added, ...recordBlocks],
    removed: [
      head.commit,
      ...tree.removed,
      ...orphanedRecords(store, tree, recordBlocks),
    ],
    records,
  };
  if (input.shouldInvert) assertInverts(head, tree);
  const event = commitEvent({
    did,
    generation,
    change,
    tree,
    time: input.time,
  });
  return { event, commit, rev };
}

/**
 * A commit that changes no record: the tree of before under our own key and a
 * new revision, for an account that comes back or arrives.
 */
export function buildEmptyCommit(input: {
  store: ActorStore;
  head: RepoHead;
  rev: Tid;
  signer: Signer;
  time: string;
}): BuiltCommit {
  const { store, head, rev } = input;
  const { did, generation } = store;
  const commit = signCommit({ did, data: head.data, rev }, input.signer);
  const root = store.getBlock(head.data);
  if (root === null) throw new BlockError("the tree's root is missing");
  const change: PendingChange = {
    rev,
    since: head.rev,
    commit: commit.cid,
    data: head.data,
    prevData: head.data,
    blocks: [commit],
    removed: [head.commit],
    records: [],
  };
  const tree = { ops: [], proof: [{ cid: head.data, bytes: root }] };
  const event = commitEvent({
    did,
    generation,
    change,
    tree,
    time: input.time,
  });
  return { event, commit, rev };
}

/** @throws XrpcError InvalidRequest when the event would be larger than readers take. */
function commitEvent(input: {
  did: Did;
  generation: number;
  change: PendingChange;
  tree: Pick<MstChange, "ops" | "proof">;
  time: string;
}): PendingEvent {
  const { did, generation, change, tree } = input;
  const { rev, since, commit, data, prevData } = change;
  const blocks = encodeCar(commit, [...change.blocks, ...tree.proof]);
  if (blocks.length > MAX_COMMIT_BLOCKS_BYTES) {
    throw invalidRequest(
      `The writes make ${blocks.length} bytes of blocks; ${MAX_COMMIT_BLOCKS_BYTES} is the most that one commit may have`,
    );
  }
  return {
    did,
    generation,
    kind: "commit",
    rev,
    frame: encodeCommitFrame({
      repo: did,
      rev,
      since,
      commit,
      blocks,
      prevData,
      ops: tree.ops,
      time: input.time,
    }),
    redo: encodeRedo(change, false),
    change,
    state: {
      did,
      head: { rev, commit, data },
      collectionCounts: countByCollection(tree),
    },
    outboxId: null,
  };
}

function changedRecords(plan: WritePlan, tree: MstChange): RecordChange[] {
  return tree.ops.map((op) => plan.records.get(op.path)!);
}

function newRecordBlocks(plan: WritePlan, tree: MstChange): Block[] {
  const blocks = new Map<string, Block>();
  for (const op of tree.ops) {
    if (op.cid === null) continue;
    const bytes = plan.bytes.get(op.path)!;
    blocks.set(cidKey(op.cid), { cid: op.cid, bytes });
  }
  return [...blocks.values()];
}

/** Record blocks that no path holds any more; equal records share one block. */
function orphanedRecords(
  store: ActorStore,
  tree: MstChange,
  recordBlocks: readonly Block[],
): CidBytes[] {
  const kept = new Set(recordBlocks.map((block) => cidKey(block.cid)));
  const left = new Map<string, { cid: CidBytes; paths: Set<string> }>();
  for (const op of tree.ops) {
    if (op.prev === null || kept.has(cidKey(op.prev))) continue;
    const key = cidKey(op.prev);
    const entry = left.get(key) ?? { cid: op.prev, paths: new Set() };
    entry.paths.add(op.path);
    left.set(key, entry);
  }
  const orphans: CidBytes[] = [];
  for (const { cid, paths } of left.values()) {
    const holders = store.listPathsOfRecord(cid, paths.size + 1);
    const isHeld = holders.some(
      ({ collection, rkey }) => !paths.has(`${collection}/${rkey}`),
    );
    if (!isHeld) orphans.push(cid);
  }
  return orphans;
}

function countByCollection(tree: Pick<MstChange, "ops">): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { action, path } of tree.ops) {
    const step = action === "create" ? 1 : action === "delete" ? -1 : 0;
    if (step === 0) continue;
    const collection = path.slice(0, path.indexOf("/"));
    counts.set(collection, (counts.get(collection) ?? 0) + step);
  }
  return counts;
}

/** What readers do with every commit: undo its ops and compare with the tree before. */
function assertInverts(head: RepoHead, tree: MstChange): void {
  const blocks = new Map<string, Uint8Array>();
  for (const { cid, bytes } of [...tree.added, ...tree.proof]) {
    blocks.set(cidKey(cid), bytes);
  }
  const source = {
    getBlock: (cid: CidBytes) => blocks.get(cidKey(cid)) ?? null,
  };
  if (!equalCids(invertOps(source, tree.root, tree.ops), head.data)) {
    throw new Error("the commit's operations do not invert to its prevData");
  }
}

/** The first commit of a repository. A silent one is logged for redo and shown to no reader. */
export function buildGenesis(input: {
  did: Did;
  generation: number;
  root: Block;
  rev: Tid;
  signer: Signer;
  time: string;
  isSilent: boolean;
}): { event: PendingEvent; block: Block } {
  const { did, generation, root, rev, isSilent } = input;
  const block = signCommit({ did, data: root.cid, rev }, input.signer);
  const change: PendingChange = {
    rev,
    since: null,
    commit: block.cid,
    data: root.cid,
    prevData: null,
    blocks: [block, root],
    removed: [],
    records: [],
  };
  const event: PendingEvent = {
    did,
    generation,
    kind: "commit",
    rev,
    frame: isSilent
      ? null
      : encodeCommitFrame({
          repo: did,
          rev,
          since: null,
          commit: block.cid,
          blocks: encodeCar(block.cid, change.blocks),
          ops: [],
          prevData: null,
          time: input.time,
        }),
    redo: encodeRedo(change, isSilent),
    change,
    state: {
      did,
      head: { rev, commit: block.cid, data: root.cid },
      ...(isSilent && { status: "deactivated" }),
    },
    outboxId: null,
  };
  return { event, block };
}

/** Says where a repository stands now, without saying how it got there. */
export function buildSync(input: {
  did: Did;
  generation: number;
  commit: Block;
  rev: Tid;
  time: string;
}): PendingEvent {
  const { did, generation, commit, rev, time } = input;
  return {
    did,
    generation,
    kind: "sync",
    rev: null,
    frame: encodeSyncFrame({
      did,
      rev,
      blocks: encodeCar(commit.cid, [commit]),
      time,
    }),
    redo: null,
    change: null,
    state: null,
    outboxId: null,
  };
}
