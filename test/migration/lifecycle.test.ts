import { describe, expect, test } from "bun:test";
import { createSigner } from "#repo/signer.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import type { Did } from "#repo/syntax.ts";
import {
  DAY_MS,
  HOUR_MS,
  addAccount,
  addMover,
  arrive,
  carWith,
  clock,
  config,
  deactivate,
  eventsOf,
  host,
  importCar,
  importPosts,
  pointHere,
  restart,
  useHost,
  writePost,
} from "./lifecycle-host.ts";

/** The ends and beginnings of accounts. */
useHost();

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

  test("waits while the account is taken down", async () => {
    const caller = await addAccount();
    const { did } = caller;
    const judge = (applied: boolean) =>
      host.contexts.admin.updateSubjectStatus(
        {
          subject: { $type: "com.atproto.admin.defs#repoRef", did },
          takedown: { applied },
        },
        { kind: "admin" },
      );
    await judge(true);
    await deactivate(caller, clock.nowMs() + 1);
    clock.advance(DAY_MS);
    expect(await host.deletions.deleteDue()).toBe(0);
    expect(host.accounts.findStatus(did)).toBe("takendown");
    await judge(false);
    expect(await host.deletions.deleteDue()).toBe(1);
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
