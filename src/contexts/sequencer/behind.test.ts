import { describe, expect, test } from "bun:test";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
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

describe("a repository that was put back from a backup", () => {
  /** Alice's repository after three commits, in the place of the one after six. */
  async function putBack({ isCrash = false } = {}): Promise<void> {
    const repos = join(host.folder, "repos");
    const kept = join(host.folder, "kept");
    for (let n = 1; n <= 3; n++) await write(alice, n);
    await host.stop();
    cpSync(repos, kept, { recursive: true });
    await host.open();
    for (let n = 4; n <= 5; n++) await write(alice, n);
    await host.sequencer.lowWater.flush();
    await write(alice, 6);
    if (isCrash) host.crash();
    else await host.stop();
    rmSync(repos, { recursive: true });
    cpSync(kept, repos, { recursive: true });
    rmSync(kept, { recursive: true });
    await host.open();
  }
  const isNewest = () =>
    host.sequencer.isNewest(alice, host.stores.find(alice)!.head()!);

  test("is brought up to the log before a commit is built on it", async () => {
    await putBack();
    expect(host.report.reposApplied).toBe(0);
    expect(revisionOf(alice)).toBe(revOf(3));
    expect(isNewest()).toBe(false);
    expect(host.sequencer.isBehind(alice)).toBe(true);
    await untilCaughtUp(alice);
    expect(revisionOf(alice)).toBe(revOf(6));
    expect(isNewest()).toBe(true);
    await write(alice, 7);
    expect(revisionOf(alice)).toBe(revOf(7));
    expect(host.logged).toContain("repo.caught_up");
  });

  test("is brought up to the log by a start that has a part of it to do", async () => {
    await putBack({ isCrash: true });
    expect(host.report).toMatchObject({
      ...{ rowsRead: 1, reposApplied: 1, quarantined: [], behind: [] },
    });
    expect(revisionOf(alice)).toBe(revOf(6));
    expect(isNewest()).toBe(true);
  });

  test("is closed off when the log does not reach back to it", async () => {
    await putBack();
    const [fourth] = host.eventLog
      .read({ after: 0, limit: 100, maxBytes: 1e6, did: alice })
      .filter(({ rev }) => rev === revOf(4));
    host.eventLog.purge({ did: alice, before: fourth!.seq + 1, limit: 100 });
    expect(isNewest()).toBe(false);
    while (!host.logged.includes("repo.quarantined")) await Bun.sleep(1);
    expect(() => host.stores.find(alice)).toThrow("cannot be used");
    expect(host.sequencer.isBehind(alice)).toBe(true);
    expect(host.sequencer.countBehind()).toBe(1);
    const tries = host.logged.length;
    await Bun.sleep(20);
    expect(host.logged.length).toBe(tries);
    await write(bob, 1);
    await host.sequencer.lowWater.flush();
    expect(host.eventLog.lowWaterMark()).toBeLessThan(
      host.eventLog.bounds()!.newest,
    );
    // Once the account is gone nothing of it needs repair.
    host.generations.delete(alice);
    await host.sequencer.lowWater.flush();
    expect(host.eventLog.lowWaterMark()).toBe(host.sequencer.lastSeq());
  });
});
