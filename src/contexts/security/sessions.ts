import { timingSafeEqual } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { XrpcError, takenDown } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { SessionRow } from "#storage/account/sessions.ts";
import type { Granted, Origin, SessionCaller, SessionScope } from "./caller.ts";
import { permissionsOfScope } from "./granted.ts";
import { randomId, systemRandom, type Random } from "./random.ts";
import {
  ACCESS_TTL_MS,
  expiredToken,
  REFRESH_TTL_MS,
  type RefreshClaims,
  type SessionTokens,
} from "./session-tokens.ts";

/**
 * How long a refresh token that was used may be used again: its answer may
 * have been lost on the way, or two tabs may have used it at once.
 */
export const REUSE_GRACE_MS = 2 * 3_600_000;

export interface TokenPair {
  accessJwt: string;
  refreshJwt: string;
}

/**
 * Sessions that begin with a password. A session is a family of refresh
 * tokens, numbered from 0, of which the newest is valid; the ids are derived
 * from session and number, so that the same successor can be given out again
 * while nothing secret is stored.
 */
export interface Sessions {
  /**
   * Begins a session. One of scope `takendown` ends with its access token.
   * @throws XrpcError AccountNotFound when there is no such account any more.
   */
  start(options: {
    did: Did;
    scope: SessionScope;
    appPasswordId?: string | null;
  }): TokenPair;
  /**
   * Who an access token stands for. Ending a session ends its access tokens.
   * @throws XrpcError ExpiredToken also when the session was ended: on it
   *   clients try to refresh, learn that this fails too, and sign out.
   * @throws XrpcError InvalidToken
   * @throws XrpcError AccountNotFound when there is no such account any more.
   * @throws XrpcError AccountTakedown when the session was ended by a takedown or suspension.
   */
  authenticate(accessJwt: string): SessionCaller;
  /** @throws XrpcError ExpiredToken, InvalidToken */
  parseRefresh(refreshJwt: string): RefreshClaims;
  /**
   * Gives out the successor of a refresh token. A token used again within two
   * hours gets the same successor, or ExpiredToken once that one was used
   * itself; this never ends the session. Used again later it ends the session,
   * because two parties hold it.
   * @throws XrpcError ExpiredToken
   */
  refresh(claims: RefreshClaims, from?: Origin): TokenPair;
  /**
   * Ends the session of a refresh token, expired or not, and says whose it was;
   * null when it has ended.
   * @throws XrpcError InvalidToken
   */
  end(refreshJwt: string): Did | null;
  /** Ends all sessions of an account, except one if named; returns how many. */
  endAll(did: Did, except?: string): number;
}

export interface SessionsDeps {
  db: Pick<AccountDb, "sessions" | "accounts" | "appPasswords" | "transaction">;
  tokens: SessionTokens;
  clock: Clock;
  random?: Random;
  /** Puts what sets of permissions hold in their place. */
  expandScopes(scopes: string): string;
  /** Told after a session was ended because an old token came back. */
  onReuse(session: SessionRow, from?: Origin): void;
}

