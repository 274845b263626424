import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage } from "#app/storage.ts";
import { loadConfig } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { cli } from "./cli-fixture.ts";

const zoe = "did:plc:zoe" as Did;
/** An account whose repository was never made. */
const ACCOUNT = {
  ...{ did: zoe, handle: "zoe.test" as Handle, generation: 1 },
  ...{ email: null, emailConfirmedAtMs: null, emailFactorAtMs: null },
  ...{ passwordHash: null, creationState: null, createdAtMs: 0 },
  ...{ deactivatedAtMs: null, deleteAfterMs: null, suspendedAtMs: null },
  ...{ takedownAtMs: null, takedownRef: null, deletingAtMs: null },
  ...{ invitesDisabledAtMs: null, inviteNote: null },
};
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "tempest-verify-")), "data");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const verify = (...argv: string[]) =>
  cli("repo", "verify", ...argv, "--data", folder);

/** As a server would; what it is given stays in the folder. */
function open() {
  const config = loadConfig({
    mode: "serve",
    isOffline: true,
    flags: { TEMPEST_DATA_DIR: folder },
    env: {},
  }).config;
  return openStorage(config, { clock: systemClock, log: silentLogger });
}

test("a folder that is whole is ok", async () => {
  open().close();
  expect(await verify("--all")).toEqual({
    exitCode: 0,
    out: "0 repositories, 0 damaged; 0 rows of the log, 0 problems\n",
    err: "",
  });
});

test("damage is told in a sentence and by the exit code", async () => {
  const storage = open();
  await storage.eventLog.append([], [{ did: zoe }]);
  storage.close();
  const problem = `the list of repositories has ${zoe}, which is no account`;
  const { exitCode, out } = await verify("--all");
  expect(exitCode).toBe(1);
  expect(out).toStartWith(`${problem}\n`);
  const json = await verify("--all", "--json");
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.out)).toEqual({
    ok: false,
    logRows: 0,
    problems: [problem],
    repos: [],
  });
});

test("an account that isn't here is a problem", async () => {
  open().close();
  const { exitCode, out } = await verify(zoe);
  expect(exitCode).toBe(1);
  expect(out).toStartWith(`there is no account ${zoe}\n`);
});

test("a folder in use is left alone", async () => {
  const storage = open();
  const { exitCode, err } = await verify("--all");
  storage.close();
  expect(exitCode).toBe(78);
  expect(err).toContain("in use");
});

test("a folder that isn't there is not made", async () => {
  const { exitCode, err } = await verify("--all");
  expect(exitCode).toBe(78);
  expect(err).toContain("There is no data");
  expect(existsSync(folder)).toBe(false);
});

test("an account may be named by its handle", async () => {
  const storage = open();
  storage.accountDb.accounts.insert(ACCOUNT);
  storage.close();
  const { exitCode, out } = await verify("@Zoe.test");
  expect(out).toContain(`DAMAGED  ${zoe}`);
  expect(exitCode).toBe(1);
  expect(await verify("nobody.test")).toMatchObject({
    ...{ exitCode: 1, out: "" },
    err: expect.stringContaining("No account here is nobody.test"),
  });
});

test.each(["account", "sequencer"])(
  "a damaged %s.sqlite is named, with what helps",
  async (name) => {
    open().close();
    truncateSync(join(folder, `${name}.sqlite`), 10_000);
    const { exitCode, err } = await verify("--all");
    expect(exitCode).toBe(78);
    expect(err).toContain(`${folder}/${name}.sqlite is damaged`);
    expect(err).toContain("back from a backup");
  },
);

test.each([[[]], [["--all", zoe]], [["zoe@example.com"]]])(
  "%j is a usage error",
  async (argv: string[]) => {
    expect((await verify(...argv)).exitCode).toBe(2);
  },
);
