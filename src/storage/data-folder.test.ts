import { Database } from "bun:sqlite";
import { dlopen, FFIType } from "bun:ffi";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import { openDataFolder } from "./data-folder.ts";

let parent: string;
let path: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "tempest-folder-"));
  path = join(parent, "data");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function refusal(run: () => unknown): OperatorError {
  try {
    run();
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

const SOMEBODY = 65_534;
const isRoot = process.geteuid!() === 0;

/** As a user who owns nothing here, where there is one. */
function asSomebody<T>(act: () => T): T {
  if (!isRoot) return withoutRights(path, act);
  letIn();
  process.seteuid!(SOMEBODY);
  try {
    return act();
  } finally {
    process.seteuid!(0);
  }
}

/** access(2) asks for the rights of the real user; the saved one leads back. */
function asRealSomebody<T>(act: () => T): T {
  letIn();
  const { symbols } = dlopen("libc.so.6", {
    setresuid: {
      args: [FFIType.i32, FFIType.i32, FFIType.i32],
      returns: FFIType.i32,
    },
  });
  expect(symbols.setresuid(SOMEBODY, SOMEBODY, 0)).toBe(0);
  try {
    return act();
  } finally {
    expect(symbols.setresuid(0, 0, 0)).toBe(0);
  }
}

function withoutRights<T>(place: string, act: () => T): T {
  const { mode } = statSync(place);
  chmodSync(place, 0);
  try {
    return act();
  } finally {
    chmodSync(place, mode & 0o777);
  }
}

/** A test run may keep its folders to itself; somebody has to get as far as `path`. */
function letIn(): void {
  for (const each of [tmpdir(), parent]) {
    const { mode } = statSync(each);
    if ((mode & 0o055) !== 0o055) chmodSync(each, mode | 0o055);
  }
}

/** As somebody who has all of the folder but one file. */
function asOwnerOfAllBut<T>(file: string, act: () => T): T {
  for (const name of ["", ...readdirSync(path)]) {
    const each = join(path, name);
    if (each !== file) chownSync(each, SOMEBODY, SOMEBODY);
  }
  return asSomebody(act);
}

function picture(folder: string): unknown {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const { mtimeMs, mode, ino } = statSync(file);
      const bytes = entry.isFile() ? readFileSync(file, "base64") : null;
      return [file, mtimeMs, mode, ino, bytes] as const;
    })
    .sort(([a], [b]) => a.localeCompare(b));
}

test("a new folder is made, with all above it, for us alone", () => {
  const folder = openDataFolder(join(path, "deep", "er"));
  for (const name of ["", "repos", "blobs", "backups", "keys"]) {
    expect(statSync(join(folder.path, name)).mode & 0o777).toBe(0o700);
  }
  expect(folder.accountDbPath).toBe(join(path, "deep/er/account.sqlite"));
  writeFileSync(join(folder.path, "later"), "");
  expect(statSync(join(folder.path, "later")).mode & 0o777).toBe(0o600);
  folder.close();
});

test("a folder is opened again with what it holds", () => {
  openDataFolder(path).close();
  writeFileSync(join(path, "account.sqlite"), "kept");
  const folder = openDataFolder(path);
  expect(readFileSync(folder.accountDbPath, "utf8")).toBe("kept");
  folder.close();
});

