import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";

/**
 * Where a creation stands: `reserved` names and keys are durable, the DID may
 * or may not be in its directory; `registered` the DID is known to resolve, the
 * repository may be missing; null it is done.
 */
export type CreationState = "reserved" | "registered" | null;

export interface AccountRow {
  did: Did;
  /** Lower case. */
  handle: Handle;
  /** As typed by its owner. */
  email: string | null;
  emailConfirmedAtMs: number | null;
  /** Set when sign-in asks for a code sent by mail. */
  emailFactorAtMs: number | null;
  /** null: nobody can sign in with a password. */
  passwordHash: string | null;
  /** Which repository file is the account's. */
  generation: number;
  creationState: CreationState;
  createdAtMs: number;
  deactivatedAtMs: number | null;
  /** When a deactivated account is to be deleted. */
  deleteAfterMs: number | null;
  suspendedAtMs: number | null;
  takedownAtMs: number | null;
  takedownRef: string | null;
  deletingAtMs: number | null;
  invitesDisabledAtMs: number | null;
  inviteNote: string | null;
}

export type AccountStatus =
  "active" | "deactivated" | "suspended" | "takendown" | "deleted" | "creating";

/** What decides whether and from where an account is served: a few columns, because every call asks. */
export type HostingRow = Pick<
  AccountRow,
  | "did"
  | "handle"
  | "generation"
  | "creationState"
  | "deletingAtMs"
  | "takedownAtMs"
  | "suspendedAtMs"
  | "deactivatedAtMs"
>;

/** The strongest reason counts: a taken-down account stays so while it is deactivated. */
export function statusOf(
  row: Omit<HostingRow, "did" | "handle" | "generation">,
): AccountStatus {
  if (row.creationState !== null) return "creating";
  if (row.deletingAtMs !== null) return "deleted";
  if (row.takedownAtMs !== null) return "takendown";
  if (row.suspendedAtMs !== null) return "suspended";
  if (row.deactivatedAtMs !== null) return "deactivated";
  return "active";
}

/** The form of an address under which it is unique. */
export function emailKey(email: string): string {
  return email.trim().toLowerCase();
}

/** What `update` can change, with its column. */
const COLUMN_BY_FIELD = {
  handle: "handle",
  email: "email",
  emailConfirmedAtMs: "email_confirmed_at_ms",
  emailFactorAtMs: "email_factor_at_ms",
  passwordHash: "password_hash",
  generation: "generation",
  creationState: "creation_state",
  deactivatedAtMs: "deactivated_at_ms",
  deleteAfterMs: "delete_after_ms",
  suspendedAtMs: "suspended_at_ms",
  takedownAtMs: "takedown_at_ms",
  takedownRef: "takedown_ref",
  deletingAtMs: "deleting_at_ms",
  invitesDisabledAtMs: "invites_disabled_at_ms",
  inviteNote: "invite_note",
} as const;

export type AccountChanges = Partial<
  Pick<AccountRow, keyof typeof COLUMN_BY_FIELD>
>;

const FIELDS = Object.entries(COLUMN_BY_FIELD)
  .map(([field, column]) => `${column} AS ${field}`)
  .concat("did", "created_at_ms AS createdAtMs")
  .join(", ");

export interface AccountRows {
  find(did: Did): AccountRow | null;
  /** As `find`, for what only needs to know whether the account is served. */
  findHosting(did: Did): HostingRow | null;
  findByHandle(handle: Handle): AccountRow | null;
  /** Upper and lower case are the same. */
  findByEmail(email: string): AccountRow | null;
  /** Which repository file is the account's; null when there is no account, or it is being deleted. */
  generationOf(did: Did): number | null;
  /** Makes another repository file the account's. */
  switchGeneration(did: Did, generation: number): void;
  /** By DID; `after` is the last one of the page before. */
  list(options: { after: string | null; limit: number }): AccountRow[];
  /** Creations that were begun and are not done. */
  listCreating(): AccountRow[];
  /** Deletions that were begun and are not done. */
  listDeleting(): AccountRow[];
  /** Accounts that their owners, or their way here, made inactive. By DID, as `list`. */
  listDeactivated(options: {
    after: string | null;
    limit: number;
  }): AccountRow[];
  /** Accounts that are deactivated and nothing worse, whose time has come; oldest first. */
  listDeleteDue(nowMs: number, limit: number): AccountRow[];
  count(): number;
  countByStatus(): { all: number; active: number };
  /** Those that were made after the given time. */
  countCreatedSince(ms: number): number;
  /** @throws SQLiteError SQLITE_CONSTRAINT_* when DID, handle or e-mail is taken. */
  insert(row: AccountRow): void;
  /** Changes the named fields; false when there is no such account. */
  update(did: Did, changes: AccountChanges): boolean;
  /** Gives out the next repository file of the DID; never the same one twice. */
  allocateGeneration(did: Did): number;
  /** Removes the account and all that hangs on it. */
  remove(did: Did): void;
}

