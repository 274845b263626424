import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDomain } from "#app/domain.ts";
import { openStorage } from "#app/storage.ts";
import { loadConfig, type Config } from "#config.ts";
import { finishActivations } from "#contexts/accounts/unfinished-activations.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import { sayFinding } from "#contexts/checks/findings.ts";
import { verifyHost } from "#contexts/checks/verify.ts";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import { decodeFrame } from "#repo/frame.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { createPlcClient } from "#contexts/identity/plc.ts";
import { carOf, makeForeignRepo, makePosts } from "../support/foreign-repo.ts";
import type { Mover } from "../support/mover.ts";

/** The ends and beginnings of accounts, below the edge and on a clock that is moved by hand. */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const directory = createPlcDirectory({ clock: createFakeClock(Date.now()) });
let plc: ReturnType<typeof directory.start>;
let folder: string;
let clock: FakeClock;
let config: Config;
let host: Host;

type Host = Awaited<ReturnType<typeof openHost>>;

async function openHost() {
  const storage = openStorage(config, { clock, log: silentLogger });
  const domain = createDomain(config, storage, {
    clock,
    log: silentLogger,
    onFatal: (error) => {
      throw error;
    },
    mailTransport: null,
    shouldInvert: true,
  });
  await domain.sequencer.start();
  const { accountDb: db, eventLog } = storage;
  finishActivations({ db, eventLog, log: silentLogger });
  return { ...domain, storage };
}

async function closeHost(): Promise<void> {
  await host.sequencer.stop();
  host.storage.close();
}

async function restart(): Promise<void> {
  await closeHost();
  host = await openHost();
}

beforeEach(async () => {
  plc = directory.start({ port: 0, hostname: "127.0.0.1" });
  folder = mkdtempSync(join(tmpdir(), "tempest-lifecycle-"));
  clock = createFakeClock(Date.now());
  config = loadConfig({
    mode: "dev",
    env: {},
    flags: { TEMPEST_DATA_DIR: folder, TEMPEST_DID_PLC_URL: plc.url },
  }).config;
  host = await openHost();
});
afterEach(async () => {
  const problems: string[] = [];
  const report = await verifyHost(host.storage, null, (repo) =>
    problems.push(...repo.problems.map(sayFinding)),
  );
  await closeHost();
  await plc.stop();
  rmSync(folder, { recursive: true, force: true });
  expect([...report.problems.map(sayFinding), ...problems]).toEqual([]);
});

let count = 0;

async function addAccount(): Promise<SessionCaller> {
  const name = `person${++count}`;
  const { did, accessJwt } = (await host.contexts.accounts.createAccount(
    { handle: `${name}.test`, email: `${name}@mail.test`, password: "pw" },
    { kind: "anonymous" },
  )) as { did: Did; accessJwt: string };
  expect(did).toStartWith("did:plc:");
  return host.accounts.authenticateAccess(accessJwt);
}

async function addMover(): Promise<Mover> {
  const [signer, rotation] = [1, 2].map(() =>
    createSigner("k256", generatePrivateKey("k256")),
  ) as [Mover["signer"], Mover["rotation"]];
  const client = createPlcClient({ url: plc.url, fetch });
  const { did, op } = client.signGenesis({
    signingKey: signer.didKey,
    rotationKeys: [rotation.didKey],
    handle: "mover.example.com",
    pds: "https://elsewhere.example.com",
    signer: rotation,
  });
  await client.submit(did, op);
  return { did, signer, rotation };
}

/** Makes the account of somebody who brings a DID, whose right was checked. */
async function arrive({ did }: Mover): Promise<SessionCaller> {
  const name = `mover${++count}`;
  const aud = config.serviceDid;
  const { accessJwt } = (await host.contexts.accounts.createAccount(
    { did, handle: `${name}.test`, email: `${name}@a.test`, password: "pw" },
    { kind: "service", did, aud, lxm: null },
  )) as { accessJwt: string };
  return host.accounts.authenticateAccess(accessJwt);
}

