import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { SafeFetch } from "#lib/safe-fetch.ts";
import { lookupWithSystem } from "#lib/fetch-target.ts";
import {
  type Did,
  type Handle,
  isDisallowedTld,
  isHandle,
  normalizeHandle,
} from "#repo/syntax.ts";
import { createDidCache, type DidCache } from "./did-cache.ts";
import {
  type DidDocument,
  findClaimedHandle,
  findPdsEndpoint,
  findSigningKey,
  parseDidDocument,
} from "./did-document.ts";
import { isDidNotFound, loadDidDocument } from "./did-resolver.ts";
import {
  askBothWays,
  createNamedTxtResolver,
  createTxtResolver,
  findDidInDns,
  findDidOfHandle,
  type HandleResolverDeps,
  type ResolveTxt,
} from "./handle-resolver.ts";
import { isUnderDomains } from "./handle-policy.ts";
import type { PlcClient } from "./plc.ts";

export interface IdentityConfig {
  /** did:web of this host, or whatever the operator set. */
  serviceDid: Did;
  /** Host name by which the world knows this server, without a port. */
  hostname: string;
  publicUrl: string;
  /** Domains under which this host gives names, each with its leading dot. */
  handleDomains: readonly string[];
  devMode: boolean;
  /** Of one question to the network. */
  timeoutMs: number;
  didCacheStaleTtlMs: number;
  didCacheMaxTtlMs: number;
  /** Names or addresses, with `:port` if it is not 53. */
  backupNameservers: readonly string[];
}

export interface IdentityDeps {
  config: IdentityConfig;
  plc: PlcClient;
  /** For hosts that strangers name. */
  fetch: SafeFetch;
  clock: Clock;
  log: Logger;
  /** The DID of an account here that may be found by its handle. */
  findLocalHandle: (handle: Handle) => Did | null | Promise<Did | null>;
  /** Instead of the system's name servers. */
  resolveTxt?: ResolveTxt;
}

/** Who is who: DIDs, their documents and the handles that lead to them. */
export interface Identity {
  readonly plc: PlcClient;
  /**
   * The document of a DID, at most 24 h old; from 1 h on it is renewed in the
   * background. Our own service's needs no network.
   * @param options.refresh asks the network now.
   * @throws XrpcError DidNotFound, UpstreamFailure, UpstreamTimeout, ServiceUnavailable
   */
  resolveDid(did: Did, options?: { refresh?: boolean }): Promise<DidDocument>;
  /** Drops what is known of a DID, after a change of ours. */
  forgetDid(did: Did): void;
  /**
   * A key of a DID as did:key; null when the document has none of that id.
   * @param options.keyId with or without `#`; `atproto` unless said.
   * @throws XrpcError as resolveDid
   */
  signingKeyOf(
    did: Did,
    options?: { keyId?: string; refresh?: boolean },
  ): Promise<string | null>;
  /** The URL of the PDS that a document names, without a trailing slash. */
  pdsEndpointOf(document: DidDocument): string | null;
  /**
   * The DID that a handle leads to: an account here, else what DNS or HTTPS
   * say. Names under our own domains are never asked for outside. The claim is
   * one-sided: see handleIsCorrect.
   * @returns null when it leads nowhere, or to several.
   */
  resolveHandle(handle: Handle): Promise<Did | null>;
  /**
   * What the network says of a handle, also where an account here has it.
   * `isOurs` for one under our own domains, which nobody is asked about.
   */
  inspectHandle(handle: Handle): Promise<HandleFinding>;
  /** The DID in the TXT records of a DNS name, as `_lexicon.…` has one; null when there is none, or several. */
  findDidInDns(name: string): Promise<Did | null>;
  /** The handle that a document claims, if it leads back to the DID. */
  findVerifiedHandle(document: DidDocument): Promise<Handle | null>;
  /** Does the handle that the document claims lead back to the DID? */
  handleIsCorrect(did: Did, document: DidDocument): Promise<boolean>;
  /** The document of our did:web if the host name is ours, else null. */
  didDocumentForHost(host: string): DidDocument | null;
}

/** Where each way of finding out whose a handle is leads to. */
export interface HandleFinding {
  isOurs: boolean;
  dns: Did | "conflict" | null;
  https: Did | null;
}

