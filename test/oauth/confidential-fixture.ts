import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Visitor } from "#contexts/oauth/devices.ts";
import { createOAuth } from "#contexts/oauth/oauth.ts";
import { silentEvents } from "#contexts/security/silent-events.ts";
import { XrpcError } from "#lib/errors.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import {
  type FetchFailure,
  type FetchOptions,
  type SafeFetch,
  SafeFetchError,
} from "#lib/safe-fetch.ts";
import type { Cid } from "#repo/cid.ts";
import type { AtUri, Did, Handle } from "#repo/syntax.ts";
import { createFactors } from "#contexts/accounts/factors/factors.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { createKeyStore } from "#storage/key-store.ts";
import { openAccountDb } from "#storage/account/account-db.ts";
import { createKeyPair, hash, type KeyPair, signJwt } from "./raw-client.ts";

export const ISSUER = "https://pds.example";
export const CLIENT_ID = "https://app.somewhere.dev/client.json";
export const REDIRECT_URI = "https://app.somewhere.dev/callback";
export const ALICE = "did:plc:alicealicealicealicealic" as Did;
const PASSWORD = "correct horse";
export const RESOURCE_SECRET = "a-secret-of-a-resource-server";

/** What the application's host answers, by URL. */
export interface Document {
  status?: number;
  type?: string;
  body: unknown;
  /** Nothing is answered. */
  failure?: FetchFailure;
}

export type Documents = Record<string, Document>;

export function metadata(keys: KeyPair[], changes: object = {}): object {
  return {
    client_id: CLIENT_ID,
    application_type: "web",
    redirect_uris: [REDIRECT_URI],
    scope: "atproto transition:generic",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    dpop_bound_access_tokens: true,
    jwks: { keys: keys.map(publicKeyOf) },
    ...changes,
  };
}

/** As an application publishes it; named by its place among the application's keys. */
export function publicKeyOf({ publicJwk }: KeyPair, index = 0): object {
  return { ...publicJwk, kid: `key-${index}`, alg: "ES256", use: "sig" };
}

export type Stage = Awaited<ReturnType<typeof createStage>>;

/**
 * The authorization server by itself, in front of a web that is made up.
 * @param given instead of what a server in the world has
 */
