import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli as run } from "#cli/cli-fixture.ts";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";

/** What the operator types, against a server that runs. */

let network: Network;
let alice: TestAccount;
let folder: string;
let settings: string;
beforeAll(async () => {
  network = await startNetwork();
  alice = await network.createAccount("alice");
  folder = mkdtempSync(join(tmpdir(), "tempest-admin-"));
  settings = join(folder, "settings");
  writeFileSync(settings, `TEMPEST_ADMIN_PASSWORD=${ADMIN_PASSWORD}\n`);
});
afterAll(async () => {
  await network.stop();
  rmSync(folder, { recursive: true });
});

/** `tempest admin …` with the settings of the server. */
const admin = (words: string, ...more: string[]) =>
  run(
    ...["admin", ...words.split(" "), ...more],
    ...["--url", network.url, "--config", settings],
  );

async function json(words: string, ...more: string[]) {
  const { exitCode, out, err } = await admin(words, ...more, "--json");
  expect(`${err}${exitCode}`).toEndWith("0");
  const lines = out.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const statusOf = async (did: string) =>
  (
    await network.call("com.atproto.sync.getRepoStatus", {
      params: { did },
    })
  ).body as { active: boolean; status?: string };

const signIn = (identifier: string, password: string) =>
  network.call("com.atproto.server.createSession", {
    input: { identifier, password },
  });

describe("an account", () => {
  test("is made, shown, changed and signed in to", async () => {
    const [made] = await json("account create nadia@example.com nadia.test");
    const { did, password } = made as { did: string; password: string };
    expect(password).toHaveLength(24);
    expect((await signIn("nadia.test", password)).status).toBe(200);

    const changed = await admin(
      "account update nadia.test --handle olga.test --email olga@example.com",
    );
    expect(changed).toMatchObject({ exitCode: 0, err: "" });
    expect(changed.out).toContain("olga.test");
    expect(changed.out).toContain("olga@example.com (not confirmed)");
    for (const name of [did, "@olga.test", "OLGA@example.com"]) {
      const { exitCode, out } = await admin("account info", name);
      expect({ exitCode, out }).toEqual({ exitCode: 0, out: changed.out });
    }
  });

  test("leaves no invite code behind when it can't be made", async () => {
    const { exitCode, err } = await admin("account create a@b.org alice.test");
    expect(exitCode).toBe(1);
    expect(err).toContain("HandleNotAvailable");
    const codes = await json("invite list");
    const open = codes.filter(
      ({ disabled, uses, forAccount }) =>
        forAccount === "admin" && !disabled && (uses as unknown[]).length === 0,
    );
    expect(open).toEqual([]);
  });

  test("gets a password that is made, or that a file has", async () => {
    const [shown] = await json("account reset-password alice.test");
    const { password } = shown as { password: string };
    expect((await signIn(alice.did, password)).status).toBe(200);

    const file = join(folder, "password");
    writeFileSync(file, "correct horse battery\n");
    const given = ["--password-file", file];
    const quiet = await admin("account reset-password alice.test", ...given);
    expect(quiet).toMatchObject({ exitCode: 0, out: "" });
    expect((await signIn(alice.did, password)).status).toBe(401);
    expect((await signIn(alice.did, "correct horse battery")).status).toBe(200);
  });

  test("is taken down and comes back", async () => {
    expect(await admin("account takedown alice.test --ref case-7")).toEqual({
      exitCode: 0,
      out: "",
      err: `${alice.did} is taken down.\n`,
    });
    expect(await statusOf(alice.did)).toMatchObject({
      ...{ active: false, status: "takendown" },
    });
    const { out } = await admin("account info", alice.did);
    expect(out).toMatch(/Taken down +yes, case-7/);
    const listed = await admin("account list");
    expect(listed.out).toMatch(new RegExp(`${alice.did} +takendown +alice`));
    // Its handle leads nowhere meanwhile.
    await admin("account takedown alice.test --reverse");
    expect(await statusOf(alice.did)).toMatchObject({ active: true });
    await admin("account takedown", alice.did);
    await admin("account untakedown", alice.did);
    expect(await statusOf(alice.did)).toMatchObject({ active: true });
  });

  test("earns codes, or no more", async () => {
    expect(await json("account invites alice.test --off")).toEqual([
      { did: alice.did, invitesDisabled: true },
    ]);
    const [off] = await json("account info alice.test");
    expect(off).toMatchObject({ invitesDisabled: true });
    await admin("account invites alice.test");
    const [on] = await json("account info alice.test");
    expect(on).toMatchObject({ invitesDisabled: false });
  });

  test("is deleted only when somebody says yes", async () => {
    const { did } = await network.createAccount("leaver");
    const asked = await admin("account delete leaver.test");
    expect(asked).toMatchObject({ exitCode: 2 });
    expect(asked.out).toContain("leaver.test");
    expect(asked.err).toContain("--yes");
    expect(await statusOf(did)).toMatchObject({ active: true });
    expect((await admin("account delete", did, "--yes")).exitCode).toBe(0);
    expect((await admin("account info", did)).err).toContain("NotFound");
  });
});

test("accounts are listed to the last page, or by their address", async () => {
  for (let n = 0; n < 3; n++) await network.createAccount(`many${n}`);
  const all = await json("account list");
  const repos = await network.call("com.atproto.sync.listRepos");
  expect(all.length).toBeGreaterThanOrEqual(repos.body.repos.length);
  expect(all.find(({ did }) => did === alice.did)).toMatchObject({
    ...{ handle: "alice.test", status: "active" },
  });
  const some = await admin("account list many");
  expect(some.out.trim().split("\n")).toHaveLength(3);
  expect(some.err).toBe("3 accounts\n");
});

test("a file is taken down and comes back", async () => {
  const bytes = new TextEncoder().encode("a picture");
  const { body: session } = await signIn(alice.did, "correct horse battery");
  const token = session.accessJwt as string;
  const upload = await network.call("com.atproto.repo.uploadBlob", {
    ...{ token, input: bytes, type: "text/plain" },
  });
  const cid = upload.body.blob.ref.$link as string;
  await network.call("com.atproto.repo.createRecord", {
    token,
    input: {
      ...{ repo: alice.did, collection: "com.example.file", validate: false },
      record: { $type: "com.example.file", blob: upload.body.blob },
    },
  });
  const read = async () =>
    (
      await network.call("com.atproto.sync.getBlob", {
        params: { did: alice.did, cid },
      })
    ).status;
  expect(await read()).toBe(200);
  await admin("blob takedown alice.test", cid);
  expect(await read()).toBe(400);
  const { out } = await admin("blob status alice.test", cid);
  expect(out).toMatch(/Taken down +yes/);
  await admin("blob takedown alice.test", cid, "--reverse");
  expect(await read()).toBe(200);
});

describe("invite codes", () => {
  test("are made, listed and made worthless", async () => {
    const { out } = await admin("invite create --count 2 --uses 3");
    const codes = out.trim().split("\n");
    expect(codes).toHaveLength(2);
    const listed = await json("invite list");
    expect(listed.find(({ code }) => code === codes[0])).toMatchObject({
      ...{ available: 3, disabled: false, forAccount: "admin" },
    });
    const mistyped = await admin(
      "invite disable",
      codes[0]!,
      "pds-aaaaa-bbbbb",
    );
    expect(mistyped.exitCode).toBe(1);
    expect(mistyped.err).toContain("No code here is pds-aaaaa-bbbbb.\nNothing");
    expect(await json("invite list")).toEqual(listed);
    await admin("invite disable", ...codes);
    const after = await admin("invite list");
    expect(after.out).toMatch(new RegExp(`${codes[1]} +0 of 3 +disabled`));
  });

  test("are made under the names of other tools, and for an account", async () => {
    const [made] = await json("create-invite-code --for alice.test");
    expect(made).toMatchObject({ uses: 1, account: alice.did });
    expect((await admin("create-invites --count 0")).exitCode).toBe(2);
  });
});

test("a token does as well as the password", async () => {
  const { out } = await run("admin", "token", "--json");
  const { token, hash } = JSON.parse(out) as { token: string; hash: string };
  const other = await startNetwork({
    settings: { TEMPEST_ADMIN_TOKEN_HASH: hash },
  });
  const file = join(folder, "token");
  writeFileSync(file, `TEMPEST_ADMIN_TOKEN='${token}'\n`);
  const words = ["admin", "account", "list", "--config", file];
  const { exitCode, err } = await run(...words, "--url", other.url);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "0 accounts\n" });
  await other.stop();
});

