import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { describeUserAgent } from "#lib/user-agent.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import { isDid, type Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { AdminSessionRow } from "#storage/account/admin-sessions.ts";
import type { AdminCheck } from "./admin.ts";
import type { Origin } from "./caller.ts";
import type { Random } from "./random.ts";

/** The browser that somebody signs in with. */
export interface AdminSeat {
  /** Id of the browser's cookie; a session is worth nothing in another one. */
  deviceId: string;
  /** The address as limits count it. */
  network: string;
  from: Origin;
}

export interface AdminSession {
  id: string;
  /** `password`, or the DID of an administrator. */
  actor: string;
  ipAddress: string;
  userAgent: string | null;
  /** What people know the browser by. */
  device: string;
  /** ISO 8601, as are the two below. */
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
}

/** Why the operator was not let in. */
export type AdminFault =
  | "wrong"
  /** There is no password, or none for browsers. */
  | "off"
  /** Too many were wrong; or too much is being checked. */
  | "busy"
  /** The account is no administrator. */
  | "not-admin"
  /** An administrator's account needs a second factor. */
  | "unprotected"
  /** The account does not live here; it signs in at its own server. */
  | "elsewhere";

export type AdminSignIn =
  | { token: string; session: AdminSession }
  | { fault: AdminFault; retryAfterSec?: number };

/**
 * Sessions of the operator's pages. They last twelve hours, are bound to the
 * browser that they began in, and are stored as hashes. Signing in gives a new
 * token each time, so that one that was planted is worth nothing.
 */
export interface AdminSessions {
  /** What the sign-in page has to offer. */
  readonly ways: { password: boolean; dids: readonly Did[] };
  signInAdmin(password: string, seat: AdminSeat): Promise<AdminSignIn>;
  /** For an account here whose owner has just signed in in this browser. */
  signInAsAccount(did: Did, seat: AdminSeat): AdminSignIn;
  /** For somebody whose own server has just said who they are. */
  signInAsRemote(did: Did, seat: AdminSeat): AdminSignIn;
  /** null for a token that is none, has ended, or is another browser's. */
  findAdminSession(token: string, deviceId: string): AdminSession | null;
  /** Newest first. */
  listAdminSessions(): AdminSession[];
  /** False when it has ended. */
  revokeAdminSession(id: string): boolean;
  /** Returns how many. */
  revokeAllAdminSessions(): number;
}

export interface AdminSessionDeps {
  db: Pick<AccountDb, "accounts" | "adminSessions">;
  check: AdminCheck;
  /** Whether the password counts in browsers, or for programs alone. */
  takesPasswords: boolean;
  /** Accounts that are administrators, here or elsewhere. */
  adminDids: readonly string[];
  /** True for an account that a password alone does not open. */
  isProtected(did: Did): boolean;
  clock: Clock;
  random: Random;
  log: Pick<Logger, "info">;
}

const LIFE_MS = 12 * 3_600_000;
/** Uses are written down no more often than this. */
const SEEN_STEP_MS = 60_000;

export function createAdminSessions(deps: AdminSessionDeps): AdminSessions {
  const { db, check, clock, log } = deps;
  const rows = db.adminSessions;
  const dids = deps.adminDids.filter((did) => isDid(did));
  const newSecret = () => Buffer.from(deps.random(32)).toString("base64url");

  function begin(actor: string, { deviceId, from }: AdminSeat): AdminSignIn {
    const token = newSecret();
    const nowMs = clock.nowMs();
    const row: AdminSessionRow = {
      id: Buffer.from(deps.random(12)).toString("base64url"),
      tokenHash: sha256(token),
      deviceHash: sha256(deviceId),
      actor,
      ipAddress: from.ip,
      userAgent: from.userAgent?.slice(0, 300) ?? null,
      createdAtMs: nowMs,
      lastSeenAtMs: nowMs,
      expiresAtMs: nowMs + LIFE_MS,
    };
    rows.insert(row);
    log.info("admin.signed_in", { actor, ip: from.ip });
    return { token, session: toView(row) };
  }

  function refuse(fault: AdminFault, { from }: AdminSeat): AdminSignIn {
    log.info("admin.sign_in_failed", { fault, ip: from.ip });
    return { fault };
  }

  /** What speaks against an account as administrator, wherever it lives. */
  const isAdmin = (did: Did) => dids.includes(did);

  return {
    ways: { password: deps.takesPasswords && check.takesPasswords, dids },
    async signInAdmin(password, seat) {
      if (!deps.takesPasswords || !check.takesPasswords) {
        return refuse("off", seat);
      }
      try {
        const proof = { kind: "password", user: "admin", password } as const;
        const isRight = await check.isAdmin(proof, seat.network);
        return isRight ? begin("password", seat) : refuse("wrong", seat);
      } catch (error) {
        const wait = error instanceof XrpcError && error.headers["Retry-After"];
        if (!wait) throw error;
        return { fault: "busy", retryAfterSec: Number(wait) };
      }
    },
    signInAsAccount(did, seat) {
      if (!isAdmin(did)) return refuse("not-admin", seat);
      const account = db.accounts.find(did);
      if (account === null) return refuse("elsewhere", seat);
      if (statusOf(account) !== "active") return refuse("not-admin", seat);
      if (!deps.isProtected(did)) return refuse("unprotected", seat);
      return begin(did, seat);
    },
    signInAsRemote(did, seat) {
      // An account here must not get in by a way that asks for no second factor.
      const isHere = db.accounts.find(did) !== null;
      return isHere || !isAdmin(did)
        ? refuse("not-admin", seat)
        : begin(did, seat);
    },
    findAdminSession(token, deviceId) {
      const row = rows.findByToken(sha256(token));
      const nowMs = clock.nowMs();
      if (row === null || row.expiresAtMs <= nowMs) return null;
      if (!timingSafeEqual(row.deviceHash, sha256(deviceId))) return null;
      // Whoever is no administrator any more is none at once.
      if (isDid(row.actor) ? !isAdmin(row.actor) : !deps.takesPasswords) {
        return null;
      }
      if (row.lastSeenAtMs + SEEN_STEP_MS <= nowMs) rows.see(row.id, nowMs);
      return toView(row);
    },
    listAdminSessions: () => rows.list(clock.nowMs()).map(toView),
    revokeAdminSession: (id) => rows.remove(id),
    revokeAllAdminSessions: () => rows.removeAll(),
  };
}

function toView(row: AdminSessionRow): AdminSession {
  const { id, actor, ipAddress, userAgent } = row;
  return {
    ...{ id, actor, ipAddress, userAgent },
    device: describeUserAgent(userAgent),
    createdAt: new Date(row.createdAtMs).toISOString(),
    lastSeenAt: new Date(row.lastSeenAtMs).toISOString(),
    expiresAt: new Date(row.expiresAtMs).toISOString(),
  };
}

function sha256(text: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(text).digest());
}
