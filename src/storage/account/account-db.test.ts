import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cidOfRaw } from "#repo/cid.ts";
import type { Did, Handle, Nsid, RecordKey } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "./account-db.ts";
import { statusOf, type AccountRow } from "./accounts.ts";

const ALICE = "did:plc:alice" as Did;
const BOB = "did:plc:bob" as Did;

let folder: string;
let db: AccountDb;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-account-"));
  db = openAccountDb(join(folder, "account.sqlite"));
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function account(did: Did, name: string): AccountRow {
  return {
    did,
    handle: `${name}.test` as Handle,
    email: `${name}@Example.com`,
    emailConfirmedAtMs: null,
    emailFactorAtMs: null,
    passwordHash: "hash",
    generation: db.accounts.allocateGeneration(did),
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
  };
}

describe("accounts", () => {
  test("are found by DID, handle and e-mail in any case", () => {
    const alice = account(ALICE, "alice");
    db.accounts.insert(alice);
    expect(db.accounts.find(ALICE)).toEqual(alice);
    expect(db.accounts.findByHandle("alice.test" as Handle)).toEqual(alice);
    expect(db.accounts.findByEmail(" ALICE@example.COM")).toEqual(alice);
    expect(db.accounts.find(BOB)).toBeNull();
    expect(db.accounts.generationOf(BOB)).toBeNull();
  });

  test("share no handle and no e-mail address", () => {
    db.accounts.insert(account(ALICE, "alice"));
    const code = (row: AccountRow) => {
      try {
        db.accounts.insert(row);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const sameHandle = {
      ...account(BOB, "bob"),
      handle: "alice.test" as Handle,
    };
    expect(code(sameHandle)).toBe("SQLITE_CONSTRAINT_UNIQUE");
    const sameEmail = { ...account(BOB, "bob"), email: "alice@example.com" };
    expect(code(sameEmail)).toBe("SQLITE_CONSTRAINT_UNIQUE");
    expect(code(account(BOB, "bob"))).toBeUndefined();
  });

  test("change only the fields named", () => {
    const alice = account(ALICE, "alice");
    db.accounts.insert(alice);
    const changes = { deactivatedAtMs: 5, email: "New@example.com" };
    expect(db.accounts.update(ALICE, changes)).toBe(true);
    expect(db.accounts.find(ALICE)).toEqual({ ...alice, ...changes });
    expect(db.accounts.findByEmail("new@example.com")?.did).toBe(ALICE);
    expect(db.accounts.findByEmail("alice@example.com")).toBeNull();
    expect(db.accounts.update(BOB, changes)).toBe(false);
  });

  test("get a new repository file when they come back", () => {
    db.accounts.insert(account(ALICE, "alice"));
    expect(db.accounts.generationOf(ALICE)).toBe(1);
    db.accounts.remove(ALICE);
    db.accounts.insert(account(ALICE, "alice"));
    expect(db.accounts.generationOf(ALICE)).toBe(2);
  });

  test("have the status of the strongest reason", () => {
    const row = account(ALICE, "alice");
    expect(statusOf(row)).toBe("active");
    row.deactivatedAtMs = 1;
    expect(statusOf(row)).toBe("deactivated");
    row.suspendedAtMs = 1;
    expect(statusOf(row)).toBe("suspended");
    row.takedownAtMs = 1;
    expect(statusOf(row)).toBe("takendown");
    row.deletingAtMs = 1;
    expect(statusOf(row)).toBe("deleted");
    row.creationState = "reserved";
    expect(statusOf(row)).toBe("creating");
  });

  test("take with them what hangs on them", () => {
    db.accounts.insert(account(ALICE, "alice"));
    const cid = cidOfRaw(new Uint8Array([1]));
    db.blobs.insert({
      did: ALICE,
      cid,
      mimeType: "image/png",
      sizeBytes: 1,
      createdAtMs: 1,
    });
    expect(db.blobs.find(ALICE, cid)?.mimeType).toBe("image/png");
    expect(db.blobs.count(ALICE)).toBe(1);
    db.accounts.remove(ALICE);
    expect(db.blobs.find(ALICE, cid)).toBeNull();
  });
});

test("a transaction that throws leaves nothing", () => {
  expect(() =>
    db.transaction(() => {
      db.accounts.insert(account(ALICE, "alice"));
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(db.accounts.count()).toBe(0);
});

test("all that was stored is there after the file is opened again", () => {
  db.accounts.insert(account(ALICE, "alice"));
  db.settings.put("name", { a: 1 }, 1);
  db.close();
  db = openAccountDb(join(folder, "account.sqlite"));
  expect(db.accounts.find(ALICE)?.handle).toBe("alice.test" as Handle);
  expect(db.settings.find("name")).toEqual({ a: 1 });
  expect(db.settings.find("other")).toBeUndefined();
});

describe("invite codes", () => {
  const invite = (code: string, availableUses: number, forAccount = "admin") =>
    db.inviteCodes.insert({
      code,
      availableUses,
      forAccount,
      createdBy: "admin",
      createdAtMs: 1,
      disabledAtMs: null,
    });
  const use = (code: string, usedBy: Did) =>
    db.inviteCodes.use({ code, usedBy, usedAtMs: 2 });

  test("are used as often as they say", () => {
    invite("two", 2);
    expect(use("two", ALICE)).toBe(true);
    expect(db.inviteCodes.isAvailable("two")).toBe(true);
    expect(use("two", BOB)).toBe(true);
    expect(db.inviteCodes.isAvailable("two")).toBe(false);
    expect(use("two", "did:plc:carla" as Did)).toBe(false);
    expect(db.inviteCodes.listUses("two").map((u) => u.usedBy)).toEqual([
      ALICE,
      BOB,
    ]);
    db.inviteCodes.releaseUse(BOB);
    expect(use("two", "did:plc:carla" as Did)).toBe(true);
  });

  test("are refused when unknown, disabled, or of an account taken down", () => {
    expect(use("none", BOB)).toBe(false);
    invite("off", 1);
    db.inviteCodes.disable("off", 3);
    expect(use("off", BOB)).toBe(false);
    db.accounts.insert(account(ALICE, "alice"));
    invite("gift", 1, ALICE);
    db.accounts.update(ALICE, { takedownAtMs: 4, takedownRef: "x" });
    expect(use("gift", BOB)).toBe(false);
    db.accounts.update(ALICE, { takedownAtMs: null, takedownRef: null });
    expect(use("gift", BOB)).toBe(true);
  });

  test("are paged newest first", () => {
    for (const code of ["a", "b", "c"]) invite(code, 1);
    const page = db.inviteCodes.list({ before: null, limit: 2 });
    expect(page.map((row) => row.code)).toEqual(["c", "b"]);
    const rest = db.inviteCodes.list({ before: page[1]!, limit: 2 });
    expect(rest.map((row) => row.code)).toEqual(["a"]);
  });
});

test("what was done in the operator's name outlives its subject", () => {
  db.accounts.insert(account(ALICE, "alice"));
  const act = (subject: string, action: string) =>
    db.adminEvents.add({
      ...{ actor: "admin", action, subject, detailJson: "{}" },
      createdAtMs: 1,
    });
  act(ALICE, "first");
  act(BOB, "second");
  act(ALICE, "third");
  db.accounts.remove(ALICE);
  const actions = (rows: { action: string }[]) =>
    rows.map(({ action }) => action);
  expect(actions(db.adminEvents.listOf(ALICE, 10))).toEqual(["third", "first"]);
  const page = db.adminEvents.list({ before: null, limit: 2 });
  expect(actions(page)).toEqual(["third", "second"]);
  const rest = db.adminEvents.list({ before: page[1]!.id, limit: 2 });
  expect(actions(rest)).toEqual(["first"]);
});

test("a change of key is one at a time, and goes with its account", () => {
  db.accounts.insert(account(ALICE, "alice"));
  const row = {
    ...{ did: ALICE, didKey: "did:key:z1", operationJson: null },
    createdAtMs: 1,
  };
  db.keyRotations.add(row);
  expect(() => db.keyRotations.add(row)).toThrow();
  db.keyRotations.noteFailure(ALICE, "away");
  expect(db.keyRotations.list()).toEqual([
    { ...row, attempts: 1, lastError: "away" },
  ]);
  db.accounts.remove(ALICE);
  expect(db.keyRotations.find(ALICE)).toBeNull();
});

test("preferences are replaced by name and kept in order", () => {
  db.accounts.insert(account(ALICE, "alice"));
  const row = (name: string, value: number) => ({
    name,
    valueJson: String(value),
  });
  const names = (namespace: string) =>
    db.preferences.list(ALICE, namespace).map((pref) => pref.name);
  db.preferences.replace(ALICE, [], [row("app.b#z", 1), row("app.b.a", 2)]);
  db.preferences.replace(ALICE, [], [row("app.bc", 3)]);
  expect(names("app.b")).toEqual(["app.b.a"]);
  expect(names("app")).toEqual(["app.b#z", "app.b.a", "app.bc"]);
  db.preferences.replace(ALICE, ["app.b.a"], [row("app.b.a", 4)]);
  expect(db.preferences.list(ALICE, "app.b")).toEqual([row("app.b.a", 4)]);
});

test("takedowns of records and blobs outlive the account", () => {
  db.accounts.insert(account(ALICE, "alice"));
  const cid = cidOfRaw(new Uint8Array([1]));
  const subject = {
    did: ALICE,
    collection: "app.bsky.feed.post" as Nsid,
    rkey: "a" as RecordKey,
  };
  const takedown = { ref: "case 1", createdAtMs: 1 };
  db.takedowns.putRecord(subject, takedown);
  db.takedowns.putBlob({ did: ALICE, cid }, takedown);
  db.accounts.remove(ALICE);
  const { did, collection, rkey } = subject;
  expect(db.takedowns.findRecord(did, collection, rkey)).toEqual(takedown);
  expect(db.takedowns.listRecords(did, collection)).toEqual(new Set([rkey]));
  expect(db.takedowns.findBlob(did, cid)).toEqual(takedown);
  db.takedowns.removeRecord(subject);
  db.takedowns.removeBlob({ did, cid });
  expect(db.takedowns.findRecord(did, collection, rkey)).toBeNull();
  expect(db.takedowns.findBlob(did, cid)).toBeNull();
});

test("the outbox gives each event a number that never comes again", () => {
  const event = { kind: "identity", did: ALICE, handle: null } as const;
  const first = db.outbox.add(event);
  db.outbox.remove(first);
  const second = db.outbox.add({
    kind: "account",
    did: ALICE,
    active: false,
    status: "deactivated",
  });
  expect(second).toBeGreaterThan(first);
  expect(db.outbox.list(10)).toEqual([
    {
      id: second,
      event: {
        kind: "account",
        did: ALICE,
        active: false,
        status: "deactivated",
      },
    },
  ]);
});

test("mail waits until it is due, sent or given up", () => {
  const mail = {
    did: null,
    kind: "reset",
    toAddress: "a@example.com",
    subject: "s",
    textBody: "t",
    htmlBody: null,
    createdAtMs: 10,
  };
  const id = db.mails.add(mail);
  expect(db.mails.nextDueAtMs()).toBe(10);
  expect(db.mails.listDue(9, 10)).toEqual([]);
  expect(db.mails.listDue(10, 10)).toMatchObject([{ ...mail, id }]);
  db.mails.markFailed(id, { error: "no route", nowMs: 11, dueAtMs: 50 });
  expect(db.mails.listDue(49, 10)).toEqual([]);
  expect(db.mails.find(id)).toMatchObject({ attempts: 1, failedAtMs: null });
  db.mails.markFailed(id, { error: "no route", nowMs: 51, dueAtMs: null });
  expect(db.mails.find(id)).toMatchObject({ attempts: 2, failedAtMs: 51 });
  expect(db.mails.nextDueAtMs()).toBeNull();
  const other = db.mails.add(mail);
  db.mails.markSent(other, 12);
  expect(db.mails.listDue(99, 10)).toEqual([]);
  expect(db.mails.removeDone(11, 10)).toBe(2);
});

test("an e-mail code is one for each purpose", () => {
  db.accounts.insert(account(ALICE, "alice"));
  const token = (byte: number) => ({
    did: ALICE,
    purpose: "reset",
    tokenHash: new Uint8Array([byte]),
    createdAtMs: 1,
    expiresAtMs: 2,
  });
  db.emailTokens.put(token(1));
  db.emailTokens.put(token(2));
  expect(db.emailTokens.find(ALICE, "reset")).toEqual(token(2));
  expect(db.emailTokens.findByHash("reset", token(1).tokenHash)).toBeNull();
  expect(db.emailTokens.findByHash("reset", token(2).tokenHash)).toEqual(
    token(2),
  );
  expect(db.emailTokens.findByHash("other", token(2).tokenHash)).toBeNull();
  expect(db.emailTokens.remove(ALICE, "reset")).toBe(true);
  expect(db.emailTokens.remove(ALICE, "reset")).toBe(false);
});
