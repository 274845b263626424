import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { verifySignature, type Signer } from "#repo/signer.ts";
import { isDid, type Did } from "#repo/syntax.ts";
import { formatJwt, parseJwt, type ParsedJwt } from "./jwt.ts";
import { withLowS } from "./low-s.ts";
import { randomId, systemRandom, type Random } from "./random.ts";

/**
 * Tokens by which one server acts for an account at another: signed with a
 * key of the account's DID document, for one audience and one method.
 * @see https://atproto.com/specs/xrpc#inter-service-authentication-jwt
 */

/** Types of tokens that prove something else. */
const FOREIGN_TYPES = new Set(["at+jwt", "refresh+jwt", "dpop+jwt"]);
const DEFAULT_KEY_ID = "atproto";
/** Services whose name, in the issuer of older tokens, is not that of their key. */
const KEY_ID_BY_SERVICE: ReadonlyMap<string, string> = new Map([
  ["atproto_labeler", "atproto_label"],
]);
/** What servers may ask for, and a minute for clocks that differ. */
const LONGEST_LIFE_SEC = 3600 + 60;

export interface ServiceClaims {
  iss: Did;
  /** Fragment of the key in the DID document: `atproto`, `atproto_label`. */
  keyId: string;
  aud: string;
  lxm: string | null;
  jti: string | null;
  expSec: number;
}

export interface VerifyOptions {
  /** Audiences that are us: the DID alone, or with `#service`. */
  audiences: readonly string[];
  /** The method called; null accepts any. */
  lxm: string | null;
  /** Issuers that are believed; absent: every DID. */
  issuers?: readonly Did[];
  /** Keys that count; `atproto` unless said. */
  keyIds?: readonly string[];
  /**
   * The key as did:key, or null when the document has none of that id.
   * With `refresh` the document is fetched again.
   */
  resolveKey(
    did: Did,
    options: { keyId: string; refresh: boolean },
  ): Promise<string | null>;
  clock: Clock;
}

/**
 * Checks a token of another service. When its signature does not fit the key
 * we know, the DID document is fetched again once: the key may have changed.
 * @throws XrpcError BadJwt, BadJwtType, JwtExpired, BadJwtAudience,
 *   BadJwtLexiconMethod, BadJwtIss, UntrustedIss, BadJwtSignature (all 401)
 */
export async function verifyServiceAuth(
  token: string,
  options: VerifyOptions,
): Promise<ServiceClaims> {
  const jwt = parseJwt(token);
  if (jwt === null) throw new XrpcError("BadJwt", "Poorly formatted JWT");
  const claims = readClaims(jwt);
  checkClaims(claims, options);
  await checkSignature(jwt, claims, options);
  return claims;
}

