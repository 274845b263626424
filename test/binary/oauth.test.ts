import { afterAll, beforeAll, expect, test } from "bun:test";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { systemClock } from "#lib/clock.ts";
import { createApplication, letIn } from "../oauth/application.ts";
import { createRawClient } from "../oauth/raw-client.ts";
import { createAccount } from "../support/network.ts";
import { findPort } from "../support/process.ts";
import {
  buildExecutable,
  type Executable,
  folderBeside,
  type Running,
} from "./executable.ts";

const directory = createPlcDirectory({ clock: systemClock });
const plc = directory.start({ port: 0, hostname: "127.0.0.1" });
let executable: Executable;
let running: Running;
let url: string;
beforeAll(async () => {
  executable = await buildExecutable();
  const port = await findPort();
  url = `http://localhost:${port}`;
  running = await executable.start(["serve"], {
    PDS_HOSTNAME: "localhost",
    PDS_PORT: String(port),
    PDS_DATA_DIRECTORY: folderBeside(executable, "pds"),
    PDS_JWT_SECRET: "fedcba9876543210fedcba9876543210",
    PDS_ADMIN_PASSWORD: "0123456789abcdef0123456789abcdef",
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: "1f".repeat(32),
    PDS_DID_PLC_URL: plc.url,
    PDS_SERVICE_HANDLE_DOMAINS: ".test",
    PDS_CRAWLERS: "",
    PDS_INVITE_REQUIRED: "false",
    PDS_DEV_MODE: "true",
  });
});
afterAll(async () => {
  await running?.stop();
  executable?.remove();
  await plc.stop();
  directory.close();
});

test("the executable signs an application in, though it brings no package along", async () => {
  const alice = await createAccount(url, "alice");
  const network = { url, plcUrl: plc.url };
  const application = createApplication(network, "atproto transition:generic");
  const to = await application.authorize(url);
  const { session } = await application.callback(
    await letIn(network, to, alice),
  );
  const seen = await session.fetchHandler(
    "/xrpc/com.atproto.server.getSession",
  );
  expect(await seen.json()).toMatchObject({ did: alice.did });
  expect((await session.getTokenInfo(true)).expired).toBe(false);
  await session.signOut();
});

test("the executable fetches no description from this machine", async () => {
  for (const clientId of [
    "https://localhost/client.json",
    "https://127.0.0.1/client.json",
    "https://169.254.169.254/client.json",
  ]) {
    const answer = await createRawClient(url).push({}, { clientId });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain(" at ");
  }
});
