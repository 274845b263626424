import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPort } from "../support/ports.ts";

/** The two starts, as processes of their own. */
const ROOT = join(import.meta.dir, "../..");
const TIMEOUT_MS = 60_000;
const children: Bun.Subprocess[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await child.exited;
  }
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tempest-start-"));
  folders.push(folder);
  return join(folder, "data");
}

function tempest(args: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, "src/main.ts", ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  children.push(child);
  return child;
}

/** The first line that a command prints. */
async function firstLine(child: ReturnType<typeof tempest>): Promise<string> {
  return (await firstLines(child, 1))[0]!;
}

async function firstLines(
  child: ReturnType<typeof tempest>,
  count: number,
): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = child.stdout.getReader();
  while (text.split("\n").length <= count) {
    const { value, done } = await reader.read();
    if (done) {
      throw new Error(await new Response(child.stderr).text());
    }
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text.split("\n").slice(0, count);
}

/** Whatever a server may answer. */
type Json = ReturnType<typeof JSON.parse>;

async function get(url: string, path: string): Promise<Json> {
  const response = await fetch(`${url}${path}`);
  expect(response.status, path).toBe(200);
  return response.json();
}

test(
  "dev starts a network with accounts, and goes on where it was",
  async () => {
    const data = newFolder();
    const args = ["dev", "--json", "--port", "0", "--data", data];
    const seen = [];
    for (const start of ["first", "second"]) {
      const child = tempest(args);
      const network = JSON.parse(await firstLine(child));
      const { url, plcUrl, accounts, dataFolder } = network;
      expect(dataFolder).toBe(data);
      expect(accounts.map((row: { handle: string }) => row.handle)).toEqual([
        "alice.test",
        "bob.test",
        "carla.test",
      ]);
      for (const { did, handle, password } of accounts) {
        const document = await get(plcUrl, `/${did}`);
        expect(document.alsoKnownAs).toEqual([`at://${handle}`]);
        expect(document.service[0].serviceEndpoint).toBe(url);
        const session = await fetch(
          `${url}/xrpc/com.atproto.server.createSession`,
          {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ identifier: handle, password }),
          },
        );
        expect(session.status).toBe(200);
      }
      const listed = await Promise.all(
        accounts.map((row: { did: string }) =>
          get(
            url,
            `/xrpc/com.atproto.repo.listRecords?repo=${row.did}&collection=app.bsky.feed.post`,
          ),
        ),
      );
      expect(listed.map((page) => page.records.length)).toEqual([1, 2, 2]);
      const picture = listed[0].records[0].value.embed.images[0].image;
      const blob = await fetch(
        `${url}/xrpc/com.atproto.sync.getBlob?did=${accounts[0].did}&cid=${picture.ref.$link}`,
      );
      expect(blob.headers.get("content-type")).toBe("image/png");
      expect(await blob.bytes()).toHaveLength(picture.size);
      expect(picture.mimeType, start).toBe("image/png");
      const { rev } = await get(
        url,
        `/xrpc/com.atproto.sync.getLatestCommit?did=${accounts[2].did}`,
      );
      seen.push({ url, accounts, rev });
      child.kill("SIGTERM");
      expect(await child.exited).toBe(0);
    }
    expect(seen[1]).toEqual(seen[0]!);
  },
  TIMEOUT_MS,
);

