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
}

export type SignInPolicyChanges = Partial<Omit<SignInPolicyRow, "did">>;

export interface SignInPolicyRows {
  /** What is set; all null for an account that has set nothing. */
  get(did: Did): SignInPolicyRow;
  /** Changes the named fields. */
  update(did: Did, changes: SignInPolicyChanges): void;
}

export function createSignInPolicyRows(db: Database): SignInPolicyRows {
  const find = db.prepare<SignInPolicyRow, [{ did: Did }]>(
    `SELECT did, factor_required_at_ms AS factorRequiredAtMs,
       apps_refused_at_ms AS appsRefusedAtMs, mail_distrusted_at_ms AS mailDistrustedAtMs
     FROM sign_in_policy WHERE did = $did`,
  );
  const put = db.prepare(
    `INSERT OR REPLACE INTO sign_in_policy
       (did, factor_required_at_ms, apps_refused_at_ms, mail_distrusted_at_ms)
     VALUES ($did, $factorRequiredAtMs, $appsRefusedAtMs, $mailDistrustedAtMs)`,
  );
  const get = (did: Did): SignInPolicyRow =>
    find.get({ did }) ?? {
      did,
      factorRequiredAtMs: null,
      appsRefusedAtMs: null,
      mailDistrustedAtMs: null,
    };
  return {
    get,
    update: db.transaction((did: Did, changes: SignInPolicyChanges) => {
      put.run({ ...get(did), ...changes });
    }),
  };
}
