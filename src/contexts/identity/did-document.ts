import { formatDidKey, parseVerificationKey } from "#repo/keys.ts";
import {
  type Did,
  type Handle,
  isHandle,
  normalizeHandle,
} from "#repo/syntax.ts";

/** A DID document, checked to be one for its DID. Other fields stay as they came. */
export interface DidDocument {
  id: Did;
  alsoKnownAs?: string[];
  verificationMethod?: VerificationMethod[];
  service?: DidService[];
  [name: string]: unknown;
}

export interface VerificationMethod {
  /** `#name`, or the DID and `#name`. */
  id: string;
  type: string;
  publicKeyMultibase?: unknown;
}

export interface DidService {
  /** `#name`, or the DID and `#name`. */
  id: string;
  type: string;
  /** A URL where AT Protocol uses it. */
  serviceEndpoint: unknown;
}

/** JSON that is not a DID document for the DID asked for. */
export class InvalidDidDocument extends Error {
  override name = "InvalidDidDocument";
}

/**
 * Takes JSON for a DID document. List entries of another shape than AT
 * Protocol uses are left out, since documents serve other purposes too.
 * @throws InvalidDidDocument
 * @see https://atproto.com/specs/did#did-documents
 */
export function parseDidDocument(did: Did, json: unknown): DidDocument {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InvalidDidDocument("the DID document is not an object");
  }
  const document = { ...json } as DidDocument;
  if (document.id !== did) {
    throw new InvalidDidDocument("the DID document is about another DID");
  }
  keepEntries(document, "alsoKnownAs", (entry) => typeof entry === "string");
  keepEntries(document, "verificationMethod", isNamed);
  keepEntries(document, "service", isNamed);
  return document;
}

function keepEntries(
  document: DidDocument,
  name: string,
  isWanted: (entry: unknown) => boolean,
): void {
  const list = document[name];
  if (list === undefined) return;
  if (!Array.isArray(list)) {
    throw new InvalidDidDocument(`${name} in the DID document is no list`);
  }
  document[name] = list.filter(isWanted);
}

function isNamed(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null) return false;
  const { id, type } = entry as Record<string, unknown>;
  return typeof id === "string" && typeof type === "string";
}

/**
 * The key of a verification method as did:key.
 * @param keyId fragment with `#`; `#atproto` signs the repository.
 * @returns null when there is none that can be used.
 */
export function findSigningKey(
  document: DidDocument,
  keyId = "#atproto",
): string | null {
  const method = findEntry(document, document.verificationMethod, keyId);
  if (typeof method?.publicKeyMultibase !== "string") return null;
  try {
    const { curve, publicKey } = parseVerificationKey(
      method.type,
      method.publicKeyMultibase,
    );
    return formatDidKey(curve, publicKey);
  } catch {
    return null;
  }
}

/** The URL of the PDS, without a trailing slash, or null. */
export function findPdsEndpoint(document: DidDocument): string | null {
  return findServiceEndpoint(
    document,
    "#atproto_pds",
    "AtprotoPersonalDataServer",
  );
}

/**
 * The http(s) URL of a service, without a trailing slash.
 * @param serviceId fragment with `#`.
 * @param type refuses a service of another type.
 */
export function findServiceEndpoint(
  document: DidDocument,
  serviceId: string,
  type?: string,
): string | null {
  const service = findEntry(document, document.service, serviceId);
  if (service === null) return null;
  if (type !== undefined && service.type !== type) return null;
  const { serviceEndpoint } = service;
  if (typeof serviceEndpoint !== "string") return null;
  const url = URL.parse(serviceEndpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  if (url.username !== "" || url.password !== "") return null;
  return serviceEndpoint.replace(/\/+$/, "");
}

/** The handle that the document claims: the first `at://` name, when that is a handle. Unproven. */
export function findClaimedHandle(document: DidDocument): Handle | null {
  const name = document.alsoKnownAs?.find((uri) => uri.startsWith("at://"));
  const handle = name?.slice("at://".length) ?? "";
  return isHandle(handle) ? normalizeHandle(handle) : null;
}

/** An entry by its id, which may be relative to the DID or absolute; the first one counts. */
function findEntry<T extends { id: string }>(
  document: DidDocument,
  list: T[] | undefined,
  fragment: string,
): T | null {
  const ids = [fragment, document.id + fragment];
  return list?.find(({ id }) => ids.includes(id)) ?? null;
}
