import { afterAll, beforeAll, expect, test } from "bun:test";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { systemClock } from "#lib/clock.ts";
import { createAuthenticator } from "#contexts/accounts/factors/authenticator-fixture.ts";
import { createTotpApp } from "../browser/authenticator.ts";
import { createApplication, letIn } from "../oauth/application.ts";
import { createPerson, type Screen } from "../oauth/person.ts";
import { createRawClient } from "../oauth/raw-client.ts";
import { createAccount } from "../support/network.ts";
import { findPort } from "../support/ports.ts";
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

test("the executable knows passkeys and authenticator apps", async () => {
  const bob = await createAccount(url, "bob");
  const person = createPerson(url);
  /** The page from one of its forms on. */
  const formAt = (screen: Screen, path: string): Screen => {
    const at = screen.html.indexOf(`action="/account/${path}"`);
    expect({ path, at }).not.toEqual({ path, at: -1 });
    return { ...screen, html: `<form ${screen.html.slice(at)}` };
  };
  const optionsIn = ({ html }: Screen, name: string): object => {
    const [, text] = new RegExp(`data-passkey-${name}="([^"]*)"`).exec(html)!;
    return JSON.parse(text!.replaceAll("&quot;", '"'));
  };
  const phone = createAuthenticator();

  const signIn = await person.open(`${url}/account/security/app`);
  const adding = await person.submit(signIn, {
    identifier: bob.handle,
    password: bob.password,
  });
  const [, secret] = /<code>([A-Z2-7 ]+)<\/code>/.exec(adding.html)!;
  const codes = await person.submit(formAt(adding, "security/app"), {
    code: createTotpApp(secret!)(),
  });
  expect(codes.html).toContain("They are shown this once.");

  const passkeys = await person.open(`${url}/account/security/passkeys`);
  const added = await person.submit(formAt(passkeys, "security/passkeys"), {
    passkey: phone.create({
      options: optionsIn(passkeys, "create"),
      origin: url,
    }),
    name: "Phone",
  });
  expect(added.html).toContain("The passkey was added.");

  const network = { url, plcUrl: plc.url };
  const application = createApplication(network, "atproto");
  const stranger = createPerson(url);
  const asking = await stranger.open(await application.authorize(url));
  const options = optionsIn(asking, "get");
  const answer = { passkey: phone.get({ options, origin: url }) };
  const consent = await stranger.submit(asking, answer);
  const back = await stranger.submit(consent, { decision: "allow" });
  const { session } = await application.callback(
    new URL(back.url).searchParams,
  );
  expect(String(session.did)).toBe(bob.did);
});

test("the executable fetches no description from this machine", async () => {
  for (const clientId of [
    "https://localhost/client.json",
    "https://127.0.0.1/client.json",
    "https://169.254.169.254/client.json",
  ]) {
    const answer = await createRawClient(url).push({}, { clientId });
    expect(answer.status).toBe(400);
    // Which rule it broke, and nothing of how the program is built.
    expect(answer.body.error_uri).toContain("/docs/reference/client-rules#");
    expect(JSON.stringify(answer.body)).not.toMatch(/ at \S+ \(|\.ts:/);
  }
});
