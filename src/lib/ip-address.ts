/**
 * Which IP addresses a stranger may make this host connect to. Ranges are the
 * IANA special-purpose registries (RFC 6890 and its successors).
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */

/** IPv4 ranges that are not ordinary hosts on the public internet. */
const SPECIAL_IPV4 = [
  "0.0.0.0/8", // this network; 0.0.0.0 reaches the own machine on Linux
  "10.0.0.0/8", // private, RFC 1918
  "100.64.0.0/10", // carrier-grade NAT, RFC 6598; also cloud metadata
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // Azure's host agent, answers inside each machine
  "169.254.0.0/16", // link-local, RFC 3927; cloud metadata 169.254.169.254
  "172.16.0.0/12", // private, RFC 1918
  "192.0.0.0/24", // IETF protocol assignments, RFC 6890
  "192.0.2.0/24", // TEST-NET-1, RFC 5737
  "192.31.196.0/24", // AS112, RFC 7535
  "192.52.193.0/24", // automatic multicast tunnelling, RFC 7450
  "192.88.99.0/24", // 6to4 relay anycast, RFC 7526
  "192.168.0.0/16", // private, RFC 1918
  "192.175.48.0/24", // AS112, RFC 7534
  "198.18.0.0/15", // benchmarks, RFC 2544
  "198.51.100.0/24", // TEST-NET-2
  "203.0.113.0/24", // TEST-NET-3
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and limited broadcast
];

/** The only range of IPv6 that is handed out to hosts, RFC 4291 §2.4. */
const GLOBAL_UNICAST_IPV6 = "2000::/3";

/** Special ranges inside 2000::/3. All else that is special lies outside it: ::1, ::ffff:0:0/96, 64:ff9b::/96, 100::/64, fc00::/7, fe80::/10, ff00::/8. */
const SPECIAL_IPV6 = [
  "2001::/23", // IETF protocol assignments: Teredo, ORCHID, benchmarks
  "2001:db8::/32", // documentation, RFC 3849
  "2002::/16", // 6to4, RFC 3056: carries any IPv4 address inside
  "2620:4f:8000::/48", // AS112, RFC 7534
  "3fff::/20", // documentation, RFC 9637
];

const LOOPBACK = ["127.0.0.0/8", "::1/128", "::ffff:127.0.0.0/104"];

interface Range {
  bytes: Uint8Array;
  bits: number;
}

const isSpecialIpv4 = createRanges(SPECIAL_IPV4);
const isSpecialIpv6 = createRanges(SPECIAL_IPV6);
const isGlobalUnicastIpv6 = createRanges([GLOBAL_UNICAST_IPV6]);
const isLoopback = createRanges(LOOPBACK);

/** Is this an ordinary host on the public internet? Text that is no address answers no. */
export function isPublicAddress(text: string): boolean {
  const bytes = parseIpAddress(text);
  if (bytes === null) return false;
  if (bytes.length === 4) return !isSpecialIpv4(bytes);
  return isGlobalUnicastIpv6(bytes) && !isSpecialIpv6(bytes);
}

export function isLoopbackAddress(text: string): boolean {
  const bytes = parseIpAddress(text);
  return bytes !== null && isLoopback(bytes);
}

/**
 * What one client is counted by: an IPv4 address, or the /64 of an IPv6
 * address, all of which one customer of a provider may use.
 */
export function networkOf(ip: string): string {
  const bytes = ip.includes(":") ? parseIpAddress(ip) : null;
  return bytes === null
    ? ip
    : Buffer.from(bytes.subarray(0, 8)).toString("hex");
}

/** 4 or 6; 0 for text that is no address. */
export function ipVersionOf(text: string): 0 | 4 | 6 {
  const bytes = parseIpAddress(text);
  if (bytes === null) return 0;
  return bytes.length === 4 ? 4 : 6;
}

/**
 * Answers whether an address is in one of some ranges.
 * @param ranges addresses and CIDR ranges, checked already
 */
export function createAddressList(
  ranges: readonly string[],
): (ip: string) => boolean {
  if (ranges.length === 0) return () => false;
  const isInside = createRanges(ranges);
  return (ip) => {
    const bytes = parseIpAddress(ip);
    return bytes !== null && isInside(bytes);
  };
}

/** The 4 or 16 bytes of an address in its textual form, or null. Zone ids and octal or short IPv4 spellings are not addresses here. */
export function parseIpAddress(text: string): Uint8Array | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | null {
  if (text.length > 45) return null; // the longest form, with dotted IPv4 tail
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const zeros = 16 - head.length - tail.length;
  if (halves.length === 1 ? zeros !== 0 : zeros < 2) return null;
  return Uint8Array.from([...head, ...new Array(zeros).fill(0), ...tail]);
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (!mayEndInIpv4 || i !== groups.length - 1 || ipv4 === null) {
        return null;
      }
      bytes.push(...ipv4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

/** Parsed when it is first asked, which spares every start the time. */
function createRanges(
  texts: readonly string[],
): (bytes: Uint8Array) => boolean {
  let ranges: Range[] | null = null;
  return (bytes) => {
    ranges ??= texts.map(parseRange);
    return ranges.some((range) => contains(range, bytes));
  };
}

function parseRange(text: string): Range {
  const [address, bits] = text.split("/");
  const bytes = parseIpAddress(address!)!;
  const whole = 8 * bytes.length;
  return { bytes, bits: bits === undefined ? whole : Number(bits) };
}

function contains(range: Range, bytes: Uint8Array): boolean {
  if (range.bytes.length !== bytes.length) return false;
  for (let bit = 0; bit < range.bits; bit += 8) {
    const left = range.bits - bit;
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff;
    if (((range.bytes[bit >> 3]! ^ bytes[bit >> 3]!) & mask) !== 0) {
      return false;
    }
  }
  return true;
}
