import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import { isDid } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";

/** What was done, for whoever looks later. No secrets. */
export interface AdminAct {
  /** Name of the function; the method is `com.atproto.admin.<action>`. */
  action: string;
  /** A DID, a URI, or the name of something else. */
  subject: string;
  /** What else is worth knowing; anything JSON can hold. */
  detail?: Record<string, unknown>;
}

/**
 * Remembers what is done in the operator's name: a row, which a crash does not
 * lose and which outlives the account, and a line in the log without details.
 */
export type RecordAct = (caller: Caller, act: AdminAct) => void;

export function createAudit({
  db,
  clock,
  log,
  events,
}: {
  db: Pick<AccountDb, "adminEvents">;
  clock: Clock;
  log: Pick<Logger, "info">;
  events: Pick<SecurityEvents, "record">;
}): RecordAct {
  return (caller, { action, subject, detail = {} }) => {
    const actor =
      "did" in caller
        ? caller.did
        : ((caller.kind === "admin" ? caller.actor : null) ?? caller.kind);
    db.adminEvents.add({
      actor,
      action,
      subject,
      detailJson: JSON.stringify(detail),
      createdAtMs: clock.nowMs(),
    });
    log.info("admin.acted", { actor, action, subject });
    if (!isDid(subject)) return;
    const from = caller.from ?? null;
    const did = subject;
    events.record({
      ...{ did, kind: "operatorActed", actor, from },
      detail: { action },
    });
  };
}