const carWith = (mover: Mover, posts: number) =>
  carOf(makeForeignRepo({ ...mover, records: makePosts(posts) }));

const importCar = (caller: SessionCaller, car: Uint8Array<ArrayBuffer>) =>
  host.contexts.migration.importRepo({
    caller,
    body: new Response(car).body!,
  });

const importPosts = (mover: Mover, caller: SessionCaller, posts: number) =>
  importCar(caller, carWith(mover, posts));

async function pointHere({ did, rotation }: Mover, caller: SessionCaller) {
  const wanted = host.accounts.getRecommendedDidCredentials(caller);
  const client = createPlcClient({ url: plc.url, fetch });
  await client.update(did, rotation, () => ({
    ...wanted,
    rotationKeys: [rotation.didKey, ...wanted.rotationKeys],
  }));
}

/** What readers of the stream are told of an account. */
function eventsOf(did: string): string[] {
  const options = { after: 0, limit: 10_000, maxBytes: 1e9, did: did as Did };
  const rows = host.storage.eventLog.read(options);
  return rows.flatMap(({ frame }) => {
    if (frame.length === 0) return [];
    const { t, payload } = decodeFrame(frame);
    const { status, active } = payload as { status?: string; active?: boolean };
    return [
      t === "#account" ? `#account ${active ? "active" : status}` : `${t}`,
    ];
  });
}

const writePost = (caller: SessionCaller) =>
  host.contexts.records.createRecord(
    {
      repo: caller.did,
      collection: "com.example.thing",
      record: { at: clock.nowMs() },
    },
    caller,
  );

const deactivate = (caller: SessionCaller, deleteAfterMs?: number) =>
  host.contexts.accounts.deactivateAccount(
    deleteAfterMs === undefined
      ? {}
      : { deleteAfter: new Date(deleteAfterMs).toISOString() },
    caller,
  );

describe("a date of deletion", () => {
  test("is kept, to the hour", async () => {
    const caller = await addAccount();
    const { did } = caller;
    await writePost(caller);
    await deactivate(caller, clock.nowMs() + 7 * DAY_MS);
    clock.advance(7 * DAY_MS - 1);
    expect(await host.deletions.deleteDue()).toBe(0);
    await restart();
    clock.advance(1);
    expect(await host.deletions.deleteDue()).toBe(1);
    expect(host.accounts.findStatus(did)).toBeNull();
    expect(eventsOf(did)).toEqual(["#account deleted"]);
    expect(await host.storage.blobStore.listAll(did)).toEqual([]);
  });

  test("is forgotten when the account is active again", async () => {
    const caller = await addAccount();
    await deactivate(caller, clock.nowMs() + DAY_MS);
    await host.contexts.accounts.activateAccount(caller);
    clock.advance(2 * DAY_MS);
    expect(await host.deletions.deleteDue()).toBe(0);
    await deactivate(caller);
    clock.advance(1000 * DAY_MS);
    expect(await host.deletions.deleteDue()).toBe(0);
  });

  test("can be moved and taken away", async () => {
    const caller = await addAccount();
    const { did } = caller;
    await deactivate(caller, clock.nowMs() + DAY_MS);
    await deactivate(caller, clock.nowMs() + 3 * DAY_MS);
    clock.advance(2 * DAY_MS);
    expect(await host.deletions.deleteDue()).toBe(0);
    await deactivate(caller);
    clock.advance(2 * DAY_MS);
    expect(await host.deletions.deleteDue()).toBe(0);
    // Told once, however often it was said.
    expect(eventsOf(did).filter((kind) => kind.startsWith("#account"))).toEqual(
      ["#account active", "#account deactivated"],
    );
  });
});