const FAILURE_TTL_MS = 10_000;
const MAX_DOCUMENTS = 20_000;
const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;

export function createIdentity(deps: IdentityDeps): Identity {
  const { config, plc } = deps;
  const cache = createCache(deps);
  const handleDeps = createHandleDeps(deps);

  const identity: Identity = {
    plc,
    async resolveDid(did, { refresh = false } = {}) {
      if (did === config.serviceDid && did.startsWith("did:web:")) {
        return formatServiceDocument(config);
      }
      return await cache.get(did, refresh);
    },
    forgetDid: cache.forget,
    async signingKeyOf(did, { keyId = "atproto", refresh = false } = {}) {
      const document = await identity.resolveDid(did, { refresh });
      return findSigningKey(document, `#${keyId.replace(/^#/, "")}`);
    },
    pdsEndpointOf: findPdsEndpoint,
    async resolveHandle(text) {
      if (!isHandle(text)) return null;
      const handle = normalizeHandle(text);
      const local = await deps.findLocalHandle(handle);
      if (local !== null) return local;
      if (!mayAskNetwork(handle, config)) return null;
      return await findDidOfHandle(handleDeps, handle);
    },
    async inspectHandle(text) {
      const handle = normalizeHandle(text);
      const isOurs = isUnderDomains(handle, config.handleDomains);
      if (!mayAskNetwork(handle, config)) {
        return { isOurs, dns: null, https: null };
      }
      return { isOurs, ...(await askBothWays(handleDeps, handle)) };
    },
    async findDidInDns(name) {
      const found = await findDidInDns(handleDeps, name);
      return found === "conflict" ? null : found;
    },
    async findVerifiedHandle(document) {
      const handle = findClaimedHandle(document);
      if (handle === null) return null;
      const did = await identity.resolveHandle(handle);
      return did === document.id ? handle : null;
    },
    handleIsCorrect: async (did, document) =>
      document.id === did &&
      (await identity.findVerifiedHandle(document)) !== null,
    didDocumentForHost(host) {
      const isOurs =
        host.toLowerCase().replace(/:\d+$/, "") === config.hostname;
      if (!isOurs || !config.serviceDid.startsWith("did:web:")) return null;
      return formatServiceDocument(config);
    },
  };
  return identity;
}

function mayAskNetwork(handle: Handle, config: IdentityConfig): boolean {
  if (isUnderDomains(handle, config.handleDomains)) return false;
  if (isDisallowedTld(handle)) return false;
  return config.devMode || !handle.endsWith(".test");
}

function createCache({
  config,
  plc,
  fetch,
  clock,
  log,
}: IdentityDeps): DidCache {
  const { devMode, timeoutMs } = config;
  return createDidCache({
    clock,
    load: (did) => loadDidDocument({ plc, fetch, devMode, timeoutMs }, did),
    staleTtlMs: config.didCacheStaleTtlMs,
    maxTtlMs: config.didCacheMaxTtlMs,
    failureTtlMs: FAILURE_TTL_MS,
    maxEntries: MAX_DOCUMENTS,
    maxBytes: MAX_DOCUMENT_BYTES,
    isGone: isDidNotFound,
    onBackgroundFailure: (did, error) =>
      log.warn("DID document not renewed", { did, error }),
  });
}

function createHandleDeps(deps: IdentityDeps): HandleResolverDeps {
  const { timeoutMs, backupNameservers } = deps.config;
  return {
    resolveTxt: deps.resolveTxt ?? createTxtResolver({ timeoutMs }),
    backupResolveTxt: backupNameservers.map((server) =>
      createNamedTxtResolver({ timeoutMs, server, lookup: lookupWithSystem }),
    ),
    fetch: deps.fetch,
    timeoutMs,
  };
}

function formatServiceDocument(config: IdentityConfig): DidDocument {
  return parseDidDocument(config.serviceDid, {
    "@context": ["https://www.w3.org/ns/did/v1"],
    id: config.serviceDid,
    service: [
      {
        id: "#atproto_pds",
        type: "AtprotoPersonalDataServer",
        serviceEndpoint: config.publicUrl,
      },
    ],
  });
}
