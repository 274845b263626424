import fc from "fast-check";
import { createBlockMap } from "#repo/block.ts";
import type { CidBytes } from "#repo/cid.ts";
import type { MstWrite } from "#repo/mst/write.ts";
import { keysOfDepth, recordBlock } from "./trees.ts";

/**
 * Histories of one repository for property tests: what the tree holds at
 * first, and batches of writes that fit it.
 */
export interface History {
  start: Map<string, CidBytes>;
  batches: MstWrite[][];
}

/**
 * Paths with many on high layers, so that small trees have the shapes that are
 * rare in large ones: gaps between layers, nodes without entries, tall edges.
 */
const PATHS = [
  ...[0, 1, 2, 3, 4, 5].flatMap((depth) => keysOfDepth(depth, 12)),
  ...Array.from({ length: 60 }, (_, i) => `app.bsky.feed.post/3lo3kqqljm${i}`),
];

const path = fc.constantFrom(...PATHS);
/** Few records, so that equal ones meet under several paths. */
const RECORDS = Array.from({ length: 20 }, (_, number) => recordBlock(number));
const cid = fc.constantFrom(...RECORDS.map((record) => record.cid));

/** The blocks of all records that a history may hold. */
export const historyRecords = createBlockMap(RECORDS);

interface Step {
  path: string;
  cid: CidBytes;
  shouldDelete: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  path,
  cid,
  shouldDelete: fc.boolean(),
});

/** What a step does depends on whether its path has a record by then. */
function toWrite({ path, cid, shouldDelete }: Step, exists: boolean): MstWrite {
  if (!exists) return { action: "create", path, cid };
  if (shouldDelete) return { action: "delete", path, cid: null };
  return { action: "update", path, cid };
}

/** Does to a plain map what a write does to a tree. */
export function writeToMap(
  records: Map<string, CidBytes>,
  { path, cid }: Pick<MstWrite, "path" | "cid">,
): void {
  if (cid === null) records.delete(path);
  else records.set(path, cid);
}

export const startRecords: fc.Arbitrary<Map<string, CidBytes>> = fc
  .array(fc.tuple(path, cid), { maxLength: 60 })
  .map((entries) => new Map(entries));

export const history: fc.Arbitrary<History> = fc
  .tuple(
    startRecords,
    fc.array(fc.array(step, { maxLength: 12 }), { minLength: 1, maxLength: 8 }),
  )
  .map(([start, batches]) => {
    const records = new Map(start);
    return {
      start,
      batches: batches.map((steps) =>
        steps.map((step) => {
          const write = toWrite(step, records.has(step.path));
          writeToMap(records, write);
          return write;
        }),
      ),
    };
  });