function readClaims({ header, claims }: ParsedJwt): ServiceClaims {
  if (typeof header.typ === "string" && FOREIGN_TYPES.has(header.typ)) {
    throw new XrpcError("BadJwtType", `Invalid JWT type "${header.typ}"`);
  }
  const { iss, aud, exp, lxm, jti } = claims;
  if (
    typeof iss !== "string" ||
    typeof aud !== "string" ||
    typeof exp !== "number" ||
    !isTextOrAbsent(lxm) ||
    !isTextOrAbsent(jti)
  ) {
    throw new XrpcError("BadJwt", "Poorly formatted JWT claims");
  }
  const { did, keyId } = readIssuer(iss, header.kid);
  return {
    iss: did,
    keyId,
    aud,
    lxm: lxm ?? null,
    jti: jti ?? null,
    expSec: exp,
  };
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

/** The key is named by `kid`, or in older tokens by a fragment of the issuer, which may name a service. */
function readIssuer(iss: string, kid: unknown): { did: Did; keyId: string } {
  const [did = "", name, ...rest] = iss.split("#");
  const fragment = name && (KEY_ID_BY_SERVICE.get(name) ?? name);
  const named = kid === undefined ? fragment : readKeyId(kid, did);
  if (
    !isDid(did) ||
    rest.length > 0 ||
    (fragment !== undefined && fragment !== named)
  ) {
    throw new XrpcError("BadJwtIss", "Issuer of the JWT is no DID");
  }
  return { did, keyId: named ?? DEFAULT_KEY_ID };
}

function readKeyId(kid: unknown, did: string): string {
  const [before, fragment] = typeof kid === "string" ? kid.split("#") : [];
  if (!fragment || (before !== "" && before !== did)) {
    throw new XrpcError("BadJwt", "The JWT names no usable key");
  }
  return fragment;
}

function checkClaims(claims: ServiceClaims, options: VerifyOptions): void {
  const nowSec = options.clock.nowMs() / 1000;
  if (claims.expSec <= nowSec) {
    throw new XrpcError("JwtExpired", "JWT expired");
  }
  if (claims.expSec > nowSec + LONGEST_LIFE_SEC) {
    throw new XrpcError("BadJwt", "JWT expires too far in the future");
  }
  if (!options.audiences.includes(claims.aud)) {
    throw new XrpcError(
      "BadJwtAudience",
      "JWT audience does not match this service",
    );
  }
  if (options.lxm !== null && claims.lxm !== options.lxm) {
    const said = claims.lxm === null ? "no method" : `"${claims.lxm}"`;
    throw new XrpcError(
      "BadJwtLexiconMethod",
      `JWT is for ${said}; this is "${options.lxm}"`,
    );
  }
  if (options.issuers !== undefined && !options.issuers.includes(claims.iss)) {
    throw new XrpcError("UntrustedIss", "Untrusted issuer");
  }
  if (!(options.keyIds ?? [DEFAULT_KEY_ID]).includes(claims.keyId)) {
    throw new XrpcError(
      "BadJwtIss",
      "The JWT names a key that has no say here",
    );
  }
}

async function checkSignature(
  jwt: ParsedJwt,
  { iss, keyId }: ServiceClaims,
  options: VerifyOptions,
): Promise<void> {
  const resolve = (refresh: boolean) =>
    options.resolveKey(iss, { keyId, refresh }).catch((cause: unknown) => {
      // An issuer that doesn't exist is the caller's fault; a dead network isn't.
      if (!(cause instanceof XrpcError) || cause.status >= 500) throw cause;
      throw new XrpcError("BadJwtIss", `Could not resolve ${iss}`, { cause });
    });
  const known = await resolve(false);
  if (known !== null && isSignedBy(jwt, known)) return;
  const fresh = await resolve(true);
  if (fresh === null) {
    throw new XrpcError("BadJwtIss", `Could not find the key of ${iss}`);
  }
  if (fresh === known || !isSignedBy(jwt, fresh)) {
    throw new XrpcError("BadJwtSignature", "JWT signature does not match");
  }
}

function isSignedBy(jwt: ParsedJwt, didKey: string): boolean {
  const curve = CURVE_BY_ALG.get(jwt.header.alg);
  if (curve === undefined) return false;
  // JWT libraries don't lower s, and nothing here depends on one spelling.
  const signature = withLowS(curve, jwt.signature);
  return (
    didKey.startsWith(DID_KEY_START[curve]) &&
    verifySignature(didKey, jwt.signingInput, signature)
  );
}

/** By what a stranger sent, so a map: an object knows more names than were put in. */
const CURVE_BY_ALG: ReadonlyMap<unknown, "k256" | "p256"> = new Map([
  ["ES256K", "k256"],
  ["ES256", "p256"],
]);
/** What base58 makes of the multicodec prefixes: https://atproto.com/specs/cryptography#public-key-encoding */
const DID_KEY_START = { k256: "did:key:zQ3s", p256: "did:key:zDn" };

/**
 * Makes a token that lets another service act for the account.
 * @param options.lxm the one method it is for; null lets it be used for any.
 * @param options.expSec seconds since the epoch; a minute from now unless said.
 */
export function createServiceAuth(options: {
  iss: Did;
  aud: string;
  lxm: string | null;
  expSec?: number;
  signer: Signer;
  clock: Clock;
  random?: Random;
}): string {
  const { iss, aud, lxm, signer, random = systemRandom } = options;
  const nowSec = Math.floor(options.clock.nowMs() / 1000);
  const claims = {
    iat: nowSec,
    iss,
    aud,
    exp: options.expSec ?? nowSec + 60,
    ...(lxm !== null && { lxm }),
    jti: randomId(random),
  };
  return formatJwt({ typ: "JWT", alg: signer.jwtAlg }, claims, (input) =>
    signer.sign(input),
  );
}
