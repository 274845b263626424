import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { decodeFrame } from "#repo/frame.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { createWriteHost, faultsOf, type WriteHost } from "./write-fixture.ts";

let host: WriteHost;
beforeEach(async () => {
  host = await createWriteHost();
});
afterEach(() => host.remove());

describe("a new repository", () => {
  const handle = "bob.test" as Handle;
  const bob = "did:plc:bob" as Did;
  const make = (active: boolean) =>
    host.writer.createRepo({ did: bob, handle, signer: host.signer, active });

  test("is told in one batch: identity, account, commit, sync", async () => {
    host.generations.set(bob, 1);
    const batches: string[][] = [];
    host.faults.beforeAppend = (rows) =>
      void batches.push(rows.map(({ kind }) => kind));
    await make(true);
    expect(batches).toEqual([["identity", "account", "commit", "sync"]]);
    const [identity, account] = host.rows(bob).map(({ frame }) => {
      const { payload } = decodeFrame(frame);
      return payload as Record<string, unknown>;
    });
    expect(identity).toMatchObject({ did: bob, handle });
    expect(account).toMatchObject({ did: bob, active: true });
    expect(faultsOf(host.store(bob), host.signer.didKey)).toEqual([]);
    expect(host.eventLog.findRepo(bob)).toMatchObject({
      rev: host.store(bob).head()!.rev,
      status: null,
    });
  });

  test("of an account that moves here is told to nobody", async () => {
    host.generations.set(bob, 1);
    const told: number[] = [];
    host.sequencer.listen(({ seq }) => told.push(seq));
    await make(false);
    expect(told).toEqual([]);
    expect(
      host.rows(bob).map(({ kind, frame }) => [kind, frame.length]),
    ).toEqual([["commit", 0]]);
    expect(host.eventLog.findRepo(bob)).toMatchObject({
      status: "deactivated",
    });
  });

  test("is made once, however often it is asked for", async () => {
    host.generations.set(bob, 1);
    await Promise.all([make(true), make(true)]);
    const before = host.dump();
    await make(true);
    expect(host.dump()).toEqual(before);
    expect(host.rows(bob)).toHaveLength(4);
  });

  test("is whole or not there when the log does not take it", async () => {
    host.generations.set(bob, 1);
    host.faults.beforeAppend = () => {
      throw new Error("disk full");
    };
    await expect(make(true)).rejects.toThrow("could not be stored");
    expect(host.rows(bob)).toEqual([]);
    expect(host.store(bob).head()).toBeNull();
    delete host.faults.beforeAppend;
    await make(true);
    expect(host.rows(bob)).toHaveLength(4);
  });

  test("needs an account", async () => {
    await expect(make(true)).rejects.toThrow("account row first");
  });
});
