import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { createLogger } from "#lib/log.ts";
import { createKeyedMutex, type KeyedMutex } from "#lib/mutex.ts";
import { cidOfRaw, formatCid } from "#repo/cid.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { silentEvents } from "#contexts/security/silent-events.ts";
import { createAudit } from "./audit.ts";
import { createSubjects, type Subject, type Subjects } from "./subjects.ts";

const ALICE = "did:plc:alice" as Did;
const MODS: Caller = {
  kind: "service",
  did: "did:plc:mods" as Did,
  aud: "did:web:pds.test",
  lxm: null,
};
const CID = cidOfRaw(new TextEncoder().encode("picture"));
const BLOB: Subject = {
  $type: "com.atproto.admin.defs#repoBlobRef",
  did: ALICE,
  cid: formatCid(CID),
};

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let locks: KeyedMutex;
let logLines: string[];
let blobStore: Pick<BlobStore, "quarantine" | "restore">;
let subjects: Subjects;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-admin-"));
  db = openAccountDb(join(folder, "account.sqlite"));
  clock = createFakeClock();
  locks = createKeyedMutex({ maxWaitMs: 10_000 });
  logLines = [];
  blobStore = { quarantine: async () => true, restore: async () => true };
  db.accounts.insert({
    ...{ did: ALICE, handle: "alice.test" as Handle, email: null },
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null, passwordHash: null },
    ...{ generation: 1, creationState: null, createdAtMs: 1 },
    ...{ deactivatedAtMs: null, deleteAfterMs: null, suspendedAtMs: null },
    ...{ takedownAtMs: null, takedownRef: null, deletingAtMs: null },
    ...{ invitesDisabledAtMs: null, inviteNote: null },
  });
  const log = createLogger({
    level: "info",
    clock,
    write: (line) => void logLines.push(line),
  });
  const unused = async () => {
    throw new Error("not to be called");
  };
  subjects = createSubjects({
    db,
    locks,
    clock,
    stores: { find: () => null },
    blobStore: {
      quarantine: (did, cid) => blobStore.quarantine(did, cid),
      restore: (did, cid) => blobStore.restore(did, cid),
    },
    states: { takeDown: unused, restore: unused, deactivate: unused },
    activate: unused,
    record: createAudit({ db, clock, log, events: silentEvents }),
  });
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const judge = (applied: boolean) =>
  subjects.updateSubjectStatus({ subject: BLOB, takedown: { applied } }, MODS);
const isHidden = () => db.takedowns.findBlob(ALICE, CID) !== null;
const fail = async () => {
  throw new XrpcError("InsufficientStorage", "no room");
};

describe("a blob", () => {
  test("is out of sight before its file is moved", async () => {
    const seen: boolean[] = [];
    blobStore.quarantine = async () => seen.push(isHidden()) > 0;
    await judge(true);
    expect(seen).toEqual([true]);
  });

  test("stays out of sight when its file can't be moved", async () => {
    blobStore.quarantine = fail;
    await expect(judge(true)).rejects.toThrow("no room");
    expect(isHidden()).toBe(true);
    expect(db.adminEvents.list({ before: null, limit: 1 })).toEqual([]);
    blobStore.quarantine = async () => true;
    await judge(true);
    expect(isHidden()).toBe(true);
  });

  test("is in sight once its file is back, and not before", async () => {
    await judge(true);
    blobStore.restore = fail;
    await expect(judge(false)).rejects.toThrow("no room");
    expect(isHidden()).toBe(true);
    const seen: boolean[] = [];
    blobStore.restore = async () => seen.push(isHidden()) > 0;
    await judge(false);
    expect(seen).toEqual([true]);
    expect(isHidden()).toBe(false);
  });

  test("is not moved while it is uploaded or named", async () => {
    const upload = Promise.withResolvers<void>();
    const uploading = locks.run(ALICE, () => upload.promise);
    const judged = judge(true);
    await new Promise(setImmediate);
    expect(isHidden()).toBe(false);
    upload.resolve();
    await Promise.all([uploading, judged]);
    expect(isHidden()).toBe(true);
  });
});

test("what is done leaves a row with the details and a line without", async () => {
  await judge(true);
  const [row] = db.adminEvents.list({ before: null, limit: 1 });
  expect(row).toEqual({
    id: 1,
    actor: "did:plc:mods",
    action: "updateSubjectStatus",
    subject: `${ALICE} ${formatCid(CID)}`,
    detailJson: '{"takedown":{"applied":true}}',
    createdAtMs: clock.nowMs(),
  });
  expect(logLines.map((line) => JSON.parse(line))).toMatchObject([
    {
      event: "admin.acted",
      actor: "did:plc:mods",
      action: "updateSubjectStatus",
    },
  ]);
  expect(logLines[0]).not.toContain("applied");
});

test("what is refused leaves nothing", async () => {
  const nobody = { ...BLOB, did: "did:plc:nobody" } as Subject;
  const judged = subjects.updateSubjectStatus(
    { subject: nobody, takedown: { applied: true } },
    MODS,
  );
  await expect(judged).rejects.toMatchObject({
    error: "NotFound",
    status: 400,
  });
  expect(db.adminEvents.list({ before: null, limit: 1 })).toEqual([]);
  expect(db.takedowns.findBlob("did:plc:nobody" as Did, CID)).toBeNull();
});
