import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../build/compile.ts";
import packageJson from "../../package.json";
import { run } from "../support/run.ts";

/** The executable, on its own in an empty folder, without a PATH. */
const BUILD_TIMEOUT_MS = 300_000;
let folder = "";
let binary = "";
let server: Bun.Server<undefined>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-binary-"));
  binary = join(folder, "tempest");
  await compile(binary);
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/inwards") {
        return Response.redirect("http://169.254.169.254/latest/meta-data");
      }
      return new Response("hello");
    },
  });
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await server?.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

const tempest = (...args: string[]) =>
  run([binary, ...args], { cwd: folder, env: {} });

test("it knows its version and explains itself", async () => {
  expect(await tempest("--version")).toEqual({
    exitCode: 0,
    stdout: `tempest ${packageJson.version}\n`,
    stderr: "",
  });
  const help = await tempest("help");
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toContain("tempest serve pds.example.com");
});

test("files in the working folder change nothing", async () => {
  const other = join(folder, "other");
  mkdirSync(other);
  await Bun.write(join(other, ".env"), "TEMPEST_HOSTNAME=pds.example.com\n");
  await Bun.write(join(other, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
  await Bun.write(join(other, "evil.ts"), "process.exit(99);\n");
  const { exitCode, stderr } = await run([binary, "serve"], {
    cwd: other,
    env: {},
  });
  expect(exitCode).toBe(78);
  expect(stderr).toContain("TEMPEST_HOSTNAME is not set");
});

test("dev brings up the network", async () => {
  const child = Bun.spawn([binary, "dev", "--json", "--port", "0"], {
    cwd: folder,
    env: {},
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  try {
    const { value } = await child.stdout.getReader().read();
    const network = JSON.parse(new TextDecoder().decode(value));
    expect(network.accounts).toHaveLength(3);
    expect(network.dataFolder).toBe(join(folder, "tempest-data-dev"));
    const [alice] = network.accounts;
    const answers = await Promise.all(
      [
        "/",
        "/xrpc/_health",
        `/xrpc/com.atproto.sync.getRepo?did=${alice.did}`,
        `/xrpc/com.atproto.repo.describeRepo?repo=${alice.handle}`,
      ].map((path) => fetch(`${network.url}${path}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  } finally {
    child.kill("SIGTERM");
  }
  expect(await child.exited).toBe(0);
});

test.each([
  "https://localhost/",
  "https://127.0.0.1/",
  "https://2130706433/",
  "https://[::ffff:127.0.0.1]/",
  "https://169.254.169.254/",
  "http://example.com/",
])("a stranger's URL that leads inwards is refused: %s", async (url) => {
  const { exitCode, stdout, stderr } = await tempest("doctor", "fetch", url);
  expect(exitCode).toBe(69);
  expect(stdout).toBe("");
  expect(stderr).toStartWith("Not fetched: ");
});

test("with loopback allowed, only loopback is", async () => {
  const fetchFrom = (path: string) =>
    tempest(
      ...["doctor", "fetch", "--allow-loopback"],
      `http://localhost:${server.port}${path}`,
    );
  expect(await fetchFrom("/")).toMatchObject({
    exitCode: 0,
    stdout: "hello\n",
  });
  expect(await fetchFrom("/inwards")).toMatchObject({
    exitCode: 69,
    stdout: "",
  });
});
