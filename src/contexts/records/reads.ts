import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { formatCid, type Cid } from "#repo/cid.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { lexToJson } from "#repo/lex-json.ts";
import {
  formatAtUri,
  isDid,
  isHandle,
  type AtUri,
  type Did,
  type Handle,
  type Nsid,
  type RecordKey,
} from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type HostingRow } from "#storage/account/accounts.ts";
import type {
  ActorReader,
  ActorStores,
  StoredRecord,
} from "#storage/actor-store.ts";
import { assertMayRead, refuseLost } from "#contexts/blobs/availability.ts";
import { parseCollection, parseKey } from "./prepare.ts";

export interface ReadsDeps {
  accountDb: AccountDb;
  stores: ActorStores;
  /** The DID document as its directory has it now. Rejects when it can't be had. */
  resolveDid(did: Did): Promise<{ alsoKnownAs?: string[] }>;
}

export interface RecordView {
  uri: AtUri;
  cid: Cid;
  value: unknown;
}

export interface ListRecordsParams {
  repo: string;
  collection: string;
  limit?: number;
  cursor?: string;
  reverse?: boolean;
}

export interface RepoDescription {
  handle: string;
  did: Did;
  didDoc: unknown;
  collections: Nsid[];
  handleIsCorrect: boolean;
}

/** What anyone may read of the records here. */
export interface Reads {
  /** True for a DID or handle whose repository this host serves; reads of all others may be passed on. */
  isServed(repo: string): boolean;
  /**
   * @throws XrpcError RecordNotFound when there is none, it has another CID than asked for, or an operator took it down.
   * @throws XrpcError InvalidRequest when the repository is not here or not active.
   */
  getRecord(params: {
    repo: string;
    collection: string;
    rkey: string;
    cid?: string;
  }): RecordView;
  /**
   * A page of a collection, newest key first. The cursor is the last key of
   * the page and is there on the last page too; an empty page has none.
   * @throws XrpcError InvalidRequest when the repository is not here or not active.
   */
  listRecords(params: ListRecordsParams): {
    records: RecordView[];
    cursor?: string;
  };
  /**
   * @throws XrpcError RepoNotFound, RepoTakendown, RepoSuspended, RepoDeactivated
   * @throws XrpcError InvalidRequest when the DID can't be resolved.
   */
  describeRepo(params: { repo: string }): Promise<RepoDescription>;
}

const DEFAULT_LIMIT = 50;
/** Stands for an account without a usable handle. @see https://atproto.com/specs/handle#additional-non-syntax-restrictions */
const INVALID_HANDLE = "handle.invalid";

/** The account that a DID or handle names; null when it has no row here. */
export function findHosting(
  { accounts }: Pick<AccountDb, "accounts">,
  repo: string,
): HostingRow | null {
  if (isDid(repo)) return accounts.findHosting(repo);
  if (!isHandle(repo)) return null;
  return accounts.findByHandle(repo.toLowerCase() as Handle);
}

export function createReads({
  accountDb,
  stores,
  resolveDid,
}: ReadsDeps): Reads {
  function findServed(repo: string): { did: Did; store: ActorReader } | null {
    const row = findHosting(accountDb, repo);
    if (row === null || statusOf(row) !== "active") return null;
    const store = stores.findGeneration(row.did, row.generation);
    if (store === null) refuseLost(stores, row.did, "active");
    return store === null ? null : { did: row.did, store };
  }

  function openServed(repo: string): { did: Did; store: ActorReader } {
    const found = findServed(repo);
    if (found === null) throw invalidRequest(`Could not find repo: ${repo}`);
    return found;
  }

  return {
    isServed: (repo) => findServed(repo) !== null,

    getRecord({ repo, collection, rkey, cid }) {
      const { did, store } = openServed(repo);
      const nsid = parseCollection(collection);
      const key = parseKey(rkey);
      const record = store.findRecord(nsid, key);
      const isHidden =
        record === null ||
        (cid !== undefined && formatCid(record.cid) !== cid) ||
        accountDb.takedowns.findRecord(did, nsid, key) !== null;
      if (isHidden) {
        throw new XrpcError(
          "RecordNotFound",
          `Could not locate record: ${formatAtUri(did, nsid, key)}`,
        );
      }
      return viewOf(did, record);
    },

    listRecords(params) {
      const { did, store } = openServed(params.repo);
      const collection = parseCollection(params.collection);
      const hidden = accountDb.takedowns.listRecords(did, collection);
      const page = listVisible(store, collection, params, hidden);
      const records = page.flatMap((record) => viewIfReadable(did, record));
      const last = page.at(-1)?.rkey;
      return { records, ...(last !== undefined && { cursor: last }) };
    },

    async describeRepo({ repo }) {
      const found = findHosting(accountDb, repo);
      if (found === null) {
        throw new XrpcError("RepoNotFound", `Could not find repo: ${repo}`);
      }
      const { did } = found;
      assertMayRead(did, statusOf(found), { kind: "anonymous" });
      const didDoc = await resolveDid(did).catch((error: unknown) => {
        throw invalidRequest(`Could not resolve DID: ${did}`, error);
      });
      const handle = accountDb.accounts.find(did)?.handle ?? INVALID_HANDLE;
      return {
        handle,
        did,
        didDoc,
        collections: stores.find(did)?.listCollections() ?? [],
        handleIsCorrect: claimedHandle(didDoc) === handle,
      };
    },
  };
}

/** Fills a page with records that nobody took down; mostly all are such. */
function listVisible(
  store: ActorReader,
  collection: Nsid,
  params: ListRecordsParams,
  hidden: ReadonlySet<RecordKey>,
): StoredRecord[] {
  const { limit = DEFAULT_LIMIT, reverse = false } = params;
  const visible: StoredRecord[] = [];
  // What falls away at most is hidden.size, so one read is enough.
  const found = store.listRecords({
    collection,
    limit: limit + hidden.size,
    cursor: (params.cursor ?? null) as RecordKey | null,
    reverse,
  });
  for (const record of found) {
    if (visible.length === limit) break;
    if (!hidden.has(record.rkey)) visible.push(record);
  }
  return visible;
}

function viewOf(did: Did, record: StoredRecord): RecordView {
  return {
    uri: formatAtUri(did, record.collection, record.rkey),
    cid: formatCid(record.cid),
    value: lexToJson(decodeDrisl(record.bytes)),
  };
}

/** One that came with an import and isn't of the data model stands in the way of no other. */
function viewIfReadable(did: Did, record: StoredRecord): RecordView[] {
  try {
    return [viewOf(did, record)];
  } catch (error) {
    if (error instanceof BlockError) return [];
    throw error;
  }
}

/** The first handle that a DID document claims. @see https://atproto.com/specs/did#did-documents */
function claimedHandle(document: { alsoKnownAs?: string[] }): string | null {
  const uri = document.alsoKnownAs?.find((name) => name.startsWith("at://"));
  return uri === undefined ? null : uri.slice("at://".length).toLowerCase();
}
