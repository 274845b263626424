import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { formatCid, type Cid } from "#repo/cid.ts";
import {
  formatAtUri,
  type AtUri,
  type Did,
  type Nsid,
  type Tid,
} from "#repo/syntax.ts";
import type { TidClock } from "#repo/tid.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { Blobs } from "#contexts/blobs/blobs.ts";
import type {
  Lexicons,
  ValidationStatus,
} from "#contexts/lexicons/lexicons.ts";
import type { Caller } from "#contexts/security/caller.ts";
import {
  assertMayWrite,
  authorizeSessionWrites,
  type AuthorizeWrites,
  type WriteRight,
} from "./authorize.ts";
import {
  parseSwap,
  prepareDelete,
  prepareRecord,
  type PreparedWrite,
} from "./prepare.ts";
import {
  createReads,
  findHosting,
  type Reads,
  type ReadsDeps,
} from "./reads.ts";
import type { CommitResult, Writer } from "./write.ts";

export interface RecordsDeps extends ReadsDeps {
  accountDb: AccountDb;
  stores: ActorStores;
  lexicons: Lexicons;
  blobs: Pick<Blobs, "assertReference" | "findStored">;
  writer: Pick<Writer, "commit">;
  tids: TidClock;
  /** What a caller may write. Default: whatever a session may. */
  authorize?: AuthorizeWrites;
}

export interface CommitMeta {
  cid: Cid;
  rev: Tid;
}

export interface RecordResult {
  uri: AtUri;
  cid: Cid;
  /** Absent when nothing changed. */
  commit?: CommitMeta;
  /** Absent when the lexicon was not asked. */
  validationStatus?: ValidationStatus;
}

/** Every input may name the repository by DID or handle; it must be the caller's own. */
interface WriteInput {
  repo: string;
  swapCommit?: string;
}

export interface CreateRecordInput extends WriteInput {
  collection: string;
  rkey?: string;
  validate?: boolean;
  record: unknown;
}

export interface PutRecordInput extends CreateRecordInput {
  rkey: string;
  swapRecord?: string | null;
}

export interface DeleteRecordInput extends WriteInput {
  collection: string;
  rkey: string;
  swapRecord?: string;
}

type BatchWrite =
  | {
      $type: "com.atproto.repo.applyWrites#create";
      collection: string;
      rkey?: string;
      value: unknown;
    }
  | {
      $type: "com.atproto.repo.applyWrites#update";
      collection: string;
      rkey: string;
      value: unknown;
    }
  | {
      $type: "com.atproto.repo.applyWrites#delete";
      collection: string;
      rkey: string;
    };

export interface ApplyWritesInput extends WriteInput {
  validate?: boolean;
  writes: BatchWrite[];
}

export interface BatchResult {
  $type: string;
  uri?: AtUri;
  cid?: Cid;
  validationStatus?: ValidationStatus;
}

/**
 * `com.atproto.repo`, lexicon-shaped in and out. All writes throw
 * `XrpcError AccountTakedown, AccountDeactivated, AccountNotFound` for accounts
 * that may not write, `Forbidden` for another's repository, `InvalidSwap`, and
 * `InvalidRequest, BlobNotFound, InvalidMimeType, InvalidSize` for what
 * `prepareRecord` refuses.
 */
export interface Records extends Reads {
  /**
   * Adds a record. A like, repost, follow or block takes the place of an
   * earlier one of the same subject, unless `validate` is false.
   * @throws XrpcError InvalidRequest when the key is taken.
   */
  createRecord(input: CreateRecordInput, caller: Caller): Promise<RecordResult>;
  /** Adds or replaces a record. Without `commit` in the result it was so already. */
  putRecord(input: PutRecordInput, caller: Caller): Promise<RecordResult>;
  /** Removes a record. Without `commit` in the result there was none. */
  deleteRecord(
    input: DeleteRecordInput,
    caller: Caller,
  ): Promise<{ commit?: CommitMeta }>;
  /**
   * Applies up to 200 writes as one commit: all or none.
   * @throws XrpcError InvalidRequest when there are more, one creates what exists, or updates what doesn't.
   */
  applyWrites(
    input: ApplyWritesInput,
    caller: Caller,
  ): Promise<{ commit?: CommitMeta; results: BatchResult[] }>;
}

/** @see https://atproto.com/specs/sync: operations of one commit */
const MAX_WRITES = 200;
const BATCH = "com.atproto.repo.applyWrites";

