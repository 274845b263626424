import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError, takenDown } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountStatus } from "#storage/account/accounts.ts";
import type { PreferenceRow } from "#storage/account/preferences.ts";
import { findStatus } from "#contexts/blobs/availability.ts";
import type { Caller } from "#contexts/security/caller.ts";

export interface Preference {
  $type: string;
  [key: string]: unknown;
}

export interface PreferencesDeps {
  accountDb: AccountDb;
  clock: Clock;
}

/** Private settings of the Bluesky app, `app.bsky.actor`, kept where the account is. */
export interface Preferences {
  /**
   * All preferences, and what follows from the birth date for those who may
   * not see it. Only a session of the account's own password sees the date.
   * @throws XrpcError AccountNotFound, Forbidden
   */
  getPreferences(caller: Caller): { preferences: Preference[] };
  /**
   * Takes the place of all preferences. What the caller may not see stays;
   * what is derived is dropped.
   * @throws XrpcError InvalidRequest when one has no `$type`, is of another namespace, or may only be set with the account's own password.
   * @throws XrpcError AccountTakedown, AccountNotFound, Forbidden
   */
  putPreferences(
    input: { preferences: readonly unknown[] },
    caller: Caller,
  ): void;
}

const NAMESPACE = "app.bsky";
const PERSONAL_DETAILS = "app.bsky.actor.defs#personalDetailsPref";
const DECLARED_AGE = "app.bsky.actor.defs#declaredAgePref";

export function createPreferences({
  accountDb,
  clock,
}: PreferencesDeps): Preferences {
  const rows = accountDb.preferences;

  return {
    getPreferences(caller) {
      const did = callerDid(caller);
      assertExists(findStatus(accountDb, did));
      const all = rows
        .list(did, NAMESPACE)
        .map((row) => JSON.parse(row.valueJson) as Preference);
      const age = declaredAge(all, clock.nowMs());
      const visible = all.filter(({ $type }) => mayUse(caller, $type));
      return { preferences: age === null ? visible : [...visible, age] };
    },

    putPreferences({ preferences }, caller) {
      const did = callerDid(caller);
      const status = findStatus(accountDb, did);
      assertExists(status);
      if (status === "takendown" || status === "suspended") {
        throw takenDown();
      }
      const given: PreferenceRow[] = [];
      for (const preference of preferences) {
        const { $type } = parsePreference(preference);
        if ($type === DECLARED_AGE) continue;
        if (!mayUse(caller, $type)) {
          throw invalidRequest(
            `Only the account's own password may set ${$type}`,
          );
        }
        given.push({ name: $type, valueJson: JSON.stringify(preference) });
      }
      accountDb.transaction(() => {
        const replaced = rows
          .list(did, NAMESPACE)
          .map(({ name }) => name)
          .filter((name) => mayUse(caller, name));
        rows.replace(did, [...new Set(replaced)], given);
      });
    },
  };
}

function assertExists(status: AccountStatus | null): void {
  if (status === null || status === "deleted" || status === "creating") {
    throw new XrpcError("AccountNotFound", "Account not found");
  }
}

function callerDid(caller: Caller): Did {
  if (caller.kind === "session" || caller.kind === "oauth") return caller.did;
  throw new XrpcError("Forbidden", "Only an account has preferences");
}

/** Whoever has just an app password must not learn or change the birth date. */
function mayUse(caller: Caller, type: string): boolean {
  if (type !== PERSONAL_DETAILS) return true;
  return caller.kind === "session" && caller.scope === "access";
}

function parsePreference(value: unknown): Preference {
  const type = (value as Preference | null)?.$type;
  if (typeof type !== "string") {
    throw invalidRequest("A preference needs a $type");
  }
  if (type !== NAMESPACE && !type.startsWith(`${NAMESPACE}.`)) {
    throw invalidRequest(`${type} is not in the namespace ${NAMESPACE}`);
  }
  return value as Preference;
}

/** What apps may know of the age; null without a birth date that can be read. */
function declaredAge(
  preferences: readonly Preference[],
  nowMs: number,
): Preference | null {
  const details = preferences.find(({ $type }) => $type === PERSONAL_DETAILS);
  const birthDate = details?.birthDate;
  if (typeof birthDate !== "string") return null;
  const born = new Date(birthDate);
  if (Number.isNaN(born.getTime())) return null;
  const years = fullYears(born, new Date(nowMs));
  return {
    $type: DECLARED_AGE,
    isOverAge13: years >= 13,
    isOverAge16: years >= 16,
    isOverAge18: years >= 18,
  };
}

function fullYears(from: Date, to: Date): number {
  const years = to.getUTCFullYear() - from.getUTCFullYear();
  const months = to.getUTCMonth() - from.getUTCMonth();
  const isBeforeBirthday =
    months < 0 || (months === 0 && to.getUTCDate() < from.getUTCDate());
  return isBeforeBirthday ? years - 1 : years;
}
