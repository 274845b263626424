import {
  InvalidPlcOperation,
  parsePlcOperation,
} from "#contexts/identity/plc-format.ts";
import {
  type AnyPlcOperation,
  base32OfHash,
  cidOfOperation,
  dataOfOperation,
  findSigner,
  type PlcLogEntry,
  type PlcOperation,
} from "#contexts/identity/plc-operation.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { parseDidKey } from "#repo/keys.ts";

/** An operation or request that the directory turns down. */
export class PlcRefusal extends Error {
  override name = "PlcRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

// https://web.plc.directory/spec/v0.1/did-plc, and what the public directory
// enforces beyond it.
const MAX_OPERATION_BYTES = 4000;
const MAX_ROTATION_KEYS = 5;
const MAX_VERIFICATION_METHODS = 10;
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 258; // at:// and the longest handle
const MAX_SERVICES = 10;
const MAX_SERVICE_TYPE_LENGTH = 256;
const MAX_ENDPOINT_LENGTH = 512;
const MAX_ID_LENGTH = 32;
const RECOVERY_WINDOW_MS = 72 * 60 * 60 * 1000;

const DID = /^did:plc:[a-z2-7]{24}$/;

/**
 * Checks shape, size and limits of an operation that someone sends.
 * @throws PlcRefusal 400
 */
export function parseIncoming(json: unknown): AnyPlcOperation {
  const operation = parseShape(json);
  const sizeBytes = encodeDrisl(json as LexMap).length;
  refuseIf(
    sizeBytes > MAX_OPERATION_BYTES,
    `operation above ${MAX_OPERATION_BYTES} bytes`,
  );
  refuseIf(operation.type === "create", "operations of type create are closed");
  if (operation.type === "plc_operation") checkLimits(operation);
  return operation;
}

function parseShape(json: unknown): AnyPlcOperation {
  try {
    return parsePlcOperation(json);
  } catch (error) {
    if (!(error instanceof InvalidPlcOperation)) throw error;
    throw new PlcRefusal(400, `not a valid operation: ${error.message}`);
  }
}

function checkLimits(operation: PlcOperation): void {
  const { rotationKeys, verificationMethods, alsoKnownAs, services } =
    operation;
  const methods = Object.entries(verificationMethods);
  const serviceList = Object.entries(services);
  refuseIf(rotationKeys.length < 1, "no rotation key");
  refuseIf(rotationKeys.length > MAX_ROTATION_KEYS, "too many rotation keys");
  refuseIf(methods.length > MAX_VERIFICATION_METHODS, "too many keys");
  refuseIf(alsoKnownAs.length > MAX_NAMES, "too many names");
  refuseIf(serviceList.length > MAX_SERVICES, "too many services");
  refuseIf(
    new Set(alsoKnownAs).size < alsoKnownAs.length,
    "the same name twice",
  );
  for (const name of alsoKnownAs) {
    refuseIf(name.length > MAX_NAME_LENGTH, "a name is too long");
  }
  for (const [id, service] of serviceList) {
    refuseIf(id.length > MAX_ID_LENGTH, "an id is too long");
    refuseIf(
      service.type.length > MAX_SERVICE_TYPE_LENGTH,
      "the type of a service is too long",
    );
    refuseIf(
      service.endpoint.length > MAX_ENDPOINT_LENGTH,
      "the endpoint of a service is too long",
    );
  }
  for (const [id] of methods) {
    refuseIf(id.length > MAX_ID_LENGTH, "an id is too long");
  }
  for (const key of [...rotationKeys, ...Object.values(verificationMethods)]) {
    checkKey(key);
  }
}

function checkKey(key: string): void {
  try {
    parseDidKey(key);
  } catch {
    throw new PlcRefusal(400, `unsupported key ${key.slice(0, 100)}`);
  }
}

export interface Proposal {
  did: string;
  /** The entries that count, oldest first; nullified ones left out. */
  log: PlcLogEntry[];
  operation: AnyPlcOperation;
  nowMs: number;
}

/**
 * Decides whether an operation may be appended, and which entries it undoes:
 * those after its `prev`, if a key more powerful than their first signer's
 * says so within 72 h.
 * @returns CIDs of the entries that it nullifies.
 * @throws PlcRefusal 400
 */
export function planAppend(proposal: Proposal): string[] {
  const { log, operation } = proposal;
  if (log.length === 0) {
    checkGenesis(proposal.did, operation);
    return [];
  }
  const at = log.findIndex((entry) => entry.cid === operation.prev);
  refuseIf(at < 0, "prev is not in the log");
  const before = dataOfOperation(log[at]!.operation);
  if (before === null) throw new PlcRefusal(400, "the identity has been ended");
  const undone = log.slice(at + 1);
  const keys = mightyKeys(before.rotationKeys, undone[0]);
  refuseIf(
    findSigner(operation, keys) === null,
    "not signed by a key that may do this",
  );
  if (undone[0] !== undefined) {
    const ageMs = proposal.nowMs - Date.parse(undone[0].createdAt);
    refuseIf(ageMs > RECOVERY_WINDOW_MS, "the 72 h to undo this have passed");
  }
  return undone.map((entry) => entry.cid);
}

/** The keys that may sign after a state; to undo what one of them did, only those above it. */
function mightyKeys(
  rotationKeys: string[],
  disputed: PlcLogEntry | undefined,
): string[] {
  if (disputed === undefined) return rotationKeys;
  const signer = findSigner(disputed.operation, rotationKeys);
  return signer === null
    ? []
    : rotationKeys.slice(0, rotationKeys.indexOf(signer));
}

function checkGenesis(did: string, operation: AnyPlcOperation): void {
  const data = dataOfOperation(operation);
  if (data === null || operation.prev !== null) {
    throw new PlcRefusal(400, "the first operation must have no prev");
  }
  refuseIf(
    findSigner(operation, data.rotationKeys) === null,
    "not signed by one of its own rotation keys",
  );
  refuseIf(!DID.test(did), "not a DID of this method");
  refuseIf(
    did !== `did:plc:${base32OfHash(operation).slice(0, 24)}`,
    "the DID is not the hash of its first operation",
  );
}

/** The entry that an accepted operation becomes. */
export function entryOf(
  did: string,
  operation: AnyPlcOperation,
  createdAtMs: number,
): PlcLogEntry {
  return {
    did,
    operation,
    cid: cidOfOperation(operation),
    nullified: false,
    createdAt: new Date(createdAtMs).toISOString(),
  };
}

function refuseIf(condition: boolean, message: string): void {
  if (condition) throw new PlcRefusal(400, message);
}
