import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ActorStores } from "./actor-store.ts";
import { createActorStores } from "./actor-stores.ts";
import { syncDatabase } from "./open-databases.ts";
import { openRepoFile, writeBackRepoFile } from "./repo-file.ts";
import { alice, change, revOf } from "./repo-fixture.ts";
import { createRepoPaths } from "./repo-paths.ts";

let folder: string;
let stores: ActorStores;
beforeEach(() => {
  // Its name must survive being part of a URI.
  folder = mkdtempSync(join(tmpdir(), "tempest 100%25 ü?a=b#c-"));
  stores = open();
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = () =>
  createActorStores({ reposPath: folder, generationOf: () => 1 });
const pathOf = () => createRepoPaths(folder).pathOf(alice, 1);
const beside = () =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.includes(".sqlite-"))
    .map((path) => path.split("-").at(-1));

/** Descriptors of files here; what else the process has open comes and goes. Where nothing tells, none. */
const openHere = () =>
  existsSync("/proc/self/fd")
    ? readdirSync("/proc/self/fd").filter(isHere).length
    : 0;

function isHere(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder);
  } catch {
    // The one by which they were listed.
    return false;
  }
}

/** Another process in the middle of a read, as an operator's shell may be. */
async function lookFromOutside(path: string) {
  const script = `
    const { Database } = require("bun:sqlite");
    const db = new Database(process.argv[1], { readonly: true });
    db.run("BEGIN");
    const read = () => db.query("SELECT rev FROM repo").get().rev;
    read();
    console.log("reading");
    process.stdin.once("data", () => {
      console.log(read());
      process.exit(0);
    });`;
  const child = Bun.spawn([process.execPath, "-e", script, path], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const lines = child.stdout.getReader();
  const next = async () => {
    const { value } = await lines.read();
    return new TextDecoder().decode(value).trim();
  };
  if ((await next()) !== "reading") {
    throw new Error(await new Response(child.stderr).text());
  }
  return {
    async stop() {
      child.stdin.write("\n");
      await child.stdin.end();
      const seen = await next();
      await child.exited;
      return seen;
    },
  };
}

describe("files beside a repository", () => {
  test("are a WAL alone, whoever reads and writes", () => {
    stores.create(alice, 1).apply(change(1));
    expect(beside()).toEqual(["wal"]);
    stores.close();
    using _view = stores.snapshot(alice)!;
    stores.find(alice)!.apply(change(2));
    expect(beside()).toEqual(["wal"]);
  });

  test("lose the index that an earlier process left", () => {
    stores.create(alice, 1).apply(change(1));
    stores.close();
    writeFileSync(`${pathOf()}-shm`, Buffer.alloc(32_768));
    stores = open();
    expect(stores.find(alice)!.head()!.rev).toBe(revOf(1));
    expect(beside()).not.toContain("shm");
  });

  test("are shared with a program that looks into one meanwhile", async () => {
    stores.create(alice, 1).apply(change(1));
    stores.close();
    const other = await lookFromOutside(pathOf());
    stores.find(alice)!.apply(change(2));
    expect(beside()).toContain("shm");
    expect(await other.stop()).toBe(revOf(1));
    expect(stores.find(alice)!.head()!.rev).toBe(revOf(2));
  });

  test("keep a program out that comes while one is open", async () => {
    stores.create(alice, 1).apply(change(1));
    await expect(lookFromOutside(pathOf())).rejects.toThrow("locked");
    stores.close();
    const other = await lookFromOutside(pathOf());
    expect(await other.stop()).toBe(revOf(1));
  });

  test("keep it out after a sync of the open file, too", async () => {
    stores.create(alice, 1).apply(change(1));
    await syncDatabase(pathOf());
    if (existsSync("/proc/self/fd")) expect(openHere()).toBeGreaterThan(0);
    await expect(lookFromOutside(pathOf())).rejects.toThrow("locked");
    stores.close();
    await syncDatabase(pathOf());
    expect(openHere()).toBe(0);
  });

  test("are not emptied under a program that looks into them", async () => {
    stores.create(alice, 1);
    stores.close();
    const file = openRepoFile({
      ...{ path: pathOf(), did: alice, generation: 1, onApplied() {} },
      ...{ onSetBack() {}, guard: (access) => access() },
    });
    file.store.apply(change(1));
    file.store.flush();
    expect(file.setAside()).toBe("commits");
    const writeBack = () =>
      writeBackRepoFile({
        ...{ path: pathOf(), isKnown: true, isStillLeft: () => true },
      });
    const other = await lookFromOutside(pathOf());
    expect(await writeBack()).toBe(false);
    expect(await other.stop()).toBe(revOf(1));
    expect(await writeBack()).toBe(true);
    expect(stores.find(alice)!.head()!.rev).toBe(revOf(1));
  });

  test("close each descriptor once", () => {
    const count = () => readdirSync("/dev/fd").length;
    stores.create(alice, 1).apply(change(1));
    stores.close();
    const before = count();
    for (let n = 2; n < 8; n++) {
      const view = stores.snapshot(alice)!;
      stores.find(alice)!.apply(change(n));
      stores.close();
      view[Symbol.dispose]();
      expect(count()).toBe(before);
    }
  });
});