export function createRecords(deps: RecordsDeps): Records {
  const { writer, accountDb } = deps;
  const authorize = deps.authorize ?? authorizeSessionWrites;

  function openOwnRepo(
    repo: string,
    caller: Caller,
    rights: readonly WriteRight[],
  ): Did {
    const callerDid = authorize(caller, rights);
    const row = findHosting(accountDb, repo);
    if (row === null) throw invalidRequest(`Could not find repo: ${repo}`);
    const { did } = row;
    if (did !== callerDid) {
      throw new XrpcError("Forbidden", "The repository is another account's");
    }
    assertMayWrite(statusOf(row));
    return did;
  }

  /** Outside of all locks: it may ask the network. */
  async function learn(
    collections: readonly string[],
    validate: boolean | undefined,
  ): Promise<void> {
    if (validate === false) return;
    const unique = [...new Set(collections)];
    await Promise.all(
      unique.map((collection) => deps.lexicons.learn(collection as Nsid)),
    );
  }

  async function commit(
    did: Did,
    writes: PreparedWrite[],
    swapCommit: string | undefined,
  ): Promise<CommitResult> {
    return await writer.commit({
      did,
      writes,
      ...(swapCommit !== undefined && {
        swapCommit: parseSwap("swapCommit", swapCommit),
      }),
    });
  }

  function prepareBatch(
    did: Did,
    write: BatchWrite,
    validate: boolean | undefined,
  ): PreparedWrite {
    const action = batchAction(write);
    if (!("value" in write)) return prepareDelete(write);
    const { collection, rkey, value: record } = write;
    return prepareRecord(deps, {
      did,
      action: action as "create" | "update",
      collection,
      record,
      ...(rkey !== undefined && { rkey }),
      ...(validate !== undefined && { validate }),
    });
  }

  return {
    ...createReads(deps),

    async createRecord({ repo, swapCommit, ...input }, caller) {
      const { collection } = input;
      const rights = [{ action: "create" as const, collection }];
      const did = openOwnRepo(repo, caller, rights);
      await learn([collection], input.validate);
      const write = prepareRecord(deps, { ...input, did, action: "create" });
      write.dedupe = input.validate !== false;
      return recordResult(did, write, await commit(did, [write], swapCommit));
    },

    async putRecord({ repo, swapCommit, ...input }, caller) {
      const { collection } = input;
      const did = openOwnRepo(repo, caller, [
        { action: "create", collection },
        { action: "update", collection },
      ]);
      await learn([collection], input.validate);
      const write = prepareRecord(deps, { ...input, did, action: "put" });
      return recordResult(did, write, await commit(did, [write], swapCommit));
    },

    async deleteRecord({ repo, swapCommit, ...input }, caller) {
      const { collection } = input;
      const did = openOwnRepo(repo, caller, [{ action: "delete", collection }]);
      const result = await commit(did, [prepareDelete(input)], swapCommit);
      return commitOf(result);
    },

    async applyWrites({ repo, swapCommit, validate, writes }, caller) {
      const rights = writes.map((write) => ({
        action: batchAction(write),
        collection: write.collection,
      }));
      const did = openOwnRepo(repo, caller, rights);
      if (writes.length > MAX_WRITES) {
        throw invalidRequest(`Too many writes; ${MAX_WRITES} is the most`);
      }
      const named = writes.filter((write) => "value" in write);
      await learn(
        named.map(({ collection }) => collection),
        validate,
      );
      const prepared = writes.map((write) =>
        prepareBatch(did, write, validate),
      );
      const result = await commit(did, prepared, swapCommit);
      return {
        ...commitOf(result),
        results: prepared.map((write) => batchResult(did, write)),
      };
    },
  };
}

function batchAction(write: BatchWrite): WriteRight["action"] {
  switch (write.$type) {
    case `${BATCH}#create`:
      return "create";
    case `${BATCH}#update`:
      return "update";
    case `${BATCH}#delete`:
      return "delete";
    default:
      throw invalidRequest("Each write must be a create, update or delete");
  }
}

function commitOf({ commit }: CommitResult): { commit?: CommitMeta } {
  return commit === null ? {} : { commit };
}

function recordResult(
  did: Did,
  write: PreparedWrite,
  result: CommitResult,
): RecordResult {
  return { ...placeOf(did, write), ...commitOf(result) };
}

function batchResult(did: Did, write: PreparedWrite): BatchResult {
  if (write.action === "delete") return { $type: `${BATCH}#deleteResult` };
  return { $type: `${BATCH}#${write.action}Result`, ...placeOf(did, write) };
}

function placeOf(
  did: Did,
  { collection, rkey, cid, validationStatus }: PreparedWrite,
): RecordResult {
  return {
    uri: formatAtUri(did, collection, rkey),
    cid: formatCid(cid!),
    ...(validationStatus !== undefined && { validationStatus }),
  };
}
