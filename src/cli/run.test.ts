import { expect, test } from "bun:test";
import { VERSION } from "#lib/version.ts";
import { flagOf, parseArguments } from "./arguments.ts";
import { cli } from "./cli-fixture.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { sayDiskFailure } from "./run.ts";

const commandNamed = (name: string): Command =>
  COMMANDS.find((command) => command.name === name)!;

test.each(["version", "--version", "-v"])(
  "%s prints the version",
  async (word) => {
    expect(await cli(word)).toEqual({
      exitCode: 0,
      out: `tempest ${VERSION}\n`,
      err: "",
    });
  },
);

test.each(["help", "--help", "-h"])("%s lists every command", async (word) => {
  const { exitCode, out } = await cli(word);
  expect(exitCode).toBe(0);
  for (const { name } of COMMANDS) expect(out).toContain(`  ${name}`);
});

test.each(COMMANDS.map(({ name }) => name))(
  "%s explains itself, whichever way one asks",
  async (name) => {
    const byHelp = await cli("help", ...name.split(" "));
    const byFlag = await cli(...name.split(" "), "--help");
    expect(byHelp).toEqual(byFlag);
    expect(byHelp.exitCode).toBe(0);
    expect(byHelp.out).toContain(`Usage: tempest ${name}`);
    expect(byHelp.out).toContain(commandNamed(name).about);
  },
);

test("help settings names each with its alias and default", async () => {
  const { out } = await cli("help", "settings");
  expect(out).toContain("TEMPEST_PORT");
  expect(out.replace(/\s+/g, " ")).toContain("Default: 2583. Also PDS_PORT");
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThan(
    100,
  );
});

test("without a command the overview comes as an error", async () => {
  const { exitCode, out, err } = await cli();
  expect(exitCode).toBe(2);
  expect(out).toBe("");
  expect(err).toContain("tempest dev");
});

test.each([
  [["sreve"], "tempest serve"],
  [["doctor"], "`tempest help doctor`"],
  [["help", "admn"], "`tempest admin`"],
  [["admin", "acount", "list"], "`tempest admin account list`"],
  [["admin", "account", "lst", "--json"], "`tempest admin account list`"],
  [["admin", "account", "x"], "`tempest help admin account`"],
  [["admin", "tokn"], "`tempest admin token`"],
  [["help", "nothing-like-it"], "tempest help"],
  [["version", "extra"], "tempest help version"],
  [["serve", "a.example", "b.example"], "tempest help serve"],
  [["serve", "--prot", "1"], "--port"],
  [["serve", "--dat", "x"], "--data?"],
  [["serve", "--port"], "tempest help serve"],
  [["serve", "--port", "--data", "x"], "tempest help serve"],
  [["serve", "-p", "1"], "tempest help serve"],
  [["version", "--port", "1"], "tempest help version"],
  [["doctor", "fetch"], "doctor fetch https"],
])("%j is a usage error with a hint", async (argv, hint) => {
  const { exitCode, err } = await cli(...argv);
  expect(exitCode).toBe(2);
  expect(err).toContain(hint);
});

test.each([[["help", "admin", "invite"]], [["admin", "invite", "--help"]]])(
  "%j lists what begins so",
  async (argv) => {
    const { exitCode, out } = await cli(...argv);
    expect(exitCode).toBe(0);
    expect(out).toContain("admin invite create");
    expect(out).not.toContain("admin account");
  },
);

test("a command has the names that other tools gave it", async () => {
  const { out } = await cli("admin", "create-invite-code", "--help");
  expect(out).toEqual((await cli("help", "admin", "invite", "create")).out);
});

test("a secret is not taken as a flag", async () => {
  const { exitCode, err } = await cli("serve", "--admin-password", "x");
  expect(exitCode).toBe(2);
  expect(err).toContain("TEMPEST_ADMIN_PASSWORD_FILE");
});

test("serve without settings is refused in words", async () => {
  const { exitCode, err } = await cli("serve", "--hostname", "not a name");
  expect(exitCode).toBe(78);
  expect(err).toContain("TEMPEST_HOSTNAME must be a host name");
  expect(err).toContain("tempest help settings");
});

test("doctor fetch refuses what the server refuses", async () => {
  const { exitCode, out, err } = await cli(
    "doctor",
    "fetch",
    "https://127.0.0.1/",
  );
  expect(exitCode).toBe(69);
  expect(out).toBe("");
  expect(err).toStartWith("Not fetched: ");
});

test("settings are flags, in both spellings, and switches need no value", () => {
  const serve = commandNamed("serve");
  const parsed = parseArguments(serve, [
    "pds.example.com",
    "--port=3000",
    "--data",
    "/srv",
    "--invite-required=false",
    "--log-enabled",
    "--rate-limits-enabled",
    "false",
    "--config",
    "pds.env",
  ]);
  expect(parsed.args).toEqual(["pds.example.com"]);
  expect(parsed.settings).toEqual({
    TEMPEST_PORT: "3000",
    TEMPEST_DATA_DIR: "/srv",
    TEMPEST_INVITE_REQUIRED: "false",
    TEMPEST_LOG_ENABLED: "true",
    TEMPEST_RATE_LIMITS_ENABLED: "false",
  });
  expect([...parsed.flags]).toEqual([["config", "pds.env"]]);
  expect(parseArguments(serve, ["--", "--port"]).args).toEqual(["--port"]);
});

test("a flag is the name in kebab case", () => {
  expect(flagOf({ name: "TEMPEST_DID_PLC_URL" })).toBe("did-plc-url");
});

test.each([
  ["SQLITE_IOERR_SHMSIZE", "the disk is full", "Make room"],
  ["ENOSPC", "the disk is full", "Make room"],
  ["SQLITE_IOERR_FSYNC", "the disk failed", "dmesg"],
])("%s is told with what mends it", (code, what, remedy) => {
  const told = sayDiskFailure(Object.assign(new Error("an error"), { code }));
  expect(told).toStartWith(`tempest: ${what}: an error\n`);
  expect(told).toContain(remedy);
});