export function createSessions(deps: SessionsDeps): Sessions {
  const { db, tokens, clock, random = systemRandom } = deps;

  function tokensOf(session: SessionRow): TokenPair {
    return {
      accessJwt: tokens.createAccess({
        did: session.did,
        scope: session.scope as SessionScope,
        sessionId: session.id,
      }),
      refreshJwt: tokens.createRefresh({
        did: session.did,
        sessionId: session.id,
        counter: session.counter,
        issuedAtMs: session.refreshedAtMs,
        expiresAtMs: session.expiresAtMs,
      }),
    };
  }

  function findLive(id: string, did: Did): SessionRow | null {
    const session = db.sessions.find(id);
    const isLive =
      session !== null &&
      session.did === did &&
      session.expiresAtMs > clock.nowMs();
    return isLive ? session : null;
  }

  /** What the session's app password is limited to; null for everything. */
  function limitOf({ appPasswordId }: SessionRow): Granted | null {
    if (appPasswordId === null) return null;
    const given = db.appPasswords.find(appPasswordId)?.scopes ?? null;
    if (given === null) return null;
    const scopes = deps.expandScopes(given);
    return {
      scopes: scopes.split(" "),
      permissions: permissionsOfScope(scopes),
    };
  }

  /** A takedown ends all sessions; who held one should hear of it. */
  function whyEnded(did: Did): XrpcError {
    const account = db.accounts.find(did);
    switch (account && statusOf(account)) {
      case null:
        return new XrpcError("AccountNotFound", "Account not found");
      case "takendown":
      case "suspended":
        return takenDown();
      default:
        return expiredToken("The session has ended");
    }
  }

  /** What to do with a refresh token whose signature and id are right. */
  function judge(
    session: SessionRow,
    claims: RefreshClaims,
  ): "rotate" | "repeat" | "refuse" | "revoke" {
    const { sessionId, counter } = claims;
    const token = db.sessions.findToken(sessionId, counter);
    if (token === null) return counter > session.counter ? "refuse" : "revoke";
    if (!timingSafeEqual(token.tokenHash, claims.tokenHash)) return "refuse";
    if (token.rotatedAtMs === null) return "rotate";
    if (token.rotatedAtMs + REUSE_GRACE_MS <= clock.nowMs()) return "revoke";
    return counter === session.counter - 1 ? "repeat" : "refuse";
  }

  function rotate(session: SessionRow): SessionRow {
    const nowMs = clock.nowMs();
    db.sessions.rotate(session.id, {
      tokenHash: tokens.hashRefreshId(session.id, session.counter + 1),
      rotatedAtMs: nowMs,
      expiresAtMs: nowMs + REFRESH_TTL_MS,
      forgetBeforeMs: nowMs - REUSE_GRACE_MS,
    });
    return db.sessions.find(session.id)!;
  }

  return {
    start({ did, scope, appPasswordId = null }) {
      // It may have gone while its password was checked.
      if (db.accounts.find(did) === null) throw whyEnded(did);
      const nowMs = clock.nowMs();
      const ttlMs = scope === "takendown" ? ACCESS_TTL_MS : REFRESH_TTL_MS;
      const session: SessionRow = {
        id: randomId(random),
        did,
        scope,
        appPasswordId,
        counter: 0,
        createdAtMs: nowMs,
        refreshedAtMs: nowMs,
        expiresAtMs: nowMs + ttlMs,
      };
      db.sessions.insert(session, tokens.hashRefreshId(session.id, 0));
      return tokensOf(session);
    },
    authenticate(accessJwt) {
      const { did, scope, sessionId } = tokens.parseAccess(accessJwt);
      const session = findLive(sessionId, did);
      if (session?.scope !== scope) throw whyEnded(did);
      const granted = limitOf(session);
      return {
        ...{ kind: "session", did, scope, sessionId },
        ...(granted !== null && { granted }),
      };
    },
    parseRefresh: (refreshJwt) => tokens.parseRefresh(refreshJwt),
    refresh(claims, from) {
      const session = findLive(claims.sessionId, claims.did);
      if (session === null || session.scope === "takendown") {
        throw expiredToken("The session has ended");
      }
      switch (judge(session, claims)) {
        case "rotate":
          return tokensOf(rotate(session));
        case "repeat":
          return tokensOf(session);
        case "refuse":
          throw expiredToken("Token has been replaced by a newer one");
        case "revoke":
          db.sessions.remove(session.id);
          deps.onReuse(session, from);
          throw expiredToken("Token was used before; the session has ended");
      }
    },
    end(refreshJwt) {
      const claims = tokens.parseRefresh(refreshJwt, { allowExpired: true });
      return db.sessions.remove(claims.sessionId) ? claims.did : null;
    },
    endAll: (did, except) =>
      db.sessions.removeAll(
        did,
        except === undefined ? {} : { sessionId: except },
      ),
  };
}
