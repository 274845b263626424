import { expect, test } from "bun:test";
import { createBlockMap } from "#repo/block.ts";
import { formatCid, parseCid } from "#repo/cid.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import { invertOps } from "#repo/mst/invert.ts";
import { applyWrites, type MstWrite } from "#repo/mst/write.ts";
import { createTreeStore } from "../support/trees.ts";
import { describeVectors, readJson } from "./vectors.ts";

interface CommitProof {
  comment: string;
  leafValue: string;
  keys: string[];
  adds: string[];
  dels: string[];
  rootBeforeCommit: string;
  rootAfterCommit: string;
  /** Every node that a commit message must carry, the new ones included. */
  blocksInProof: string[];
}

describeVectors("firehose", (folder) => {
  for (const vector of readJson<CommitProof>(
    folder,
    "commit-proof-fixtures.json",
  )) {
    test(`commit-proof-fixtures.json: ${vector.comment}`, () => {
      const cid = parseCid(vector.leafValue);
      const store = createTreeStore(
        new Map(vector.keys.map((key) => [key, cid])),
      );
      expect(formatCid(store.root)).toBe(vector.rootBeforeCommit as never);
      const writes: MstWrite[] = [
        ...vector.adds.map((path) => ({
          action: "create" as const,
          path,
          cid,
        })),
        ...vector.dels.map((path) => ({
          action: "delete" as const,
          path,
          cid: null,
        })),
      ];
      const cache = createNodeCache({ maxBytes: 1e6 });
      const change = applyWrites(store, cache, store.root, writes);
      expect(formatCid(change.root)).toBe(vector.rootAfterCommit as never);

      const blocks = [...change.added, ...change.proof];
      const cids = blocks.map((block) => formatCid(block.cid) as string);
      expect(cids.toSorted()).toEqual(vector.blocksInProof.toSorted());
      expect(
        invertOps(createBlockMap(blocks), change.root, change.ops),
      ).toEqual(store.root);
    });
  }
});
