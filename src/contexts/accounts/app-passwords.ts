import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Caller } from "#contexts/security/caller.ts";
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
  listAppPasswords(caller: Caller): { passwords: AppPasswordView[] };
  /** Ends its sessions too. No effect when there is none of that name. */
  revokeAppPassword(input: { name: string }, caller: Caller): void;
}

const LONGEST_NAME_CHARS = 100;
const MOST_PASSWORDS = 100;

export function createAppPasswords({
  db,
  clock,
  random,
}: {
  db: AccountDb;
  clock: Clock;
  random: Random;
}): AppPasswords {
  return {
    createAppPassword({ name, privileged = false }, caller) {
      const { did } = asSession(caller);
      if (name.trim() === "" || name.length > LONGEST_NAME_CHARS) {
        throw invalidRequest(
          `The name of an app password has 1 to ${LONGEST_NAME_CHARS} characters`,
        );
      }
      if (db.appPasswords.findByName(did, name) !== null) {
        throw invalidRequest(
          `There is an app password named "${name}" already`,
        );
      }
      if (db.appPasswords.list(did).length >= MOST_PASSWORDS) {
        throw invalidRequest(
          `There are ${MOST_PASSWORDS} app passwords already`,
        );
      }
      const password = makePassword(random);
      const createdAtMs = clock.nowMs();
      db.appPasswords.insert({
        id: randomId(random),
        did,
        name,
        passwordHash: hashAppPassword(did, password),
        privileged,
        createdAtMs,
      });
      return { name, password, createdAt: iso(createdAtMs), privileged };
    },
    listAppPasswords(caller) {
      const rows = db.appPasswords.list(asSession(caller).did);
      return {
        passwords: rows.map(({ name, createdAtMs, privileged }) => ({
          name,
          createdAt: iso(createdAtMs),
          privileged,
        })),
      };
    },
    revokeAppPassword({ name }, caller) {
      db.appPasswords.remove(asSession(caller).did, name);
    },
  };
}

/** `xxxx-xxxx-xxxx-xxxx`; clients know app passwords by this form. */
function makePassword(random: Random): string {
  const groups = randomBase32(random, 16).match(/.{4}/g)!;
  return groups.join("-");
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
