import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AppPasswordRow } from "#storage/account/app-passwords.ts";
import type { PermissionSets } from "#contexts/lexicons/permission-sets.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import { isScope } from "#contexts/security/granted.ts";
import { hashAppPassword } from "#contexts/security/passwords.ts";
import {
  randomBase32,
  randomId,
  type Random,
} from "#contexts/security/random.ts";
import { asSession } from "./session-methods.ts";

export interface AppPasswordView {
  name: string;
  /** ISO 8601. */
  createdAt: string;
  privileged: boolean;
}

/** As the account's own pages show it. */
export interface LimitedAppPasswordView extends AppPasswordView {
  /** What it is limited to; null for one that is not. */
  scopes: string[] | null;
}

/** Passwords for single apps, which can do less than the main one. */
export interface AppPasswords {
  /**
   * @returns the password, which is shown this once.
   * @throws XrpcError InvalidRequest when the name is taken, empty or too long.
   */
  createAppPassword(
    input: { name: string; privileged?: boolean },
    caller: Caller,
  ): AppPasswordView & { password: string };
  /**
   * The same for one that may do only what its scopes name, in the words of
   * OAuth. What a set of permissions holds may change later.
   * @throws XrpcError InvalidRequest also for what is no scope, or none.
   */
  createLimitedAppPassword(
    input: { name: string; scopes: readonly string[] },
    caller: Caller,
  ): Promise<LimitedAppPasswordView & { password: string }>;
  listAppPasswords(caller: Caller): { passwords: AppPasswordView[] };
  /** With what they are limited to, which the lexicon has no room for. */
  listLimitedAppPasswords(caller: Caller): LimitedAppPasswordView[];
  /** Ends its sessions too. No effect when there is none of that name. */
  revokeAppPassword(input: { name: string }, caller: Caller): void;
}

const LONGEST_NAME_CHARS = 100;
const MOST_PASSWORDS = 100;
const LONGEST_SCOPES_CHARS = 4000;

export function createAppPasswords({
  db,
  clock,
  random,
  events,
  permissionSets,
}: {
  db: AccountDb;
  clock: Clock;
  random: Random;
  events: Pick<SecurityEvents, "recordBy">;
  permissionSets: Pick<PermissionSets, "resolve">;
}): AppPasswords {
  function create(
    input: { name: string; privileged: boolean; scopes: string | null },
    caller: Caller,
  ): LimitedAppPasswordView & { password: string } {
    const owner = asSession(caller);
    const { did } = owner;
    const { name, scopes } = input;
    checkName(db, did, name);
    const password = makePassword(random);
    const row: AppPasswordRow = {
      ...{ ...input, did, id: randomId(random) },
      passwordHash: hashAppPassword(did, password),
      createdAtMs: clock.nowMs(),
    };
    db.transaction(() => {
      db.appPasswords.insert(row);
      const detail = { name, privileged: input.privileged, scopes };
      events.recordBy(owner, { kind: "appPasswordCreated", detail });
    });
    return { ...toLimitedView(row), password };
  }

  return {
    createAppPassword({ name, privileged = false }, caller) {
      const made = create({ name, privileged, scopes: null }, caller);
      const { scopes: _, ...view } = made;
      return view;
    },
    async createLimitedAppPassword({ name, scopes: given }, caller) {
      const scopes = parseScopes(given);
      await permissionSets.resolve(scopes);
      return create({ name, privileged: false, scopes }, caller);
    },
    listAppPasswords(caller) {
      const rows = db.appPasswords.list(asSession(caller).did);
      return { passwords: rows.map(toView) };
    },
    listLimitedAppPasswords: (caller) =>
      db.appPasswords.list(asSession(caller).did).map(toLimitedView),
    revokeAppPassword({ name }, caller) {
      const owner = asSession(caller);
      db.transaction(() => {
        if (!db.appPasswords.remove(owner.did, name)) return;
        const detail = { name };
        events.recordBy(owner, { kind: "appPasswordRevoked", detail });
      });
    },
  };
}

/** @throws XrpcError InvalidRequest */
function checkName(db: AccountDb, did: Did, name: string): void {
  if (name.trim() === "" || name.length > LONGEST_NAME_CHARS) {
    throw invalidRequest(
      `The name of an app password has 1 to ${LONGEST_NAME_CHARS} characters`,
    ).because("appPasswordName", { most: LONGEST_NAME_CHARS });
  }
  if (db.appPasswords.findByName(did, name) !== null) {
    throw invalidRequest(
      `There is an app password named "${name}" already`,
    ).because("appPasswordTwice", { name });
  }
  if (db.appPasswords.list(did).length >= MOST_PASSWORDS) {
    throw invalidRequest(
      `There are ${MOST_PASSWORDS} app passwords already`,
    ).because("appPasswordsFull", { most: MOST_PASSWORDS });
  }
}

/**
 * Scopes for an app password or a delegate, separated by spaces.
 * @throws XrpcError InvalidRequest for what is none, or no scope at all.
 */
export function parseScopes(given: readonly string[]): string {
  const scopes = [...new Set(given)].filter((scope) => scope !== "atproto");
  const wrong = scopes.find((scope) => !isScope(scope));
  if (wrong !== undefined) {
    throw invalidRequest(
      `Not a scope that can be given here: ${wrong}`,
    ).because("scopeWrong", { scope: wrong });
  }
  if (scopes.length === 0)
    throw invalidRequest("Name at least one scope").because("scopesNone");
  const text = scopes.join(" ");
  if (text.length > LONGEST_SCOPES_CHARS)
    throw invalidRequest("Too many scopes").because("scopesMany");
  return text;
}

function toView({ name, createdAtMs, privileged }: AppPasswordRow) {
  return { name, createdAt: iso(createdAtMs), privileged };
}

function toLimitedView(row: AppPasswordRow): LimitedAppPasswordView {
  return { ...toView(row), scopes: row.scopes?.split(" ") ?? null };
}

/** `xxxx-xxxx-xxxx-xxxx`; clients know app passwords by this form. */
function makePassword(random: Random): string {
  const groups = randomBase32(random, 16).match(/.{4}/g)!;
  return groups.join("-");
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
