import { expect, test } from "bun:test";
import { createLogKeeper } from "./log-keeper.ts";
import { createLogger } from "./log.ts";

function openLog(maxEntries?: number) {
  const keeper = createLogKeeper("info", { maxEntries });
  const lines: string[] = [];
  const log = createLogger({
    level: keeper.level,
    keep: keeper.keep,
    write: (line) => void lines.push(line),
  });
  return { keeper, log, lines };
}

test("the last lines are there, newest first, a page at a time", () => {
  const { keeper, log } = openLog(4);
  for (let i = 1; i <= 6; i++) log.info(`line ${i}`);
  const [first, second] = [
    keeper.list({ level: "info", limit: 3 }),
    keeper.list({ level: "info", limit: 3, before: 4 }),
  ];
  expect(first.map(({ event }) => event)).toEqual([
    "line 6",
    "line 5",
    "line 4",
  ]);
  expect(second.map(({ event }) => event)).toEqual(["line 3"]);
});

test("lines are found by level and by what is in them", () => {
  const { keeper, log } = openLog();
  log.info("request", { path: "/xrpc/a" });
  log.error("chore.failed", { error: new Error("No Luck") });
  expect(keeper.list({ level: "warn", limit: 9 })).toMatchObject([
    { event: "chore.failed" },
  ]);
  expect(
    keeper.list({ level: "debug", text: "no luck", limit: 9 }),
  ).toHaveLength(1);
});

test("the level changes while the program runs", () => {
  const { keeper, log, lines } = openLog();
  log.debug("one");
  keeper.setLevel("debug");
  log.debug("two");
  keeper.setLevel("silent");
  log.error("three");
  expect(lines).toHaveLength(1);
  expect(keeper.list({ level: "debug", limit: 9 })).toHaveLength(1);
});

test("no secret is kept", () => {
  const { keeper, log } = openLog();
  log.info("x", { password: "hush", nested: { accessJwt: "ey" } });
  const kept = JSON.stringify(keeper.list({ level: "debug", limit: 9 }));
  expect(kept).not.toContain("hush");
  expect(kept).not.toContain('ey"');
});
