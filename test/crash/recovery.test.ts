import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { copyFileSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createCheckHost,
  type CheckHost,
} from "#contexts/checks/check-fixture.ts";
import { sayFinding } from "#contexts/checks/findings.ts";
import { verifyHost } from "#contexts/checks/verify.ts";
import type { Did } from "#repo/syntax.ts";
import { findRepoFile } from "./repo-files.ts";

/** What a start does with repositories that lack what the log holds. */
let host: CheckHost;
let alice: Did;
let bob: Did;

beforeEach(async () => {
  host = await createCheckHost();
  alice = await host.addAccount("alice");
  bob = await host.addAccount("bob");
  await host.write(alice, { a: "one", b: "two" });
  await host.write(bob, { a: "one" });
});
afterEach(() => host.remove());

/** Takes repositories back to how they were before `act`, as if none of it had reached them. */
async function loseFromRepos(act: () => Promise<void>): Promise<void> {
  const repos = join(host.folder, "repos");
  const kept = join(host.folder, "kept");
  let mark = 0;
  await host.restart(() => cpSync(repos, kept, { recursive: true }));
  mark = host.eventLog.lowWaterMark();
  await act();
  await host.restart(() => {
    rmSync(repos, { recursive: true });
    cpSync(kept, repos, { recursive: true });
    setMark(mark);
  });
}

function setMark(mark: number): void {
  const db = new Database(join(host.folder, "sequencer.sqlite"));
  db.run("UPDATE meta SET value = ? WHERE key = 'low_water_mark'", [mark]);
  db.close(true);
}

async function problems(): Promise<string[]> {
  const found: string[] = [];
  const all = await verifyHost(host, null, (repo) =>
    found.push(...repo.problems.map(sayFinding)),
  );
  return [...all.problems.map(sayFinding), ...found];
}

const textAt = (did: Did, rkey: string) =>
  host.stores
    .find(did)
    ?.findRecord("app.bsky.feed.post" as never, rkey as never)?.bytes;

test("repositories get what the log holds and they lack", async () => {
  await loseFromRepos(async () => {
    await host.write(alice, { a: null, c: "three" });
    await host.write(alice, { b: "changed" });
    await host.addAccount("carla");
    await host.writeBlob(bob, "picture", "bytes");
  });
  expect(textAt(alice, "a")).toBeUndefined();
  expect(textAt(alice, "c")).toBeDefined();
  expect(await problems()).toEqual([]);
  await host.write(alice, { d: "after" });
  expect(await problems()).toEqual([]);
});

test("to recover again changes nothing", async () => {
  const before = host.eventLog.bounds();
  await host.restart(() => setMark(0));
  await host.restart(() => setMark(0));
  expect(host.eventLog.bounds()).toEqual(before);
  expect(await problems()).toEqual([]);
});

test("a repository that cannot be read stops no other, and waits for its repair", async () => {
  const path = findRepoFile(host.folder, alice);
  const good = join(host.folder, "good");
  await host.restart(() => copyFileSync(path, good));
  const mark = host.eventLog.lowWaterMark();
  await host.write(alice, { c: "must not be lost" });
  await host.restart(() => {
    writeFileSync(path, "no database");
    setMark(mark);
  });
  await expect(host.write(alice, { d: "no" })).rejects.toThrow(
    "cannot be used",
  );
  await host.write(bob, { b: "goes on" });
  await host.sequencer.lowWater.flush();
  expect(host.eventLog.lowWaterMark()).toBe(mark);

  // Somebody puts the older file back, and starts again.
  await host.restart(() => copyFileSync(good, path));
  expect(textAt(alice, "c")).toBeDefined();
  await host.write(alice, { d: "follows on" });
  expect(await problems()).toEqual([]);
});
