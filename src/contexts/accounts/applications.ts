import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type {
  ApplicationRow,
  ApplicationState,
} from "#storage/account/applications.ts";
import type { NewHandle } from "#contexts/identity/handle-policy.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { LiveSettings } from "#contexts/settings/live-settings.ts";
import { parseEmailAddress } from "./email-address.ts";
import { findHolder } from "./handle-holder.ts";
import { handleTaken } from "./reservation.ts";

export interface Application extends Omit<ApplicationRow, "inviteCode"> {
  /** Who made an account with it; null when nobody has yet. */
  usedBy: string | null;
}

/**
 * People who ask for an account where the operator decides. An application
 * waits until it is approved, which mails an invite code for one account, or
 * refused, which mails a word; either happens once.
 */
export interface Applications {
  /**
   * Asks for an account. Asked again with the same address, the newer words
   * count and the place in the queue stays.
   * @throws XrpcError InvalidRequest where nobody approves, for a bad address,
   *   or when too many wait; InvalidHandle, HandleNotAvailable
   */
  apply(input: {
    handle: string;
    email: string;
    reason?: string;
    /** Code of the language to answer in; the server's own unless said. */
    language?: string;
  }): void;
  list(options: {
    state: ApplicationState;
    after: number | null;
    limit: number;
  }): Application[];
  countWaiting(): number;
  /** @throws XrpcError NotFound, InvalidRequest when it was decided already. */
  approve(id: number, by: string): Application;
  /** @param note for the applicant, in the letter. @throws as `approve` */
  refuse(id: number, by: string, note?: string): Application;
}

export interface ApplicationDeps {
  db: AccountDb;
  live: LiveSettings;
  mail: Pick<Mail, "sendMessage">;
  publicUrl: string;
  checkNewHandle(text: string): NewHandle;
  createInviteCode(input: { useCount: number }): { code: string };
  clock: Clock;
}

const LONGEST_REASON = 2000;
const MOST_WAITING = 1000;

export function createApplications(deps: ApplicationDeps): Applications {
  const { db, live, clock, mail } = deps;

  const toView = ({ inviteCode, ...row }: ApplicationRow): Application => ({
    ...row,
    usedBy:
      inviteCode === null
        ? null
        : (db.inviteCodes.listUses(inviteCode)[0]?.usedBy ?? null),
  });

  function decide(
    id: number,
    decision: { state: "approved" | "refused"; by: string },
    tell: (row: ApplicationRow) => string | null,
  ): Application {
    return db.transaction(() => {
      const row = db.applications.find(id);
      if (row === null) throw new XrpcError("NotFound", "No such application");
      if (row.state !== "waiting") {
        throw invalidRequest(
          `The application was ${row.state} already`,
        ).because("applicationDecided");
      }
      const inviteCode = tell(row);
      const { state, by } = decision;
      const end = { state, inviteCode, decidedBy: by, nowMs: clock.nowMs() };
      db.applications.decide(id, end);
      return toView(db.applications.find(id)!);
    });
  }

  return {
    apply(input) {
      if (live.get("registration") !== "approval") {
        throw invalidRequest("This server takes no applications").because(
          "applicationsOff",
        );
      }
      const { handle, isOurs } = deps.checkNewHandle(input.handle);
      const email = parseEmailAddress(input.email);
      const reason = (input.reason ?? "").trim().slice(0, LONGEST_REASON);
      if (!isOurs) {
        throw invalidRequest(
          "Ask for a handle under one of the server's names",
        ).because("handleNotOurs");
      }
      if (findHolder(db, handle) !== null) throw handleTaken(handle);
      db.transaction(() => {
        const isFull = db.applications.countWaiting() >= MOST_WAITING;
        if (isFull && db.applications.findWaiting(email) === null) {
          throw invalidRequest(
            "Too many people wait already; try another day",
          ).because("applicationsFull");
        }
        const createdAtMs = clock.nowMs();
        const { language = null } = input;
        db.applications.put({ handle, email, reason, language, createdAtMs });
      });
    },
    list: (options) => db.applications.list(options).map(toView),
    countWaiting: db.applications.countWaiting,
    approve: (id, by) =>
      decide(id, { state: "approved", by }, (row) => {
        const { code } = deps.createInviteCode({ useCount: 1 });
        const { email: to, language, handle } = row;
        const link = `${deps.publicUrl}/invite/${code}`;
        mail.sendMessage({
          kind: "applicationApproved",
          ...{ to, language, values: { handle, link, code } },
        });
        return code;
      }),
    refuse: (id, by, note) =>
      decide(id, { state: "refused", by }, (row) => {
        const { email: to, language } = row;
        mail.sendMessage({
          kind: "applicationRefused",
          ...{ to, language, values: {}, note: note?.trim() },
        });
        return null;
      }),
  };
}