export async function createStage(
  documents: Documents,
  lexicons: Record<string, object> = {},
  given: { fetch?: SafeFetch; isDevelopment?: boolean } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "tempest-oauth-"));
  const db = openAccountDb(join(folder, "account.sqlite"));
  db.accounts.insert({
    did: ALICE,
    handle: "alice.example" as Handle,
    ...{ email: null, emailConfirmedAtMs: null, emailFactorAtMs: null },
    ...{ passwordHash: "hash", generation: 0, creationState: null },
    ...{ createdAtMs: 0, deactivatedAtMs: null, deleteAfterMs: null },
    ...{ suspendedAtMs: null, takedownAtMs: null, takedownRef: null },
    ...{ deletingAtMs: null, invitesDisabledAtMs: null, inviteNote: null },
  });
  const fetched: { href: string; options: FetchOptions }[] = [];
  const oauth = createOAuth({
    db,
    publicUrl: ISSUER,
    serviceDid: "did:web:pds.example",
    tokenKey: randomBytes(32),
    passwords: {
      hash: async () => "hash",
      verify: async (password) => ({
        isCorrect: password === PASSWORD,
        isOutdated: false,
      }),
      for() {
        return this;
      },
    },
    events: silentEvents,
    factors: createFactors({
      db,
      keyStore: createKeyStore({ keysPath: folder, masterKey: null }),
      events: silentEvents,
      emailTokens: { sendSparingly() {}, useEmailToken() {} },
      plc: { getLastOp: () => Promise.reject(new Error("no directory")) },
      serverDidKeys: () => [],
      publicUrl: ISSUER,
      getServiceName: () => "Test",
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    }),
    resourceServers: [{ name: "feeds", secret: RESOURCE_SECRET }],
    delegations: {
      hasOthers: () => false,
      livesHere: async () => false,
      noteElsewhere: () => {},
      listFor: () => [],
      findPermissions: () => null,
    },
    identity: {
      resolveDid: () => Promise.reject(new Error("no directory")),
      resolveHandle: async () => null,
      findVerifiedHandle: async () => null,
    },
    lexicons: { find: () => null },
    resolveLexicon: async ({ nsid }) => {
      const schema = lexicons[nsid];
      if (schema === undefined) {
        throw new XrpcError("LexiconNotFound", `No lexicon for ${nsid}`);
      }
      const uri = `at://${ALICE}/com.atproto.lexicon.schema/${nsid}`;
      return { uri: uri as AtUri, cid: "bafy" as Cid, schema };
    },
    fetch: createWeb(documents, fetched),
    clock: systemClock,
    log: silentLogger,
    ...given,
  });
  const engine = await oauth.engine();
  let nonce = engine.nextNonce();
  const visitor: Visitor = {
    cookie: null,
    visit: null,
    ipAddress: "192.0.2.1",
    userAgent: null,
  };

  async function post(
    name: "pushRequest" | "exchangeToken" | "revokeToken" | "introspectToken",
    {
      fields,
      key,
      authorization = null,
    }: {
      fields: Record<string, string>;
      key: KeyPair | null;
      authorization?: string | null;
    },
  ) {
    const path = {
      pushRequest: "par",
      exchangeToken: "token",
      revokeToken: "revoke",
      introspectToken: "introspect",
    };
    const claims = {
      jti: randomBytes(16).toString("hex"),
      htm: "POST",
      htu: `${ISSUER}/oauth/${path[name]}`,
      iat: Math.floor(Date.now() / 1000),
      nonce,
    };
    const header = { typ: "dpop+jwt", alg: "ES256" };
    const answer = await engine[name]({
      body: { client_id: CLIENT_ID, ...fields },
      dpop: key && signJwt(key, { ...header, jwk: key.publicJwk }, claims),
      authorization,
      ipAddress: "192.0.2.1",
      userAgent: null,
    });
    nonce = answer.headers["DPoP-Nonce"]!;
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: answer.status, body: answer.json as any };
  }

  /** Signs a person in; their browser, and what it shows then. */
  async function signIn(requestUri: string, isRemembered = false) {
    const name = { clientId: CLIENT_ID, requestUri };
    const choice = { account: null, asSomeoneElse: false };
    const { device } = await engine.openRequest(name, visitor, choice);
    const first = { ...visitor, cookie: device.newCookie };
    const outcome = await engine.signIn(name, first, {
      ...{ identifier: "alice.example", password: PASSWORD },
      ...{ passkey: "", factor: null, wantedFactor: null },
      ...{ isTrusted: false, isRemembered },
    });
    if ("fault" in outcome) throw new Error(outcome.fault);
    return { name, browser: { ...visitor, cookie: outcome.device.newCookie } };
  }

  /** What the page of consent says that the application asks for. */
  async function asked(requestUri: string) {
    const { name, browser } = await signIn(requestUri);
    const choice = { account: ALICE, asSomeoneElse: false };
    const { next } = await engine.openRequest(name, browser, choice);
    return next.step === "consent" ? next.asked : null;
  }

  /** What a person does who allows the request. */
  async function allow(
    requestUri: string,
    scopes = ["transition:generic"],
  ): Promise<string> {
    const { name, browser } = await signIn(requestUri);
    const { params } = await engine.decide(name, browser, {
      account: ALICE,
      isAllowed: true,
      scopes,
    });
    return Object.fromEntries(params).code ?? "";
  }

  return {
    ...{ engine, fetched, db, post, signIn, allow, asked },
    close() {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function createWeb(
  documents: Documents,
  fetched: { href: string; options: FetchOptions }[],
): SafeFetch {
  const web = async (href: string, options: FetchOptions = {}) => {
    fetched.push({ href, options });
    const found = documents[href];
    if (found === undefined) throw new Error(`nothing at ${href}`);
    const { body, type = "application/json", status = 200, failure } = found;
    if (failure !== undefined) throw new SafeFetchError(failure, "", href);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return {
      status,
      headers: new Headers({ "content-type": type }),
      body: new TextEncoder().encode(text),
      url: href,
    };
  };
  return Object.assign(web, { stream: () => Promise.reject(new Error()) });
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The fields with which an application proves who it is. */
export function assertion(
  key: KeyPair,
  { claims = {}, header = {} }: { claims?: object; header?: object } = {},
): Record<string, string> {
  const nowSec = Math.floor(Date.now() / 1000);
  const jwt = signJwt(
    key,
    { alg: "ES256", kid: "key-0", ...header },
    {
      ...{ iss: CLIENT_ID, sub: CLIENT_ID, aud: ISSUER },
      ...{ iat: nowSec, exp: nowSec + 30 },
      jti: randomBytes(16).toString("hex"),
      ...claims,
    },
  );
  return { client_assertion_type: ASSERTION_TYPE, client_assertion: jwt };
}

export function requestFields(verifier: string): Record<string, string> {
  return {
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: "atproto transition:generic",
    state: "state",
    code_challenge: hash(verifier),
    code_challenge_method: "S256",
  };
}

export { createKeyPair, type KeyPair, signJwt };
