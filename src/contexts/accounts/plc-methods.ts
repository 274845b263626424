import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import { recommendedCredentials } from "#contexts/identity/credentials.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import {
  InvalidPlcOperation,
  parsePlcOperation,
} from "#contexts/identity/plc-format.ts";
import {
  cidOfOperation,
  dataOfOperation,
  signPlcOperation,
  type PlcData,
  type PlcOperation,
} from "#contexts/identity/plc-operation.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import { findHosted } from "./account-states.ts";
import type { EmailTokens } from "./email-tokens.ts";
import { asInvalidRequest, identityLock } from "./identity-change.ts";
import { asSession } from "./session-methods.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Input of com.atproto.identity.signPlcOperation. */
export type SignPlcOperationInput = { token?: string } & Partial<
  Record<keyof PlcData, unknown>
>;

/** What lets an identity that this server keeps be moved, and one that moves here be put in order. */
export interface PlcMethods {
  /** What the identity of the account should say here. */
  getRecommendedDidCredentials(caller: Caller): PlcData;
  /** Mails the code for `signPlcOperation`. @throws XrpcError InvalidRequest without an address, or for another DID method. */
  requestPlcOperationSignature(caller: Caller): void;
  /**
   * Signs a change of the identity with the server's key; nothing is sent. What
   * is left out stays as it is.
   * @throws XrpcError InvalidRequest without a code, for an identity that was
   *   ended or that is not ours to change, or for what is no operation.
   * @throws XrpcError InvalidToken, ExpiredToken
   */
  signPlcOperation(
    input: SignPlcOperationInput,
    caller: Caller,
  ): Promise<{ operation: PlcOperation }>;
  /**
   * Sends a signed operation that leaves the account working here, and tells
   * the network.
   * @throws XrpcError InvalidRequest with the reason, the directory's included.
   */
  submitPlcOperation(
    input: { operation: unknown },
    caller: Caller,
  ): Promise<void>;
}

export interface PlcMethodDeps {
  db: AccountDb;
  plc: Pick<PlcClient, "getLastOp" | "submit">;
  keys: Pick<SigningKeys, "getSigner">;
  emailTokens: EmailTokens;
  events: Pick<SecurityEvents, "recordBy">;
  rotationSigner: Signer;
  recoveryDidKey: string | null;
  publicUrl: string;
  locks: KeyedMutex;
  forgetDid(did: Did): void;
  drainOutbox(): Promise<void>;
}

export function createPlcMethods(deps: PlcMethodDeps): PlcMethods {
  const { db, plc, emailTokens, events, rotationSigner } = deps;
  const accountOf = (caller: Caller): AccountRow =>
    findHosted(db, asSession(caller).did);

  const recommend = ({ did, handle }: AccountRow): PlcData =>
    recommendedCredentials({
      handle,
      signingKey: deps.keys.getSigner(did).didKey,
      rotationKey: rotationSigner.didKey,
      recoveryKey: deps.recoveryDidKey,
      pds: deps.publicUrl,
    });

  async function change(did: Did, wanted: object): Promise<PlcOperation> {
    const last = await plc.getLastOp(did).catch(asInvalidRequest);
    const data = dataOfOperation(last);
    if (data === null)
      throw invalidRequest("Did is tombstoned").because("identityEnded");
    if (!data.rotationKeys.includes(rotationSigner.didKey)) {
      throw invalidRequest(
        "The identity's rotation keys don't include this server's, so its signature would be worth nothing",
      ).because("identityNotOurs");
    }
    // Checked before the key touches it: it must be a change and nothing else.
    const changed = parseOperation({
      ...{ type: "plc_operation", ...data, ...wanted },
      ...{ prev: cidOfOperation(last), sig: "" },
    });
    return signPlcOperation(changed, changed.prev, rotationSigner);
  }

  return {
    getRecommendedDidCredentials: (caller) => recommend(accountOf(caller)),
    requestPlcOperationSignature(caller) {
      const account = accountOf(caller);
      checkMethod(account.did);
      emailTokens.send(account, "plcOperation");
    },
    async signPlcOperation({ token, ...wanted }, caller) {
      const { did } = accountOf(caller);
      checkMethod(did);
      if (token === undefined || token === "") {
        throw invalidRequest(
          "email confirmation token required to sign PLC operations",
        ).because("codeMissing");
      }
      const proof = { did, purpose: "plcOperation" as const, token };
      emailTokens.verifyEmailToken(proof);
      const operation = await change(did, pickData(wanted));
      // Only now: an outage of the directory should not cost the code.
      db.transaction(() => {
        emailTokens.useEmailToken(proof);
        events.recordBy(asSession(caller), { kind: "identitySigned" });
      });
      return { operation };
    },
    async submitPlcOperation({ operation: json }, caller) {
      const account = accountOf(caller);
      const { did, handle } = account;
      checkMethod(did);
      const operation = parseOperation(json);
      checkStaysHere(operation, recommend(account), rotationSigner.didKey);
      await deps.locks.run(identityLock(did), async () => {
        await plc.submit(did, operation).catch(withoutNotFound);
        deps.forgetDid(did);
        events.recordBy(asSession(caller), { kind: "identityChanged" });
        await deps.locks.run(did, async () => {
          db.outbox.add({ kind: "identity", did, handle });
          await deps.drainOutbox();
        });
      });
    },
  };
}

