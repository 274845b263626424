import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { SessionScope } from "./caller.ts";
import {
  formatJwt,
  parseJwt,
  signHs256,
  verifyHs256,
  type ParsedJwt,
} from "./jwt.ts";
import { randomId, systemRandom, type Random } from "./random.ts";

export const ACCESS_TTL_MS = 120 * 60_000;
export const REFRESH_TTL_MS = 90 * 24 * 3_600_000;

const ACCESS_TYPE = "at+jwt"; // RFC 9068 §2.1
const REFRESH_TYPE = "refresh+jwt";
const SCOPE_PREFIX = "com.atproto.";
const ACCESS_SCOPES: ReadonlySet<string> = new Set<SessionScope>([
  "access",
  "appPass",
  "appPassPrivileged",
  "takendown",
  "signupQueued",
]);

export interface AccessClaims {
  did: Did;
  scope: SessionScope;
  sessionId: string;
}

export interface RefreshClaims {
  did: Did;
  sessionId: string;
  /** Which token of the session: 0 came with the sign-in. */
  counter: number;
  /** SHA-256 of the token's id. */
  tokenHash: Uint8Array;
}

/** The tokens of sessions that begin with a password: HS256, as clients of the reference server know them. */
export interface SessionTokens {
  createAccess(claims: AccessClaims): string;
  /** The same arguments make the same token, byte for byte. */
  createRefresh(options: {
    did: Did;
    sessionId: string;
    counter: number;
    issuedAtMs: number;
    expiresAtMs: number;
  }): string;
  /** SHA-256 of the id of a session's token; the only form in which it is stored. */
  hashRefreshId(sessionId: string, counter: number): Uint8Array;
  /**
   * @throws XrpcError ExpiredToken (400) when the token's time is over.
   * @throws XrpcError InvalidToken (400) for everything else that is wrong with it.
   */
  parseAccess(token: string): AccessClaims;
  /**
   * @throws XrpcError ExpiredToken unless `allowExpired`.
   * @throws XrpcError InvalidToken
   */
  parseRefresh(
    token: string,
    options?: { allowExpired?: boolean },
  ): RefreshClaims;
}

export interface SessionTokenDeps {
  /** Audience of all tokens: the DID of this server. */
  serviceDid: string;
  /** Key of the signatures. */
  jwtKey: Uint8Array;
  /** Key of the ids of refresh tokens; another one, so that who can sign can't refresh. */
  refreshIdKey: Uint8Array;
  clock: Clock;
  random?: Random;
}

export function createSessionTokens(deps: SessionTokenDeps): SessionTokens {
  const { serviceDid, jwtKey, clock, random = systemRandom } = deps;

  function sign(type: string, claims: object): string {
    return formatJwt({ typ: type, alg: "HS256" }, claims, (input) =>
      signHs256(jwtKey, input),
    );
  }

  function refreshId(sessionId: string, counter: number): string {
    return createHmac("sha256", deps.refreshIdKey)
      .update(`${sessionId}\0${counter}`)
      .digest("base64url");
  }

  function parse(token: string, type: string, allowExpired: boolean) {
    const jwt = parseJwt(token);
    if (jwt === null || !verifyHs256(jwtKey, jwt)) throw invalidToken();
    checkShape(jwt, type, serviceDid);
    const { sub, scope, sid, exp } = jwt.claims;
    if (
      typeof sub !== "string" ||
      typeof scope !== "string" ||
      typeof exp !== "number"
    ) {
      throw invalidToken();
    }
    if (!allowExpired && exp * 1000 <= clock.nowMs()) throw expiredToken();
    // Tokens without a session come from the server that was here before.
    if (typeof sid !== "string") throw expiredToken();
    return { did: sub as Did, scope, sessionId: sid, claims: jwt.claims };
  }

  return {
    createAccess({ did, scope, sessionId }) {
      const nowSec = Math.floor(clock.nowMs() / 1000);
      return sign(ACCESS_TYPE, {
        scope: SCOPE_PREFIX + scope,
        aud: serviceDid,
        sub: did,
        sid: sessionId,
        jti: randomId(random),
        iat: nowSec,
        exp: nowSec + ACCESS_TTL_MS / 1000,
      });
    },
    createRefresh({ did, sessionId, counter, issuedAtMs, expiresAtMs }) {
      return sign(REFRESH_TYPE, {
        scope: `${SCOPE_PREFIX}refresh`,
        aud: serviceDid,
        sub: did,
        sid: sessionId,
        cnt: counter,
        jti: refreshId(sessionId, counter),
        iat: Math.floor(issuedAtMs / 1000),
        exp: Math.floor(expiresAtMs / 1000),
      });
    },
    hashRefreshId: (sessionId, counter) =>
      sha256(refreshId(sessionId, counter)),
    parseAccess(token) {
      const { did, scope, sessionId } = parse(token, ACCESS_TYPE, false);
      const name = scope.slice(SCOPE_PREFIX.length);
      if (!scope.startsWith(SCOPE_PREFIX) || !ACCESS_SCOPES.has(name)) {
        throw invalidToken("Bad token scope");
      }
      return { did, scope: name as SessionScope, sessionId };
    },
    parseRefresh(token, { allowExpired = false } = {}) {
      const parsed = parse(token, REFRESH_TYPE, allowExpired);
      const { did, scope, sessionId, claims } = parsed;
      const { cnt: counter, jti } = claims;
      if (scope !== `${SCOPE_PREFIX}refresh`) {
        throw invalidToken("Bad token scope");
      }
      if (typeof counter !== "number" || typeof jti !== "string") {
        throw invalidToken();
      }
      const tokenHash = sha256(jti);
      const expected = sha256(refreshId(sessionId, counter));
      if (!timingSafeEqual(tokenHash, expected)) throw invalidToken();
      return { did, sessionId, counter, tokenHash };
    },
  };
}

function checkShape(jwt: ParsedJwt, type: string, audience: string): void {
  const { header, claims } = jwt;
  // A token bound to a key or a method belongs to another protocol.
  if (
    header.typ !== type ||
    claims.aud !== audience ||
    claims.lxm !== undefined ||
    claims.cnf !== undefined
  ) {
    throw invalidToken();
  }
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function invalidToken(message = "Token could not be verified"): XrpcError {
  return new XrpcError("InvalidToken", message);
}

export function expiredToken(message = "Token has expired"): XrpcError {
  return new XrpcError("ExpiredToken", message);
}
