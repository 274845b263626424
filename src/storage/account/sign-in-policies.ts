import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** How an account may be signed in to. One without a row has none of these set. */
export interface SignInPolicyRow {
  did: Did;
  /** Set when the password alone is not enough; codes by mail have their own switch. */
  factorRequiredAtMs: number | null;
  /** Set when programs may not sign in with the main password. */
  appsRefusedAtMs: number | null;
  /**
   * Set by a password that was reset by mail, beside a stronger factor than
   * mail: whoever reads the mail must not get past it. Cleared by that factor.
   */
  mailDistrustedAtMs: number | null;
  /** Where codes by mail go on going after a change of the address. */
  heldEmail: string | null;
  /** Not before then they go to the new one. */
  heldUntilMs: number | null;
}

export type SignInPolicyChanges = Partial<Omit<SignInPolicyRow, "did">>;

/** Added when codes by mail began to outlive a change of the address. */
export const HELD_EMAIL = `
ALTER TABLE sign_in_policy ADD COLUMN held_email TEXT;
ALTER TABLE sign_in_policy ADD COLUMN held_until_ms INTEGER;
`;

export interface SignInPolicyRows {
  /** What is set; all null for an account that has set nothing. */
  get(did: Did): SignInPolicyRow;
  /** Changes the named fields. */
  update(did: Did, changes: SignInPolicyChanges): void;
}

export function createSignInPolicyRows(db: Database): SignInPolicyRows {
  const find = db.prepare<SignInPolicyRow, [{ did: Did }]>(
    `SELECT did, factor_required_at_ms AS factorRequiredAtMs,
       apps_refused_at_ms AS appsRefusedAtMs, mail_distrusted_at_ms AS mailDistrustedAtMs,
       held_email AS heldEmail, held_until_ms AS heldUntilMs
     FROM sign_in_policy WHERE did = $did`,
  );
  const put = db.prepare(
    `INSERT OR REPLACE INTO sign_in_policy
       (did, factor_required_at_ms, apps_refused_at_ms, mail_distrusted_at_ms,
        held_email, held_until_ms)
     VALUES ($did, $factorRequiredAtMs, $appsRefusedAtMs, $mailDistrustedAtMs,
        $heldEmail, $heldUntilMs)`,
  );
  const get = (did: Did): SignInPolicyRow =>
    find.get({ did }) ?? {
      did,
      factorRequiredAtMs: null,
      appsRefusedAtMs: null,
      mailDistrustedAtMs: null,
      heldEmail: null,
      heldUntilMs: null,
    };
  return {
    get,
    update: db.transaction((did: Did, changes: SignInPolicyChanges) => {
      put.run({ ...get(did), ...changes });
    }),
  };
}
