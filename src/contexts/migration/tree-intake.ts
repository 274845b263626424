import type { Block } from "#repo/block.ts";
import { formatCid, type CidBytes } from "#repo/cid.ts";
import type { Commit } from "#repo/commit.ts";
import { cutTold } from "#lib/told.ts";
import { BlockError } from "#repo/errors.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { RecordChange, StagedRepo } from "#storage/actor-store.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { Misfit } from "#contexts/lexicons/misfits.ts";
import { parseRecordPath, takeInRecord } from "./record-intake.ts";

/** What a tree was found to hold. */
export interface TreeReport {
  records: number;
  collectionCounts: Map<string, number>;
  /** Blocks of the CAR that are in the repository now. */
  usedBlocks: number;
  /** Records that could not have been written here, kept as they came. */
  misfits: number;
  /** The first of them. */
  misfitExamples: { path: string; reason: Misfit }[];
}

interface Part {
  /** Blocks that came with the CAR. */
  blocks: Block[];
  /** Blocks that the account's repository had before. */
  kept: Block[];
  records: RecordChange[];
  sizeBytes: number;
}

/** Named to the owner, who can do little about more. */
const MAX_EXAMPLES = 500;
const MOST_CHARS = 200;
/** Work between two turns of other requests. */
const PART_RECORDS = 100;
const PART_BYTES = 512 * 1024;

/**
 * Walks a tree that need not be trusted and copies what belongs to it into a
 * new repository: nodes and records in the order of the tree, one part at a
 * time, so that memory does not grow with it.
 * @throws BlockError when a block is missing, or the tree is not as it must be.
 */
export async function takeInTree(input: {
  root: { block: Block; commit: Commit };
  /** null for a block that the CAR lacks. */
  findBlock(cid: CidBytes): Uint8Array | null;
  /** Asked for what the CAR lacks, as when it holds only the newest changes. */
  findKept(cid: CidBytes): Uint8Array | null;
  staged: StagedRepo;
  lexicons: Lexicons;
}): Promise<TreeReport> {
  const { root, findBlock, findKept, staged, lexicons } = input;
  const { data, rev } = root.commit;
  const report: TreeReport = {
    records: 0,
    collectionCounts: new Map(),
    usedBlocks: 0,
    misfits: 0,
    misfitExamples: [],
  };
  let part = emptyPart();
  part.blocks.push(root.block);

  let wasKept = false;
  function getBlock(cid: CidBytes): Uint8Array | null {
    const block = findBlock(cid);
    wasKept = block === null;
    return block ?? findKept(cid);
  }

  /** Takes the block that was read last. */
  function take(block: Block): void {
    (wasKept ? part.kept : part.blocks).push(block);
    part.sizeBytes += block.bytes.length;
  }

  function store(): void {
    const { blocks, kept, records } = part;
    staged.add({ rev, blocks: kept, records: [] });
    report.usedBlocks += staged.add({ rev, blocks, records });
    part = emptyPart();
  }

  for (const step of walkTree({ getBlock }, data)) {
    if (step.kind === "node") {
      take(step);
      continue;
    }
    const { cid } = step;
    const bytes = getBlock(cid);
    if (bytes === null) {
      throw new BlockError("a record is missing", formatCid(cid));
    }
    take({ cid, bytes });
    const path = parseRecordPath(step.path);
    const { change, misfit } = takeInRecord(lexicons, path, { cid, bytes });
    part.records.push(change);
    count(report, change, misfit);
    if (part.records.length < PART_RECORDS && part.sizeBytes < PART_BYTES) {
      continue;
    }
    store();
    await new Promise((resolve) => setImmediate(resolve));
  }
  store();
  return report;
}

function emptyPart(): Part {
  return { blocks: [], kept: [], records: [], sizeBytes: 0 };
}

function count(
  report: TreeReport,
  { collection, rkey }: RecordChange,
  misfit: Misfit | null,
): void {
  report.records++;
  const counts = report.collectionCounts;
  counts.set(collection, (counts.get(collection) ?? 0) + 1);
  if (misfit === null) return;
  report.misfits++;
  if (report.misfitExamples.length === MAX_EXAMPLES) return;
  const path = `${collection}/${rkey}`;
  report.misfitExamples.push({ path, reason: cutTold(misfit, MOST_CHARS) });
}
