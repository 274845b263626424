import { XrpcError } from "#lib/errors.ts";
import type { Cid } from "#repo/cid.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { parsePlcOperation } from "./plc-format.ts";
import {
  createPlcHttp,
  garbled,
  notFound,
  type PlcHttpConfig,
} from "./plc-http.ts";
import {
  type AnyPlcOperation,
  type AtprotoIdentity,
  cidOfOperation,
  dataOfOperation,
  didOfGenesis,
  formatAtprotoData,
  type PlcData,
  type PlcLogEntry,
  type PlcOperation,
  type PlcTombstone,
  signOperation,
  signPlcOperation,
} from "./plc-operation.ts";

/**
 * A did:plc directory, seen from a server that holds a rotation key.
 *
 * Every call that reaches the directory throws XrpcError: InvalidRequest with
 * the directory's own words when it refuses, NotFound when it does not know
 * the DID, UpstreamTimeout, UpstreamFailure or ServiceUnavailable when it
 * can't be reached, fails or is busy. The last three are worth another try.
 * @see https://web.plc.directory/api/redoc
 */
export interface PlcClient {
  /** Without a trailing slash. */
  readonly url: string;
  /** Makes and signs a first operation. Nothing is sent; the same input and a deterministic signer make the same DID. */
  signGenesis(input: AtprotoIdentity & { signer: Signer }): SignedGenesis;
  /**
   * Sends a signed operation. Sending the same one again succeeds without any
   * effect, so that a caller who doesn't know how the last try ended may repeat it.
   */
  submit(did: Did, operation: AnyPlcOperation): Promise<void>;
  /** Reads the last operation, applies the change, signs and sends it. A change that changes nothing sends nothing. */
  update(
    did: Did,
    signer: Signer,
    change: (data: PlcData) => PlcData,
  ): Promise<void>;
  /** Ends an identity for good. A second time has no effect. */
  tombstone(did: Did, signer: Signer): Promise<void>;
  getLastOp(did: Did): Promise<AnyPlcOperation>;
  /** The operations that count, oldest first. */
  getLog(did: Did): Promise<AnyPlcOperation[]>;
  /** All operations ever accepted, nullified ones included, oldest first. */
  getAuditLog(did: Did): Promise<PlcLogEntry[]>;
  /** The state of an identity. @throws XrpcError NotFound also after a tombstone */
  getData(did: Did): Promise<PlcData>;
  /** The DID document, unchecked. @throws XrpcError NotFound also after a tombstone */
  getDocument(did: Did): Promise<unknown>;
}

export interface SignedGenesis {
  did: Did;
  op: PlcOperation;
  cid: Cid;
}

export function createPlcClient(config: PlcHttpConfig): PlcClient {
  const directory = createPlcHttp(config);
  const client: PlcClient = {
    url: directory.url,
    signGenesis({ signer, ...identity }) {
      const op = signPlcOperation(formatAtprotoData(identity), null, signer);
      return { did: didOfGenesis(op), op, cid: cidOfOperation(op) };
    },
    async submit(did, operation) {
      try {
        await directory.post(did, operation);
      } catch (error) {
        if (!isRefusal(error) || !(await isInLog(client, did, operation))) {
          throw error;
        }
      }
    },
    async update(did, signer, change) {
      const last = await client.getLastOp(did);
      const data = dataOfOperation(last);
      if (data === null) throw notFound("the identity has been ended");
      const changed = change(data);
      if (Bun.deepEquals(changed, data)) return;
      await client.submit(
        did,
        signPlcOperation(changed, cidOfOperation(last), signer),
      );
    },
    async tombstone(did, signer) {
      const last = await client.getLastOp(did);
      if (last.type === "plc_tombstone") return;
      const operation: PlcTombstone = signOperation(
        { type: "plc_tombstone" as const, prev: cidOfOperation(last) },
        signer,
      );
      await client.submit(did, operation);
    },
    getLastOp: async (did) =>
      parseOperation(await directory.get(did, "/log/last")),
    getLog: async (did) =>
      parseList(await directory.get(did, "/log"), parseOperation),
    getAuditLog: async (did) =>
      parseList(await directory.get(did, "/log/audit"), (entry) => ({
        ...(entry as PlcLogEntry),
        operation: parseOperation((entry as PlcLogEntry | null)?.operation),
      })),
    async getData(did) {
      const data = dataOfOperation(await client.getLastOp(did));
      if (data === null) throw notFound("the identity has been ended");
      return data;
    },
    getDocument: (did) => directory.get(did, ""),
  };
  return client;
}

/** Was a refused operation refused because it had been accepted before? */
async function isInLog(
  client: PlcClient,
  did: Did,
  operation: AnyPlcOperation,
): Promise<boolean> {
  const cid = cidOfOperation(operation);
  try {
    const log = await client.getLog(did);
    return log.some((entry) => cidOfOperation(entry) === cid);
  } catch (error) {
    if (error instanceof XrpcError && error.error === "NotFound") return false;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof XrpcError && error.error === "InvalidRequest";
}

function parseList<T>(json: unknown, parse: (entry: unknown) => T): T[] {
  if (!Array.isArray(json)) throw garbled();
  return json.map(parse);
}

function parseOperation(json: unknown): AnyPlcOperation {
  try {
    return parsePlcOperation(json, { unknownFields: "keep" });
  } catch (cause) {
    throw garbled(cause);
  }
}
