import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { encodeCar } from "#repo/car.ts";
import { formatCid, parseCid } from "#repo/cid.ts";
import { proofOfPath } from "#repo/mst/proof.ts";
import { findPath } from "#repo/mst/read.ts";
import type { NodeCache } from "#repo/mst/cache.ts";
import type { Block } from "#repo/block.ts";
import { isDid, isTid, type Did } from "#repo/syntax.ts";
import type { AccountStatus } from "#storage/account/accounts.ts";
import type {
  ActorReader,
  ActorStores,
  RepoHead,
} from "#storage/actor-store.ts";
import type { EventLog, RepoState } from "#storage/event-log.ts";
import { assertMayRead, refuseLost } from "#contexts/blobs/availability.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import {
  createExportGate,
  measureCar,
  streamCar,
  type ExportLimits,
} from "./export.ts";
import { createRepoCar } from "./repo-car.ts";
import type { BacklogLimits } from "./backlog.ts";
import { createSubscribers, type Subscribers } from "./subscribers.ts";
import type { SubscriptionLimits } from "./subscription.ts";

export interface SyncDeps {
  stores: ActorStores;
  eventLog: EventLog;
  sequencer: Sequencer;
  /** Hosting status, or null for an account that is not here. */
  statusOf(did: Did): AccountStatus | null;
  nodeCache: NodeCache;
  clock: Clock;
  exportLimits: ExportLimits;
  subscriptionLimits: SubscriptionLimits;
  backlogLimits: BacklogLimits;
}

type RepoParams = { did: string };

/** A repository as it was at one moment, and a place among the exports. */
export interface OpenExport {
  /** How long the CAR is. Reads all of it, so that it takes as long as to read it. */
  measure(): Promise<number>;
  /** The CAR, once. What holds the moment is let go at its end. */
  read(): ReadableStream<Uint8Array>;
  /** Gives the place back, and the moment where it was not read. */
  close(): void;
}

/** What anyone may read of the repositories here: `com.atproto.sync`. */
export interface Sync {
  /**
   * The repository as a CAR stream, the commit first and then the tree depth
   * first; with `since` only what was written after that revision.
   * @throws XrpcError RepoNotFound, RepoTakendown, RepoSuspended, RepoDeactivated
   * @throws XrpcError ServiceUnavailable when too many exports are under way.
   */
  getRepo(
    params: RepoParams & { since?: string },
    caller: Caller,
  ): ReadableStream<Uint8Array>;
  /**
   * The same of the whole repository, its length told beforehand.
   * @throws XrpcError as `getRepo` does.
   */
  openExport(params: RepoParams, caller: Caller): OpenExport;
  /** Proof that a record is, or is not, in the repository: commit, tree nodes, record. */
  getRecord(
    params: RepoParams & { collection: string; rkey: string },
    caller: Caller,
  ): Uint8Array;
  /** @throws XrpcError BlockNotFound when a block is not here. */
  getBlocks(
    params: RepoParams & { cids: string[] },
    caller: Caller,
  ): Uint8Array;
  getLatestCommit(
    params: RepoParams,
    caller: Caller,
  ): { cid: string; rev: string };
  /** @deprecated Clients should use `getLatestCommit`. */
  getHead(params: RepoParams, caller: Caller): { root: string };
  /** @deprecated Clients should use `getRepo`. */
  getCheckout(params: RepoParams, caller: Caller): ReadableStream<Uint8Array>;
  getRepoStatus(params: RepoParams): {
    did: string;
    active: boolean;
    status?: string;
    rev?: string;
  };
  listRepos(params: { limit: number; cursor?: string }): {
    cursor?: string;
    repos: {
      did: string;
      head: string;
      rev: string;
      active: boolean;
      status?: string;
    }[];
  };
  listReposByCollection(params: {
    collection: string;
    limit: number;
    cursor?: string;
  }): { cursor?: string; repos: { did: string }[] };
  subscribers: Subscribers;
}

