import { formatDidKey, parseVerificationKey } from "#repo/keys.ts";
import {
  type Did,
  type Handle,
  isHandle,
  normalizeHandle,
} from "#repo/syntax.ts";

/** A DID document as it came, checked to be one for its DID; read it through the functions below. */
export interface DidDocument {
  "@context"?: unknown;
  id: Did;
  alsoKnownAs?: unknown;
  verificationMethod?: unknown;
  service?: unknown;
  [name: string]: unknown;
}

/** JSON that is not a DID document for the DID asked for. */
export class InvalidDidDocument extends Error {
  override name = "InvalidDidDocument";
}

/**
 * Takes JSON for a DID document. Entries of another shape than AT Protocol
 * uses are kept and later passed over, since documents serve others too.
 * @throws InvalidDidDocument
 * @see https://atproto.com/specs/did#did-documents
 */
export function parseDidDocument(did: Did, json: unknown): DidDocument {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InvalidDidDocument("the DID document is not an object");
  }
  const document = json as DidDocument;
  if (document.id !== did) {
    throw new InvalidDidDocument("the DID document is about another DID");
  }
  for (const name of ["alsoKnownAs", "verificationMethod", "service"]) {
    const value = document[name];
    if (value !== undefined && !Array.isArray(value)) {
      throw new InvalidDidDocument(`${name} in the DID document is no list`);
    }
  }
  return document;
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
  const { type, publicKeyMultibase } = method ?? {};
  if (typeof type !== "string" || typeof publicKeyMultibase !== "string") {
    return null;
  }
  try {
    const { curve, publicKey } = parseVerificationKey(type, publicKeyMultibase);
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
  const names = (document.alsoKnownAs ?? []) as unknown[];
  for (const name of names) {
    if (typeof name !== "string" || !name.startsWith("at://")) continue;
    const handle = name.slice("at://".length);
    return isHandle(handle) ? normalizeHandle(handle) : null;
  }
  return null;
}

/** An entry by its id, which may be relative to the DID or absolute; the first one counts. */
function findEntry(
  document: DidDocument,
  list: unknown,
  fragment: string,
): Record<string, unknown> | null {
  for (const entry of (list ?? []) as unknown[]) {
    if (typeof entry !== "object" || entry === null) continue;
    const { id } = entry as { id?: unknown };
    if (id === fragment || id === document.id + fragment) {
      return entry as Record<string, unknown>;
    }
  }
  return null;
}
