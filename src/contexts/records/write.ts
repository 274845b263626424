import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import { equalCids, formatCid, type Cid, type CidBytes } from "#repo/cid.ts";
import type { NodeCache } from "#repo/mst/cache.ts";
import { emptyTree } from "#repo/mst/encode.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Handle, Tid } from "#repo/syntax.ts";
import type { AccountStatus } from "#storage/account/accounts.ts";
import { tidToMicros, type TidClock } from "#repo/tid.ts";
import type {
  ActorStore,
  ActorStores,
  RepoHead,
  WantedRecord,
} from "#storage/actor-store.ts";
import { refuseLost } from "#contexts/blobs/availability.ts";
import type { PendingEvent } from "#contexts/sequencer/committer.ts";
import { accountEvent } from "#contexts/sequencer/outbox.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import { assertMayWrite } from "./authorize.ts";
import { buildCommit, buildGenesis, buildSync } from "./commit.ts";
import { planWrites, type WriteResult } from "./plan.ts";
import type { PreparedWrite } from "./prepare.ts";

export interface WriterDeps {
  stores: ActorStores;
  sequencer: Sequencer;
  locks: KeyedMutex;
  /** Hosting status of an account, or null when it is unknown. */
  statusOf(did: Did): AccountStatus | null;
  generationOf(did: Did): number | null;
  signerOf(did: Did): Signer;
  nodeCache: NodeCache;
  tids: TidClock;
  clock: Clock;
  /** The first blob that is not here any more, or null. */
  findMissingBlob(did: Did, cids: readonly CidBytes[]): CidBytes | null;
  /** Inverts every commit before it is logged; for tests and development. */
  shouldInvert: boolean;
}

export interface CommitResult {
  /** Null when the writes changed nothing. */
  commit: { cid: Cid; rev: Tid } | null;
  /** One for each write, in the order given. */
  results: WriteResult[];
}

/**
 * The only maker of commits. What can fail fails before the row is queued;
 * after that the write happens, whatever becomes of the process.
 */
export interface Writer {
  /**
   * Applies the writes in order as one commit.
   * @throws XrpcError InvalidSwap when `swapCommit` or a write's `swapRecord` does not match.
   * @throws XrpcError InvalidRequest when a record to create exists, or one to update does not.
   * @throws XrpcError AccountDeactivated, AccountTakedown when the account may not write.
   * @throws XrpcError ServiceUnavailable when the account is overloaded or behind its log.
   */
  commit(input: {
    did: Did;
    writes: readonly PreparedWrite[];
    swapCommit?: CidBytes | null;
  }): Promise<CommitResult>;
  /**
   * Makes the repository of a new account: its file and the batch identity,
   * account, commit, sync. Without `active` (an account that moves here) the
   * repository is made and nothing is told. A repository that has a head is
   * left as it is, so that an interrupted creation can call again.
   */
  createRepo(input: {
    did: Did;
    handle: Handle;
    signer: Signer;
    active: boolean;
  }): Promise<void>;
}

/** A head further ahead than this would be refused by readers until time catches up. */
const MAX_REV_AHEAD_MS = 60_000;

export function createWriter(deps: WriterDeps): Writer {
  const { stores, sequencer, locks, clock, tids } = deps;

  /** What is durable and not yet applied would be forked from. */
  function assertCaughtUp(did: Did): void {
    if (sequencer.isBehind(did)) throw catchingUp();
  }

  function openWritable(did: Did): { store: ActorStore; head: RepoHead } {
    assertMayWrite(deps.statusOf(did));
    assertCaughtUp(did);
    const store = stores.find(did);
    if (store === null) refuseLost(stores, did, "active");
    const head = store?.head() ?? null;
    if (store === null || head === null) {
      throw new XrpcError("ServiceUnavailable", "The repository is not ready", {
        retryAfterSec: 5,
      });
    }
    if (!sequencer.isNewest(did, head)) throw catchingUp();
    return { store, head };
  }

  function nextRev(head: RepoHead): Tid {
    const rev = tids.next(head.rev);
    if (tidToMicros(rev) / 1000 > clock.nowMs() + MAX_REV_AHEAD_MS) {
      throw new XrpcError(
        "ServiceUnavailable",
        "The server's clock is behind the repository's last revision",
        { retryAfterSec: 60 },
      );
    }
    return rev;
  }

  /** They were when the write was prepared; unused blobs are swept under this mutex. */
  function assertBlobsHere(did: Did, writes: readonly PreparedWrite[]): void {
    const blobs = writes.flatMap((write) => write.blobs);
    const missing = blobs.length > 0 ? deps.findMissingBlob(did, blobs) : null;
    if (missing === null) return;
    throw new XrpcError(
      "BlobNotFound",
      `Could not find blob: ${formatCid(missing)}`,
    );
  }

  async function commitNow({
    did,
    writes,
    swapCommit,
  }: Parameters<Writer["commit"]>[0]): Promise<CommitResult> {
    using _loan = await stores.lend(did, writes.map(wantedOf));
    const { store, head } = openWritable(did);
    if (swapCommit != null && !equalCids(swapCommit, head.commit)) {
      throw new XrpcError(
        "InvalidSwap",
        `Commit was at ${formatCid(head.commit)}`,
      );
    }
    const plan = planWrites(store, writes);
    if (plan.writes.length === 0)
      return { commit: null, results: plan.results };
    assertBlobsHere(did, writes);
    const built = buildCommit({
      store,
      head,
      plan,
      rev: nextRev(head),
      signer: deps.signerOf(did),
      nodeCache: deps.nodeCache,
      time: new Date(clock.nowMs()).toISOString(),
      shouldInvert: deps.shouldInvert,
    });
    if (built === null) return { commit: null, results: plan.results };
    await sequencer.submit([built.event]);
    const commit = { cid: formatCid(built.commit.cid), rev: built.rev };
    return { commit, results: plan.results };
  }

  return {
    commit: (input) => locks.run(input.did, () => commitNow(input)),
    createRepo: ({ did, handle, signer, active }) =>
      locks.run(did, async () => {
        const generation = deps.generationOf(did);
        if (generation === null) {
          throw new Error("a repository needs an account row first");
        }
        assertCaughtUp(did);
        const store = stores.create(did, generation);
        if (store.head() !== null) return;
        const time = new Date(clock.nowMs()).toISOString();
        const rev = tids.next(null);
        const genesis = buildGenesis({
          did,
          generation,
          root: emptyTree(),
          rev,
          signer,
          time,
          isSilent: !active,
        });
        if (!active) {
          await sequencer.submit([genesis.event]);
          return;
        }
        const options = { generation, outboxId: null, clock };
        const group: PendingEvent[] = [
          accountEvent({ kind: "identity", did, handle }, options),
          accountEvent(
            { kind: "account", did, active: true, status: null },
            options,
          ),
          genesis.event,
          buildSync({ did, generation, commit: genesis.block, rev, time }),
        ];
        await sequencer.submit(group);
      }),
  };
}

const catchingUp = () =>
  new XrpcError(
    "ServiceUnavailable",
    "The repository is catching up with its log",
    { retryAfterSec: 5 },
  );

/** Without the record itself, which is not to be copied for it. */
function wantedOf({ collection, rkey, subject }: PreparedWrite): WantedRecord {
  return { collection, rkey, subject };
}
