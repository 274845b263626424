import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { type AccountDb, openAccountDb } from "#storage/account/account-db.ts";
import type { NewNotice } from "#contexts/mail/mail.ts";
import { createSecurityEvents, type SecurityEvents } from "./events.ts";

const ALICE = "did:plc:alicealicealicealicealic" as Did;
const HOME = { ip: "192.0.2.7", userAgent: "app/1.0" };
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let letters: NewNotice[];
let events: SecurityEvents;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-events-"));
  db = openAccountDb(join(folder, "account.sqlite"));
  db.accounts.insert({
    did: ALICE,
    handle: "alice.test" as Handle,
    email: "alice@mail.test",
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null },
    ...{ passwordHash: "hash", generation: 0, creationState: null },
    ...{ createdAtMs: 0, deactivatedAtMs: null, deleteAfterMs: null },
    ...{ suspendedAtMs: null, takedownAtMs: null, takedownRef: null },
    ...{ deletingAtMs: null, invitesDisabledAtMs: null, inviteNote: null },
  });
  clock = createFakeClock();
  letters = [];
  events = createSecurityEvents({
    ...{ db, clock, log: silentLogger },
    publicUrl: "https://pds.test",
    mail: { sendNotice: (notice) => letters.push(notice) },
  });
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const fail = (ip = HOME.ip) =>
  events.record({
    ...{ did: ALICE, kind: "signInFailed" },
    from: { ...HOME, ip },
    detail: { reason: "password" },
  });

describe("what happens again and again", () => {
  test("from one place is one row for an hour", () => {
    for (let i = 0; i < 5; i++) {
      fail();
      clock.advance(MINUTE_MS);
    }
    fail("192.0.2.8");
    clock.advance(60 * MINUTE_MS);
    fail();
    const counts = events.list(ALICE).events.map(({ count }) => count);
    expect(counts).toEqual([1, 1, 5]);
    const [, , first] = events.list(ALICE).events;
    expect(Date.parse(first!.lastAt) - Date.parse(first!.at)).toBe(
      4 * MINUTE_MS,
    );
  });

  test("from everywhere is fifty rows a day, of which the last counts the rest", () => {
    for (let i = 0; i < 200; i++) fail(`198.51.100.${i}`);
    const { events: page, cursor } = events.list(ALICE, { limit: 100 });
    expect(page).toHaveLength(50);
    expect(cursor).toBeNull();
    expect(page[0]!.count).toBe(151);
    expect(page[1]!.count).toBe(1);
  });

  test("pushes nothing else out", () => {
    events.record({ did: ALICE, kind: "passwordChanged" });
    for (let day = 0; day < 30; day++) {
      db.transaction(() => {
        for (let i = 0; i < 60; i++) fail(`198.51.${day}.${i}`);
      });
      clock.advance(DAY_MS);
    }
    const kinds = new Set<string>();
    let rows = 0;
    let cursor: string | null = null;
    do {
      const page = events.list(ALICE, { cursor, limit: 100 });
      for (const { kind } of page.events) kinds.add(kind);
      rows += page.events.length;
      cursor = page.cursor;
    } while (cursor !== null);
    expect([...kinds].sort()).toEqual(["passwordChanged", "signInFailed"]);
    expect(rows).toBe(1001);
  });
});

describe("the list", () => {
  test("is read page by page, newest first", () => {
    for (const handle of ["a.test", "b.test", "c.test"]) {
      const detail = { after: handle };
      events.record({ did: ALICE, kind: "handleChanged", detail });
    }
    const first = events.list(ALICE, { limit: 2 });
    const second = events.list(ALICE, { limit: 2, cursor: first.cursor });
    const names = [...first.events, ...second.events].map(
      ({ detail }) => detail.after,
    );
    expect(names).toEqual(["c.test", "b.test", "a.test"]);
    expect(second.cursor).toBeNull();
    expect(events.list(ALICE, { cursor: "nonsense" }).events).toEqual([]);
  });

  test("says who, where from and with what", () => {
    const chrome =
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
    events.recordBy(
      {
        ...{ kind: "oauth", did: ALICE, clientId: "https://app.test/c.json" },
        ...{ scopes: [], permissions: {} as never },
        controllerDid: "did:plc:bob" as Did,
        from: { ip: "2001:db8::1", userAgent: chrome },
      },
      { kind: "emailConfirmed" },
    );
    expect(events.list(ALICE).events[0]).toMatchObject({
      actor: "did:plc:bob",
      clientId: "https://app.test/c.json",
      ipAddress: "2001:db8::1",
      device: "Chrome on Windows",
    });
  });

  test("reaches back ninety days", () => {
    fail();
    clock.advance(89 * DAY_MS);
    expect(events.forgetOld(100)).toBe(0);
    clock.advance(2 * DAY_MS);
    expect(events.forgetOld(100)).toBe(1);
    expect(events.list(ALICE).events).toEqual([]);
  });

  test("knows nothing of who is not here", () => {
    events.record({ did: "did:plc:nobody" as Did, kind: "signInFailed" });
    expect(events.list("did:plc:nobody" as Did).events).toEqual([]);
  });
});

describe("a letter", () => {
  const signIn = (from: { ip: string; userAgent: string; deviceId?: string }) =>
    events.recordSignIn({ did: ALICE, from });
  const kinds = () => letters.splice(0).map(({ kind }) => kind);

  test("tells of a new device, but not of the first", () => {
    signIn(HOME);
    expect(kinds()).toEqual([]);
    signIn({ ...HOME, ip: "192.0.200.9" });
    signIn({ ...HOME, userAgent: "app/1.2" });
    expect(kinds()).toEqual([]);
    signIn({ ...HOME, ip: "203.0.113.1" });
    expect(kinds()).toEqual(["newDevice"]);
    signIn({ ...HOME, userAgent: "other/1.0" });
    expect(kinds()).toEqual(["newDevice"]);
    signIn({ ...HOME, deviceId: "dev-1" });
    expect(kinds()).toEqual(["newDevice"]);
    signIn({ ip: "203.0.113.200", userAgent: "other/9", deviceId: "dev-1" });
    expect(kinds()).toEqual([]);
  });

  test("goes to the address before as well", () => {
    const alsoTo = ["old@mail.test", null, "alice@mail.test"];
    events.record({ did: ALICE, kind: "emailChanged", alsoTo });
    expect(letters.map(({ to }) => to).sort()).toEqual([
      "alice@mail.test",
      "old@mail.test",
    ]);
  });

  test("of one kind comes twenty times a day at most, and of others still", () => {
    for (let i = 0; i < 40; i++) {
      const detail = { name: `app ${i}` };
      events.record({ did: ALICE, kind: "appPasswordCreated", detail });
    }
    expect(kinds()).toHaveLength(20);
    events.record({ did: ALICE, kind: "passwordChanged" });
    expect(kinds()).toEqual(["passwordChanged"]);
  });

  test("is not written when what it tells of is taken back", () => {
    const undone = () =>
      db.transaction(() => {
        events.record({ did: ALICE, kind: "passwordChanged" });
        throw new Error("undone");
      });
    expect(undone).toThrow("undone");
    expect(events.list(ALICE).events).toEqual([]);
  });
});
