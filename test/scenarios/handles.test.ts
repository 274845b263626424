import { afterAll, beforeAll, expect, test } from "bun:test";
import { decodeFrame } from "#repo/frame.ts";
import type { IdentityPayload } from "#repo/frame-reader.ts";
import { startDnsServer, type DnsServer } from "../doubles/dns-server.ts";
import { openStream, type Stream } from "../support/firehose.ts";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";

/** A handle changes, and everybody learns of it: who reads the stream, who asks, and who comes later. */

const UPDATE = "com.atproto.identity.updateHandle";
const DOMAIN = "alice.example.com";

let network: Network;
let dns: DnsServer;
let alice: TestAccount;
let stream: Stream;
const names: Record<string, string[][]> = {};
const identities: IdentityPayload[] = [];
/** Where the server comes to an end. */
let fatalStep: string | null = null;

beforeAll(async () => {
  dns = await startDnsServer(names);
  network = await startNetwork({
    settings: {
      TEMPEST_HANDLE_BACKUP_NAMESERVERS: dns.address,
    },
    deps: {
      checkpoint(step) {
        if (step === fatalStep) throw new Error(`ends at ${step}`);
      },
    },
  });
  alice = await network.createAccount("alice");
  await connect();
});

afterAll(async () => {
  stream.close();
  await network.stop();
  dns.stop();
});

async function connect(): Promise<void> {
  stream = await openStream(network.url, 0, (bytes) => {
    const { t, payload } = decodeFrame(bytes);
    if (t === "#identity") identities.push(payload as IdentityPayload);
  });
}

const rename = (handle: string, token = alice.accessJwt) =>
  network.call(UPDATE, { token, input: { handle } });

const told = (count: number) =>
  until(`${count} events`, 30_000, () => identities.length >= count);

const wellKnown = async (host: string) =>
  (
    await fetch(`${network.url}/.well-known/atproto-did`, {
      headers: { host },
    })
  ).text();

test("the stream tells the new handle, once", async () => {
  await told(1);
  expect((await rename("alina.test")).status).toBe(200);
  await told(2);
  expect(identities.map(({ did, handle }) => [did, handle])).toEqual([
    [alice.did, "alice.test"],
    [alice.did, "alina.test"],
  ]);
});

test("the new name leads to the account, the old one nowhere", async () => {
  expect(await wellKnown("alina.test")).toBe(alice.did);
  expect(await wellKnown("alice.test")).not.toContain("did:");
  const signIn = (identifier: string) =>
    network.call("com.atproto.server.createSession", {
      input: { identifier, password: alice.password },
    });
  expect((await signIn("alina.test")).status).toBe(200);
  expect((await signIn("alice.test")).status).toBe(401);
});

test("somebody else may have the old one", async () => {
  const other = await network.createAccount("alice2");
  expect((await rename("alice.test", other.accessJwt)).status).toBe(200);
  expect(await wellKnown("alice.test")).toBe(other.did);
  expect((await rename("alice.test")).body.error).toBe("HandleNotAvailable");
  await told(4);
});

test("a domain of one's own is a handle once the DNS says so", async () => {
  expect((await rename(DOMAIN)).body.error).toBe("InvalidHandle");
  names[`_atproto.${DOMAIN}`] = [[`did=${alice.did}`]];
  expect((await rename(DOMAIN)).status).toBe(200);
  await told(5);
  expect(identities.at(-1)!.handle).toBe(DOMAIN);
  const { body } = await network.call("com.atproto.identity.resolveIdentity", {
    params: { identifier: DOMAIN },
  });
  expect(body).toMatchObject({ did: alice.did, handle: DOMAIN });
});

test("a restart changes nothing and tells nothing again", async () => {
  const before = identities.length;
  stream.close();
  await network.restart();
  identities.length = 0;
  await connect();
  await told(before);
  const { body } = await network.call("com.atproto.repo.describeRepo", {
    params: { repo: alice.did },
  });
  expect(body).toMatchObject({ handle: DOMAIN, handleIsCorrect: true });
  expect(identities).toHaveLength(before);
});

test.each(["reserved", "submitted", "stored"])(
  "a server that ends when the change is %s finishes it at its next start",
  async (step) => {
    const handle = `after-${step}.test`;
    fatalStep = `handle-${step}`;
    expect((await rename(handle)).status).toBe(500);
    fatalStep = null;
    stream.close();
    await network.restart();
    identities.length = 0;
    await connect();
    await until("the new handle", 30_000, () =>
      identities.some((event) => event.handle === handle),
    );
    const { body } = await network.call("com.atproto.repo.describeRepo", {
      params: { repo: alice.did },
    });
    expect(body).toMatchObject({ handle, handleIsCorrect: true });
    expect(identities.filter((event) => event.handle === handle)).toHaveLength(
      1,
    );
    const log = await fetch(`${network.plcUrl}/${alice.did}/log`);
    const names = ((await log.json()) as { alsoKnownAs: string[] }[]).map(
      ({ alsoKnownAs }) => alsoKnownAs[0],
    );
    expect(names.filter((name) => name === `at://${handle}`)).toHaveLength(1);
  },
);
