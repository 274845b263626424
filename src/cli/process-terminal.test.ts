import { expect, test } from "bun:test";
import { join } from "node:path";

test("output that found no room is no success", async () => {
  // Only Linux has a file that is always full.
  if (process.platform !== "linux") return;
  const child = Bun.spawn(
    [process.execPath, "src/main.ts", "help", "settings"],
    {
      cwd: join(import.meta.dir, "../.."),
      env: { PATH: process.env.PATH },
      stdout: Bun.file("/dev/full"),
      stderr: "pipe",
    },
  );
  expect(await new Response(child.stderr).text()).toMatch(
    /takes no more: ENOSPC[^]*make room/,
  );
  expect(await child.exited).toBe(70);
});
