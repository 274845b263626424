import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStore, ActorStores } from "#storage/actor-store.ts";
import type { EventLog, EventRow } from "#storage/event-log.ts";
import { changeOfRow } from "./redo.ts";

export interface RecoveryReport {
  /** Rows above the low-water mark. */
  rowsRead: number;
  /** Repositories that were brought up to the log. */
  reposApplied: number;
  /** Accounts closed off because their file and the log disagree. */
  quarantined: Did[];
}

const PAGE_ROWS = 500;
const PAGE_BYTES = 16 * 1024 * 1024;

interface ReplayDeps {
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
  deps: ReplayDeps & {
    generationOf(did: Did): number | null;
    log: Logger;
  },
): Promise<RecoveryReport> {
  const { eventLog, stores, log } = deps;
  const mark = eventLog.lowWaterMark();
  const touched = new Set<Did>();
  const quarantined = new Set<Did>();
  let rowsRead = 0;
  let end = mark;
  for (const row of rowsAfter(eventLog, mark)) {
    rowsRead++;
    end = row.seq;
    if (row.redo === null || quarantined.has(row.did)) continue;
    if (deps.generationOf(row.did) !== row.generation) continue;
    try {
      applyRow(openOrCreate(stores, row.did, row.generation), row);
      touched.add(row.did);
    } catch (error) {
      quarantined.add(row.did);
      stores.quarantine(row.did, String(error));
      log.error("repo.quarantined", { did: row.did, seq: row.seq, error });
    }
  }
  for (const { did, generation } of stores.takeDirty()) {
    await stores.findGeneration(did, generation)?.sync();
  }
  if (end > mark && quarantined.size === 0) eventLog.setLowWaterMark(end);
  return {
    rowsRead,
    reposApplied: touched.size,
    quarantined: [...quarantined],
  };
}

/** Applies the rows that one repository lacks; throws when it can't take them. */
export function replayAccount(
  deps: ReplayDeps & { did: Did; generation: number },
): void {
  const store = openOrCreate(deps.stores, deps.did, deps.generation);
  const after = store.head()?.appliedSeq ?? 0;
  for (const row of rowsAfter(deps.eventLog, after, deps.did)) {
    if (row.generation === deps.generation) applyRow(store, row);
  }
}

function applyRow(store: ActorStore, row: EventRow): void {
  if (row.seq <= (store.head()?.appliedSeq ?? 0)) return;
  const change = changeOfRow(row);
  if (change !== null) store.apply(change);
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