describe("an account that never became active here", () => {
  test("goes after three days, and nobody is told", async () => {
    const mover = await addMover();
    const caller = await arrive(mover);
    await importPosts(mover, caller, 10);
    // To deactivate it once more does not make it one that was active.
    clock.advance(HOUR_MS);
    await deactivate(caller, clock.nowMs() + DAY_MS);
    clock.advance(DAY_MS);
    expect(await host.deletions.deleteDue()).toBe(1);
    expect(eventsOf(mover.did)).toEqual([]);
    expect(host.storage.eventLog.findRepo(mover.did)).toBeNull();
  });

  test("may try again", async () => {
    const mover = await addMover();
    await importPosts(mover, await arrive(mover), 10);
    clock.advance(3 * DAY_MS);
    expect(await host.deletions.deleteDue()).toBe(1);
    const caller = await arrive(mover);
    await importPosts(mover, caller, 4);
    await pointHere(mover, caller);
    await host.contexts.accounts.activateAccount(caller);
    expect(eventsOf(mover.did)).toEqual([
      "#account active",
      "#identity",
      "#commit",
      "#sync",
    ]);
    await writePost(caller);
  });
});

describe("a DID that comes back after its deletion", () => {
  test("meets nothing of what was there", async () => {
    const mover = await addMover();
    const first = await arrive(mover);
    await importPosts(mover, first, 20);
    await pointHere(mover, first);
    await host.contexts.accounts.activateAccount(first);
    await writePost(first);
    await host.deletions.deleteAccount(mover.did);
    expect(eventsOf(mover.did)).toEqual(["#account deleted"]);
    // The rows of the first life are still above the mark of the log.
    const second = await arrive(mover);
    expect(host.storage.stores.find(mover.did)!.counts().records).toBe(0);
    await restart();
    expect(host.storage.stores.find(mover.did)!.counts().records).toBe(0);
    await importPosts(mover, second, 5);
    await pointHere(mover, second);
    await host.contexts.accounts.activateAccount(second);
    await writePost(second);
    await restart();
    expect(host.storage.stores.find(mover.did)!.counts().records).toBe(6);
    expect(eventsOf(mover.did)).toEqual([
      "#account deleted",
      "#account active",
      "#identity",
      "#commit",
      "#sync",
      "#commit",
    ]);
  });
});

describe("an identity of the web", () => {
  test("moves here by the document that its host serves", async () => {
    const old = createSigner("k256", generatePrivateKey("k256"));
    let document: object = {};
    const server = Bun.serve({
      port: 0,
      fetch: () => Response.json(document),
    });
    try {
      const did = `did:web:localhost%3A${server.port}` as Did;
      const describe = (pds: string, key: string) => ({
        id: did,
        verificationMethod: [
          {
            id: `${did}#atproto`,
            type: "Multikey",
            controller: did,
            publicKeyMultibase: key.replace("did:key:", ""),
          },
        ],
        service: [
          {
            id: "#atproto_pds",
            type: "AtprotoPersonalDataServer",
            serviceEndpoint: pds,
          },
        ],
      });
      document = describe("https://elsewhere.example.com", old.didKey);
      const mover = { did, signer: old, rotation: old };
      const caller = await arrive(mover);
      const car = carWith(mover, 8);
      await importCar(caller, car);
      const { accounts } = host.contexts;
      await expect(accounts.activateAccount(caller)).rejects.toMatchObject({
        error: "InvalidRequest",
      });
      const key = host.accounts.getSigner(did).didKey;
      document = describe(`${config.publicUrl}/`, key);
      // The same file once more, now that the old key is in no document.
      await importCar(caller, car);
      const other = importPosts(mover, caller, 9);
      await expect(other).rejects.toMatchObject({ error: "InvalidRequest" });
      await accounts.activateAccount(caller);
      expect(eventsOf(did)).toEqual([
        "#account active",
        "#identity",
        "#commit",
        "#sync",
      ]);
      document = {};
      expect(await accounts.checkAccountStatus(caller)).toMatchObject({
        activated: true,
        validDid: false,
      });
    } finally {
      await server.stop(true);
    }
  });
});

