import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { decodeCar } from "#repo/car.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import { announceActive, announceKey } from "./activation.ts";
import {
  createWriteHost,
  faultsOf,
  write,
  type WriteHost,
} from "./write-fixture.ts";

let host: WriteHost;
beforeEach(async () => {
  host = await createWriteHost();
});
afterEach(() => host.remove());

/** The key of the account's identity as it is now. */
const signer = createSigner("k256", generatePrivateKey("k256"));

const deps = () => ({
  stores: host.stores,
  sequencer: host.sequencer,
  tids: createTidClock({ clock: host.clock, clockId: 2 }),
  clock: host.clock,
});

const activate = (did: Did) =>
  announceActive(deps(), { did, handle: "alice.test" as Handle, signer });

/** The messages that `act` adds, and in how many batches. */
async function told(act: () => Promise<void>) {
  const before = host.rows().length;
  let batches = 0;
  host.faults.beforeAppend = () => void batches++;
  await act();
  const messages = host
    .rows()
    .slice(before)
    .map(({ frame }) => decodeFrame(frame));
  return { messages, batches };
}

// oxlint-disable-next-line typescript/no-explicit-any
const blocksOf = ({ payload }: { payload: any }) =>
  decodeCar(payload.blocks as Uint8Array).blocks;

describe("an account that comes back", () => {
  let alice: Did;
  beforeEach(async () => {
    alice = await host.addAccount("alice");
    await host.commit(alice, write("create", "a", { n: 1 }));
  });

  test("tells it in one batch: account, identity, commit, sync", async () => {
    const before = host.store(alice).head()!;
    const { messages, batches } = await told(() => activate(alice));
    expect(batches).toBe(1);
    const [account, identity, commit, sync] = messages;
    expect(messages.map(({ t }) => t)).toEqual([
      "#account",
      "#identity",
      "#commit",
      "#sync",
    ]);
    expect(account!.payload).toMatchObject({ did: alice, active: true });
    expect(identity!.payload).toMatchObject({
      did: alice,
      handle: "alice.test",
    });
    const head = host.store(alice).head()!;
    expect(commit!.payload).toMatchObject({
      repo: alice,
      since: before.rev,
      prevData: before.data,
      rev: head.rev,
      commit: head.commit,
      ops: [],
    });
    expect(sync!.payload).toMatchObject({ did: alice, rev: head.rev });
    expect(blocksOf(sync!)).toEqual([
      { cid: head.commit, bytes: host.store(alice).getBlock(head.commit)! },
    ]);
  });

  test("stands where it stood, under its key of today", async () => {
    const before = host.store(alice).head()!;
    await activate(alice);
    const head = host.store(alice).head()!;
    expect(head.data).toEqual(before.data);
    expect(head.rev > before.rev).toBe(true);
    const bytes = host.store(alice).getBlock(head.commit)!;
    expect(verifyCommit(bytes, signer.didKey)).toBe(true);
    expect(decodeCommit(bytes).rev).toBe(head.rev);
    expect(faultsOf(host.store(alice), signer.didKey)).toEqual([]);
  });

  test("goes on from there", async () => {
    await activate(alice);
    await host.commit(alice, write("create", "b", { n: 2 }));
    expect(host.store(alice).counts().records).toBe(2);
  });

  test("is as before when the log does not take it", async () => {
    const before = host.dump();
    host.faults.beforeAppend = () => {
      throw new Error("disk full");
    };
    await expect(activate(alice)).rejects.toThrow("could not be stored");
    expect(host.dump()).toEqual(before);
  });

  test("waits while its repository is behind the log", async () => {
    host.faults.beforeApply = () => {
      throw new Error("database is locked");
    };
    const failed = host.commit(alice, write("create", "b", { n: 2 }));
    await expect(failed).rejects.toThrow("will appear");
    await expect(activate(alice)).rejects.toMatchObject({
      error: "ServiceUnavailable",
    });
  });

  test("that has a new key tells it by commit and sync", async () => {
    const before = host.store(alice).head()!;
    const { messages, batches } = await told(() =>
      announceKey(deps(), { did: alice, signer }),
    );
    expect(batches).toBe(1);
    expect(messages.map(({ t }) => t)).toEqual(["#commit", "#sync"]);
    expect(messages[0]!.payload).toMatchObject({
      since: before.rev,
      prevData: before.data,
    });
    expect(faultsOf(host.store(alice), signer.didKey)).toEqual([]);
  });
});

describe("an account that arrives with nothing", () => {
  test("shows the commit that nobody has seen", async () => {
    const alice = await host.addAccount("alice", { active: false });
    const head = host.store(alice).head()!;
    const { messages } = await told(() => activate(alice));
    expect(messages.map(({ t }) => t)).toEqual([
      "#account",
      "#identity",
      "#sync",
    ]);
    expect(messages[2]!.payload).toMatchObject({ did: alice, rev: head.rev });
    expect(blocksOf(messages[2]!).map(({ cid }) => cid)).toEqual([head.commit]);
    expect(host.store(alice).head()).toEqual(head);
  });
});

test("an account without a repository can't be active", async () => {
  await expect(activate("did:plc:nobody" as Did)).rejects.toMatchObject({
    error: "ServiceUnavailable",
  });
});
