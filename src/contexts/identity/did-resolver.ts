import { XrpcError } from "#lib/errors.ts";
import { type SafeFetch, SafeFetchError } from "#lib/safe-fetch.ts";
import type { Did } from "#repo/syntax.ts";
import type { LoadedDocument } from "./did-cache.ts";
import { InvalidDidDocument, parseDidDocument } from "./did-document.ts";
import type { PlcClient } from "./plc.ts";

// Large enough for a document of hundreds of services; a PDS needs one.
const MAX_DOCUMENT_BYTES = 64 * 1024;

const PLC_DID = /^did:plc:[a-z2-7]{24}$/;
const HOST =
  /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;
const LOCAL_HOST = /^localhost(?:%3a\d{1,5})?$/i;

export interface DidResolverDeps {
  plc: PlcClient;
  fetch: SafeFetch;
  /** Allows did:web:localhost%3APORT, over http. */
  devMode: boolean;
  timeoutMs: number;
}

/**
 * Asks the network for the document of a did:plc or did:web.
 * @throws XrpcError DidNotFound when there is none, it is not for this DID, or
 *   the method is another; UpstreamFailure, UpstreamTimeout or
 *   ServiceUnavailable when the answer can't be had now.
 */
export async function loadDidDocument(
  deps: DidResolverDeps,
  did: Did,
): Promise<LoadedDocument> {
  const json = await loadJson(deps, did);
  try {
    const document = parseDidDocument(did, json);
    return { document, sizeBytes: JSON.stringify(document).length };
  } catch (error) {
    if (!(error instanceof InvalidDidDocument)) throw error;
    throw notFound(`${shorten(did)}: ${error.message}`, error);
  }
}

/** True for an error that says the DID has no document, now and until something is done about it. */
export function isDidNotFound(error: unknown): boolean {
  return error instanceof XrpcError && error.error === "DidNotFound";
}

async function loadJson(deps: DidResolverDeps, did: Did): Promise<unknown> {
  if (did.startsWith("did:web:")) {
    return await loadWeb(deps, urlOfDidWeb(did, deps.devMode), did);
  }
  if (!PLC_DID.test(did)) {
    throw notFound(`${shorten(did)} is neither did:plc nor did:web`);
  }
  try {
    return await deps.plc.getDocument(did);
  } catch (error) {
    if (error instanceof XrpcError && error.error === "NotFound") {
      throw notFound(`the PLC directory does not know ${did}`, error);
    }
    throw error;
  }
}

/**
 * Where the document of a did:web is. AT Protocol allows a bare host name, no
 * path, and a port on localhost alone.
 * @throws XrpcError DidNotFound
 * @see https://atproto.com/specs/did#blessed-did-methods
 */
function urlOfDidWeb(did: Did, devMode: boolean): string {
  const host = did.slice("did:web:".length);
  if (devMode && LOCAL_HOST.test(host)) {
    return `http://${decodeURIComponent(host)}/.well-known/did.json`;
  }
  if (host.length > 253 || !HOST.test(host)) {
    throw notFound(`${shorten(did)} names no host`);
  }
  return `https://${host}/.well-known/did.json`;
}

async function loadWeb(
  deps: DidResolverDeps,
  url: string,
  did: Did,
): Promise<unknown> {
  try {
    const response = await deps.fetch(url, {
      headers: { accept: "application/did+ld+json, application/json" },
      maxBytes: MAX_DOCUMENT_BYTES,
      timeoutMs: deps.timeoutMs,
    });
    if (response.status === 200) {
      return JSON.parse(new TextDecoder().decode(response.body));
    }
    throw response.status >= 500
      ? new XrpcError("UpstreamFailure", `the host of ${did} failed`)
      : notFound(`the host of ${did} has no DID document`);
  } catch (error) {
    throw toXrpcError(error, did);
  }
}

function toXrpcError(error: unknown, did: Did): XrpcError {
  if (error instanceof XrpcError) return error;
  const cause = { cause: error };
  if (!(error instanceof SafeFetchError)) {
    return notFound(`the DID document of ${did} is not JSON`, error);
  }
  switch (error.reason) {
    case "timeout":
      return new XrpcError(
        "UpstreamTimeout",
        `the host of ${did} does not answer`,
        cause,
      );
    case "connect":
    case "tls":
    case "dns":
      return new XrpcError(
        "UpstreamFailure",
        `the host of ${did} can't be reached`,
        cause,
      );
    default:
      return notFound(`${did}: ${error.message}`, error);
  }
}

function notFound(message: string, cause?: unknown): XrpcError {
  return new XrpcError("DidNotFound", message, { cause });
}

function shorten(did: string): string {
  return did.length > 100 ? `${did.slice(0, 100)}…` : did;
}
