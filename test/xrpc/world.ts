import { createPlcClient } from "#contexts/identity/plc.ts";
import { createServiceAuth } from "#contexts/security/service-auth.ts";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { startDnsServer } from "../doubles/dns-server.ts";
import {
  ADMIN_PASSWORD,
  startNetwork,
  type Answer,
  type CallOptions,
  type Network,
  type TestAccount,
} from "../support/network.ts";

/** Who calls: an account's main session, or another kind of it. */
export type Identity =
  | "alice"
  | "bob"
  | "dora"
  | "tara"
  | "suse"
  | "alice:app"
  | "alice:privileged"
  | "tara:takendown"
  | "admin";

/** Somebody whose account is elsewhere, with the key of their identity. */
export interface Stranger {
  did: Did;
  handle: Handle;
  signer: Signer;
}

/**
 * A network with an account in each state: alice and bob are active, dora is
 * deactivated, tara taken down, suse suspended. Every answer it sees is
 * checked: whatever the input, none may be a 500.
 */
export interface World {
  network: Network;
  clock: FakeClock;
  serviceDid: string;
  accounts: Record<"alice" | "bob" | "dora" | "tara" | "suse", TestAccount>;
  tokens: Record<Identity, string>;
  /** CID of the blob that the first record of an account names. */
  blobs: Record<"dora" | "tara" | "suse", string>;
  // oxlint-disable-next-line typescript/no-explicit-any
  call(nsid: string, options?: CallOptions): Promise<Answer<any>>;
  /** TXT records that the network's name server knows: lists of pieces by name. */
  names: Record<string, string[][]>;
  /** A different number at each use, for names that must be new. */
  unique(): number;
  /** An identity in the directory that this host does not know. */
  addStranger(): Promise<Stranger>;
  /** A token of a minute for this host, unless said otherwise. */
  serviceToken(
    stranger: Pick<Stranger, "did" | "signer">,
    lxm: string,
    other?: { expSec?: number; aud?: string },
  ): string;
  /** Uploads bytes for alice and answers the reference that records hold. */
  uploadBlob(text: string, type?: string): Promise<object>;
  /** Lines of the log that say that the server itself is at fault. */
  faults(): string[];
  stop(): Promise<void>;
}

export const basicAuth = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** Small, so that a larger one costs nothing. */
export const MAX_BLOB_BYTES = 65_536;

const FAULTS =
  /request failed|method broke its lexicon|repo\.behind|quarantined/;

export async function createWorld(
  settings: Record<string, string> = {},
): Promise<World> {
  const clock = createFakeClock(Date.now());
  const lines: string[] = [];
  const log = createLogger({
    level: "warn",
    clock,
    write: (line) => void lines.push(line),
  });
  const names: World["names"] = {};
  const dns = await startDnsServer(names);
  const network = await startNetwork({
    settings: {
      TEMPEST_HANDLE_BACKUP_NAMESERVERS: dns.address,
      TEMPEST_BLOB_MAX_BYTES: String(MAX_BLOB_BYTES),
      // Names of other hosts lead nowhere here, and that should not take long.
      TEMPEST_ID_RESOLVER_TIMEOUT: "1000",
      ...settings,
    },
    deps: { clock, log },
  });
  const call: World["call"] = async (nsid, options) => {
    clock.advance(1);
    const answer = await network.call(nsid, options);
    if (answer.status === 500) {
      throw new Error(`${nsid} answered 500: ${lines.at(-1)}`);
    }
    return answer;
  };
  let count = 0;
  const accounts = await createAccounts(network);
  const world: World = {
    network,
    clock,
    serviceDid: network.config.serviceDid,
    accounts,
    tokens: await signIn(call, accounts),
    blobs: { dora: "", tara: "", suse: "" },
    call,
    names,
    unique: () => ++count,
    addStranger: () => addStranger(network, `stranger${++count}`),
    serviceToken: ({ did, signer }, lxm, other) =>
      createServiceAuth({
        iss: did,
        aud: network.config.serviceDid,
        lxm,
        signer,
        clock,
        ...other,
      }),
    async uploadBlob(text, type = "text/plain") {
      const { status, body } = await call("com.atproto.repo.uploadBlob", {
        input: new TextEncoder().encode(text),
        type,
        token: world.tokens.alice,
      });
      if (status !== 200) throw new Error(JSON.stringify(body));
      return body.blob;
    },
    faults: () => lines.filter((line) => FAULTS.test(line)),
    async stop() {
      await network.stop();
      dns.stop();
    },
  };
  await changeStates(world);
  return world;
}