export function createSync(deps: SyncDeps): Sync {
  const { stores, eventLog } = deps;
  const gate = createExportGate(deps.exportLimits);

  function openRepo(
    params: RepoParams,
    caller: Caller,
  ): { store: ActorReader; head: RepoHead } {
    const did = params.did as Did;
    const status = deps.statusOf(did);
    assertMayRead(did, status, caller);
    const store = stores.find(did);
    if (store === null) refuseLost(stores, did, status);
    const head = store?.head() ?? null;
    if (store === null || head === null) throw repoNotFound(did);
    return { store, head };
  }

  /** A place among the exports, and the repository as it is now. */
  function enter({ did }: { did: Did }) {
    const leave = gate.enter();
    const snapshot = stores.snapshot(did);
    const head = snapshot?.head() ?? null;
    if (snapshot === null || head === null) {
      snapshot?.[Symbol.dispose]();
      leave();
      if (snapshot === null) refuseLost(stores, did, deps.statusOf(did));
      throw repoNotFound(did);
    }
    return { snapshot, head, leave };
  }

  const { maxDurationMs } = deps.exportLimits;

  function getRepo(
    params: RepoParams & { since?: string },
    caller: Caller,
  ): ReadableStream<Uint8Array> {
    const did = params.did as Did;
    assertMayRead(did, deps.statusOf(did), caller);
    const since = params.since ?? null;
    if (since !== null && !isTid(since)) {
      throw invalidRequest("since must be a TID");
    }
    const { snapshot, head, leave } = enter({ did });
    return streamCar({
      car: createRepoCar(snapshot, head, since),
      maxDurationMs,
      onEnd() {
        snapshot[Symbol.dispose]();
        leave();
      },
    });
  }

  function openExport(params: RepoParams, caller: Caller): OpenExport {
    const did = params.did as Did;
    assertMayRead(did, deps.statusOf(did), caller);
    const { snapshot, head, leave } = enter({ did });
    let isHeld = true;
    const letGo = () => {
      if (isHeld) snapshot[Symbol.dispose]();
      isHeld = false;
    };
    return {
      measure: () => measureCar(createRepoCar(snapshot, head, null)),
      read: () =>
        streamCar({
          car: createRepoCar(snapshot, head, null),
          maxDurationMs,
          onEnd: letGo,
        }),
      close() {
        letGo();
        leave();
      },
    };
  }

  return {
    getRepo,
    openExport,
    getCheckout: (params, caller) => getRepo({ did: params.did }, caller),
    getRecord(params, caller) {
      const { store, head } = openRepo(params, caller);
      const blocks = proofBlocks(deps.nodeCache, store, head, params);
      return encodeCar(head.commit, [...blocks]);
    },
    getBlocks(params, caller) {
      const { store } = openRepo(params, caller);
      const cids = [...new Set(params.cids)];
      const blocks = cids.map((cid) => readBlock(store, cid));
      return encodeCar(null, blocks);
    },
    getLatestCommit(params, caller) {
      const { head } = openRepo(params, caller);
      return { cid: formatCid(head.commit), rev: head.rev };
    },
    getHead(params, caller) {
      const { head } = openRepo(params, caller);
      return { root: formatCid(head.commit) };
    },
    getRepoStatus({ did }) {
      const status = deps.statusOf(did as Did);
      if (status === null || status === "deleted" || status === "creating") {
        throw repoNotFound(did);
      }
      if (status !== "active") return { did, active: false, status };
      const rev = stores.find(did as Did)?.head()?.rev;
      return { did, active: true, ...(rev !== undefined && { rev }) };
    },
    listRepos({ limit, cursor }) {
      const states = eventLog.listRepos({ after: parseCursor(cursor), limit });
      const last = states.length === limit ? states.at(-1)!.did : undefined;
      return {
        ...(last !== undefined && { cursor: last }),
        repos: states.filter((state) => state.commit !== null).map(repoView),
      };
    },
    listReposByCollection({ collection, limit, cursor }) {
      const dids = eventLog.listReposByCollection({
        collection,
        after: parseCursor(cursor),
        limit,
      });
      const last = dids.length === limit ? dids.at(-1)! : undefined;
      return {
        ...(last !== undefined && { cursor: last }),
        repos: dids.map((did) => ({ did })),
      };
    },
    subscribers: createSubscribers({
      sequencer: deps.sequencer,
      clock: deps.clock,
      limits: deps.subscriptionLimits,
      backlogLimits: deps.backlogLimits,
    }),
  };
}

function repoView(state: RepoState): ReturnType<Sync["listRepos"]>["repos"][0] {
  return {
    did: state.did,
    head: formatCid(state.commit!),
    rev: state.rev!,
    active: state.status === null,
    ...(state.status !== null && { status: state.status }),
  };
}

function* proofBlocks(
  nodeCache: NodeCache,
  store: ActorReader,
  head: RepoHead,
  params: { collection: string; rkey: string },
): Generator<Block> {
  const path = `${params.collection}/${params.rkey}`;
  yield { cid: head.commit, bytes: store.getBlock(head.commit)! };
  yield* proofOfPath(store, head.data, path);
  const cid = findPath(store, nodeCache, head.data, path);
  if (cid !== null) yield { cid, bytes: store.getBlock(cid)! };
}

function readBlock(store: ActorReader, text: string): Block {
  const cid = parseCid(text);
  const bytes = store.getBlock(cid);
  if (bytes === null) {
    throw new XrpcError("BlockNotFound", `Could not find block: ${text}`);
  }
  return { cid, bytes };
}

function repoNotFound(did: string): XrpcError {
  return new XrpcError("RepoNotFound", `Could not find repo for DID: ${did}`);
}

/** Lists of accounts go by DID. @throws XrpcError InvalidRequest */
function parseCursor(cursor: string | undefined): Did | null {
  if (cursor === undefined) return null;
  if (!isDid(cursor))
    throw invalidRequest("Malformed cursor").because("cursorForm");
  return cursor;
}
