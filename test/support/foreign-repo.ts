import type { Block } from "#repo/block.ts";
import { encodeCarBlock, encodeCarHeader } from "#repo/car.ts";
import { cidOfCbor, type CidBytes } from "#repo/cid.ts";
import { signCommit } from "#repo/commit.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { buildTree } from "#repo/mst/build.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import { tidFromMicros } from "#repo/tid.ts";

/** A repository as another server would have made it. */
export interface ForeignRepo {
  rev: Tid;
  commit: Block;
  data: CidBytes;
  /** Tree nodes and records, each once. */
  blocks: Block[];
}

export interface ForeignRepoInput {
  did: Did;
  signer: Signer;
  /** Records by path, or their bytes. */
  records: Iterable<[path: string, record: LexMap | Uint8Array]>;
  /** An hour ago unless said. */
  rev?: Tid;
}

const HOUR_MS = 3_600_000;

export function makeForeignRepo(input: ForeignRepoInput): ForeignRepo {
  const records = new Map<string, Block>();
  for (const [path, record] of input.records) {
    const bytes = record instanceof Uint8Array ? record : encodeDrisl(record);
    records.set(path, { cid: cidOfCbor(bytes), bytes });
  }
  const paths = [...records.keys()].sort();
  const { root, nodes } = buildTree(
    paths.map((path) => ({ path, cid: records.get(path)!.cid })),
  );
  const rev = input.rev ?? tidFromMicros((Date.now() - HOUR_MS) * 1000, 7);
  const { did, signer } = input;
  return {
    rev,
    commit: signCommit({ did, data: root, rev }, signer),
    data: root,
    blocks: [...nodes, ...records.values()],
  };
}

/** The whole of it as one CAR. */
export function carOf(repo: Pick<ForeignRepo, "commit" | "blocks">) {
  return rawCar(repo.commit.cid, [repo.commit, ...repo.blocks]);
}

/** Any blocks under any root, right or wrong. */
export function rawCar(
  root: CidBytes,
  blocks: readonly Block[],
): Uint8Array<ArrayBuffer> {
  const parts = [encodeCarHeader(root), ...blocks.map(encodeCarBlock)];
  return new Uint8Array(Buffer.concat(parts));
}

const COLLECTION = "app.bsky.feed.post";

/** Posts with keys that rise, as people write them. */
export function* makePosts(count: number): Generator<[string, LexMap]> {
  for (let i = 0; i < count; i++) {
    const rkey = tidFromMicros(1_700_000_000_000_000 + i * 1_000_000, 3);
    const createdAt = new Date(1_700_000_000_000 + i * 1000).toISOString();
    const text = `Post number ${i}, which says little and says it at some length.`;
    const record = { $type: COLLECTION, text, createdAt };
    yield [`${COLLECTION}/${rkey}`, record];
  }
}