const FIELDS = [
  "rotationKeys",
  "alsoKnownAs",
  "verificationMethods",
  "services",
] as const satisfies (keyof PlcData)[];

function pickData(input: Partial<Record<keyof PlcData, unknown>>): object {
  const given = FIELDS.filter((field) => input[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, input[field]]));
}

function checkMethod(did: Did): void {
  if (did.startsWith("did:plc:")) return;
  throw invalidRequest("Only identities of did:plc have operations").because(
    "identityFixed",
  );
}

/** @throws XrpcError InvalidRequest */
function parseOperation(json: unknown): PlcOperation {
  try {
    const operation = parsePlcOperation(json);
    if (operation.type === "plc_operation") return operation;
  } catch (error) {
    if (!(error instanceof InvalidPlcOperation)) throw error;
    throw invalidRequest(
      `Not a PLC operation: ${error.message}`,
      error,
    ).because("operationRefused", { said: error.message });
  }
  throw invalidRequest(
    "Only operations that change an identity are taken",
  ).because("identityEnded");
}

/** @throws XrpcError InvalidRequest for what would make the account fail here. */
function checkStaysHere(
  operation: PlcOperation,
  expected: PlcData,
  rotationKey: string,
): void {
  const { atproto_pds: pds } = operation.services;
  const { atproto_pds: ourPds } = expected.services;
  const key = operation.verificationMethods.atproto;
  const rules: [isKept: boolean, message: string][] = [
    [
      operation.rotationKeys.includes(rotationKey),
      "Rotation keys do not include server's rotation key",
    ],
    [pds?.type === ourPds!.type, "Incorrect type on atproto_pds service"],
    [
      pds?.endpoint === ourPds!.endpoint,
      "Incorrect endpoint on atproto_pds service",
    ],
    [key === expected.verificationMethods.atproto, "Incorrect signing key"],
    [
      operation.alsoKnownAs[0] === expected.alsoKnownAs[0],
      "Incorrect handle in alsoKnownAs",
    ],
  ];
  const broken = rules.find(([isKept]) => !isKept);
  if (broken !== undefined)
    throw invalidRequest(broken[1]).because("operationRefused", {
      said: broken[1],
    });
}

/** The directory has no such DID: a fault of the operation, not a page that is missing. */
function withoutNotFound(error: unknown): never {
  if (error instanceof XrpcError && error.error === "NotFound") {
    throw invalidRequest(error.message, error).because("directoryRefused", {
      said: error.message,
    });
  }
  throw error;
}
