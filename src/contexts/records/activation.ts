import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { verifyCommit } from "#repo/commit.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Handle, Tid } from "#repo/syntax.ts";
import type { TidClock } from "#repo/tid.ts";
import type {
  ActorStore,
  ActorStores,
  RepoHead,
} from "#storage/actor-store.ts";
import type { PendingEvent } from "#contexts/sequencer/committer.ts";
import { accountEvent } from "#contexts/sequencer/outbox.ts";
import { encodeRedo } from "#contexts/sequencer/redo.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import { buildEmptyCommit, buildSync } from "./commit.ts";

/**
 * Tells the network that an account is active here, as one batch: account,
 * identity, then an empty commit by our key that follows on what the network
 * last saw, and a sync of it. Where the network has seen nothing yet, the head
 * is only shown by the sync. The caller holds the account's mutex and stores
 * the new status afterwards; until then the log is ahead, and a start after a
 * crash stores it from there.
 * @throws XrpcError ServiceUnavailable when the repository is not ready or the log took nothing.
 * @see https://atproto.com/guides/account-lifecycle
 */
export async function announceActive(
  deps: {
    stores: ActorStores;
    sequencer: Pick<Sequencer, "submit" | "read" | "isBehind">;
    tids: TidClock;
    clock: Clock;
  },
  account: { did: Did; handle: Handle; signer: Signer },
): Promise<void> {
  const { sequencer, clock } = deps;
  const { did, handle } = account;
  const { store, head } = openReady(deps, did);
  const options = { generation: store.generation, outboxId: null, clock };
  await sequencer.submit([
    accountEvent({ kind: "account", did, active: true, status: null }, options),
    accountEvent({ kind: "identity", did, handle }, options),
    ...headEvents(deps, store, head, account.signer),
  ]);
}

/**
 * Puts the new key of an active account under its repository, as one batch: an
 * empty commit and a sync of it. The caller holds the account's mutex.
 * @throws XrpcError ServiceUnavailable when the repository is not ready or the log took nothing.
 * @see https://atproto.com/specs/repository: a new commit whenever the signing key changes
 */
export async function announceKey(
  deps: Parameters<typeof announceActive>[0],
  { did, signer }: { did: Did; signer: Signer },
): Promise<void> {
  const { store, head } = openReady(deps, did);
  await deps.sequencer.submit(emptyCommitEvents(deps, store, head, signer));
}

/**
 * Says again what readers should know of an active account: identity, account
 * and where its repository stands, as one batch. The sync carries the head,
 * and where that is not by our key a commit that is. The caller holds the
 * account's mutex.
 * @param options.newCommit makes a revision of now, of which readers are told by the sync alone:
 *   for a repository that may be older than what they have seen.
 * @returns how many events readers are given.
 * @throws XrpcError ServiceUnavailable when the repository is not ready or the log took nothing.
 */
export async function announceHead(
  deps: Parameters<typeof announceActive>[0],
  account: { did: Did; handle: Handle; signer: Signer },
  options: { newCommit: boolean },
): Promise<number> {
  const { did, handle, signer } = account;
  const { clock } = deps;
  const { store, head } = openReady(deps, did);
  const { generation } = store;
  const common = { generation, outboxId: null, clock };
  const bytes = store.getBlock(head.commit)!;
  const events = [
    accountEvent({ kind: "identity", did, handle }, common),
    accountEvent({ kind: "account", did, active: true, status: null }, common),
  ];
  if (options.newCommit) {
    const renewed = { signer, before: null };
    events.push(...replacementEvents(deps, store, head, renewed));
  } else if (verifyCommit(bytes, signer.didKey)) {
    const time = new Date(clock.nowMs()).toISOString();
    const commit = { cid: head.commit, bytes };
    events.push(buildSync({ did, generation, commit, rev: head.rev, time }));
  } else {
    events.push(...emptyCommitEvents(deps, store, head, signer));
  }
  await deps.sequencer.submit(events);
  return events.filter(({ frame }) => frame !== null).length;
}

/** @throws XrpcError ServiceUnavailable */
function openReady(
  { stores, sequencer }: Parameters<typeof announceActive>[0],
  did: Did,
): { store: ActorStore; head: RepoHead } {
  const store = stores.find(did);
  const head = store?.head() ?? null;
  if (store === null || head === null || sequencer.isBehind(did)) {
    throw new XrpcError("ServiceUnavailable", "The repository is not ready", {
      retryAfterSec: 5,
    });
  }
  return { store, head };
}

function headEvents(
  deps: Parameters<typeof announceActive>[0],
  store: ActorStore,
  head: RepoHead,
  signer: Signer,
): PendingEvent[] {
  if (!isUnpublished(deps.sequencer, head)) {
    return emptyCommitEvents(deps, store, head, signer);
  }
  const { did, generation } = store;
  const time = new Date(deps.clock.nowMs()).toISOString();
  const commit = { cid: head.commit, bytes: store.getBlock(head.commit)! };
  return [buildSync({ did, generation, commit, rev: head.rev, time })];
}

function emptyCommitEvents(
  deps: Pick<Parameters<typeof announceActive>[0], "tids" | "clock">,
  store: ActorStore,
  head: RepoHead,
  signer: Signer,
): PendingEvent[] {
  const { did, generation } = store;
  const time = new Date(deps.clock.nowMs()).toISOString();
  const rev = deps.tids.next(head.rev);
  const built = buildEmptyCommit({ store, head, rev, signer, time });
  const { commit } = built;
  return [built.event, buildSync({ did, generation, commit, rev, time })];
}

/**
 * Puts our key under a repository that took the place of another while its
 * account is active. What readers know does not lead to it, so the commit is
 * kept from them and a sync tells where the repository stands now.
 * @param head of the new repository.
 * @param before the revision that readers know.
 */
export function replacementEvents(
  deps: { tids: TidClock; clock: Clock },
  store: ActorStore,
  head: RepoHead,
  { signer, before }: { signer: Signer; before: Tid | null },
): PendingEvent[] {
  const { did, generation } = store;
  const time = new Date(deps.clock.nowMs()).toISOString();
  const last = before !== null && before > head.rev ? before : head.rev;
  const rev = deps.tids.next(last);
  const { event, commit } = buildEmptyCommit({
    store,
    head,
    rev,
    signer,
    time,
  });
  const redo = encodeRedo(event.change!, true);
  return [
    { ...event, frame: null, redo },
    buildSync({ did, generation, commit, rev, time }),
  ];
}

/** A repository that was made silently for an account on its way here, and never written to. */
function isUnpublished(
  sequencer: Pick<Sequencer, "read">,
  head: RepoHead,
): boolean {
  const after = head.appliedSeq - 1;
  const row = sequencer.read({ after, limit: 1, maxBytes: 1 })[0];
  return (
    row?.seq === head.appliedSeq &&
    row.kind === "commit" &&
    row.frame.length === 0
  );
}
