import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { createFakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { createSafeFetch, type SafeFetch } from "#lib/safe-fetch.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { recommendedCredentials } from "./credentials.ts";
import {
  createIdentity,
  type IdentityConfig,
  type IdentityDeps,
} from "./identity.ts";
import { createPlcClient } from "./plc.ts";
import { withHandle } from "./plc-operation.ts";

const clock = createFakeClock();
const signer = createSigner("k256", generatePrivateKey("k256"));
const directory = createPlcDirectory({ clock });
afterAll(() => directory.close());
const plc = createPlcClient({
  url: "http://plc.test",
  fetch: (url, init) => directory.fetch(new Request(url, init)),
});

const alice = "did:plc:aliceeeeeeeeeeeeeeeeeeee" as Did;
const bob = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb" as Did;
const carla = "did:web:carla.example.org" as Did;

/** What the world's name servers and web hosts say. */
let txt: Record<string, string[]>;
let web: Record<string, { status?: number; body: string }>;
let asked: string[];
beforeEach(() => {
  txt = {};
  web = {};
  asked = [];
});

const fetch = (async (url: string) => {
  asked.push(url);
  const answer = web[url];
  if (answer === undefined) throw new Error("no such host");
  const body = new TextEncoder().encode(answer.body);
  return { status: answer.status ?? 200, headers: new Headers(), body, url };
}) as SafeFetch;

async function resolveTxt(name: string): Promise<string[]> {
  asked.push(name);
  const records = txt[name];
  if (records === undefined) throw new Error("ENOTFOUND");
  return records;
}

function make(
  over: Partial<IdentityConfig> = {},
  deps: Partial<IdentityDeps> = {},
) {
  return createIdentity({
    config: {
      serviceDid: "did:web:pds.example.com" as Did,
      hostname: "pds.example.com",
      publicUrl: "https://pds.example.com",
      handleDomains: [".pds.example.com"],
      devMode: false,
      timeoutMs: 1_000,
      didCacheStaleTtlMs: 3_600_000,
      didCacheMaxTtlMs: 86_400_000,
      backupNameservers: [],
      ...over,
    },
    plc,
    fetch,
    clock,
    log: createLogger({ level: "silent" }),
    findLocalHandle: (handle) =>
      handle === "alice.pds.example.com" ? alice : null,
    resolveTxt,
    ...deps,
  });
}

async function register(handle: string): Promise<Did> {
  const { did, op } = plc.signGenesis({
    signingKey: signer.didKey,
    rotationKeys: [signer.didKey],
    handle,
    pds: "https://pds.example.com",
    signer,
  });
  await plc.submit(did, op);
  return did;
}

describe("a handle", () => {
  const resolve = (handle: string, over: Partial<IdentityConfig> = {}) =>
    make(over).resolveHandle(handle as Handle);
  const wellKnown = (handle: string) =>
    `https://${handle}/.well-known/atproto-did`;

  test("of ours needs no network", async () => {
    expect(await resolve("Alice.pds.example.com")).toBe(alice);
    expect(await resolve("nobody.pds.example.com")).toBeNull();
    expect(await resolve("a.b.pds.example.com")).toBeNull();
    expect(asked).toEqual([]);
  });

  test.each(["bob.local", "bob.invalid", "bob.test", "not a handle", ""])(
    "%j leads nowhere and asks nobody",
    async (handle) => {
      expect(await resolve(handle)).toBeNull();
      expect(asked).toEqual([]);
    },
  );

  test(".test is asked for in development", async () => {
    txt["_atproto.bob.test"] = [`did=${bob}`];
    expect(await resolve("bob.test", { devMode: true })).toBe(bob);
  });

  test("is found in the DNS", async () => {
    txt["_atproto.bob.example.org"] = ["v=spf1 -all", `did=${bob}`];
    expect(await resolve("Bob.example.org")).toBe(bob);
  });

  test("is found on the web", async () => {
    web[wellKnown("bob.example.org")] = { body: `\n${bob} \r\n` };
    expect(await resolve("bob.example.org")).toBe(bob);
  });

  test("the DNS is preferred", async () => {
    txt["_atproto.bob.example.org"] = [`did=${bob}`];
    web[wellKnown("bob.example.org")] = { body: alice };
    expect(await resolve("bob.example.org")).toBe(bob);
    expect(asked).toHaveLength(2);
  });

  test("the same DID twice is one, two different are none", async () => {
    txt["_atproto.bob.example.org"] = [`did=${bob}`, `did=${bob}`];
    expect(await resolve("bob.example.org")).toBe(bob);
    txt["_atproto.bob.example.org"] = [`did=${bob}`, `did=${alice}`];
    web[wellKnown("bob.example.org")] = { body: bob };
    expect(await resolve("bob.example.org")).toBeNull();
  });

  test("a record that holds no DID counts for nothing", async () => {
    txt["_atproto.bob.example.org"] = ["did=nonsense"];
    web[wellKnown("bob.example.org")] = { body: bob };
    expect(await resolve("bob.example.org")).toBe(bob);
  });

  test.each([
    { status: 404, body: bob },
    { status: 500, body: bob },
    { status: 302, body: bob },
    { status: 200, body: "<!doctype html>" },
    { status: 200, body: `${bob} ${alice}` },
    { status: 200, body: "" },
  ])("is not found in %j", async (answer) => {
    web[wellKnown("bob.example.org")] = answer;
    expect(await resolve("bob.example.org")).toBeNull();
  });

  test("name servers that never answer do not stop the web", async () => {
    web[wellKnown("bob.example.org")] = { body: bob };
    const never = () => new Promise<string[]>(() => {});
    const identity = make({ timeoutMs: 20 }, { resolveTxt: never });
    expect(await identity.resolveHandle("bob.example.org" as Handle)).toBe(bob);
  });
});

describe("a did:plc", () => {
  test("resolves to its document, key and PDS", async () => {
    const identity = make();
    const did = await register("dora.test");
    const document = await identity.resolveDid(did);
    expect(document.id).toBe(did);
    expect(identity.pdsEndpointOf(document)).toBe("https://pds.example.com");
    expect(await identity.signingKeyOf(did)).toBe(signer.didKey);
    expect(await identity.signingKeyOf(did, { keyId: "#atproto" })).toBe(
      signer.didKey,
    );
    expect(await identity.signingKeyOf(did, { keyId: "other" })).toBeNull();
  });

  test("is kept until a refresh is asked for or it is forgotten", async () => {
    const identity = make();
    const did = await register("emil.test");
    const nameOf = async (refresh: boolean) =>
      (await identity.resolveDid(did, { refresh })).alsoKnownAs?.[0];
    expect(await nameOf(false)).toBe("at://emil.test");
    await plc.update(did, signer, (data) => withHandle(data, "e2.test"));
    expect(await nameOf(false)).toBe("at://emil.test");
    expect(await nameOf(true)).toBe("at://e2.test");
    await plc.update(did, signer, (data) => withHandle(data, "e3.test"));
    identity.forgetDid(did);
    expect(await nameOf(false)).toBe("at://e3.test");
  });

  test("that was ended is not found", async () => {
    const did = await register("finn.test");
    await plc.tombstone(did, signer);
    await expect(make().resolveDid(did)).rejects.toMatchObject({
      error: "DidNotFound",
      status: 400,
    });
  });

  test.each([
    "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
    "did:plc:short",
    "did:plc:AAAAAAAAAAAAAAAAAAAAAAAA",
    "did:key:zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF",
    `did:plc:${"a".repeat(2000)}`,
  ])("%.40s is not found", async (did) => {
    await expect(make().resolveDid(did as Did)).rejects.toMatchObject({
      error: "DidNotFound",
    });
  });
});

describe("a did:web", () => {
  const url = "https://carla.example.org/.well-known/did.json";
  const body = JSON.stringify({ id: carla, alsoKnownAs: ["at://c.test"] });

  test("resolves to the document on its host", async () => {
    web[url] = { body };
    const document = await make().resolveDid(carla);
    expect(document.alsoKnownAs).toEqual(["at://c.test"]);
    expect(asked).toEqual([url]);
  });

  test.each([
    [{ status: 404, body }, "DidNotFound"],
    [{ status: 302, body }, "DidNotFound"],
    [{ status: 503, body }, "UpstreamFailure"],
    [{ body: "<html>" }, "DidNotFound"],
    [{ body: JSON.stringify({ id: alice }) }, "DidNotFound"],
    [{ body: "[]" }, "DidNotFound"],
  ])("%j is %s", async (answer, error) => {
    web[url] = answer;
    await expect(make().resolveDid(carla)).rejects.toMatchObject({ error });
  });

  test.each([
    "did:web:carla.example.org:path",
    "did:web:carla.example.org%3A8443",
    "did:web:carla.example.org%2Fpath",
    "did:web:carla",
    "did:web:-a.example",
    "did:web:localhost",
    "did:web:localhost%3A2583",
    "did:web:user%40carla.example.org",
  ])("%s is not fetched", async (did) => {
    await expect(make().resolveDid(did as Did)).rejects.toMatchObject({
      error: "DidNotFound",
    });
    expect(asked).toEqual([]);
  });

  test("on a host that can't be reached says so", async () => {
    const safeFetch = createSafeFetch({
      allowLoopback: false,
      timeoutMs: 1_000,
      maxBytes: 1_000,
      maxRedirects: 1,
      lookup: (name) =>
        name === "carla.example.org"
          ? Promise.reject(new Error("ENOTFOUND"))
          : Promise.resolve(["127.0.0.1"]),
    });
    const identity = make({}, { fetch: safeFetch });
    await expect(identity.resolveDid(carla)).rejects.toMatchObject({
      error: "UpstreamFailure",
    });
    const inner = "did:web:inner.example.org" as Did;
    await expect(identity.resolveDid(inner)).rejects.toMatchObject({
      error: "DidNotFound",
    });
  });

  test("of localhost resolves in development, over http and with a port", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ id: did }),
    });
    const did = `did:web:localhost%3A${server.port}` as Did;
    try {
      const safeFetch = createSafeFetch({
        allowLoopback: true,
        timeoutMs: 1_000,
        maxBytes: 1_000,
        maxRedirects: 1,
      });
      const identity = make({ devMode: true }, { fetch: safeFetch });
      expect(await identity.resolveDid(did)).toEqual({ id: did });
    } finally {
      await server.stop(true);
    }
  });
});

