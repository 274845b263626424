import { XrpcError } from "#lib/errors.ts";
import { SafeFetchError, type SafeFetch } from "#lib/safe-fetch.ts";
import { createBlockMap } from "#repo/block.ts";
import { decodeCar } from "#repo/car.ts";
import { formatCid, type Cid } from "#repo/cid.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { lexToJson } from "#repo/lex-json.ts";
import { findPath } from "#repo/mst/read.ts";
import type { AtUri, Did, Nsid } from "#repo/syntax.ts";
import {
  findPdsEndpoint,
  findSigningKey,
  type DidDocument,
} from "#contexts/identity/did-document.ts";
import type { HostedLexicons } from "./hosted.ts";

/** A lexicon as its authority publishes it. */
export interface ResolvedLexicon {
  uri: AtUri;
  cid: Cid;
  /** The record, as JSON. */
  schema: object;
}

export interface LexiconResolver {
  /**
   * Fetches a lexicon from the network: the DNS names the authority's DID, its
   * document the host and the key, and the host sends the record with a proof
   * that is checked. What an account of this host publishes is read here: not
   * every server reaches its own public name.
   * @throws XrpcError LexiconNotFound when the authority has none of that name.
   * @throws XrpcError UpstreamFailure (502), UpstreamTimeout (504) when it can't be had now, or its proof is wrong.
   * @see https://atproto.com/specs/lexicon#lexicon-publication-and-resolution
   */
  resolveLexicon(params: { nsid: string }): Promise<ResolvedLexicon>;
}

export interface LexiconResolverDeps {
  findDidInDns(name: string): Promise<Did | null>;
  /** @throws XrpcError when the DID does not resolve. */
  resolveDid(did: Did): Promise<DidDocument>;
  /** For hosts that strangers name. */
  fetch: SafeFetch;
  hosted: HostedLexicons;
  /** Who publishes all lexicons, instead of those that the DNS names. */
  authorityDid?: Did | null;
}

const COLLECTION = "com.atproto.lexicon.schema";

export function createLexiconResolver(
  deps: LexiconResolverDeps,
): LexiconResolver {
  async function findAuthority(nsid: Nsid): Promise<Did> {
    const did =
      deps.authorityDid ??
      (await deps.findDidInDns(`_lexicon.${authorityOf(nsid)}`));
    if (did !== null) return did;
    throw notFound(nsid, "its domain names no DID");
  }

  async function findDocument(nsid: Nsid, did: Did): Promise<DidDocument> {
    try {
      return await deps.resolveDid(did);
    } catch (error) {
      if (error instanceof XrpcError && error.status >= 500) throw error;
      throw notFound(nsid, `${did} does not resolve`, error);
    }
  }

  async function fetchProof(
    nsid: Nsid,
    { id: did, ...document }: DidDocument,
  ): Promise<Uint8Array> {
    const pds = findPdsEndpoint({ id: did, ...document });
    if (pds === null) throw notFound(nsid, `${did} names no server`);
    const url = new URL("/xrpc/com.atproto.sync.getRecord", pds);
    url.search = new URLSearchParams({
      did,
      collection: COLLECTION,
      rkey: nsid,
    }).toString();
    const { status, body } = await deps.fetch(url.href).catch(asUpstream);
    if (status === 200) return body;
    if (status < 500) throw notFound(nsid, `${did} has no such record`);
    throw new XrpcError("UpstreamFailure", `${url.host} answered ${status}`);
  }

  async function fetchRecord(nsid: Nsid, did: Did) {
    const document = await findDocument(nsid, did);
    const car = await fetchProof(nsid, document);
    return readProof(car, document, nsid);
  }

  return {
    async resolveLexicon(params) {
      const nsid = params.nsid as Nsid;
      const did = await findAuthority(nsid);
      const record = deps.hosted.isHosted(did)
        ? deps.hosted.find(did, nsid)
        : await fetchRecord(nsid, did);
      if (record === null) throw notFound(nsid, "it is not in the repository");
      return { uri: `at://${did}/${COLLECTION}/${nsid}` as AtUri, ...record };
    },
  };
}

/** The domain that speaks for a name: all but its last part, turned round. */
function authorityOf(nsid: Nsid): string {
  return nsid.split(".").slice(0, -1).reverse().join(".");
}

/** @throws XrpcError UpstreamFailure for a proof that proves nothing. */
function readProof(
  car: Uint8Array,
  document: DidDocument,
  nsid: Nsid,
): { cid: Cid; schema: object } | null {
  try {
    const { roots, blocks } = decodeCar(car);
    const source = createBlockMap(blocks);
    const commitBytes = roots[0] && source.getBlock(roots[0]);
    const key = findSigningKey(document);
    if (!commitBytes || key === null || !verifyCommit(commitBytes, key)) {
      throw new BlockError("the commit is not signed by the authority's key");
    }
    const commit = decodeCommit(commitBytes);
    if (commit.did !== document.id) {
      throw new BlockError("the commit is of another repository");
    }
    const path = `${COLLECTION}/${nsid}`;
    const cid = findPath(source, null, commit.data, path);
    if (cid === null) return null;
    const bytes = source.getBlock(cid);
    if (bytes === null) throw new BlockError("the record is missing");
    const schema = lexToJson(decodeDrisl(bytes)) as { id?: unknown };
    if (schema.id !== nsid) throw new BlockError("it is of another name");
    return { cid: formatCid(cid), schema };
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    throw new XrpcError(
      "UpstreamFailure",
      `The lexicon's proof is not valid: ${error.message}`,
      { cause: error },
    );
  }
}

function asUpstream(error: unknown): never {
  if (!(error instanceof SafeFetchError)) throw error;
  const name =
    error.reason === "timeout" ? "UpstreamTimeout" : "UpstreamFailure";
  throw new XrpcError(name, "The lexicon's host can't be reached", {
    cause: error,
  });
}

function notFound(nsid: Nsid, reason: string, cause?: unknown): XrpcError {
  const message = `No lexicon was resolved for ${nsid}: ${reason}`;
  return new XrpcError("LexiconNotFound", message, { cause });
}