async function createAccounts(network: Network): Promise<World["accounts"]> {
  const [alice, bob, dora, tara, suse] = await Promise.all(
    ["alice", "bob", "dora", "tara", "suse"].map((name) =>
      createAccount(network, name),
    ),
  );
  return { alice, bob, dora, tara, suse } as World["accounts"];
}

async function createAccount(
  { call, config, createAccount }: Network,
  name: string,
): Promise<TestAccount> {
  if (!config.inviteRequired) return createAccount(name);
  const { body } = await call("com.atproto.server.createInviteCode", {
    token: basicAuth("admin", ADMIN_PASSWORD),
    input: { useCount: 1 },
  });
  const input = {
    handle: `${name}.test`,
    email: `${name}@mail.test`,
    password: `${name}-password`,
    inviteCode: body.code,
  };
  const made = await call("com.atproto.server.createAccount", { input });
  return { ...made.body, password: input.password };
}

async function signIn(
  call: World["call"],
  accounts: World["accounts"],
): Promise<World["tokens"]> {
  const { alice, bob, dora, tara, suse } = accounts;
  const signInByApp = async (privileged: boolean): Promise<string> => {
    const made = await call("com.atproto.server.createAppPassword", {
      token: alice.accessJwt,
      input: { name: `app ${privileged}`, privileged },
    });
    const { password } = made.body;
    const { body } = await call("com.atproto.server.createSession", {
      input: { identifier: alice.handle, password },
    });
    return body.accessJwt;
  };
  return {
    alice: alice.accessJwt,
    bob: bob.accessJwt,
    dora: dora.accessJwt,
    tara: tara.accessJwt,
    suse: suse.accessJwt,
    "alice:app": await signInByApp(false),
    "alice:privileged": await signInByApp(true),
    "tara:takendown": "",
    admin: basicAuth("admin", ADMIN_PASSWORD),
  };
}

/** The accounts that are not active have a record and a blob from before. */
async function changeStates(world: World): Promise<void> {
  const { network, accounts, tokens, call, blobs } = world;
  const { dora, tara, suse } = accounts;
  for (const name of ["dora", "tara", "suse"] as const) {
    const { did, accessJwt: token } = accounts[name];
    const uploaded = await call("com.atproto.repo.uploadBlob", {
      token,
      input: `blob of ${name}`,
      type: "text/plain",
    });
    const { blob } = uploaded.body;
    blobs[name] = blob.ref.$link;
    const made = await call("com.atproto.repo.createRecord", {
      token,
      input: {
        repo: did,
        collection: "com.example.thing",
        rkey: "first",
        record: { blob },
      },
    });
    if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  }
  const { states } = network.app.accounts;
  await states.deactivate(dora.did as Did);
  await states.takeDown(tara.did as Did, "test");
  await states.suspend(suse.did as Did);
  const { body } = await call("com.atproto.server.createSession", {
    input: {
      identifier: tara.handle,
      password: tara.password,
      allowTakendown: true,
    },
  });
  tokens["tara:takendown"] = body.accessJwt;
}

async function addStranger(network: Network, name: string): Promise<Stranger> {
  const signer = createSigner("k256", generatePrivateKey("k256"));
  const handle = `${name}.test` as Handle;
  const plc = createPlcClient({ url: network.plcUrl, fetch });
  const { did, op } = plc.signGenesis({
    signingKey: signer.didKey,
    rotationKeys: [signer.didKey],
    handle,
    pds: "https://elsewhere.example.com",
    signer,
  });
  await plc.submit(did, op);
  return { did, handle, signer };
}
