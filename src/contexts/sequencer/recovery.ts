import { isDamage, isDiskFailure } from "#lib/disk-errors.ts";
import type { Logger } from "#lib/log.ts";
import { BlockError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStore, ActorStores } from "#storage/actor-store.ts";
import type { EventLog, EventRow } from "#storage/event-log.ts";
import { repoKey } from "#storage/repo-paths.ts";
import { changeOfRow } from "./redo.ts";

export interface RecoveryReport {
  /** Rows above the low-water mark. */
  rowsRead: number;
  /** Repositories that lacked a row. */
  reposApplied: number;
  /** Accounts closed off because their file and the log disagree. */
  quarantined: Did[];
  /** Accounts whose repository could not take a row now, for want of room, and can be tried again. */
  behind: Did[];
}

const PAGE_ROWS = 500;
const PAGE_BYTES = 16 * 1024 * 1024;

/** Which repository file is an account's. */
export interface Generations {
  /** null when there is no such account, or it is being deleted. */
  generationOf(did: Did): number | null;
  /** Makes another file the account's; durable when it returns. */
  switchGeneration(did: Did, generation: number): void;
}

interface ReplayDeps extends Generations {
  eventLog: EventLog;
  stores: ActorStores;
}

/**
 * Brings every repository up to the log: applies the rows above the low-water
 * mark with the function that writes use. Rows of files that are gone (the
 * account was deleted, or its repository replaced) are passed over. One
 * damaged repository is closed off and stops no other.
 */
export async function recover(
  deps: ReplayDeps & { log: Logger },
): Promise<RecoveryReport> {
  const { eventLog, stores, log } = deps;
  const mark = eventLog.lowWaterMark();
  const applied = new Set<Did>();
  const quarantined = new Set<Did>();
  const behind = new Set<Did>();
  /** How far each file is known to be: rows of many accounts in turn would open it for each. */
  const appliedSeqs = new Map<string, number>();
  let rowsRead = 0;
  let end = mark;

  function closeOff(did: Did, error: unknown, seq?: number): void {
    quarantined.add(did);
    stores.quarantine(did, String(error));
    log.error("repo.quarantined", { did, seq, error });
  }

  for (const row of rowsAfter(eventLog, mark)) {
    rowsRead++;
    end = row.seq;
    if (row.redo === null || quarantined.has(row.did)) continue;
    if (behind.has(row.did)) continue;
    const { did, seq, generation } = row;
    const key = repoKey(did, generation);
    if (seq <= (appliedSeqs.get(key) ?? 0)) continue;
    try {
      const { isNew, appliedSeq } = replayOrCatchUp(deps, row);
      if (isNew) applied.add(did);
      appliedSeqs.set(key, appliedSeq);
      // The last process may have applied it, and not come to sync it.
      stores.distrust(did, generation);
    } catch (error) {
      if (isPassing(error)) behind.add(did);
      else closeOff(did, error, seq);
    }
  }
  await Promise.all(
    stores.takeDirty().map(async ({ did, generation }) => {
      if (quarantined.has(did)) return;
      try {
        stores.flush(did, generation);
      } catch (error) {
        if (isPassing(error)) behind.add(did);
        else closeOff(did, error);
        return;
      }
      try {
        await stores.sync(did, generation);
      } catch (error) {
        closeOff(did, error);
      }
    }),
  );
  if (end > mark && quarantined.size + behind.size === 0) {
    eventLog.setLowWaterMark(end);
  }
  return {
    rowsRead,
    reposApplied: applied.size,
    quarantined: [...quarantined],
    behind: [...behind],
  };
}

/** True for a failure of the disk that tells nothing of the file. */
function isPassing(error: unknown): boolean {
  const cause = (error as Error).cause ?? error;
  return isDiskFailure(cause) && !isDamage(cause);
}

/** Applies the rows that one repository lacks; throws when it can't take them. */
export function replayAccount(deps: ReplayDeps, did: Did): void {
  const generation = deps.generationOf(did);
  if (generation === null) return;
  const store = openOrCreate(deps.stores, did, generation);
  const after = store.head()?.appliedSeq ?? 0;
  for (const row of rowsAfter(deps.eventLog, after, did)) replayRow(deps, row);
}

/** A file from a backup may lack rows below the low-water mark, too. */
function replayOrCatchUp(deps: ReplayDeps, row: EventRow): Replayed {
  try {
    return replayRow(deps, row);
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    replayAccount(deps, row.did);
    return { ...replayRow(deps, row), isNew: true };
  }
}

/** Not new is what the repository had already, and what belongs to one that is gone. */
interface Replayed {
  isNew: boolean;
  /** The newest row that the repository has; 0 where nobody looked. */
  appliedSeq: number;
}

/** Does to the account's repository what a row says. */
function replayRow(deps: ReplayDeps, row: EventRow): Replayed {
  const { did, generation, seq } = row;
  const untouched = { isNew: false, appliedSeq: 0 };
  if (row.redo === null) return untouched;
  if (row.kind === "import") {
    return { ...untouched, isNew: adoptImport(deps, row) };
  }
  if (deps.generationOf(did) !== generation) return untouched;
  const store = openOrCreate(deps.stores, did, generation);
  const appliedSeq = store.head()?.appliedSeq ?? 0;
  if (seq <= appliedSeq) return { isNew: false, appliedSeq };
  const change = changeOfRow(row);
  if (change === null) return { isNew: false, appliedSeq };
  store.apply(change);
  return { isNew: true, appliedSeq: seq };
}

/**
 * Makes an imported repository the account's own. Its file was durable before
 * the row was; done again it changes nothing.
 * @returns false when the account is gone, or has a newer repository.
 */
export function adoptImport(
  deps: Generations & { stores: ActorStores },
  { did, generation, seq }: Pick<EventRow, "did" | "generation" | "seq">,
): boolean {
  const current = deps.generationOf(did);
  if (current === null || current > generation) return false;
  const store = deps.stores.findGeneration(did, generation);
  if (store === null) throw new Error("the imported repository is missing");
  if (current < generation) deps.switchGeneration(did, generation);
  store.adopt(seq);
  return true;
}

function openOrCreate(
  stores: ActorStores,
  did: Did,
  generation: number,
): ActorStore {
  return (
    stores.findGeneration(did, generation) ?? stores.create(did, generation)
  );
}

function* rowsAfter(
  eventLog: EventLog,
  seq: number,
  did?: Did,
): Generator<EventRow> {
  let after = seq;
  for (;;) {
    const rows = eventLog.read({
      after,
      limit: PAGE_ROWS,
      maxBytes: PAGE_BYTES,
      ...(did !== undefined && { did }),
    });
    if (rows.length === 0) return;
    yield* rows;
    after = rows.at(-1)!.seq;
  }
}