test("the server of this machine is found by its settings", async () => {
  const { port } = new URL(network.url);
  const words = ["admin", "account", "info", "alice.test"];
  const { out } = await run(...words, "--config", settings, "--port", port);
  expect(out).toContain(alice.did);
});

test("a list whose reader went away ends without complaint", async () => {
  await admin("invite create --count 200");
  const child = Bun.spawn(
    [
      ...[process.execPath, "src/main.ts", "admin", "invite", "list"],
      ...["--url", network.url, "--config", settings],
    ],
    {
      cwd: join(import.meta.dir, "../.."),
      env: { PATH: process.env.PATH },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  await child.stdout.cancel();
  expect(await new Response(child.stderr).text()).toBe("");
  expect(await child.exited).toBe(0);
});

test("no proxy of the environment sees the password", async () => {
  const seen: string[] = [];
  const proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch({ url }) {
      seen.push(url);
      return new Response("a proxy", { status: 502 });
    },
  });
  const child = Bun.spawn(
    [
      ...[process.execPath, "src/main.ts", "admin", "account", "list"],
      ...["--url", network.url, "--config", settings],
    ],
    {
      cwd: join(import.meta.dir, "../.."),
      env: {
        PATH: process.env.PATH,
        HTTP_PROXY: `http://127.0.0.1:${proxy.port}`,
        no_proxy: "example.com",
      },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  expect(await new Response(child.stdout).text()).toContain(alice.did);
  expect(await child.exited).toBe(0);
  expect(seen).toEqual([]);
  await proxy.stop(true);
});

describe("what goes wrong is said in words", () => {
  const list = ["admin", "account", "list"];
  const cases: [
    name: string,
    argv: () => string[],
    code: number,
    told: RegExp,
  ][] = [
    [
      "nobody answers",
      () => [...list, "--config", settings, "--url", "http://127.0.0.1:9"],
      69,
      /does not answer[^]*--url/,
    ],
    [
      "the password is wrong",
      () => {
        const file = join(folder, "wrong");
        writeFileSync(file, "TEMPEST_ADMIN_PASSWORD=wrong\n");
        return [...list, "--config", file, "--url", network.url];
      },
      1,
      /knows another password/,
    ],
    [
      "there is no password",
      () => {
        const file = join(folder, "empty");
        writeFileSync(file, "\n");
        return [...list, "--config", file, "--url", network.url];
      },
      78,
      /TEMPEST_ADMIN_PASSWORD/,
    ],
    [
      "the password would go out in clear",
      () => [...list, "--config", settings, "--url", "http://pds.example.com"],
      78,
      /in clear/,
    ],
    [
      "no account is named",
      () => ["admin", "account", "info", "--config", settings],
      2,
      /No account was named/,
    ],
    [
      "an address has no account",
      () => [
        ...["admin", "account", "info", "nobody@example.com"],
        ...["--config", settings, "--url", network.url],
      ],
      1,
      /No account here is nobody@example.com/,
    ],
    [
      "a password file is not there",
      () => [
        ...["admin", "account", "reset-password", "alice.test"],
        ...["--password-file", "/nowhere", "--config", settings],
        ...["--url", network.url],
      ],
      2,
      /cannot be read/,
    ],
    [
      "half a command",
      () => ["admin", "account"],
      2,
      /tempest help admin account/,
    ],
    [
      "no relay can be asked",
      () => ["admin", "request-crawl", "--config", settings],
      78,
      /TEMPEST_HOSTNAME/,
    ],
  ];
  test.each(cases)("%s", async (_, argv, code, told) => {
    const { exitCode, err } = await run(...argv());
    expect(err).toMatch(told);
    expect(exitCode).toBe(code);
  });
});

test("relays are asked to read, and each is told how it went", async () => {
  const asked: unknown[] = [];
  const relay = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      asked.push(new URL(request.url).pathname, await request.json());
      return new Response();
    },
  });
  const base = `http://127.0.0.1:${relay.port}`;
  const { exitCode, err } = await run(
    ...["admin", "request-crawl", base, "http://127.0.0.1:9"],
    ...["--config", settings, "--hostname", "pds.example.com"],
  );
  await relay.stop(true);
  expect(asked).toEqual([
    "/xrpc/com.atproto.sync.requestCrawl",
    { hostname: "pds.example.com" },
  ]);
  expect(err).toContain(`${base}: will read pds.example.com`);
  expect(err).toMatch(/127\.0\.0\.1:9: does not answer/);
  expect(exitCode).toBe(1);
});
