import { generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { formatJwt } from "#contexts/security/jwt.ts";
import type { JsonValue } from "#repo/lex-json.ts";
import { createRandom, runSeed } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { createWorld, type World } from "../xrpc/world.ts";
import { show } from "./engine.ts";
import { damageRequest, examplesOf, sendRaw } from "./raw-http.ts";
import { damageText } from "./texts.ts";
import { damageJson } from "./values.ts";

/**
 * Bytes sent to the server's port: it answers, hangs up or waits for more, and
 * never says that it has failed.
 */

const AT_ONCE = 40;
const seed = runSeed();
const random = createRandom(seed);
/** 501 and 505 are the protocol's words for a method or version that nobody knows. */
const FAULTS = [500, 502, 504];
/** A service of somebody else, whose host is made up. */
const NAMES_SERVICE = /atproto-proxy:/i;
const TIMEOUT_MS = 60 * 60_000;
/** Of a longer head the server may hang up before `fetch` has sent it, which is then told as an error. */
const MAX_HEAD_CHARS = 6000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
afterAll(() => world.stop());

test(
  "damaged requests",
  async () => {
    const { url } = world.network;
    const port = Number(new URL(url).port);
    const examples = examplesOf({
      did: world.accounts.alice.did,
      token: world.tokens.alice,
    });
    const count = { answered: 0, closed: 0, silent: 0 };
    const statuses = new Map<number, number>();
    let left = sizeOf("rawRequests");

    async function work(): Promise<void> {
      while (left-- > 0) {
        const text = damageRequest(random, examples);
        const answer = await sendRaw(port, text);
        count[answer.kind]++;
        if (answer.kind !== "answered") continue;
        const { status } = answer;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const told = `${status} to ${show(text)}, TEST_SEED=${seed}`;
        const isUpstream = NAMES_SERVICE.test(text) && status !== 500;
        if (!isUpstream) expect(FAULTS, told).not.toContain(status);
        // One import is done at a time; the next is told when to come again.
        if (status === 503) expect(answer.saysWhenAgain, told).toBeTrue();
      }
    }

    await Promise.all(Array.from({ length: AT_ONCE }, work));
    console.info("raw requests:", count, `TEST_SEED=${seed}`);
    const health = await fetch(`${url}/xrpc/_health`);
    expect(health.status).toBe(200);
    expect(world.faults()).toEqual([]);
    // Otherwise requests would have been damaged beyond all reading.
    expect(statuses.get(200)).toBeGreaterThan(0);
    expect(statuses.get(400)).toBeGreaterThan(0);
    expect(statuses.get(101)).toBeGreaterThan(0);
    expect(count.answered).toBeGreaterThan(sizeOf("rawRequests") / 4);
  },
  TIMEOUT_MS,
);

test("an application's proof under a host that is none is refused as any other", async () => {
  const port = Number(new URL(world.network.url).port);
  const path = "/xrpc/com.atproto.server.getSession";
  const head = "Host: l localhost\r\nAuthorization: DPoP a.b.c\r\nDPoP: a.b.c";
  const request = `GET ${path} HTTP/1.1\r\n${head}\r\n\r\n`;
  expect(await sendRaw(port, request)).toMatchObject({ status: 401 });
});

/** Proofs whose signature is right although what is signed is damaged. */
function createProofs(nonce: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const jwk = publicKey.export({ format: "jwk" }) as JsonValue;
  const signProof = (input: Uint8Array) =>
    sign("sha256", input, { key: privateKey, dsaEncoding: "ieee-p1363" });
  return (htm: string, htu: string): string => {
    const header = { typ: "dpop+jwt", alg: "ES256", jwk };
    // The clock of the world stands still while requests are sent.
    const iat = Math.floor(Date.now() / 1000);
    const claims = { jti: String(random.int(0, 1e9)), htm, htu, iat, nonce };
    const damaged = [header, claims].map((part) =>
      random.next() < 0.6 ? (damageJson(random, part) as object) : part,
    );
    const proof = formatJwt(damaged[0]!, damaged[1]!, signProof);
    return random.next() < 0.8 ? proof : damageText(random, [proof]);
  };
}

test(
  "damaged proofs of possession",
  async () => {
    const { url } = world.network;
    const form = {
      response_type: "code",
      client_id: "http://localhost",
      redirect_uri: "http://127.0.0.1/",
      scope: "atproto",
      state: "x",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      login_hint: world.accounts.alice.handle,
    };
    const push = (proof: string) =>
      fetch(`${url}/oauth/par`, {
        method: "POST",
        headers: { dpop: proof },
        body: new URLSearchParams(form),
      });
    // One may be damaged so much that it is told no nonce.
    const early = createProofs("");
    let nonce: string | null = null;
    while (nonce === null) {
      const proof = early("POST", `${url}/oauth/par`);
      if (!canSend(proof)) continue;
      nonce = (await push(proof)).headers.get("dpop-nonce");
    }
    const proofOf = createProofs(nonce);
    const statuses = new Map<number, number>();
    for (let left = sizeOf("rawRequests") / 4; left > 0; left--) {
      const isPush = random.next() < 0.5;
      const path = isPush
        ? "/oauth/par"
        : "/xrpc/com.atproto.server.getSession";
      const proof = proofOf(isPush ? "POST" : "GET", url + path);
      if (!canSend(proof)) continue;
      const { status } = isPush
        ? await push(proof)
        : await fetch(url + path, {
            headers: { dpop: proof, authorization: `DPoP ${proof}` },
          });
      expect([201, 400, 401], show(proof)).toContain(status);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    console.info("proofs:", Object.fromEntries(statuses), `TEST_SEED=${seed}`);
    expect(world.faults()).toEqual([]);
    // Some are left as they were, and they are good.
    expect(statuses.get(201)).toBeGreaterThan(0);
    expect(statuses.get(401)).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

function canSend(proof: string): boolean {
  return /^[\x21-\x7e]+$/.test(proof) && proof.length <= MAX_HEAD_CHARS;
}
