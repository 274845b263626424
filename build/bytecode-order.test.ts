import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../test/support/until.ts";
import { recordBytecodeOrder } from "./bytecode-order.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-order-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program in the place of ours. */
function write(script: string): string {
  const path = join(folder, "program");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return path;
}

test("a run that is cut off is ended, though it heeds no request", async () => {
  const pidPath = join(folder, "pid");
  const program = write(
    `trap '' TERM; echo $$ > ${pidPath}.new; mv ${pidPath}.new ${pidPath}; while :; do sleep 1; done`,
  );
  const controller = new AbortController();
  const recorded = recordBytecodeOrder(program, folder, controller.signal);
  await until("it runs", 30_000, () => existsSync(pidPath));
  const pid = Number(readFileSync(pidPath, "utf8"));
  expect(process.kill(pid, 0)).toBe(true);
  controller.abort();
  await expect(recorded).rejects.toThrow("serve did not run");
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("a run that ends by itself is a failure", async () => {
  const { signal } = new AbortController();
  const recorded = recordBytecodeOrder(write("exit 3"), folder, signal);
  await expect(recorded).rejects.toThrow("serve did not run");
});
