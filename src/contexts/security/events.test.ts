import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import { ALICE, type EventsHost, openEvents } from "./events-fixture.ts";

const HOME = { ip: "192.0.2.7", userAgent: "app/1.0" };
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let host: EventsHost;
let db: EventsHost["db"];
let clock: EventsHost["clock"];
let letters: EventsHost["letters"];
let events: EventsHost["events"];

beforeEach(() => {
  host = openEvents();
  ({ db, clock, letters, events } = host);
});
afterEach(() => host.close());

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