describe("a handle and a DID together", () => {
  test("are right when each names the other", async () => {
    const identity = make();
    const did = await register("gil.example.org");
    const document = await identity.resolveDid(did);
    expect(await identity.handleIsCorrect(did, document)).toBe(false);
    txt["_atproto.gil.example.org"] = [`did=${bob}`];
    expect(await identity.handleIsCorrect(did, document)).toBe(false);
    txt["_atproto.gil.example.org"] = [`did=${did}`];
    expect(await identity.handleIsCorrect(did, document)).toBe(true);
    expect(await identity.handleIsCorrect(bob, document)).toBe(false);
    expect(await identity.findVerifiedHandle(document)).toBe(
      "gil.example.org" as Handle,
    );
    expect(await identity.findVerifiedHandle({ id: did })).toBeNull();
  });
});

describe("our own service", () => {
  const document = {
    "@context": ["https://www.w3.org/ns/did/v1"],
    id: "did:web:pds.example.com" as Did,
    service: [
      {
        id: "#atproto_pds",
        type: "AtprotoPersonalDataServer",
        serviceEndpoint: "https://pds.example.com",
      },
    ],
  };

  test("has a document for its host name alone", () => {
    const identity = make();
    expect(identity.didDocumentForHost("pds.example.com")).toEqual(document);
    expect(identity.didDocumentForHost("PDS.example.com:443")).toEqual(
      document,
    );
    expect(identity.didDocumentForHost("alice.pds.example.com")).toBeNull();
    const other = make({ serviceDid: alice });
    expect(other.didDocumentForHost("pds.example.com")).toBeNull();
  });

  test("resolves without the network", async () => {
    expect(await make().resolveDid(document.id)).toEqual(document);
    expect(asked).toEqual([]);
  });

  test("recommends the state of an identity", () => {
    const input = {
      handle: "alice.pds.example.com" as Handle,
      signingKey: "did:key:sign",
      rotationKey: "did:key:server",
      recoveryKey: null,
      pds: "https://pds.example.com",
    };
    expect(recommendedCredentials(input)).toEqual({
      rotationKeys: ["did:key:server"],
      alsoKnownAs: ["at://alice.pds.example.com"],
      verificationMethods: { atproto: "did:key:sign" },
      services: {
        atproto_pds: {
          type: "AtprotoPersonalDataServer",
          endpoint: "https://pds.example.com",
        },
      },
    });
    const { rotationKeys } = recommendedCredentials({
      ...input,
      recoveryKey: "did:key:recovery",
    });
    expect(rotationKeys).toEqual(["did:key:recovery", "did:key:server"]);
  });
});