describe("what was told and what is stored", () => {
  test("an activation that was not stored is, at the next start", async () => {
    const caller = await addAccount();
    const { did } = caller;
    await deactivate(caller);
    const { accounts } = host.storage.accountDb;
    const { deactivatedAtMs } = accounts.find(did)!;
    clock.advance(HOUR_MS);
    await host.contexts.accounts.activateAccount(caller);
    accounts.update(did, { deactivatedAtMs });
    await restart();
    expect(host.accounts.findStatus(did)).toBe("active");
  });

  test("an older word does not undo a deactivation", async () => {
    const caller = await addAccount();
    const { did } = caller;
    clock.advance(HOUR_MS);
    // As after the log was restored from a time before the deactivation.
    host.storage.accountDb.accounts.update(did, {
      deactivatedAtMs: clock.nowMs(),
    });
    await restart();
    expect(host.accounts.findStatus(did)).toBe("deactivated");
    await host.activations.activate(did);
  });

  test("an account that was taken down does not become active", async () => {
    const caller = await addAccount();
    const { did } = caller;
    await deactivate(caller);
    await host.accounts.states.takeDown(did, "test");
    await expect(host.activations.activate(did)).rejects.toMatchObject({
      error: "AccountNotFound",
      status: 400,
    });
    await expect(
      host.contexts.migration.importRepo({
        caller,
        body: new Blob([]).stream(),
      }),
    ).rejects.toMatchObject({ error: "AccountTakedown" });
    await host.accounts.states.restore(did);
    await host.activations.activate(did);
    expect(eventsOf(did).slice(4)).toEqual([
      "#account deactivated",
      "#account takendown",
      "#account deactivated",
      "#account active",
      "#identity",
      "#commit",
      "#sync",
    ]);
  });

  test("a deletion of what is not here says so", async () => {
    const did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" as Did;
    await expect(host.deletions.deleteAccount(did)).rejects.toMatchObject({
      error: "AccountNotFound",
    });
  });
});

describe("two things at once", () => {
  test("writes, a deactivation and an activation leave one story", async () => {
    const caller = await addAccount();
    const { did } = caller;
    const results = await Promise.allSettled([
      ...Array.from({ length: 10 }, () => writePost(caller)),
      deactivate(caller),
      ...Array.from({ length: 10 }, () => writePost(caller)),
      host.contexts.accounts.activateAccount(caller),
      host.contexts.accounts.activateAccount(caller),
      ...Array.from({ length: 10 }, () => writePost(caller)),
    ]);
    const refusals = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason.error] : [],
    );
    for (const error of refusals) expect(error).toBe("AccountDeactivated");
    // The host's own check reads the events: no commit while inactive.
    expect(host.accounts.findStatus(did)).toBe("active");
  });

  test("two deletions and a write", async () => {
    const caller = await addAccount();
    const { did } = caller;
    const results = await Promise.allSettled([
      writePost(caller),
      host.deletions.deleteAccount(did),
      host.deletions.deleteAccount(did),
      writePost(caller),
      host.deletions.resumeDeletions(),
    ]);
    expect(results[1]!.status).toBe("fulfilled");
    expect(host.accounts.findStatus(did)).toBeNull();
    expect(eventsOf(did)).toEqual(["#account deleted"]);
  });

  test("two imports of one account: the second is told to wait", async () => {
    const mover = await addMover();
    const caller = await arrive(mover);
    const results = await Promise.allSettled(
      [10, 20].map((posts) => importPosts(mover, caller, posts)),
    );
    const statuses = results.map(({ status }) => status).sort();
    expect(statuses).toEqual(["fulfilled", "rejected"]);
    const [refused] = results.filter(({ status }) => status === "rejected");
    expect((refused as PromiseRejectedResult).reason).toMatchObject({
      status: 503,
    });
  });

  test("an import waits for the writes before it, and they for it", async () => {
    const caller = await addAccount();
    const { did } = caller;
    await writePost(caller);
    const saved = host.contexts.sync.getRepo({ did }, caller);
    const body = new Blob([await new Response(saved as never).bytes()]);
    const writes = Array.from({ length: 5 }, () => writePost(caller));
    const imported = host.contexts.migration.importRepo({
      caller,
      body: body.stream(),
    });
    await Promise.all([...writes, imported, writePost(caller)]);
    await writePost(caller);
    expect(eventsOf(did)).toContain("#sync");
  });
});
