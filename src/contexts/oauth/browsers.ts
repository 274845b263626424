import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { type AccountStatus, statusOf } from "#storage/account/accounts.ts";
import type { Random } from "#contexts/security/random.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import {
  type Device,
  type Devices,
  hashOfVisit,
  originOf,
  type Visitor,
} from "./devices.ts";
import { hashSecret } from "./hash.ts";
import type { Credentials, SignIn } from "./sign-in.ts";
import type { FactorStep, KnownAccount, SignInFault } from "./view.ts";

/** Somebody who is signed in in a browser, for the pages of their account. */
export interface BrowserAccount extends KnownAccount {
  status: AccountStatus;
  authenticatedAtMs: number;
  /** All that signs the account in was shown a short while ago, so that grave changes need not ask for it. */
  isFresh: boolean;
  /** Who the pages act as. */
  caller: SessionCaller;
}

export type BrowserSignIn =
  | {
      did: Did;
      device: Device;
      /** To be set; null when it is remembered. */ visit: string | null;
    }
  | { fault: SignInFault; factor: FactorStep | null };

/**
 * Sign-in on the pages of accounts. A browser that remembers an account has it
 * there and in requests of applications; one that doesn't has it until it is closed.
 */
export interface Browsers {
  /** The browser of the cookie, or a new one. */
  open(visitor: Visitor): Device;
  /** Its id; null in a browser that we don't know. */
  findId(visitor: Visitor): string | null;
  /** Who is signed in, the latest first; nobody in a browser that we don't know. */
  list(visitor: Visitor): BrowserAccount[];
  /** Accounts that rest or were taken down may come in: to return, or to leave. */
  signIn(
    visitor: Visitor,
    given: Credentials & {
      isRemembered: boolean;
      /** The only account that may; null for any. */
      expected: Did | null;
    },
  ): Promise<BrowserSignIn>;
  /** Lets somebody in without a password: who has just made the account. */
  enter(
    visitor: Visitor,
    who: { did: Did; isRemembered: boolean; isProved: boolean },
  ): BrowserSignIn;
  /** Forgets the account in this browser. Signing out twice is no fault. */
  signOut(visitor: Visitor, did: Did): void;
}

/** Then the password is asked for again, also where the account is remembered. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;
/** Credentials, keys and the end of an account ask for the password when it is older. */
const FRESH_MS = 10 * 60_000;

export function createBrowsers({
  db,
  devices,
  signIn,
  events,
  clock,
  random,
}: {
  db: Pick<AccountDb, "accounts" | "oauth">;
  devices: Devices;
  signIn: SignIn;
  events: Pick<SecurityEvents, "record" | "recordSignIn">;
  clock: Clock;
  random: Random;
}): Browsers {
  const enter: Browsers["enter"] = (visitor, given) => {
    const { did, isRemembered, isProved } = given;
    const device = devices.find(visitor);
    if (device === null) return { fault: "cookies", factor: null };
    const visit = isRemembered
      ? null
      : (visitor.visit ?? Buffer.from(random(24)).toString("base64url"));
    const visitHash = visit === null ? null : hashSecret(visit);
    const term = { requestHash: null, visitHash };
    const from = originOf(visitor, device.id);
    events.recordSignIn({ did, from, detail: { way: "account" } });
    return {
      did,
      visit,
      device: devices.signIn(device, { did, isProved, ...term }),
    };
  };

  return {
    enter,
    open: devices.open,
    findId: (visitor) => devices.find(visitor)?.id ?? null,
    list(visitor) {
      const device = devices.find(visitor);
      if (device === null) return [];
      const nowMs = clock.nowMs();
      const visitHash = hashOfVisit(visitor);
      const from = originOf(visitor, device.id);
      const sessionId = device.id;
      return devices
        .listAccounts(device.id, { requestHash: null, visitHash })
        .toSorted((a, b) => b.authenticatedAtMs - a.authenticatedAtMs)
        .flatMap(({ did, authenticatedAtMs, provedAtMs }) => {
          const account = db.accounts.find(did);
          if (account === null) return [];
          if (authenticatedAtMs + REMEMBERED_MS <= nowMs) return [];
          const status = statusOf(account);
          if (status === "creating" || status === "deleted") return [];
          const isBarred = status === "takendown" || status === "suspended";
          const scope = isBarred ? "takendown" : "access";
          return [
            {
              ...{ did, handle: account.handle, status, authenticatedAtMs },
              isFresh: provedAtMs !== null && provedAtMs + FRESH_MS > nowMs,
              caller: { kind: "session", did, scope, sessionId, from },
            },
          ];
        });
    },
    async signIn(visitor, { isRemembered, expected, ...credentials }) {
      const device = devices.find(visitor);
      if (device === null) return { fault: "cookies", factor: null };
      const tryKey = `${device.id} account`;
      const from = originOf(visitor, device.id);
      const result = await signIn(credentials, {
        ...{ deviceId: device.id, tryKey, expected, from, mayRest: true },
        // Whoever says again that it is them is asked for everything.
        isStrict: expected !== null,
      });
      if (!result.isSignedIn) {
        const { fault, factor } = result;
        return { fault, factor };
      }
      const { did, isProved } = result;
      return enter(visitor, { did, isRemembered, isProved });
    },
    signOut(visitor, did) {
      const device = devices.find(visitor);
      if (device === null) return;
      db.oauth.devices.removeAccount(device.id, did);
      const from = originOf(visitor, device.id);
      events.record({ did, kind: "signedOut", from });
    },
  };
}
