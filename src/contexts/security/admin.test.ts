import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { silentLogger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { type AccountDb, openAccountDb } from "#storage/account/account-db.ts";
import { createAdminCheck } from "./admin.ts";
import {
  type AdminSessionDeps,
  type AdminSignIn,
  createAdminSessions,
} from "./admin-sessions.ts";
import { createPasswords } from "./passwords.ts";
import { systemRandom } from "./random.ts";

const passwords = createPasswords({ cost: { memoryKib: 8, iterations: 1 } });
const HOME = "192.0.2.1";
const byPassword = (password: string, user = "admin") =>
  ({ kind: "password", user, password }) as const;
const byToken = (token: string) => ({ kind: "token", token }) as const;

let clock: FakeClock;
beforeEach(() => {
  clock = createFakeClock();
});

function makeCheck(
  changes: Partial<Parameters<typeof createAdminCheck>[0]> = {},
) {
  return createAdminCheck({
    ...{ adminPassword: "s3cret", adminTokenHash: null, mostFailures: 3 },
    ...{ passwords, clock },
    ...changes,
  });
}

describe("the operator", () => {
  test("is who knows the name and the password", async () => {
    const { isAdmin } = makeCheck({ mostFailures: null });
    expect(await isAdmin(byPassword("s3cret"), HOME)).toBe(true);
    expect(await isAdmin(byPassword("s3cret "), HOME)).toBe(false);
    expect(await isAdmin(byPassword(""), HOME)).toBe(false);
    expect(await isAdmin(byPassword("s3cret", "root"), HOME)).toBe(false);
    expect(await isAdmin(byToken("s3cret"), HOME)).toBe(false);
  });

  test("is nobody without a password", async () => {
    for (const adminPassword of [null, ""]) {
      const { isAdmin, takesPasswords } = makeCheck({ adminPassword });
      expect(await isAdmin(byPassword(""), HOME)).toBe(false);
      expect(takesPasswords).toBe(false);
    }
  });

  test("may be a program that has the token", async () => {
    const adminTokenHash = await passwords.hash("a-long-token");
    const { isAdmin, takesTokens } = makeCheck({ adminTokenHash });
    expect(takesTokens).toBe(true);
    expect(await isAdmin(byToken("a-long-token"), HOME)).toBe(true);
    expect(await isAdmin(byToken("a-long-token"), HOME)).toBe(true);
    expect(await isAdmin(byToken("a-long-tokem"), HOME)).toBe(false);
    expect(await isAdmin(byPassword("a-long-token"), HOME)).toBe(false);
  });

  test("is not looked for where too many were wrong, until it is forgotten", async () => {
    const { isAdmin } = makeCheck();
    for (let i = 0; i < 3; i++) await isAdmin(byPassword("no"), HOME);
    const told = await isAdmin(byPassword("s3cret"), HOME).catch(
      (error: XrpcError) => [error.status, error.headers["Retry-After"]],
    );
    expect(told).toEqual([429, "300"]);
    expect(await isAdmin(byPassword("s3cret"), "192.0.2.2")).toBe(true);
    clock.advance(5 * 60_000);
    expect(await isAdmin(byPassword("s3cret"), HOME)).toBe(true);
  });
});

const ALICE = "did:plc:alicealicealicealicealic" as Did;
const BOB = "did:plc:bobbobbobbobbobbobbobbob" as Did;
const seat = {
  ...{ deviceId: "dev-1", network: HOME },
  from: { ip: HOME, userAgent: "Mozilla/5.0 (X11; Linux) Firefox/140.0" },
};

describe("a session of the operator's pages", () => {
  let folder: string;
  let db: AccountDb;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tempest-admins-"));
    db = openAccountDb(join(folder, "account.sqlite"));
    db.accounts.insert({
      did: ALICE,
      handle: "alice.test" as Handle,
      ...{ email: null, emailConfirmedAtMs: null, emailFactorAtMs: null },
      ...{ passwordHash: "hash", generation: 0, creationState: null },
      ...{ createdAtMs: 0, deactivatedAtMs: null, deleteAfterMs: null },
      ...{ suspendedAtMs: null, takedownAtMs: null, takedownRef: null },
      ...{ deletingAtMs: null, invitesDisabledAtMs: null, inviteNote: null },
    });
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  const make = (changes: Partial<AdminSessionDeps> = {}) =>
    createAdminSessions({
      ...{ db, clock, random: systemRandom, log: silentLogger },
      check: makeCheck(),
      takesPasswords: true,
      adminDids: [ALICE, BOB],
      isProtected: () => true,
      ...changes,
    });
  const tokenOf = (outcome: AdminSignIn) =>
    "token" in outcome ? outcome.token : outcome.fault;

  test("begins with the password, and lasts twelve hours in its browser", async () => {
    const admins = make();
    const token = tokenOf(await admins.signInAdmin("s3cret", seat));
    expect(admins.findAdminSession(token, "dev-1")).toMatchObject({
      ...{ actor: "password", ipAddress: HOME, device: "Firefox on Linux" },
    });
    expect(admins.findAdminSession(token, "dev-2")).toBeNull();
    expect(admins.findAdminSession(`${token}x`, "dev-1")).toBeNull();
    clock.advance(12 * 3_600_000 - 1);
    expect(admins.findAdminSession(token, "dev-1")).not.toBeNull();
    clock.advance(1);
    expect(admins.findAdminSession(token, "dev-1")).toBeNull();
    expect(admins.listAdminSessions()).toEqual([]);
  });

  test("is listed, and revoked at once", async () => {
    const admins = make();
    const tokens = [
      tokenOf(await admins.signInAdmin("s3cret", seat)),
      tokenOf(await admins.signInAdmin("s3cret", seat)),
    ];
    const [newest] = admins.listAdminSessions();
    expect(admins.listAdminSessions()).toHaveLength(2);
    expect(admins.revokeAdminSession(newest!.id)).toBe(true);
    expect(admins.revokeAdminSession(newest!.id)).toBe(false);
    const left = tokens.filter((one) => admins.findAdminSession(one, "dev-1"));
    expect(left).toHaveLength(1);
    expect(admins.revokeAllAdminSessions()).toBe(1);
  });

  test("is stored as hashes alone", async () => {
    const token = tokenOf(await make().signInAdmin("s3cret", seat));
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name)).toString("latin1");
      expect(bytes.includes(token)).toBe(false);
    }
  });

  test("is not had with a wrong password, nor with any after too many", async () => {
    const admins = make();
    for (let i = 0; i < 3; i++) {
      expect(await admins.signInAdmin("no", seat)).toEqual({ fault: "wrong" });
    }
    expect(await admins.signInAdmin("s3cret", seat)).toEqual({
      ...{ fault: "busy", retryAfterSec: 300 },
    });
  });

  test("is not had by password where that is for programs alone, and ends there", async () => {
    const token = tokenOf(await make().signInAdmin("s3cret", seat));
    const admins = make({ takesPasswords: false });
    expect(admins.ways.password).toBe(false);
    expect(await admins.signInAdmin("s3cret", seat)).toEqual({ fault: "off" });
    expect(admins.findAdminSession(token, "dev-1")).toBeNull();
  });

  test("is had by an account that is an administrator and well protected", () => {
    const token = tokenOf(make().signInAsAccount(ALICE, seat));
    expect(make().findAdminSession(token, "dev-1")?.actor).toBe(ALICE);
    const dismissed = make({ adminDids: [BOB] });
    expect(dismissed.findAdminSession(token, "dev-1")).toBeNull();
    expect(tokenOf(dismissed.signInAsAccount(ALICE, seat))).toBe("not-admin");
    const bare = make({ isProtected: () => false });
    expect(tokenOf(bare.signInAsAccount(ALICE, seat))).toBe("unprotected");
    db.accounts.update(ALICE, { takedownAtMs: 1 });
    expect(tokenOf(make().signInAsAccount(ALICE, seat))).toBe("not-admin");
  });

  test("is had by somebody from elsewhere by the word of their own server only", () => {
    const admins = make();
    expect(tokenOf(admins.signInAsAccount(BOB, seat))).toBe("elsewhere");
    const token = tokenOf(admins.signInAsRemote(BOB, seat));
    expect(admins.findAdminSession(token, "dev-1")?.actor).toBe(BOB);
    // Its second factor would be passed by.
    expect(tokenOf(admins.signInAsRemote(ALICE, seat))).toBe("not-admin");
  });
});
