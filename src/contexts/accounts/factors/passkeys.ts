import { createHash } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { PasskeyRow, PasskeyRows } from "#storage/account/passkeys.ts";
import type { Challenges } from "./challenges.ts";

/**
 * Passkeys: keys that a device keeps and uses only for this server's own
 * pages, after it has made sure of its owner by a finger, a face or a PIN.
 * They are found by the device without a name being typed, so one is enough to
 * sign in.
 * @see https://www.w3.org/TR/webauthn-3/
 */
export interface Passkeys {
  /** Options for `navigator.credentials.create`, as JSON. */
  beginRegistration(
    account: Pick<AccountRow, "did" | "handle">,
    deviceId: string,
  ): Promise<object>;
  /**
   * The key of a device's answer, which was stored; null for an answer that is
   * wrong, late, of another page or browser, or of a key that is known.
   */
  register(answer: {
    did: Did;
    deviceId: string;
    response: string;
    name: string;
  }): Promise<PasskeyRow | null>;
  /** Options for `navigator.credentials.get`, as JSON; with keys, only those may answer. */
  beginSignIn(deviceId: string, keys?: readonly PasskeyRow[]): object;
  /** Whose key signed; null for an answer that is wrong, late, used, or of another page or browser. */
  verify(answer: { deviceId: string; response: string }): Promise<Did | null>;
}

export interface PasskeyDeps {
  rows: PasskeyRows;
  challenges: Challenges;
  /** Origin of the pages; its host is what keys are bound to. */
  publicUrl: string;
  getServiceName(): string;
  clock: Clock;
  log: Logger;
}

const MOST_PASSKEYS = 50;
const TIMEOUT_MS = 5 * 60_000;
const LONGEST_NAME_CHARS = 60;
// COSE: ES256, Ed25519, RS256, which is what devices have.
const ALGORITHMS = [-7, -8, -257];

/** Costs some time and memory, which a server without passkeys saves. */
async function loadLibrary() {
  // A package below it asks for this, and the executable has its parts in an
  // order in which it would come too late.
  await import("reflect-metadata");
  return import("@simplewebauthn/server");
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;
type Registration = Parameters<Library["verifyRegistrationResponse"]>[0];
type Authentication = Parameters<Library["verifyAuthenticationResponse"]>[0];

export function createPasskeys(deps: PasskeyDeps): Passkeys {
  const { rows, challenges, clock } = deps;
  const { origin, hostname } = new URL(deps.publicUrl);
  const expected = {
    expectedOrigin: origin,
    expectedRPID: hostname,
    requireUserVerification: true,
  };

  /** The library tells by an exception what is wrong with an answer. */
  async function attempt<T>(fn: () => Promise<T>): Promise<T | null> {
    try {
      return await fn();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      deps.log.info("passkey.refused", { reason });
      return null;
    }
  }

  async function register(
    response: Registration["response"],
    { did, deviceId }: { did: Did; deviceId: string },
  ) {
    const { verifyRegistrationResponse } = await loadLibrary();
    const purpose = "register";
    return verifyRegistrationResponse({
      ...expected,
      response,
      expectedChallenge: (given) =>
        challenges.use(given, { purpose, deviceId, did }),
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  async function verify(
    response: Authentication["response"],
    key: PasskeyRow,
    deviceId: string,
  ): Promise<boolean> {
    const { verifyAuthenticationResponse } = await loadLibrary();
    const { userHandle } = response.response;
    const result = await verifyAuthenticationResponse({
      ...expected,
      response,
      expectedChallenge: (given) =>
        challenges.use(given, { purpose: "sign-in", deviceId, did: "" }),
      credential: {
        id: key.id,
        publicKey: new Uint8Array(key.publicKey),
        counter: key.counter,
      },
    });
    const isOwner = userHandle === undefined || userHandle === userOf(key.did);
    const { newCounter, credentialBackedUp } = result.authenticationInfo;
    return (
      result.verified &&
      isOwner &&
      rows.use(key.id, {
        counter: newCounter,
        isBackedUp: credentialBackedUp,
        nowMs: clock.nowMs(),
      })
    );
  }

  return {
    async beginRegistration({ did, handle }, deviceId) {
      const { generateRegistrationOptions } = await loadLibrary();
      const use = { purpose: "register", deviceId, did } as const;
      return generateRegistrationOptions({
        rpName: deps.getServiceName(),
        rpID: hostname,
        userName: handle,
        userDisplayName: handle,
        userID: new Uint8Array(Buffer.from(userOf(did), "base64url")),
        challenge: new Uint8Array(
          Buffer.from(challenges.make(use), "base64url"),
        ),
        timeout: TIMEOUT_MS,
        attestationType: "none",
        excludeCredentials: rows.list(did).map(describe),
        authenticatorSelection: {
          residentKey: "required",
          userVerification: "required",
        },
        supportedAlgorithmIDs: ALGORITHMS,
      });
    },
    async register({ did, deviceId, response, name }) {
      const given = parseResponse<Registration["response"]>(response);
      if (given === null || rows.list(did).length >= MOST_PASSKEYS) return null;
      const result = await attempt(() => register(given, { did, deviceId }));
      if (!result?.verified) return null;
      const { credential, credentialBackedUp } = result.registrationInfo;
      const row: PasskeyRow = {
        id: credential.id,
        did,
        name: passkeyName(name) ?? "Passkey",
        publicKey: credential.publicKey,
        counter: credential.counter,
        transports: (credential.transports ?? []).join(","),
        isBackedUp: credentialBackedUp,
        createdAtMs: clock.nowMs(),
        lastUsedAtMs: null,
      };
      return rows.insert(row) ? row : null;
    },
    beginSignIn: (deviceId, keys = []) => ({
      challenge: challenges.make({ purpose: "sign-in", deviceId, did: "" }),
      rpId: hostname,
      timeout: TIMEOUT_MS,
      userVerification: "required",
      allowCredentials: keys.map(describe),
    }),
    async verify({ deviceId, response }) {
      const given = parseResponse<Authentication["response"]>(response);
      const key = given && rows.find(given.id);
      if (given === null || key === null) return null;
      const isRight = await attempt(() => verify(given, key, deviceId));
      return isRight ? key.did : null;
    },
  };
}

/** What an owner may call a key; null for nothing that can be read. */
export function passkeyName(text: string): string | null {
  const name = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return name === "" ? null : [...name].slice(0, LONGEST_NAME_CHARS).join("");
}

/** By what a device knows the account: a DID may be longer than the 64 bytes for it. */
function userOf(did: Did): string {
  return createHash("sha256").update(did).digest("base64url");
}

function describe({ id, transports }: PasskeyRow) {
  const list = transports === "" ? [] : transports.split(",");
  return { id, type: "public-key" as const, transports: list as never[] };
}

function parseResponse<Response extends { id: string; response: object }>(
  text: string,
): Response | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { id, response } = value as Partial<Response>;
    const isObject = typeof response === "object" && response !== null;
    return typeof id === "string" && isObject ? (value as Response) : null;
  } catch {
    return null;
  }
}