export function createAccountRows(db: Database): AccountRows {
  const select = (rest: string) =>
    db.prepare<AccountRow, [Record<string, string | number>]>(
      `SELECT ${FIELDS} FROM account ${rest}`,
    );
  const find = select("WHERE did = $did");
  const findHosting = db.prepare<HostingRow, [{ did: Did }]>(
    `SELECT did, handle, generation, creation_state AS creationState,
       deleting_at_ms AS deletingAtMs, takedown_at_ms AS takedownAtMs,
       suspended_at_ms AS suspendedAtMs, deactivated_at_ms AS deactivatedAtMs
     FROM account WHERE did = $did`,
  );
  const findByHandle = select("WHERE handle = $handle");
  const findByEmail = select("WHERE email_key = $key");
  const list = select("WHERE did > $after ORDER BY did LIMIT $limit");
  const listCreating = select(
    "WHERE creation_state IS NOT NULL ORDER BY created_at_ms",
  );
  const listDeleting = select("WHERE deleting_at_ms IS NOT NULL");
  const listDeactivated = select(
    `WHERE deactivated_at_ms IS NOT NULL AND did > $after
     ORDER BY did LIMIT $limit`,
  );
  const listDeleteDue = select(
    `WHERE delete_after_ms <= $nowMs AND deactivated_at_ms IS NOT NULL
       AND deleting_at_ms IS NULL AND creation_state IS NULL
       AND takedown_at_ms IS NULL AND suspended_at_ms IS NULL
     ORDER BY delete_after_ms LIMIT $limit`,
  );
  const generation = db.prepare<{ generation: number }, [{ did: Did }]>(
    "SELECT generation FROM account WHERE did = $did AND deleting_at_ms IS NULL",
  );
  const switchTo = db.prepare(
    "UPDATE account SET generation = $next WHERE did = $did",
  );
  const count = db.prepare<{ n: number }, []>(
    "SELECT count(*) AS n FROM account",
  );
  const countByStatus = db.prepare<{ all: number; active: number }, []>(
    `SELECT count(*) AS [all], count(*) FILTER (WHERE creation_state IS NULL
         AND deleting_at_ms IS NULL AND takedown_at_ms IS NULL
         AND suspended_at_ms IS NULL AND deactivated_at_ms IS NULL) AS active
     FROM account`,
  );
  const countSince = db.prepare<{ n: number }, [{ ms: number }]>(
    "SELECT count(*) AS n FROM account WHERE created_at_ms > $ms",
  );
  const fields = ["did", "createdAtMs", "emailKey"].concat(
    Object.keys(COLUMN_BY_FIELD),
  );
  const columns = ["did", "created_at_ms", "email_key"].concat(
    Object.values(COLUMN_BY_FIELD),
  );
  const insert = db.prepare(
    `INSERT INTO account (${columns}) VALUES (${fields.map((f) => `$${f}`)})`,
  );
  const allocate = db.prepare<{ highest: number }, [{ did: Did }]>(
    `INSERT INTO repo_generation (did, highest) VALUES ($did, 1)
     ON CONFLICT (did) DO UPDATE SET highest = highest + 1 RETURNING highest`,
  );
  const remove = db.prepare("DELETE FROM account WHERE did = $did");

  return {
    find: (did) => find.get({ did }),
    findHosting: (did) => findHosting.get({ did }),
    findByHandle: (handle) => findByHandle.get({ handle }),
    findByEmail: (email) => findByEmail.get({ key: emailKey(email) }),
    generationOf: (did) => generation.get({ did })?.generation ?? null,
    switchGeneration: (did, next) => void switchTo.run({ did, next }),
    list: ({ after, limit }) => list.all({ after: after ?? "", limit }),
    listCreating: () => listCreating.all({}),
    listDeleting: () => listDeleting.all({}),
    listDeactivated: ({ after, limit }) =>
      listDeactivated.all({ after: after ?? "", limit }),
    listDeleteDue: (nowMs, limit) => listDeleteDue.all({ nowMs, limit }),
    count: () => count.get()!.n,
    countByStatus: () => countByStatus.get()!,
    countCreatedSince: (ms) => countSince.get({ ms })!.n,
    insert(row) {
      const key = row.email === null ? null : emailKey(row.email);
      insert.run({ ...row, emailKey: key });
    },
    update(did, changes) {
      const sets = Object.keys(changes).map(
        (field) =>
          `${COLUMN_BY_FIELD[field as keyof AccountChanges]} = $${field}`,
      );
      const values: Record<string, string | number | null> = {
        did,
        ...changes,
      };
      if (changes.email !== undefined) {
        sets.push("email_key = $emailKey");
        values.emailKey =
          changes.email === null ? null : emailKey(changes.email);
      }
      return (
        db
          .query(`UPDATE account SET ${sets} WHERE did = $did`)
          .run(values as never).changes === 1
      );
    },
    allocateGeneration: (did) => allocate.get({ did })!.highest,
    remove: (did) => void remove.run({ did }),
  };
}
