import { createSessionTokens } from "#contexts/security/session-tokens.ts";
import { formatJwt, parseJwt, signHs256 } from "#contexts/security/jwt.ts";
import {
  createServiceAuth,
  verifyServiceAuth,
} from "#contexts/security/service-auth.ts";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import type { JsonValue } from "#repo/lex-json.ts";
import type { Random } from "../../support/random.ts";
import type { Target } from "../engine.ts";
import { same, textOf } from "../expect.ts";
import { damageText } from "../texts.ts";
import { damageJson } from "../values.ts";

/** Proof of who calls. What is accepted must be the very token that was made. */

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");
const DID = "did:plc:7iza6de2dwap2sbkpav7c6c6" as Did;
const HOST = "did:web:pds.test";
const LXM = "com.atproto.repo.uploadBlob";
const clock = createFakeClock(NOW_MS);
const jwtKey = new Uint8Array(32).fill(3);
const tokens = createSessionTokens({
  serviceDid: HOST,
  jwtKey,
  refreshIdKey: new Uint8Array(32).fill(4),
  clock,
});
const session = { did: DID, sessionId: "one" };
const access = tokens.createAccess({ ...session, scope: "access" });
const refresh = tokens.createRefresh({
  ...session,
  counter: 0,
  issuedAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 1e9,
});

/** Longer ones are refused before anybody looks at them. */
const MAX_CHARS = 8192;

/** A token damaged as text, or one of damaged claims with a signature that fits. */
function damageToken(
  random: Random,
  token: string,
  sign: (input: Uint8Array) => Uint8Array,
): string {
  if (random.next() < 0.4) return damageText(random, [token], [".", "=", "-"]);
  const { header, claims } = parseJwt(token)!;
  const damaged = [header, claims].map((part) =>
    random.next() < 0.6 ? damageJson(random, part as JsonValue) : part,
  );
  return formatJwt(damaged[0] as object, damaged[1] as object, sign);
}

function refusedWith(statuses: readonly number[], error: unknown): false {
  if (!(error instanceof XrpcError)) throw error;
  if (!statuses.includes(error.status)) {
    throw new Error(`${error.error} has status ${error.status}`);
  }
  return false;
}

const jwt: Target = {
  name: "JWT",
  make: (random) => damageText(random, [access, refresh], [".", "=", "-", "_"]),
  check(input) {
    const token = textOf(input);
    const parsed = parseJwt(token);
    if (parsed === null) return false;
    const signed = token.slice(0, token.lastIndexOf("."));
    same("what is signed", Buffer.from(parsed.signingInput).toString(), signed);
    same("parts", token.split(".").length, 3);
    return true;
  },
};

const sessionToken: Target = {
  name: "session token",
  make: (random) =>
    damageToken(random, random.pick([access, refresh]), (input) =>
      signHs256(jwtKey, input),
    ),
  check(input) {
    const token = textOf(input);
    if (token.length > MAX_CHARS) return false;
    let isAccepted = false;
    for (const parse of [tokens.parseAccess, tokens.parseRefresh]) {
      try {
        const { did, sessionId } = parse(token);
        same("account", typeof did, "string");
        same("session", typeof sessionId, "string");
        isAccepted = true;
      } catch (error) {
        refusedWith([400], error);
      }
    }
    return isAccepted;
  },
};

const signers = (["k256", "p256"] as const).map((curve) =>
  createSigner(curve, generatePrivateKey(curve)),
);

const serviceToken: Target = {
  name: "service token",
  make(random) {
    const signer = random.pick(signers);
    const token = createServiceAuth({
      iss: DID,
      aud: HOST,
      lxm: LXM,
      signer,
      clock,
    });
    if (random.next() < 0.1) return token;
    return damageToken(random, token, (input) => signer.sign(input));
  },
  async check(input) {
    const token = textOf(input);
    if (token.length > MAX_CHARS) return false;
    const alg = parseJwt(token)?.header["alg"];
    const signer = signers.find(({ jwtAlg }) => jwtAlg === alg) ?? signers[0]!;
    try {
      const claims = await verifyServiceAuth(token, {
        audiences: [HOST],
        lxm: LXM,
        clock,
        resolveKey: async () => signer.didKey,
      });
      same("audience", claims.aud, HOST);
      same("method", claims.lxm, LXM);
      return true;
    } catch (error) {
      return refusedWith([401], error);
    }
  },
};

export const TOKENS: readonly Target[] = [jwt, sessionToken, serviceToken];
