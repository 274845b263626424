import {
  afterEach,
  beforeEach,
  describe,
  expect,
  setSystemTime,
  test,
} from "bun:test";
import { randomBytes } from "node:crypto";
import {
  assertion,
  CLIENT_ID,
  createKeyPair,
  createStage,
  ISSUER,
  type KeyPair,
  metadata,
  REDIRECT_URI,
  requestFields,
  type Stage,
} from "./confidential-fixture.ts";
import { hash, signJwt } from "./raw-client.ts";

/** Nonces of proofs are turned over each minute, and the one before still counts. */

const TURN_MS = 60_000;
const PATH = "/xrpc/com.atproto.server.getSession";

let clientKey: KeyPair;
let proofKey: KeyPair;
let stage: Stage;
beforeEach(async () => {
  clientKey = createKeyPair();
  proofKey = createKeyPair();
  // Nonces are those of whole minutes.
  setSystemTime(Math.ceil(Date.now() / TURN_MS) * TURN_MS);
  stage = await createStage({ [CLIENT_ID]: { body: metadata([clientKey]) } });
});
afterEach(() => {
  setSystemTime();
  stage.close();
});

const wait = (ms: number) => void setSystemTime(Date.now() + ms);

async function signIn(): Promise<string> {
  const verifier = randomBytes(32).toString("base64url");
  const fields = { ...requestFields(verifier), ...assertion(clientKey) };
  const pushed = await stage.post("pushRequest", { fields, key: proofKey });
  const code = await stage.allow(pushed.body.request_uri);
  const { body } = await stage.post("exchangeToken", {
    key: proofKey,
    fields: {
      ...{ grant_type: "authorization_code", code, code_verifier: verifier },
      ...{ redirect_uri: REDIRECT_URI, ...assertion(clientKey) },
    },
  });
  return body.access_token;
}

/** A proof of this moment. */
function prove(nonce: string, more: { url: string; claims?: object }) {
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: proofKey.publicJwk };
  const jti = randomBytes(16).toString("hex");
  const iat = Math.floor(Date.now() / 1000);
  const claims = { jti, iat, nonce, htu: more.url, ...more.claims };
  return signJwt(proofKey, header, claims);
}

/** What an application's call is answered: the account, or the name of the error. */
async function call(token: string, nonce: string): Promise<string> {
  const claims = { htm: "GET", ath: hash(token) };
  const dpop = prove(nonce, { url: `${ISSUER}${PATH}`, claims });
  const authorization = `DPoP ${token}`;
  return stage.engine
    .authenticate({ method: "GET", path: PATH, authorization, dpop })
    .then(
      ({ did }) => did,
      (error) => error.error,
    );
}

async function push(nonce: string) {
  const url = `${ISSUER}/oauth/par`;
  const answer = await stage.engine.pushRequest({
    body: {
      client_id: CLIENT_ID,
      ...requestFields(randomBytes(32).toString("base64url")),
      ...assertion(clientKey),
    },
    dpop: prove(nonce, { url, claims: { htm: "POST" } }),
    ...{ authorization: null, ipAddress: "192.0.2.1", userAgent: null },
  });
  const { error } = answer.json as { error?: string };
  return { told: error ?? answer.status, next: answer.headers["DPoP-Nonce"]! };
}

describe("a nonce", () => {
  test("counts for three turns, and then the next one is told", async () => {
    const nonce = stage.engine.nextNonce();
    for (const _ of Array(6)) {
      expect((await push(nonce)).told).toBe(201);
      wait(TURN_MS / 2 - 1);
    }
    wait(6);
    const { told, next } = await push(nonce);
    expect(told).toBe("use_dpop_nonce");
    expect(next).not.toBe(nonce);
    expect((await push(next)).told).toBe(201);
  });

  test("grows old while nobody calls, also for whoever calls with a token", async () => {
    const token = await signIn();
    const nonce = stage.engine.nextNonce();
    expect(await call(token, nonce)).toStartWith("did:");
    wait(4 * TURN_MS);
    expect(await call(token, nonce)).toBe("use_dpop_nonce");
    expect(await call(token, stage.engine.nextNonce())).toStartWith("did:");
  });

  test("is never one of a server that has started anew", async () => {
    const nonce = stage.engine.nextNonce();
    stage.close();
    stage = await createStage({ [CLIENT_ID]: { body: metadata([clientKey]) } });
    expect((await push(nonce)).told).toBe("use_dpop_nonce");
  });
});
