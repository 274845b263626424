import {
  createFollower,
  createWitness,
  openStream,
  type Follower,
  type Witness,
} from "../support/firehose.ts";
import { compareRecords, type AccountModel } from "../support/model.ts";
import { get } from "../support/readback.ts";
import { until } from "../support/until.ts";

const STREAM_TIMEOUT_MS = 60_000;

/** What the stream is held against. */
export interface StreamExpectation {
  /** Accounts whose records are known exactly. */
  accounts: readonly AccountModel[];
  deleted: ReadonlySet<string>;
  /** Accounts whose records came by import. */
  isImported(did: string): boolean;
  /** What a subscriber saw before the last kill. */
  witness: Witness;
}

export interface StreamCheck {
  /** Replays all events there ever were. @returns sentences; none when they are the repositories. */
  check(url: string, expected: StreamExpectation): Promise<string[]>;
  /** Events of the last replay. */
  readonly events: number;
}

/** Compares all that a server ever sent with what it holds, again and again. */
export function createStreamCheck(): StreamCheck {
  let checkedSeq = 0;
  let events = 0;
  return {
    get events() {
      return events;
    },
    async check(url, { accounts, deleted, isImported, witness }) {
      const heads = await listHeads(url, isImported);
      const follower = createFollower((seq) => seq > checkedSeq, isImported);
      const replay = createWitness();
      const stream = await openStream(url, 0, (frame) => {
        follower.take(frame);
        replay.see(frame);
      });
      await until("the stream reaches every head", STREAM_TIMEOUT_MS, () =>
        hasReached(follower, heads, deleted),
      );
      stream.close();
      checkedSeq = follower.lastSeq;
      events = follower.events;
      return [
        ...follower.problems,
        ...witness.compare(replay, (did) => deleted.has(did)),
        ...accounts.flatMap((account) => compareView(account, follower)),
        ...(await compareStatuses(url, heads.keys(), follower)),
      ];
    },
  };
}

function compareView(
  { did, handle, records }: AccountModel,
  { repos }: Follower,
): string[] {
  const view = repos.get(did);
  const name = `the stream of ${handle}`;
  const problems = compareRecords(name, records, view?.records ?? new Map());
  const kinds = view?.kinds.slice(0, 4).join();
  if (kinds !== "#identity,#account,#commit,#sync") {
    problems.push(`${name} begins with ${kinds}`);
  }
  return problems;
}

async function compareStatuses(
  url: string,
  dids: Iterable<string>,
  { repos }: Follower,
): Promise<string[]> {
  const problems: string[] = [];
  for (const did of dids) {
    const status = await get(url, "com.atproto.sync.getRepoStatus", { did });
    if (status.active !== repos.get(did)?.isActive) {
      problems.push(`the stream has ${did} not as ${JSON.stringify(status)}`);
    }
  }
  return problems;
}

/** Without those who have arrived and never been active, of whom nothing was told. */
async function listHeads(
  url: string,
  isImported: (did: string) => boolean,
): Promise<Map<string, string>> {
  const heads = new Map<string, string>();
  for (let cursor: string | undefined; ;) {
    const page = await get(url, "com.atproto.sync.listRepos", { cursor });
    for (const { did, rev, active } of page.repos) {
      if (active || !isImported(did)) heads.set(did, rev);
    }
    cursor = page.cursor;
    if (cursor === undefined) return heads;
  }
}

function hasReached(
  follower: Follower,
  heads: ReadonlyMap<string, string>,
  deleted: ReadonlySet<string>,
): boolean {
  if (follower.problems.length > 0) return true;
  if (!deleted.isSubsetOf(follower.deleted)) return false;
  for (const [did, rev] of heads) {
    const view = follower.repos.get(did);
    if (view?.rev !== rev || !view.kinds.includes("#sync")) return false;
  }
  return true;
}
