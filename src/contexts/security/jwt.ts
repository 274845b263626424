import { createHmac, timingSafeEqual } from "node:crypto";

/** A JSON Web Token in its compact form, taken apart and not yet believed. */
export interface ParsedJwt {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** What the signature is over. */
  signingInput: Uint8Array;
  signature: Uint8Array;
}

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/; // RFC 7515 §7.1

/** Null when it is no token at all. */
export function parseJwt(token: string): ParsedJwt | null {
  if (!COMPACT.test(token)) return null;
  const [head, body, signature] = token.split(".") as [string, string, string];
  const header = parseObject(head);
  const claims = parseObject(body);
  if (header === null || claims === null) return null;
  return {
    header,
    claims,
    signingInput: Buffer.from(`${head}.${body}`),
    signature: Buffer.from(signature, "base64url"),
  };
}

function parseObject(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(part, "base64url").toString(),
    );
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Builds a compact token; `sign` gets header and claims as they are sent. */
export function formatJwt(
  header: object,
  claims: object,
  sign: (signingInput: Uint8Array) => Uint8Array,
): string {
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
  return `${input}.${encode(sign(Buffer.from(input)))}`;
}

function encode(value: string | Uint8Array): string {
  return Buffer.from(value as Uint8Array).toString("base64url");
}

/** RFC 7518 §3.2. */
export function signHs256(key: Uint8Array, input: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(input).digest();
}

/** Takes the same time whatever the signature. */
export function verifyHs256(key: Uint8Array, jwt: ParsedJwt): boolean {
  const expected = signHs256(key, jwt.signingInput);
  return (
    jwt.header.alg === "HS256" &&
    jwt.signature.length === expected.length &&
    timingSafeEqual(jwt.signature, expected)
  );
}
