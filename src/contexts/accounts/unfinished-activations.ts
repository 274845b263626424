import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { EventLog, EventRow } from "#storage/event-log.ts";

export interface UnfinishedActivationDeps {
  db: Pick<AccountDb, "accounts" | "outbox">;
  eventLog: Pick<EventLog, "findRepo" | "read">;
  log: Logger;
}

const PAGE = 500;
const PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Finishes activations that were interrupted after the network had been told
 * of them: the log says that the account is active, its row does not yet. For
 * every opening of a data folder, when the log is applied and the outbox empty.
 * @returns how many there were.
 */
export function finishActivations(deps: UnfinishedActivationDeps): number {
  const { db, eventLog, log } = deps;
  let count = 0;
  // A change that waits to be told is newer than all that was told.
  if (db.outbox.list(1).length > 0) return count;
  for (let after: Did | null = null; ;) {
    const page = db.accounts.listDeactivated({ after, limit: PAGE });
    for (const row of page) {
      if (row.creationState !== null || !wasAnnounced(eventLog, row)) continue;
      setActive(db, row.did);
      count++;
      log.info("account.activation_finished", { did: row.did });
    }
    if (page.length < PAGE) return count;
    after = page.at(-1)!.did;
  }
}

/** The last step of an activation. */
export function setActive(
  { accounts }: Pick<AccountDb, "accounts">,
  did: Did,
): void {
  accounts.update(did, { deactivatedAtMs: null, deleteAfterMs: null });
}

type Log = UnfinishedActivationDeps["eventLog"];

/** True when the log told that the account is active after it was deactivated. */
function wasAnnounced(
  eventLog: Log,
  { did, deactivatedAtMs }: AccountRow,
): boolean {
  const state = eventLog.findRepo(did);
  if (state === null || state.status !== null) return false;
  const told = lastAccountRow(eventLog, did);
  return told !== null && told.createdAtMs >= deactivatedAtMs!;
}

function lastAccountRow(eventLog: Log, did: Did): EventRow | null {
  let found: EventRow | null = null;
  for (let after = 0; ;) {
    const page = { after, limit: PAGE, maxBytes: PAGE_BYTES, did };
    const rows = eventLog.read(page);
    found = rows.findLast((row) => row.kind === "account") ?? found;
    if (rows.length === 0) return found;
    after = rows.at(-1)!.seq;
  }
}
