import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { isDid, isNsid, type Did } from "#repo/syntax.ts";
import {
  type AccountCaller,
  type Caller,
  isLimited,
} from "#contexts/security/caller.ts";
import { isProtectedMethod } from "#contexts/security/method-classes.ts";
import {
  permissionsOf,
  rpcScope,
  scopeMissing,
} from "#contexts/security/permissions.ts";
import type { Random } from "#contexts/security/random.ts";
import { createServiceAuth } from "#contexts/security/service-auth.ts";
import { asSession } from "./session-methods.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Parameters of com.atproto.server.getServiceAuth. */
export interface ServiceAuthParams {
  /** DID, or DID and `#service`. */
  aud: string;
  /** Seconds since the epoch. */
  exp?: number;
  lxm?: string;
}

/** Tokens with which other services let an account in, signed by its own key. */
export interface ServiceTokens {
  /**
   * @throws XrpcError BadExpiration when `exp` is past, more than an hour away,
   *   or more than a minute away without a method.
   * @throws XrpcError InvalidRequest for a malformed audience, a protected
   *   method, or one that the session's password may not use.
   * @throws XrpcError InvalidToken when the account was taken down and the
   *   method is not createAccount, with which it may leave.
   */
  getServiceAuth(params: ServiceAuthParams, caller: Caller): { token: string };
  /** For calls that this server makes on the account's behalf; lasts a minute. */
  signServiceAuth(claims: { did: Did; aud: string; lxm: string }): string;
}

const LONGEST_SEC = 3600;
const LONGEST_WITHOUT_METHOD_SEC = 60;
const LEAVING = "com.atproto.server.createAccount";

export function createServiceTokens({
  keys,
  clock,
  random,
}: {
  keys: Pick<SigningKeys, "getSigner">;
  clock: Clock;
  random: Random;
}): ServiceTokens {
  return {
    getServiceAuth({ aud, exp, lxm }, caller) {
      const session = asSession(caller);
      checkAudience(aud);
      if (exp !== undefined) {
        checkExpiry(exp - clock.nowMs() / 1000, lxm !== undefined);
      }
      checkMethod(lxm, session);
      checkPermission({ lxm: lxm ?? "*", aud }, session);
      const { did } = session;
      const token = createServiceAuth({
        iss: did,
        aud,
        lxm: lxm ?? null,
        ...(exp !== undefined && { expSec: exp }),
        signer: keys.getSigner(did),
        clock,
        random,
      });
      return { token };
    },
    signServiceAuth: ({ did, aud, lxm }) =>
      createServiceAuth({
        iss: did,
        aud,
        lxm,
        signer: keys.getSigner(did),
        clock,
        random,
      }),
  };
}

function checkAudience(aud: string): void {
  const [did = "", service, ...rest] = aud.split("#");
  if (!isDid(did) || service === "" || rest.length > 0) {
    throw invalidRequest("aud must be a DID, or a DID with a service id");
  }
}

function checkExpiry(remainingSec: number, hasMethod: boolean): void {
  const problem =
    remainingSec < 0
      ? "expiration is in past"
      : remainingSec > LONGEST_SEC
        ? "cannot request a token with an expiration more than an hour in the future"
        : !hasMethod && remainingSec > LONGEST_WITHOUT_METHOD_SEC
          ? "cannot request a method-less token with an expiration more than a minute in the future"
          : null;
  if (problem !== null) throw new XrpcError("BadExpiration", problem);
}

function checkMethod(lxm: string | undefined, caller: AccountCaller): void {
  const isLeaving = caller.kind === "session" && caller.scope === "takendown";
  if (isLeaving && lxm !== LEAVING) {
    throw new XrpcError("InvalidToken", "Bad token scope");
  }
  if (lxm === undefined) return;
  if (!isNsid(lxm)) throw invalidRequest("lxm must be the name of a method");
  if (isProtectedMethod(lxm)) {
    throw invalidRequest(
      `cannot request a service auth token for the following protected method: ${lxm}`,
    );
  }
}

function checkPermission(
  wanted: { lxm: string; aud: string },
  caller: AccountCaller,
): void {
  if (permissionsOf(caller).allowsRpc(wanted)) return;
  if (isLimited(caller)) throw scopeMissing(rpcScope(wanted));
  throw invalidRequest(
    `insufficient access to request a service auth token for the following method: ${wanted.lxm}`,
  );
}
