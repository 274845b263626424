import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { formatJwt, parseJwt, signHs256 } from "./jwt.ts";
import {
  createSessionTokens,
  REFRESH_TTL_MS,
  type SessionTokens,
} from "./session-tokens.ts";
import { createSessions, REUSE_GRACE_MS, type Sessions } from "./sessions.ts";

const ALICE = "did:plc:alice" as Did;
const US = "did:web:pds.test";
const KEY = new Uint8Array(32).fill(1);
const MINUTE_MS = 60_000;

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let tokens: SessionTokens;
let sessions: Sessions;
let reused: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-sessions-"));
  db = openAccountDb(join(folder, "account.sqlite"));
  db.accounts.insert({
    did: ALICE,
    handle: "alice.test" as Handle,
    email: null,
    emailConfirmedAtMs: null,
    emailFactorAtMs: null,
    passwordHash: null,
    generation: 1,
    creationState: null,
    createdAtMs: 1,
    deactivatedAtMs: null,
    deleteAfterMs: null,
    suspendedAtMs: null,
    takedownAtMs: null,
    takedownRef: null,
    deletingAtMs: null,
    invitesDisabledAtMs: null,
    inviteNote: null,
  });
  clock = createFakeClock();
  reused = [];
  tokens = createSessionTokens({
    serviceDid: US,
    jwtKey: KEY,
    refreshIdKey: new Uint8Array(32).fill(2),
    clock,
  });
  sessions = createSessions({
    expandScopes: (scopes) => scopes,
    db,
    tokens,
    clock,
    onReuse: (session) => reused.push(session.did),
  });
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The error name with its status, or what was answered. */
function outcome<T>(fn: () => T): T | string {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof XrpcError)) throw error;
    return `${error.status} ${error.error}`;
  }
}

const start = () => sessions.start({ did: ALICE, scope: "access" });
const refresh = (jwt: string) => sessions.refresh(sessions.parseRefresh(jwt));
const tryRefresh = (jwt: string) => outcome(() => refresh(jwt).refreshJwt);
const tryAccess = (jwt: string) =>
  outcome(() => sessions.authenticate(jwt).did);

describe("an access token", () => {
  test("has the shape that clients know", () => {
    const { header, claims } = parseJwt(start().accessJwt)!;
    const nowSec = clock.nowMs() / 1000;
    expect(header).toEqual({ typ: "at+jwt", alg: "HS256" });
    expect(claims).toEqual({
      scope: "com.atproto.access",
      aud: US,
      sub: ALICE,
      sid: expect.any(String),
      jti: expect.any(String),
      iat: nowSec,
      exp: nowSec + 7200,
    });
  });

  test("stands for its account for two hours", () => {
    const { accessJwt } = start();
    expect(sessions.authenticate(accessJwt)).toMatchObject({
      kind: "session",
      did: ALICE,
      scope: "access",
    });
    clock.advance(120 * MINUTE_MS - 1000);
    expect(tryAccess(accessJwt)).toBe(ALICE);
    clock.advance(1000);
    expect(tryAccess(accessJwt)).toBe("400 ExpiredToken");
  });

  test("ends with its session", () => {
    const first = start();
    const second = start();
    sessions.end(first.refreshJwt);
    expect(tryAccess(first.accessJwt)).toBe("400 ExpiredToken");
    expect(tryRefresh(first.refreshJwt)).toBe("400 ExpiredToken");
    expect(tryAccess(second.accessJwt)).toBe(ALICE);
    expect(sessions.endAll(ALICE)).toBe(1);
    expect(tryAccess(second.accessJwt)).toBe("400 ExpiredToken");
  });

  test("of an account that is gone says so", () => {
    const { accessJwt } = start();
    db.accounts.remove(ALICE);
    expect(tryAccess(accessJwt)).toBe("403 AccountNotFound");
  });

  const forge = (header: object, claims: object, key = KEY) => {
    const good = parseJwt(start().accessJwt)!;
    return formatJwt(
      { ...good.header, ...header },
      { ...good.claims, ...claims },
      (input) => signHs256(key, input),
    );
  };

  test.each([
    ["refresh type", { typ: "refresh+jwt" }, {}],
    ["no type", { typ: undefined }, {}],
    ["alg none", { alg: "none" }, {}],
    ["other audience", {}, { aud: "did:web:other.test" }],
    ["refresh scope", {}, { scope: "com.atproto.refresh" }],
    ["unknown scope", {}, { scope: "com.atproto.everything" }],
    ["scope of another house", {}, { scope: "org.example.access" }],
    ["lxm", {}, { lxm: "com.atproto.repo.uploadBlob" }],
    ["cnf", {}, { cnf: { jkt: "x" } }],
    ["no expiry", {}, { exp: undefined }],
    ["no subject", {}, { sub: 1 }],
  ])("with %s is refused", (_name, header, claims) => {
    expect(tryAccess(forge(header, claims))).toBe("400 InvalidToken");
  });

  test("with another key, another scope or cut short is refused", () => {
    const other = new Uint8Array(32).fill(9);
    expect(tryAccess(forge({}, {}, other))).toBe("400 InvalidToken");
    expect(tryAccess(forge({}, { scope: "com.atproto.appPass" }))).toBe(
      "400 ExpiredToken",
    );
    expect(tryAccess(start().accessJwt.slice(0, -2))).toBe("400 InvalidToken");
    for (const text of ["", "x", "a.b.c", "null.null.null"]) {
      expect(tryAccess(text)).toBe("400 InvalidToken");
    }
  });

  test("is no refresh token, nor the other way round", () => {
    const { accessJwt, refreshJwt } = start();
    expect(tryRefresh(accessJwt)).toBe("400 InvalidToken");
    expect(tryAccess(refreshJwt)).toBe("400 InvalidToken");
  });
});

