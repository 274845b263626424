import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import type { DidDocument } from "#contexts/identity/did-document.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import {
  cidOfOperation,
  dataOfOperation,
  signPlcOperation,
  type AnyPlcOperation,
  type PlcData,
} from "#contexts/identity/plc-operation.ts";
import { isRefusal } from "./creation.ts";

/** Something of an account that its identity names too, and how it is changed there. */
export interface IdentityChange<Value> {
  /** What changes, in words: `handle`. */
  noun: string;
  /** The identity with the new value; equal data when it has it already. */
  apply(data: PlcData, value: Value): PlcData;
  /** Whether the document of a did:web names the value. */
  isNamed(document: DidDocument, value: Value): boolean;
  /** What the owner of a did:web has to do first. */
  advice(value: Value): string;
}

/** What is stored of a change that was prepared and not done yet. */
interface StoredChange {
  did: Did;
  /** JSON of the signed operation; null when there is none to send. */
  operationJson: string | null;
}

/** Changes of one identity come one after the other; not the account's own key, which may not wait for the network. */
export const identityLock = (did: Did): string => `identity:${did}`;

/**
 * Signs what will change an identity, without sending it.
 * @returns JSON of the operation; null when the identity names the value already.
 * @throws XrpcError InvalidRequest when the identity is not ours to change, or
 *   the document of a did:web doesn't name the value yet.
 */
export async function prepareIdentityChange<Value>(
  deps: {
    plc: Pick<PlcClient, "getLastOp">;
    /** Signs for the server in the PLC directory. */
    rotationSigner: Signer;
    resolveDid(did: Did): Promise<DidDocument>;
  },
  change: IdentityChange<Value>,
  { did, value }: { did: Did; value: Value },
): Promise<string | null> {
  if (!did.startsWith("did:plc:")) {
    const document = await deps.resolveDid(did).catch(asInvalidRequest);
    if (change.isNamed(document, value)) return null;
    throw invalidRequest(change.advice(value)).because("identityUnnamed", {
      said: change.advice(value),
    });
  }
  const last = await deps.plc.getLastOp(did).catch(asInvalidRequest);
  const data = dataOfOperation(last);
  if (data === null)
    throw invalidRequest("The identity has been ended").because(
      "identityEnded",
    );
  const changed = change.apply(data, value);
  if (Bun.deepEquals(changed, data)) return null;
  if (!data.rotationKeys.includes(deps.rotationSigner.didKey)) {
    throw invalidRequest(
      `The identity's rotation keys don't include this server's, so only its owner can change the ${change.noun} there`,
    ).because("identityNotOurs");
  }
  const operation = signPlcOperation(
    changed,
    cidOfOperation(last),
    deps.rotationSigner,
  );
  return JSON.stringify(operation);
}

/**
 * Sends the stored operation of a change. Refused, the change is forgotten;
 * else it stays to be tried again.
 * @throws XrpcError UpstreamFailure when the directory refused it, ServiceUnavailable when it can't be reached.
 */
export async function submitIdentityChange(
  deps: {
    plc: Pick<PlcClient, "submit">;
    rows: {
      remove(did: Did): void;
      noteFailure(did: Did, error: string): void;
    };
    noun: string;
  },
  { did, operationJson }: StoredChange,
): Promise<void> {
  if (operationJson === null) return;
  const { rows, noun } = deps;
  try {
    await deps.plc.submit(did, JSON.parse(operationJson) as AnyPlcOperation);
  } catch (error) {
    if (isRefusal(error)) {
      rows.remove(did);
      throw refused(noun, error);
    }
    rows.noteFailure(did, String(error));
    throw unreachable(noun, error);
  }
}

/** An identity that its directory does not know is the account's fault; an outage is not. */
export function asInvalidRequest(error: unknown): never {
  if (error instanceof XrpcError && error.status >= 500) throw error;
  const reason = error instanceof Error ? error.message : String(error);
  throw invalidRequest(
    `The identity can't be resolved: ${reason}`,
    error,
  ).because("identityUnknown", { said: reason });
}

function refused(noun: string, cause: unknown): XrpcError {
  const said = cause instanceof XrpcError ? cause.message : "";
  return new XrpcError(
    "UpstreamFailure",
    `The PLC directory refused the new ${noun}${said && `: ${said}`}`,
    { cause },
  ).because("directoryRefused", { said });
}

function unreachable(noun: string, cause: unknown): XrpcError {
  return new XrpcError(
    "ServiceUnavailable",
    `The PLC directory can't be reached. The change of ${noun} is kept and will be finished as soon as possible`,
    { cause, retryAfterSec: 30 },
  ).because("directoryLater");
}
