import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataFolder } from "#storage/data-folder.ts";
import {
  chooseDevPort,
  findFreePort,
  readDevFolder,
  refuseServed,
  writeDevFolder,
} from "./dev-folder.ts";

let folder: string;
let taken: Server;
let takenPort: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-dev-"));
  taken = createServer();
  await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
  takenPort = (taken.address() as { port: number }).port;
});

afterEach(() => {
  taken.close();
  rmSync(folder, { recursive: true });
});

test("a new folder has no port, and keeps the one it is given", () => {
  expect(readDevFolder(folder).port).toBeNull();
  writeDevFolder(folder, 2590);
  expect(readDevFolder(folder).port).toBe(2590);
});

test("the folder of a server that faces the world is left alone", () => {
  refuseServed(folder);
  const data = join(folder, "data");
  refuseServed(data);
  openDataFolder(data).close();
  expect(() => refuseServed(data)).toThrow("belongs to `tempest serve`");
  writeDevFolder(data, 2590);
  refuseServed(data);
});

test("a new folder takes the next free port", async () => {
  const port = await chooseDevPort({
    wanted: takenPort,
    isAsked: false,
    kept: null,
  });
  expect(port).not.toBe(takenPort);
  expect(port).toBeGreaterThan(1023);
});

test("a free port is taken as it is", async () => {
  const wanted = await findFreePort(takenPort + 1);
  const choice = { wanted, isAsked: true, kept: null };
  expect(await chooseDevPort(choice)).toBe(wanted);
});

test("port 0 is any free one, and the kept one after that", async () => {
  const any = await chooseDevPort({ wanted: 0, isAsked: true, kept: null });
  expect(any).toBeGreaterThan(1023);
  expect(await chooseDevPort({ wanted: 0, isAsked: true, kept: any })).toBe(
    any,
  );
});

test("a port that was asked for and is taken is refused", async () => {
  const choice = { wanted: takenPort, isAsked: true, kept: null };
  await expect(chooseDevPort(choice)).rejects.toMatchObject({
    exitCode: 69,
    hint: expect.stringContaining("--port"),
  });
});

test("accounts stay on their port: when it is taken, and when another is asked for", async () => {
  const busy = { wanted: 2583, isAsked: false, kept: takenPort };
  await expect(chooseDevPort(busy)).rejects.toMatchObject({
    exitCode: 69,
    hint: expect.stringContaining("new folder"),
  });
  const other = { wanted: 2583, isAsked: true, kept: 2590 };
  await expect(chooseDevPort(other)).rejects.toMatchObject({ exitCode: 78 });
});
