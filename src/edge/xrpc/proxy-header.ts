import { invalidRequest } from "#lib/errors.ts";
import { isDid, type Did } from "#repo/syntax.ts";

/** A service in somebody's DID document. */
export interface ServiceName {
  did: Did;
  /** Without the `#`. */
  serviceId: string;
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
