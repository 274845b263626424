import { describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import {
  HOUR_MS,
  addAccount,
  addMover,
  arrive,
  clock,
  deactivate,
  eventsOf,
  host,
  importPosts,
  restart,
  useHost,
  writePost,
} from "./lifecycle-host.ts";

/** What an account is while it changes: after an accident between two steps, and for those who come at the same time. */
useHost();

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
