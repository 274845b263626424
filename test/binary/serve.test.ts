import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { systemClock } from "#lib/clock.ts";
import { createCertificate } from "../doubles/certificate.ts";
import { call, createAccount } from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import {
  buildExecutable,
  type Executable,
  folderBeside,
} from "./executable.ts";

const EXIT_UNREACHABLE = 69;
const EXIT_MISCONFIGURED = 78;
const ADMIN_PASSWORD = "0123456789abcdef0123456789abcdef";
const BLOB_LIMIT = 1000;

let executable: Executable;
beforeAll(async () => {
  executable = await buildExecutable();
});
afterAll(() => executable?.remove());

describe("a server that is configured as a reference server is", () => {
  const directory = createPlcDirectory({ clock: systemClock });
  const plc = directory.start({ port: 0, hostname: "127.0.0.1" });
  afterAll(async () => {
    await plc.stop();
    directory.close();
  });

  const settingsOf = (port: number, dataFolder: string) => ({
    PDS_HOSTNAME: "localhost",
    PDS_PORT: String(port),
    PDS_DATA_DIRECTORY: dataFolder,
    PDS_BLOBSTORE_DISK_LOCATION: join(dataFolder, "blocks"),
    PDS_BLOBSTORE_DISK_TMP_LOCATION: join(dataFolder, "temp"),
    PDS_BLOB_UPLOAD_LIMIT: String(BLOB_LIMIT),
    PDS_JWT_SECRET: "fedcba9876543210fedcba9876543210",
    PDS_ADMIN_PASSWORD: ADMIN_PASSWORD,
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: "1f".repeat(32),
    PDS_DID_PLC_URL: plc.url,
    PDS_BSKY_APP_VIEW_URL: "https://api.bsky.app",
    PDS_BSKY_APP_VIEW_DID: "did:web:api.bsky.app",
    PDS_SERVICE_HANDLE_DOMAINS: ".test",
    PDS_CRAWLERS: "",
    PDS_RATE_LIMITS_ENABLED: "true",
    PDS_INVITE_REQUIRED: "true",
    PDS_DEV_MODE: "true",
    LOG_ENABLED: "true",
  });

  test("starts, obeys, has its folder for itself, and stops", async () => {
    const port = await findPort();
    const dataFolder = folderBeside(executable, "pds");
    const url = `http://localhost:${port}`;
    const env = settingsOf(port, dataFolder);
    const running = await executable.start(["serve"], env);
    try {
      const described = await call(url, "com.atproto.server.describeServer");
      expect(described.body).toMatchObject({
        availableUserDomains: [".test"],
        inviteCodeRequired: true,
        blobUploadLimit: BLOB_LIMIT,
      });
      expect(described.headers.get("ratelimit-limit")).toBe("3000");
      await expect(createAccount(url, "early")).rejects.toThrow(
        "InvalidInvite",
      );
      await useInvite(url);

      const other = settingsOf(await findPort(), dataFolder);
      const second = await executable.run(["serve"], other);
      expect(second.exitCode).toBe(EXIT_MISCONFIGURED);
      expect(second.err).toContain("in use by another Tempest");
      expect(second.err).not.toContain("    at ");
      expect((await fetch(`${url}/xrpc/_health`)).status).toBe(200);
    } finally {
      const ended = await running.stop();
      expect(ended.exitCode).toBe(0);
      for (const secret of [ADMIN_PASSWORD, env.PDS_JWT_SECRET, "1f1f1f1f"]) {
        expect(ended.out + ended.err).not.toContain(secret);
      }
    }
  });

  async function useInvite(url: string): Promise<void> {
    const basic = Buffer.from(`admin:${ADMIN_PASSWORD}`).toString("base64");
    const invite = await call(url, "com.atproto.server.createInviteCode", {
      input: { useCount: 1 },
      token: `Basic ${basic}`,
    });
    const made = await call(url, "com.atproto.server.createAccount", {
      input: {
        handle: "invited.test",
        email: "invited@mail.test",
        password: "invited-password",
        inviteCode: invite.body.code,
      },
    });
    expect(made.status).toBe(200);
    const token = made.body.accessJwt;
    const upload = (sizeBytes: number) =>
      call(url, "com.atproto.repo.uploadBlob", {
        input: new Uint8Array(sizeBytes),
        type: "application/octet-stream",
        token,
      });
    expect((await upload(BLOB_LIMIT)).status).toBe(200);
    expect((await upload(BLOB_LIMIT + 1)).status).toBe(413);
    const log = await fetch(`${plc.url}/${made.body.did}/log/last`);
    const { rotationKeys } = (await log.json()) as { rotationKeys: string[] };
    expect(rotationKeys.length).toBe(1);
  }
});

describe("a fetch of the executable for strangers", () => {
  let hits = 0;
  const names = ["localhost"];
  const certificate = createCertificate(names);
  const answer = ({ url }: Request) => {
    hits++;
    const isBait = new URL(url).pathname === "/inwards";
    return isBait
      ? Response.redirect("http://169.254.169.254/latest/meta-data")
      : new Response("inside");
  };
  const common = { port: 0, hostname: "127.0.0.1", fetch: answer };
  const plain = Bun.serve(common);
  const secure = Bun.serve({ ...common, tls: certificate });
  afterAll(() => Promise.all([plain.stop(true), secure.stop(true)]));

  // Names and addresses that all lead to this machine, or to a cloud's own service.
  const refused = [
    () => `http://localhost:${plain.port}/`,
    () => `https://localhost:${secure.port}/`,
    () => "https://localhost/",
    () => "https://127.0.0.1/",
    () => "https://0x7f.1/",
    () => "https://2130706433/",
    () => "https://[::1]/",
    () => "https://[::ffff:127.0.0.1]/",
    () => "https://[64:ff9b::7f00:1]/",
    () => "https://169.254.169.254/latest/meta-data/",
    () => "https://10.0.0.1/",
    () => "http://example.com/",
  ];
  test("never reaches this machine or its network", async () => {
    hits = 0;
    for (const href of refused) {
      const ended = await executable.run(["doctor", "fetch", href()]);
      expect({ href: href(), exitCode: ended.exitCode }).toEqual({
        href: href(),
        exitCode: EXIT_UNREACHABLE,
      });
      expect(ended.err).toStartWith("Not fetched: ");
      expect(ended.out).toBe("");
    }
    expect(hits).toBe(0);
  });

  test("reaches it where that is allowed, and checks certificates", async () => {
    const fetchFrom = (href: string, env?: Record<string, string>) =>
      executable.run(["doctor", "fetch", "--allow-loopback", href], env);
    const open = await fetchFrom(`http://localhost:${plain.port}/`);
    expect(open).toMatchObject({ exitCode: 0, out: "inside\n" });

    const inwards = await fetchFrom(`http://localhost:${plain.port}/inwards`);
    expect(inwards).toMatchObject({ exitCode: EXIT_UNREACHABLE, out: "" });

    const unknown = await fetchFrom(`https://localhost:${secure.port}/`);
    expect(unknown.exitCode).toBe(EXIT_UNREACHABLE);
    expect(unknown.out).toBe("");
    const ca = join(executable.path, "../ca.pem");
    writeFileSync(ca, certificate.cert);
    const env = { NODE_EXTRA_CA_CERTS: ca };
    const known = await fetchFrom(`https://localhost:${secure.port}/`, env);
    expect(known).toMatchObject({ exitCode: 0, out: "inside\n" });
  });
});
