import {
  createAddressList,
  ipVersionOf,
  isLoopbackAddress,
} from "#lib/ip-address.ts";

export type ClientAddress = (peer: string, headers: Headers) => string;

const MAPPED = "::ffff:";

/**
 * Finds who a request comes from. X-Forwarded-For is read from the right, and
 * only as far as proxies that are trusted wrote it; anybody can write the rest.
 * That it came from this very machine only this machine can say: people may
 * share the network whose proxies are trusted.
 * @param trustedProxies addresses and CIDR ranges
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): ClientAddress {
  const isTrusted = createAddressList(trustedProxies);
  return (peer, headers) => {
    let client = unmap(peer);
    const forwarded = headers.get("x-forwarded-for");
    if (forwarded === null || !isTrusted(client)) return client;
    for (const entry of forwarded.split(",").reverse()) {
      const ip = unmap(withoutPort(entry.trim()));
      if (ipVersionOf(ip) === 0) break;
      if (isLoopbackAddress(ip) && !isLoopbackAddress(client)) break;
      client = ip;
      if (!isTrusted(ip)) break;
    }
    return client;
  };
}

/** Some proxies write the port of the connection too: `192.0.2.1:5000`, `[2001:db8::1]:5000`. */
function withoutPort(entry: string): string {
  const [, v4, v6] =
    /^(?:([\d.]+):\d+|\[([^\]]+)\](?::\d+)?)$/.exec(entry) ?? [];
  return v4 ?? v6 ?? entry;
}

function unmap(ip: string): string {
  const tail = ip.slice(MAPPED.length);
  return ip.toLowerCase().startsWith(MAPPED) && ipVersionOf(tail) === 4
    ? tail
    : ip;
}
