import { lookup as systemLookup } from "node:dns/promises";
import {
  isLoopbackAddress,
  isPublicAddress,
  parseIpAddress,
} from "./ip-address.ts";

/** Why a fetch of a stranger's URL came to nothing. */
export type FetchFailure =
  /** The URL is not one that may be fetched: scheme, port, credentials, literal address. */
  | "url"
  /** The name leads to an address that is not on the public internet. */
  | "address"
  | "dns"
  | "connect"
  | "tls"
  | "timeout"
  | "size"
  | "redirect"
  | "encoding"
  /** The caller gave up. */
  | "aborted";

/** A fetch that was refused or that failed. `message` names no address of the own network. */
export class SafeFetchError extends Error {
  override name = "SafeFetchError";
  readonly reason: FetchFailure;
  readonly url: string;

  constructor(
    reason: FetchFailure,
    message: string,
    url: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.reason = reason;
    this.url = url;
  }
}

/** All addresses of a name, IPv4 and IPv6, in text form. Rejects or answers [] when there are none. */
export type Lookup = (hostname: string) => Promise<string[]>;

export interface TargetPolicy {
  /** Development: plain http and any port, but only where every address is loopback. */
  allowLoopback: boolean;
  /** No protection at all: any scheme of the web, port and address. For closed test networks. */
  allowAnyAddress: boolean;
}

export interface FetchTarget {
  url: URL;
  /** Vetted; connect to one of these and to nothing else. IPv4 first, because hosts with a broken IPv6 route are common. */
  addresses: string[];
}

export const lookupWithSystem: Lookup = async (hostname) => {
  const found = await systemLookup(hostname, { all: true });
  return found.map((entry) => entry.address);
};

/**
 * Decides whether a URL may be fetched and to which addresses to connect.
 * @throws SafeFetchError url, dns or address
 */
export async function findTarget(
  href: string,
  policy: TargetPolicy,
  lookup: Lookup,
): Promise<FetchTarget> {
  const url = parseHref(href);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await findAddresses(url, hostname, policy, lookup);
  if (!policy.allowAnyAddress) vet(url, hostname, addresses, policy);
  return { url, addresses: addresses.sort(byFamily) };
}

function parseHref(href: string): URL {
  const url = URL.parse(href);
  if (url === null || href.length > 8192) {
    throw new SafeFetchError("url", "not a URL", href.slice(0, 200));
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new SafeFetchError("url", "only https URLs are fetched", url.href);
  }
  if (url.username !== "" || url.password !== "") {
    throw new SafeFetchError("url", "URL with credentials", url.href);
  }
  return url;
}

async function findAddresses(
  url: URL,
  hostname: string,
  policy: TargetPolicy,
  lookup: Lookup,
): Promise<string[]> {
  // The URL parser has already turned 0x7f.1, 2130706433 and the like into
  // dotted quads, so one look at the host finds every literal.
  if (parseIpAddress(hostname) !== null) return [hostname];
  const bare = hostname.replace(/\.$/, "");
  if (bare === "localhost" || bare.endsWith(".localhost")) {
    // RFC 6761 §6.3: never a question for the DNS.
    return ["127.0.0.1", "::1"];
  }
  if (!policy.allowLoopback && !policy.allowAnyAddress) {
    // Before the lookup, so that a refused URL causes no query either.
    refuseUnlessPlainHttps(url);
  }
  try {
    const found = await lookup(hostname);
    if (found.length > 0) return [...found];
  } catch (cause) {
    throw new SafeFetchError("dns", "host name not found", url.href, cause);
  }
  throw new SafeFetchError("dns", "host name has no address", url.href);
}

function vet(
  url: URL,
  hostname: string,
  addresses: string[],
  policy: TargetPolicy,
): void {
  if (policy.allowLoopback && addresses.every(isLoopbackAddress)) return;
  refuseUnlessPlainHttps(url);
  if (parseIpAddress(hostname) !== null) {
    throw new SafeFetchError("url", "URL with an IP address", url.href);
  }
  // One bad address is enough: whoever mixes them is trying something.
  if (!addresses.every(isPublicAddress)) {
    throw new SafeFetchError(
      "address",
      "host name leads to an address that is not public",
      url.href,
    );
  }
}

function refuseUnlessPlainHttps(url: URL): void {
  if (url.protocol !== "https:") {
    throw new SafeFetchError("url", "only https URLs are fetched", url.href);
  }
  if (url.port !== "") {
    throw new SafeFetchError("url", "only port 443 is allowed", url.href);
  }
}

function byFamily(a: string, b: string): number {
  return Number(a.includes(":")) - Number(b.includes(":"));
}
