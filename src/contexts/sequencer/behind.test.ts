import { describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import type { ActorSnapshot } from "#storage/actor-store.ts";
import { failCommits, revOf } from "#storage/repo-fixture.ts";
import {
  alice,
  bob,
  changeEvent,
  host,
  useSequencer,
} from "./sequencer-fixture.ts";

useSequencer();

const write = (did: Did, n: number) =>
  host.sequencer.submit([changeEvent(did, n)]);
const revisionOf = (did: Did) => host.stores.find(did)?.head()?.rev;
const failRepos = () => failCommits((path) => path.includes("/repos/"));

async function untilCaughtUp(did: Did): Promise<void> {
  while (host.sequencer.isBehind(did)) await Bun.sleep(1);
}

describe("a repository that can't be written", () => {
  test("shows what was answered, takes no more, and catches up by itself", async () => {
    for (let n = 1; n <= 3; n++) await write(alice, n);
    const before = host.dump();
    let early: ActorSnapshot;
    {
      using _full = failRepos();
      await host.sequencer.lowWater.flush();
      expect(host.sequencer.isBehind(alice)).toBe(true);
      early = host.stores.snapshot(alice)!;
      expect(host.eventLog.lowWaterMark()).toBe(0);
      // Through some tries more.
      for (let i = 0; i < 5; i++) {
        await Bun.sleep(2);
        expect(host.dump()).toEqual(before);
      }
      expect(early.head()!.rev).toBe(revOf(3));
      expect(early.counts().records).toBe(0);
      expect(write(alice, 4)).rejects.toThrow("will appear");
      await write(bob, 1);
      expect(revisionOf(bob)).toBe(revOf(1));
    }
    await untilCaughtUp(alice);
    expect(revisionOf(alice)).toBe(revOf(4));
    expect(() => early.counts()).toThrow("has changed");
    await write(alice, 5);
    await host.sequencer.lowWater.flush();
    expect(host.eventLog.lowWaterMark()).toBe(host.eventLog.bounds()!.newest);
    using snapshot = host.stores.snapshot(alice)!;
    expect(snapshot.head()!.rev).toBe(revOf(5));
  });

  test("has lost nothing after the process has ended", async () => {
    for (let n = 1; n <= 3; n++) await write(alice, n);
    const before = host.dump();
    {
      using _full = failRepos();
      await host.sequencer.lowWater.flush();
      host.crash();
    }
    await host.open();
    expect(host.dump()).toEqual(before);
  });

  test("takes a write that is shown all the same", async () => {
    using _full = failRepos();
    let n = 0;
    // Until so many wait that they are to be written.
    while (!host.sequencer.isBehind(alice)) await write(alice, ++n);
    expect(n).toBeGreaterThan(5);
    expect(revisionOf(alice)).toBe(revOf(n));
  });

  test("is left alone once the server stops, whatever fails then", async () => {
    await write(alice, 1);
    let tries = 0;
    using _full = failCommits(
      (path) => path.includes("/repos/") && ++tries > 0,
    );
    await host.sequencer.stop();
    expect(host.sequencer.isBehind(alice)).toBe(true);
    const before = tries;
    // Time for some tries more.
    await Bun.sleep(20);
    expect(tries).toBe(before);
  });

  test("is still behind after a start on the full disk", async () => {
    for (let n = 1; n <= 3; n++) await write(alice, n);
    const before = host.dump();
    host.crash();
    {
      using _full = failRepos();
      const report = await host.open();
      expect(report).toMatchObject({ behind: [alice], quarantined: [] });
      expect(host.dump()).toEqual(before);
      await host.sequencer.lowWater.flush();
      expect(host.eventLog.lowWaterMark()).toBe(0);
    }
    await untilCaughtUp(alice);
    await host.sequencer.lowWater.flush();
    expect(host.eventLog.lowWaterMark()).toBe(host.eventLog.bounds()!.newest);
  });
});
