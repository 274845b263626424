import {
  cidKey,
  cidOfDigest,
  equalCids,
  formatCid,
  parseCid,
} from "#repo/cid.ts";
import type { CidBytes } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { BlobRow } from "#storage/account/blobs.ts";
import type { BlobStore } from "#storage/blob-store.ts";

import { type Finding, tellFinding } from "./findings.ts";
import type { Step } from "./log-check.ts";

export interface BlobCheckReport {
  blobs: number;
  /** Blobs that records name and nobody uploaded here; an account that moves may lack some. */
  missing: number;
  /** Files without a row, which a crash leaves and the sweeper removes. */
  orphans: number;
  /** Empty when all is well. */
  problems: Finding[];
}

const PAGE = 500;

/**
 * Holds the blob rows of one account against the files: each is there, has its
 * size, and hashes to its CID. Reads every byte. What is uploaded or removed
 * meanwhile is no fault.
 * @param named CIDs, as text, of the blobs that the account's records name.
 * @param step Called after each.
 */
export async function checkBlobs(
  deps: { accountDb: AccountDb; blobStore: BlobStore },
  did: Did,
  named: ReadonlySet<string>,
  step?: Step,
): Promise<BlobCheckReport> {
  const { accountDb, blobStore } = deps;
  const isHere = (cid: CidBytes) => accountDb.blobs.find(did, cid) !== null;
  const found = await blobStore.listAll(did);
  const files = new Map(found.map((cid) => [cidKey(cid), cid]));
  const problems: Finding[] = [];
  const unseen = new Set(named);
  let blobs = 0;
  for (const row of rowsOf(accountDb, did)) {
    blobs++;
    const text = formatCid(row.cid);
    unseen.delete(text);
    files.delete(cidKey(row.cid));
    // One that is taken down may have been put aside.
    const isAside = accountDb.takedowns.findBlob(did, row.cid) !== null;
    const problem = await checkFile(blobStore, row, isAside);
    if (problem !== null && isHere(row.cid)) problems.push(problem);
    await step?.();
  }
  const missing = [...unseen].map(parseCid).filter((cid) => !isHere(cid));
  const orphans = [...files.values()].filter((cid) => !isHere(cid));
  return {
    ...{ blobs, problems },
    missing: missing.length,
    orphans: orphans.length,
  };
}

function* rowsOf(accountDb: AccountDb, did: Did): Generator<BlobRow> {
  for (let after: CidBytes | null = null; ;) {
    const page: BlobRow[] = accountDb.blobs.list(did, after, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.cid;
  }
}

async function checkFile(
  blobStore: BlobStore,
  { did, cid, sizeBytes }: BlobRow,
  isAside: boolean,
): Promise<Finding | null> {
  const text = formatCid(cid);
  const blob = await blobStore.open(did, cid);
  if (blob === null) return isAside ? null : tellFinding("blobFile", text);
  const hash = new Bun.CryptoHasher("sha256");
  let size = 0;
  for await (const chunk of blob.stream) {
    hash.update(chunk);
    size += chunk.length;
  }
  if (size !== sizeBytes) return tellFinding("blobSize", text, size, sizeBytes);
  const found = cidOfDigest("raw", hash.digest());
  return equalCids(found, cid) ? null : tellFinding("blobBytes", text);
}
