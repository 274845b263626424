import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createLiveSettings } from "./live-settings.ts";
import { liveRows } from "./live-rows-fixture.ts";

let folder: string;
let db: AccountDb;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-settings-"));
  db = openAccountDb(join(folder, "account.sqlite"));
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (...rows: Parameters<typeof liveRows>) =>
  createLiveSettings({ db, clock: createFakeClock(), rows: liveRows(...rows) });

test("what a page sets holds at once and after a restart, and can be taken back", () => {
  const live = open();
  const changed: string[] = [];
  live.onChange((key) => changed.push(key));
  live.change("serviceName", " My server ");
  expect(live.get("serviceName")).toBe("My server");
  expect(live.originOf("serviceName")).toBe("page");
  expect(open().get("serviceName")).toBe("My server");
  live.change("serviceName", "");
  expect(open().originOf("serviceName")).toBe("default");
  expect(changed).toEqual(["serviceName", "serviceName"]);
});

test("what the start was told wins, and can't be changed here", () => {
  open().change("logLevel", "error");
  const live = open({ logLevel: "warn" }, { logLevel: "environment" });
  expect(live.get("logLevel")).toBe("warn");
  expect(live.originOf("logLevel")).toBe("environment");
  expect(() => live.change("logLevel", "info")).toThrow("the environment");
  expect(open().get("logLevel")).toBe("error");
});

test("nonsense is refused, and passed over where it is stored", () => {
  expect(() => open().change("signUpsPerHour", "many")).toThrow("must be");
  db.settings.put("page TEMPEST_signUpsPerHour", "many", 1);
  expect(open().get("signUpsPerHour")).toBe(0);
});