test("an empty volume is taken, and made private", () => {
  mkdirSync(join(path, "lost+found"), { recursive: true });
  writeFileSync(join(path, "tempest.json.new-1234"), "");
  chmodSync(path, 0o755);
  openDataFolder(path).close();
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

describe("is refused", () => {
  test("the folder of a reference server, untouched", () => {
    mkdirSync(join(path, "actors"), { recursive: true });
    const db = new Database(join(path, "account.sqlite"));
    db.run("CREATE TABLE actor (did TEXT PRIMARY KEY)");
    db.close();
    utimesSync(path, 1_000_000, 1_000_000);
    const before = picture(parent);
    const error = refusal(() => openDataFolder(path));
    expect(error.exitCode).toBe(78);
    expect(error.message).toContain("another PDS");
    expect(picture(parent)).toEqual(before);
  });

  test("a folder with anything else in it, untouched", () => {
    mkdirSync(path);
    writeFileSync(join(path, "holiday.jpg"), "sea");
    utimesSync(path, 1_000_000, 1_000_000);
    const before = picture(parent);
    expect(refusal(() => openDataFolder(path)).message).toContain(
      "holiday.jpg",
    );
    expect(picture(parent)).toEqual(before);
  });

  test("a folder of a newer version, untouched", () => {
    openDataFolder(path).close();
    const marker = '{"program":"tempest","format":2}';
    writeFileSync(join(path, "tempest.json"), marker);
    const before = picture(parent);
    expect(refusal(() => openDataFolder(path)).message).toContain("format 2");
    expect(picture(parent)).toEqual(before);
  });

  test.each(["", "null", '{"program":"other","format":1}'])(
    "a folder whose marker is %p",
    (marker) => {
      openDataFolder(path).close();
      writeFileSync(join(path, "tempest.json"), marker);
      expect(refusal(() => openDataFolder(path)).exitCode).toBe(78);
    },
  );

  test.each([0o750, 0o705])("a folder that others may enter (%o)", (mode) => {
    openDataFolder(path).close();
    chmodSync(path, mode);
    expect(refusal(() => openDataFolder(path)).hint).toContain("chmod 700");
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  test.each([0x6969, 0xfe534d42, 0xff534d42, 0x01021997])(
    "a network filesystem (%x), before anything is made",
    (type) => {
      const run = () => openDataFolder(path, { filesystemType: () => type });
      expect(refusal(run).message).toContain("network filesystem");
      expect(readdirSync(parent)).toEqual([]);
    },
  );

  test("a folder of another user, with who should have it", () => {
    openDataFolder(path).close();
    const error = asSomebody(() => refusal(() => openDataFolder(path)));
    expect(error.exitCode).toBe(78);
    expect(error.hint).toContain(`chown -R USER ${path}`);
    chmodSync(path, 0o777);
    rmSync(join(path, "tempest.json"));
    for (const name of ["repos", "blobs", "backups", "keys"]) {
      rmSync(join(path, name), { recursive: true });
    }
    const open = asSomebody(() => refusal(() => openDataFolder(path)));
    expect(open.hint).toContain("chown");
  });

  test("a folder in which nothing may be made, though it is the user's own", () => {
    openDataFolder(path).close();
    for (const name of ["", ...readdirSync(path)]) {
      chownSync(join(path, name), isRoot ? SOMEBODY : -1, -1);
    }
    chmodSync(path, 0o500);
    const open = () => refusal(() => openDataFolder(path));
    const error = isRoot ? asRealSomebody(open) : open();
    chmodSync(path, 0o700);
    expect(error.message).toContain("may not be used: EACCES");
    expect(error.exitCode).toBe(78);
  });

  test("a file of another user", () => {
    openDataFolder(path).close();
    const file = join(path, "account.sqlite");
    writeFileSync(file, "");
    const open = () => refusal(() => openDataFolder(path));
    const error = isRoot
      ? asOwnerOfAllBut(file, open)
      : withoutRights(file, open);
    expect(error.message).toContain("account.sqlite");
    expect(error.hint).toContain("chown");
  });

  test("a place where nothing is made", () => {
    // Linux says that the folder above is not there, though it is.
    const place = process.platform === "linux" ? "/proc" : "/dev";
    const run = () => openDataFolder(`${place}/tempest/data`);
    expect(refusal(run).message).toContain("cannot be made");
  });

  test("a file in the place of the folder", () => {
    writeFileSync(path, "");
    expect(refusal(() => openDataFolder(path)).exitCode).toBe(78);
    expect(refusal(() => openDataFolder(join(path, "x"))).exitCode).toBe(78);
  });
});

test("two opens of one folder: the second is refused until the first closes", () => {
  const folder = openDataFolder(path);
  expect(refusal(() => openDataFolder(path)).message).toContain(
    process.platform === "linux" ? `process ${process.pid}` : "in use",
  );
  folder.close();
  folder.close();
  openDataFolder(path).close();
});

test("another process is refused, and welcome once the holder is killed", async () => {
  const script = join(parent, "hold.ts");
  const module = join(import.meta.dir, "data-folder.ts");
  writeFileSync(
    script,
    `import { openDataFolder } from ${JSON.stringify(module)};
     globalThis.folder = openDataFolder(process.argv[2]);
     console.log("held");
     setInterval(() => Bun.gc(true), 50);`,
  );
  const holder = Bun.spawn([process.execPath, script, path], {
    stdout: "pipe",
    stderr: "inherit",
    cwd: import.meta.dir,
  });
  const { value } = await holder.stdout.getReader().read();
  expect(Buffer.from(value!).toString()).toBe("held\n");
  expect(refusal(() => openDataFolder(path)).exitCode).toBe(78);
  holder.kill("SIGKILL");
  await holder.exited;
  openDataFolder(path).close();
});
