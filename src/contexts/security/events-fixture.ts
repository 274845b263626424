import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb } from "#storage/account/account-db.ts";
import type { NewNotice } from "#contexts/mail/mail.ts";
import { createSecurityEvents } from "./events.ts";

export const ALICE = "did:plc:alicealicealicealicealic" as Did;

export type EventsHost = ReturnType<typeof openEvents>;

/** Events of one account in a database of their own, and the letters that come of them. */
export function openEvents() {
  const folder = mkdtempSync(join(tmpdir(), "tempest-events-"));
  const db = openAccountDb(join(folder, "account.sqlite"));
  db.accounts.insert({
    did: ALICE,
    handle: "alice.test" as Handle,
    email: "alice@mail.test",
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null },
    ...{ passwordHash: "hash", generation: 0, creationState: null },
    ...{ createdAtMs: 0, deactivatedAtMs: null, deleteAfterMs: null },
    ...{ suspendedAtMs: null, takedownAtMs: null, takedownRef: null },
    ...{ deletingAtMs: null, invitesDisabledAtMs: null, inviteNote: null },
  });
  const clock = createFakeClock();
  const letters: NewNotice[] = [];
  const events = createSecurityEvents({
    ...{ db, clock, log: silentLogger },
    publicUrl: "https://pds.test",
    mail: { sendNotice: (notice) => letters.push(notice) },
  });
  return {
    ...{ db, clock, letters, events },
    close() {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}