describe("a refresh token", () => {
  test("is stored as its SHA-256 only", () => {
    const { refreshJwt } = start();
    const { jti, sid } = parseJwt(refreshJwt)!.claims as Record<string, string>;
    const row = db.sessions.findToken(sid!, 0)!;
    const digest = new Bun.CryptoHasher("sha256").update(jti!).digest();
    expect(Buffer.from(row.tokenHash)).toEqual(Buffer.from(digest));
  });

  test("is rotated, and the new one goes on", () => {
    const first = start();
    const second = refresh(first.refreshJwt);
    expect(second.refreshJwt).not.toBe(first.refreshJwt);
    expect(tryAccess(second.accessJwt)).toBe(ALICE);
    expect(tryAccess(first.accessJwt)).toBe(ALICE);
    const third = refresh(second.refreshJwt);
    expect(tryAccess(third.accessJwt)).toBe(ALICE);
    expect(db.sessions.list(ALICE)).toHaveLength(1);
  });

  test("used again within two hours gives the same successor", () => {
    const first = start();
    const second = refresh(first.refreshJwt);
    clock.advance(REUSE_GRACE_MS - 1);
    expect(tryRefresh(first.refreshJwt)).toBe(second.refreshJwt);
    expect(tryRefresh(first.refreshJwt)).toBe(second.refreshJwt);
    const third = refresh(second.refreshJwt);
    expect(third.refreshJwt).not.toBe(second.refreshJwt);
    expect(reused).toEqual([]);
  });

  test("used again once its successor was used is refused, and nothing ends", () => {
    const first = start();
    const second = refresh(first.refreshJwt);
    const third = refresh(second.refreshJwt);
    clock.advance(REUSE_GRACE_MS - 1);
    expect(tryRefresh(first.refreshJwt)).toBe("400 ExpiredToken");
    expect(tryRefresh(second.refreshJwt)).toBe(third.refreshJwt);
    expect(tryAccess(refresh(third.refreshJwt).accessJwt)).toBe(ALICE);
    expect(reused).toEqual([]);
  });

  test("used again after two hours ends the session", () => {
    const first = start();
    const second = refresh(first.refreshJwt);
    clock.advance(REUSE_GRACE_MS);
    expect(tryRefresh(first.refreshJwt)).toBe("400 ExpiredToken");
    expect(reused).toEqual([ALICE]);
    expect(tryRefresh(second.refreshJwt)).toBe("400 ExpiredToken");
    expect(tryAccess(second.accessJwt)).toBe("400 ExpiredToken");
    expect(reused).toEqual([ALICE]);
  });

  test("is still known as used when its row was tidied away", () => {
    const first = start();
    let latest = refresh(first.refreshJwt);
    clock.advance(REUSE_GRACE_MS + 1);
    latest = refresh(latest.refreshJwt);
    const { sid } = parseJwt(latest.refreshJwt)!.claims as { sid: string };
    expect(db.sessions.findToken(sid, 0)).toBeNull();
    expect(tryRefresh(first.refreshJwt)).toBe("400 ExpiredToken");
    expect(reused).toEqual([ALICE]);
  });

  test("keeps a session alive for ninety days from its last use", () => {
    const first = start();
    clock.advance(REFRESH_TTL_MS - 1000);
    const second = refresh(first.refreshJwt);
    clock.advance(REFRESH_TTL_MS - 1000);
    expect(tryRefresh(first.refreshJwt)).toBe("400 ExpiredToken");
    const third = refresh(second.refreshJwt);
    clock.advance(REFRESH_TTL_MS);
    expect(tryRefresh(third.refreshJwt)).toBe("400 ExpiredToken");
    expect(reused).toEqual([]);
  });

  test("can end its session even when it expired, and twice", () => {
    const { refreshJwt } = start();
    clock.advance(REFRESH_TTL_MS + 1);
    sessions.end(refreshJwt);
    expect(db.sessions.list(ALICE)).toEqual([]);
    sessions.end(refreshJwt);
    expect(outcome(() => sessions.end("nonsense"))).toBe("400 InvalidToken");
  });

  test("can't be made by one who knows only the key of the signatures", () => {
    const { header, claims } = parseJwt(start().refreshJwt)!;
    const jti = createHmac("sha256", KEY).update("guess").digest("base64url");
    const forged = formatJwt(header, { ...claims, cnt: 1, jti }, (input) =>
      signHs256(KEY, input),
    );
    expect(tryRefresh(forged)).toBe("400 InvalidToken");
  });

  test("of a session for a taken-down account gives nothing", () => {
    const pair = sessions.start({ did: ALICE, scope: "takendown" });
    expect(sessions.authenticate(pair.accessJwt).scope).toBe("takendown");
    expect(tryRefresh(pair.refreshJwt)).toBe("400 ExpiredToken");
  });
});

test("an account that went while its password was checked gets no session", () => {
  db.accounts.remove(ALICE);
  const start = () => sessions.start({ did: ALICE, scope: "access" });
  expect(start).toThrow("Account not found");
});
