import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withWorkFolder } from "./work-folder.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "tempest-build-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

/** A process that is in the middle of its work; ends when it is cut off. */
async function startWork() {
  const module = join(import.meta.dir, "work-folder.ts");
  const program = `
    const { withWorkFolder } = await import(${JSON.stringify(module)});
    await withWorkFolder(${JSON.stringify(parent)}, async (folder, cutOff) => {
      await Bun.write(folder + "/piece", "half");
      console.log(folder);
      await new Promise((_, reject) => {
        setInterval(() => {}, 1000);
        cutOff.onabort = () => reject(cutOff.reason);
      });
    });`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const { value } = await child.stdout.getReader().read();
  return { child, folder: new TextDecoder().decode(value).trim() };
}

test("is gone after the work, and after work that failed", async () => {
  await withWorkFolder(parent, async (folder) => {
    await Bun.write(join(folder, "piece"), "whole");
  });
  const failed = withWorkFolder(parent, async () => {
    throw new Error("no room");
  });
  await expect(failed).rejects.toThrow("no room");
  expect(readdirSync(parent)).toEqual([]);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "is gone after %s, which the starter sees",
  async (signal) => {
    const { child, folder } = await startWork();
    expect(existsSync(folder)).toBe(true);
    child.kill(signal);
    await child.exited;
    expect(child.signalCode).toBe(signal);
    expect(readdirSync(parent)).toEqual([]);
  },
);

test("of a process that was killed goes with the next one, and no other", async () => {
  const killed = await startWork();
  killed.child.kill("SIGKILL");
  await killed.child.exited;
  expect(existsSync(killed.folder)).toBe(true);
  const { child, folder } = await startWork();
  mkdirSync(join(parent, "other"));
  await withWorkFolder(parent, async (mine) => {
    expect(
      readdirSync(parent)
        .map((name) => join(parent, name))
        .sort(),
    ).toEqual([folder, mine, join(parent, "other")].sort());
  });
  child.kill("SIGKILL");
  await child.exited;
});
