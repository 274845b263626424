import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { AtpAgent } from "@atproto/api";
import { verifyRepoCar } from "@atproto/repo";
import { pictureOf, signingKeyOf } from "../clients/agents.ts";
import {
  createFollower,
  createWitness,
  openStream,
} from "../support/firehose.ts";
import { findPort } from "../support/ports.ts";
import { until } from "../support/until.ts";
import {
  buildExecutable,
  type Executable,
  type Running,
} from "./executable.ts";

const EXIT_UNREACHABLE = 69;
const EXIT_MISCONFIGURED = 78;
const WAIT_MS = 10_000;
/** Far above what is measured, so that only a leap is noticed. */
const MAX_READY_MS = 15_000;
const MAX_IDLE_RSS_KIB = 250 * 1024;

interface DevFacts {
  url: string;
  plcUrl: string;
  dataFolder: string;
  accounts: { handle: string; did: string; password: string }[];
}

let executable: Executable;
beforeAll(async () => {
  executable = await buildExecutable();
});
afterAll(() => executable?.remove());

const folder = () => join(executable.path, "..");

function threadsOf(pid: number): string[] {
  const path = `/proc/${pid}/task`;
  return readdirSync(path).map((id) =>
    readFileSync(join(path, id, "comm"), "utf8").trim(),
  );
}

describe("the executable alone", () => {
  test("tells its version and explains itself", async () => {
    const version = await executable.run(["--version"]);
    expect(version).toEqual({
      exitCode: 0,
      out: expect.stringMatching(/^tempest \d+\.\d+\.\d+\n$/),
      err: "",
    });
    const help = await executable.run(["help"]);
    expect(help.exitCode).toBe(0);
    expect(help.out).toContain("tempest serve pds.example.com");
    const unknown = await executable.run(["wether"]);
    expect(unknown.exitCode).not.toBe(0);
    expect(unknown.err).toContain("wether");
    expect(readdirSync(folder())).toEqual(["tempest"]);
  });

  test("tells nothing of the machine that built it", () => {
    const root = join(import.meta.dir, "../..");
    expect(readFileSync(executable.path).includes(root)).toBe(false);
  });

  test("is not changed by files that lie about", async () => {
    const strange = {
      ".env": "TEMPEST_HOSTNAME=pds.example.com\n",
      "bunfig.toml": 'preload = ["./evil.ts"]\n',
      "evil.ts": "process.exit(99);\n",
    };
    for (const [name, text] of Object.entries(strange)) {
      writeFileSync(join(folder(), name), text);
    }
    const ended = await executable.run(["serve"]);
    for (const name of Object.keys(strange)) rmSync(join(folder(), name));
    expect(ended.exitCode).toBe(EXIT_MISCONFIGURED);
    expect(ended.err).toContain("TEMPEST_HOSTNAME is not set");
  });

  test("refuses to face the world without settings, and says which", async () => {
    const refused = await executable.run(["serve"]);
    expect(refused.exitCode).toBe(EXIT_MISCONFIGURED);
    expect(refused.err).toContain("TEMPEST_HOSTNAME");
    expect(refused.err).toContain("TEMPEST_ADMIN_PASSWORD");
    expect(refused.err).not.toContain("    at ");
    expect(readdirSync(folder())).toEqual(["tempest"]);
  });
});

