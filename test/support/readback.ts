import { createBlockMap } from "#repo/block.ts";
import { decodeCar } from "#repo/car.ts";
import { cidOfRaw, formatCid } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import { walkTree } from "#repo/mst/walk.ts";
import {
  cidOfRecord,
  compareRecords,
  settleOpen,
  type AccountModel,
} from "./model.ts";
import { call } from "./network.ts";
import type { Random } from "./random.ts";

const PAGE = 100;

interface ListedRecord {
  uri: string;
  cid: string;
  value: { [key: string]: unknown };
}

/**
 * All records of an account as listRecords shows them: CID by path.
 * @throws Error when a call fails, or a value is not what its CID says.
 */
export async function listRepo(
  url: string,
  did: string,
): Promise<Map<string, string>> {
  const records = new Map<string, string>();
  const { collections } = await get(url, "com.atproto.repo.describeRepo", {
    repo: did,
  });
  for (const collection of collections) {
    for (let cursor: string | undefined; ;) {
      const page = await get(url, "com.atproto.repo.listRecords", {
        ...{ repo: did, collection, limit: PAGE },
        cursor,
      });
      for (const { uri, cid, value } of page.records as ListedRecord[]) {
        const path = uri.split("/").slice(3).join("/");
        if (cidOfRecord(value) !== cid) throw new Error(`${uri} is not ${cid}`);
        records.set(path, cid);
      }
      cursor = page.cursor;
      if (cursor === undefined || page.records.length < PAGE) break;
    }
  }
  return records;
}

/** The same as getRepo gives it, tree and blocks checked, with its revision. */
export async function exportRepo(
  url: string,
  did: string,
): Promise<{ rev: string; records: Map<string, string> }> {
  const bytes = await get(url, "com.atproto.sync.getRepo", { did });
  const { roots, blocks: list } = decodeCar(bytes);
  const blocks = createBlockMap(list);
  const commit = decodeCommit(blocks.getBlock(roots[0]!)!);
  const records = new Map<string, string>();
  for (const step of walkTree(blocks, commit.data)) {
    if (step.kind === "node") continue;
    if (blocks.getBlock(step.cid) === null) {
      throw new Error(`the block of ${step.path} is missing`);
    }
    records.set(step.path, formatCid(step.cid));
  }
  return { rev: commit.rev, records };
}

/**
 * Holds what the server shows of an account against what it has answered, and
 * settles in the model what it left unanswered.
 * @returns sentences; none when all is well.
 */
export async function checkAccount(
  url: string,
  account: AccountModel,
  random: Random,
): Promise<string[]> {
  const { did, handle } = account;
  const preferences = await checkPreferences(url, account);
  const actual = await listRepo(url, did);
  const problems = settleOpen(account, actual);
  const exported = await exportRepo(url, did);
  const touched = await checkTouched(url, account);
  const blobs = await checkBlobs(url, account, random);
  return [
    ...problems,
    ...compareRecords(`listRecords of ${handle}`, account.records, actual),
    ...compareRecords(
      `getRepo of ${handle}`,
      account.records,
      exported.records,
    ),
    ...touched,
    ...preferences,
    ...blobs,
  ];
}

async function checkPreferences(
  url: string,
  account: AccountModel,
): Promise<string[]> {
  const possible = [
    account.preferences,
    ...account.open.flatMap(({ preferences }) =>
      preferences === undefined ? [] : [preferences],
    ),
  ];
  const { token, handle } = account;
  const { preferences } = await get(
    url,
    "app.bsky.actor.getPreferences",
    {},
    token,
  );
  const found = possible.find((list) => Bun.deepEquals(list, preferences));
  if (found === undefined) {
    return [`${handle} has lost preferences: ${JSON.stringify(preferences)}`];
  }
  account.preferences = found;
  return [];
}

const MOST_GETS = 40;

/** Looks at single records that calls have named lately, deleted ones too. */
async function checkTouched(
  url: string,
  account: AccountModel,
): Promise<string[]> {
  const problems: string[] = [];
  const paths = [...account.touched].slice(-MOST_GETS);
  account.touched.clear();
  for (const path of paths) {
    const [collection, rkey] = path.split("/") as [string, string];
    const { status, body } = await call(url, "com.atproto.repo.getRecord", {
      params: { repo: account.did, collection, rkey },
    });
    const expected = account.records.get(path);
    const isRight =
      expected === undefined
        ? status === 400 && body.error === "RecordNotFound"
        : status === 200 && body.cid === expected;
    if (!isRight) {
      problems.push(
        `getRecord of ${account.handle} ${path}: ${status} ${body.cid ?? body.error}, not ${expected ?? "RecordNotFound"}`,
      );
    }
  }
  return problems;
}

const MOST_BLOBS = 12;

async function checkBlobs(
  url: string,
  account: AccountModel,
  random: Random,
): Promise<string[]> {
  const problems: string[] = [];
  const cids = [...account.blobs.keys()];
  // The newest, and some of the older ones.
  const chosen = new Set(cids.slice(-MOST_BLOBS));
  for (let i = 0; i < MOST_BLOBS && cids.length > 0; i++) {
    chosen.add(random.pick(cids));
  }
  for (const cid of chosen) {
    const { status, body } = await call(url, "com.atproto.sync.getBlob", {
      params: { did: account.did, cid },
      token: account.token,
    });
    if (status === 200 && formatCid(cidOfRaw(body)) === cid) continue;
    problems.push(`getBlob of ${account.handle} ${cid}: ${status}`);
  }
  return problems;
}

/** @throws Error unless the answer is 200. */
export async function get(
  url: string,
  nsid: string,
  params: Record<string, string | number | undefined>,
  token?: string,
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any> {
  const { status, body } = await call(url, nsid, {
    params,
    ...(token !== undefined && { token }),
  });
  if (status === 200) return body;
  throw new Error(
    `${nsid} ${JSON.stringify(params)} answered ${status} ${JSON.stringify(body)}`,
  );
}