test(
  "dev starts where nobody may sign up, and whatever became of its accounts",
  async () => {
    const data = newFolder();
    const args = ["dev", "--json", "--port", "0", "--data", data];
    args.push("--registration", "closed");
    const names = [];
    for (const start of ["first", "second"]) {
      const child = tempest(args);
      const { url, accounts } = JSON.parse(await firstLine(child));
      names.push(accounts.map((row: { handle: string }) => row.handle));
      if (start === "first") {
        const call = async (nsid: string, input: object, token?: string) => {
          const response = await fetch(`${url}/xrpc/com.atproto.${nsid}`, {
            method: "POST",
            headers: {
              "content-type": "application/json",
              ...(token && { authorization: `Bearer ${token}` }),
            },
            body: JSON.stringify(input),
          });
          expect(response.status, nsid).toBe(200);
          const text = await response.text();
          return (text === "" ? {} : JSON.parse(text)) as Json;
        };
        const enter = ({ handle: identifier, password }: Json) =>
          call("server.createSession", { identifier, password });
        const [alice, bob] = await Promise.all(accounts.slice(0, 2).map(enter));
        await call("server.deactivateAccount", {}, alice.accessJwt);
        const handle = "robert.test";
        await call("identity.updateHandle", { handle }, bob.accessJwt);
      }
      child.kill("SIGTERM");
      expect(await child.exited).toBe(0);
    }
    expect(names).toEqual([
      ["alice.test", "bob.test", "carla.test"],
      ["alice.test", "carla.test"],
    ]);
  },
  TIMEOUT_MS,
);

test(
  "a folder of dev is not served, nor opened twice",
  async () => {
    const data = newFolder();
    const args = ["dev", "--json", "--port", "0", "--data", data];
    const first = tempest(args);
    await firstLine(first);
    const second = tempest(args);
    expect(await second.exited).toBe(69);
    expect(await new Response(second.stderr).text()).toContain("already");
    first.kill("SIGTERM");
    await first.exited;

    const serving = tempest(["serve", "localhost", "--data", data], {
      TEMPEST_ADMIN_PASSWORD: "a long password",
    });
    expect(await serving.exited).toBe(78);
    const text = await new Response(serving.stderr).text();
    expect(text).toContain("belongs to `tempest dev`");
  },
  TIMEOUT_MS,
);

test(
  "serve starts on the reference's variables alone, and behaves accordingly",
  async () => {
    const port = await findPort();
    const child = tempest(["serve"], {
      PDS_PORT: String(port),
      PDS_HOSTNAME: "localhost",
      PDS_SERVICE_DID: "did:web:localhost",
      PDS_DATA_DIRECTORY: newFolder(),
      PDS_BLOBSTORE_DISK_LOCATION: newFolder(),
      PDS_DID_PLC_URL: "http://localhost:9",
      PDS_ADMIN_PASSWORD: "admin-pass",
      PDS_JWT_SECRET: "jwt-secret",
      PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: "11".repeat(32),
      PDS_SERVICE_HANDLE_DOMAINS: ".test,.example",
      PDS_INVITE_REQUIRED: "true",
      PDS_BLOB_UPLOAD_LIMIT: "1000",
      PDS_RATE_LIMITS_ENABLED: "false",
      PDS_DEV_MODE: "true",
    });
    const [first, second] = await firstLines(child, 2);
    expect(first).toContain(`http://localhost:${port}`);
    // Nobody has told the newcomer where to begin.
    expect(second).toContain(`http://localhost:${port}/admin`);
    const url = `http://localhost:${port}`;
    expect(await get(url, "/xrpc/_health")).toMatchObject({});
    expect(
      await get(url, "/xrpc/com.atproto.server.describeServer"),
    ).toMatchObject({
      did: "did:web:localhost",
      availableUserDomains: [".test", ".example"],
      inviteCodeRequired: true,
    });
    const code = await fetch(
      `${url}/xrpc/com.atproto.server.createInviteCode`,
      {
        method: "POST",
        headers: {
          authorization: `Basic ${btoa("admin:admin-pass")}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ useCount: 1 }),
      },
    );
    expect(code.status).toBe(200);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    const log = (await new Response(child.stderr).text()).trim().split("\n");
    const events = log.map((line) => JSON.parse(line).event);
    expect(events).toContain("listening");
    expect(events).toContain("stopping");
    expect(log.join()).not.toContain("admin-pass");
  },
  TIMEOUT_MS,
);