describe("a network of the executable", () => {
  let running: Running;
  let facts: DevFacts;
  let port: number;
  const picture = pictureOf(64);
  const witness = createWitness();

  async function startDev(): Promise<void> {
    running = await executable.start(
      ["dev", "--json", "--port", `${port}`],
      // A thread whose code the executable has to hold too.
      { TEMPEST_REPO_THREAD: "on", TEMPEST_OPEN_REPOS: "2" },
    );
    facts = JSON.parse(running.firstLine);
  }
  async function signIn(name = "alice.test"): Promise<AtpAgent> {
    const agent = new AtpAgent({ service: facts.url });
    const { password } = facts.accounts.find(({ handle }) => handle === name)!;
    await agent.login({ identifier: name, password });
    return agent;
  }

  beforeAll(async () => {
    port = await findPort();
    await startDev();
  });
  afterAll(async () => {
    await running?.stop();
  });

  test("starts at once, in the folder where it was called", () => {
    expect(running.readyMs).toBeLessThan(MAX_READY_MS);
    expect(facts.url).toBe(`http://localhost:${port}`);
    expect(facts.accounts.map(({ handle }) => handle)).toEqual([
      "alice.test",
      "bob.test",
      "carla.test",
    ]);
    expect(readdirSync(folder()).toSorted()).toEqual([
      "tempest",
      "tempest-data-dev",
    ]);
    const { mode } = statSync(join(folder(), "tempest-data-dev"));
    expect(mode & 0o777).toBe(0o700);
  });

  test("asks for little memory", () => {
    if (process.platform !== "linux") return;
    const status = readFileSync(`/proc/${running.pid}/status`, "utf8");
    const rssKib = Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]);
    expect(rssKib).toBeLessThan(MAX_IDLE_RSS_KIB);
  });

  test("serves the official client", async () => {
    const agent = await signIn();
    const { data } = await agent.uploadBlob(picture, { encoding: "image/png" });
    const { uri, cid } = await agent.post({
      text: "From the executable",
      embed: {
        $type: "app.bsky.embed.images",
        images: [{ alt: "Red to blue", image: data.blob }],
      },
    });
    const bob = await signIn("bob.test");
    await bob.like(uri, cid);
    const blob = await bob.com.atproto.sync.getBlob({
      did: agent.did!,
      cid: data.blob.ref.toString(),
    });
    expect(blob.data).toEqual(picture);
    const did = agent.did!;
    const car = await bob.com.atproto.sync.getRepo({ did });
    const key = await signingKeyOf(facts.plcUrl, did);
    const { creates } = await verifyRepoCar(car.data, did, key);
    expect(creates.map((record) => record.cid.toString())).toContain(cid);
  });

  test("streams every event, each of which inverts", async () => {
    const agent = await signIn("carla.test");
    const follower = createFollower();
    const stream = await openStream(facts.url, 0, (frame) => {
      follower.take(frame);
      witness.see(frame);
    });
    const { uri } = await agent.post({ text: "Live" });
    const path = uri.slice(`at://${agent.did}/`.length);
    await until("the post comes", WAIT_MS, () =>
      follower.repos.get(agent.did!)?.records.has(path),
    );
    stream.close();
    await stream.closed;
    expect(follower.problems).toEqual([]);
    expect(follower.repos.size).toBe(3);
  });

  test("is not started twice", async () => {
    const second = await executable.run(["dev"]);
    expect(second.exitCode).toBe(EXIT_UNREACHABLE);
    expect(second.err).toContain("`tempest dev` run in this folder already?");
    const health = await fetch(`${facts.url}/xrpc/_health`);
    expect(health.status).toBe(200);
  });

  test("stops when asked, and goes on where it was", async () => {
    const agent = await signIn();
    const before = await agent.com.atproto.sync.getLatestCommit({
      did: agent.did!,
    });
    const ended = await running.stop();
    expect(ended.exitCode).toBe(0);
    expect(ended.err).not.toContain("rror");

    const { accounts } = facts;
    await startDev();
    expect(facts.accounts).toEqual(accounts);
    const { did } = agent;
    const after = await agent.com.atproto.sync.getLatestCommit({ did: did! });
    expect(after.data).toEqual(before.data);
    // The session outlives the process, too.
    const blobs = await agent.com.atproto.sync.listBlobs({ did: did! });
    const blob = await agent.com.atproto.sync.getBlob({
      did: did!,
      cid: blobs.data.cids.at(-1)!,
    });
    expect(blob.data.byteLength).toBeGreaterThan(0);
    await agent.post({ text: "After the restart" });
    // One of three files is closed at least.
    for (const name of ["bob.test", "carla.test"]) {
      const other = await signIn(name);
      await other.post({ text: "After the restart" });
    }
    if (process.platform === "linux") {
      expect(threadsOf(running.pid)).toContain("tempest-repos");
    }

    const replay = createWitness();
    const stream = await openStream(facts.url, 0, replay.see);
    await until("all events again", WAIT_MS, () => replay.seen > witness.seen);
    stream.close();
    expect(witness.compare(replay, () => false)).toEqual([]);
  });
});
