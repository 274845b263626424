import { BlockList, isIPv4 } from "node:net";

/**
 * Answers whether an address is in one of some ranges.
 * @param ranges addresses and CIDR ranges, checked already
 */
export function createAddressList(
  ranges: readonly string[],
): (ip: string) => boolean {
  if (ranges.length === 0) return () => false;
  const list = new BlockList();
  for (const range of ranges) {
    const [ip = "", bits] = range.split("/");
    const family = isIPv4(ip) ? "ipv4" : "ipv6";
    const whole = family === "ipv4" ? 32 : 128;
    list.addSubnet(ip, bits === undefined ? whole : Number(bits), family);
  }
  return (ip) => list.check(ip, isIPv4(ip) ? "ipv4" : "ipv6");
}
