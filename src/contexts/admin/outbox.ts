import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { MailRow, MailState } from "#storage/account/mails.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { Trial } from "#contexts/mail/transport.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { RecordAct } from "./audit.ts";

/** A letter in the operator's list. */
export interface Letter extends MailRow {
  state: MailState;
  /** What its reader has to type in; null for letters without one. */
  code: string | null;
}

export interface Outbox {
  readonly isConfigured: boolean;
  /** How letters leave, in words. */
  readonly way: string;
  list(options: {
    state: MailState | null;
    before: number | null;
    /** 50 unless said. */
    limit?: number;
  }): Letter[];
  find(id: number): Letter | null;
  counts(): { waiting: number; failed: number };
  /** Sends it again, whatever became of it. @throws XrpcError NotFound */
  resend(id: number, caller: Caller): void;
  /** @see Mail.sendTrial */
  sendTrial(to: string, caller: Caller): Promise<Trial>;
}

const PAGE = 50;
const CODE = /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/;

export function createOutbox(deps: {
  db: Pick<AccountDb, "mails">;
  mail: Pick<Mail, "isConfigured" | "sendTrial" | "wake">;
  way: string;
  record: RecordAct;
  clock: Clock;
}): Outbox {
  const { db, mail, record } = deps;
  return {
    isConfigured: mail.isConfigured,
    way: deps.way,
    list({ state, before, limit = PAGE }) {
      const page = { before, limit };
      const rows =
        state === null ? db.mails.list(page) : db.mails.listIn(state, page);
      return rows.map(toLetter);
    },
    find(id) {
      const row = db.mails.find(id);
      return row && toLetter(row);
    },
    counts: () => ({
      waiting: db.mails.countWaiting(),
      failed: db.mails.countFailed(),
    }),
    resend(id, caller) {
      if (!db.mails.renew(id, deps.clock.nowMs())) {
        throw new XrpcError("NotFound", "That letter is gone");
      }
      record(caller, { action: "resendMail", subject: `mail ${id}` });
      mail.wake();
    },
    async sendTrial(to, caller) {
      const trial = await mail.sendTrial(to);
      const detail = { isSent: trial.isSent };
      record(caller, { action: "tryMail", subject: to, detail });
      return trial;
    },
  };
}

function toLetter(row: MailRow): Letter {
  const { sentAtMs, failedAtMs, textBody } = row;
  const state =
    sentAtMs !== null ? "sent" : failedAtMs !== null ? "failed" : "waiting";
  return { ...row, state, code: CODE.exec(textBody)?.[0] ?? null };
}
