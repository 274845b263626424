import { invalidRequest } from "#lib/errors.ts";
import { isDid, type Did } from "#repo/syntax.ts";

/** A service in somebody's DID document. */
export interface ServiceName {
  did: Did;
  /** Without the `#`. */
  serviceId: string;
}

const PROXY_HEADER = "atproto-proxy";

/** A header without a value counts as none: clients send it that have no service to name. */
const valueOf = ({ headers }: Request): string | null =>
  headers.get(PROXY_HEADER) || null;

/** True also for a header that names nothing that makes sense. */
export const hasProxyHeader = (request: Request): boolean =>
  valueOf(request) !== null;

/** What the header of a call names; null when it names nothing. @throws XrpcError InvalidRequest */
export function namedService(request: Request): ServiceName | null {
  const value = valueOf(request);
  return value === null ? null : parseProxyHeader(value);
}

/**
 * Reads the value of an `atproto-proxy` header: a DID, `#`, and the id of a
 * service in its document.
 * @throws XrpcError InvalidRequest
 * @see https://atproto.com/specs/xrpc#service-proxying
 */
export function parseProxyHeader(value: string): ServiceName {
  const fail = (reason: string) => invalidRequest(`atproto-proxy: ${reason}`);
  if (value.includes(" ")) throw fail("spaces are not allowed");
  const [did = "", serviceId = "", ...rest] = value.split("#");
  if (rest.length > 0) throw fail("more than one #");
  if (did === "") throw fail("no DID given");
  if (serviceId === "") throw fail("no service id given");
  if (!isDid(did)) throw fail("not a DID");
  return { did, serviceId };
}
