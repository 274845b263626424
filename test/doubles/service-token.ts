import { verifySignature } from "@atproto/crypto";

/** What a token for another service says, once its signature holds. */
export interface ServiceClaims {
  iss: string;
  aud: string;
  lxm: string;
  iat: number;
  exp: number;
  jti: string;
}

/** Longest life of a token that a host makes for a call that it sends on. */
const LONGEST_SEC = 65;

/**
 * Reads a token as a careful service does, with another's code for the
 * signature.
 * @throws Error that says what is wrong with it.
 */
export async function readServiceToken(
  authorization: string | undefined,
  expected: {
    audiences: readonly string[];
    lxm: string;
    keyOf(did: string): Promise<string>;
    nowMs: number;
  },
): Promise<ServiceClaims> {
  const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new Error("no token");
  const [head = "", body = "", signature = ""] = token.split(".");
  const { typ, alg } = parse(head) as { typ?: string; alg?: string };
  if (typ !== "JWT") throw new Error(`typ ${typ}`);
  const claims = parse(body) as ServiceClaims;
  const key = await expected.keyOf(claims.iss);
  const isSigned = await verifySignature(
    key,
    Buffer.from(`${head}.${body}`),
    Buffer.from(signature, "base64url"),
    { jwtAlg: alg },
  );
  if (!isSigned) throw new Error("bad signature");
  if (!expected.audiences.includes(claims.aud)) {
    throw new Error(`aud ${claims.aud}`);
  }
  if (claims.lxm !== expected.lxm) throw new Error(`lxm ${claims.lxm}`);
  const nowSec = expected.nowMs / 1000;
  if (claims.iat > nowSec + 5 || claims.exp < nowSec) {
    throw new Error("not of this time");
  }
  if (claims.exp - claims.iat > LONGEST_SEC) throw new Error("lives too long");
  if (!/^[0-9a-zA-Z_-]{16,}$/.test(claims.jti)) throw new Error("no jti");
  return claims;
}

function parse(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}
