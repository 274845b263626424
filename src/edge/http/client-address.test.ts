import { expect, test } from "bun:test";
import { networkOf } from "#lib/ip-address.ts";
import { createClientAddress } from "./client-address.ts";

const addressOf = createClientAddress(["127.0.0.0/8", "::1", "10.0.0.0/8"]);
const from = (peer: string, forwarded?: string) =>
  addressOf(
    peer,
    new Headers(
      forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    ),
  );

// prettier-ignore
const cases: [about: string, peer: string, forwarded: string | undefined, expected: string][] = [
  ["nobody in between", "198.51.100.7", undefined, "198.51.100.7"],
  ["a stranger who claims something", "198.51.100.7", "1.1.1.1", "198.51.100.7"],
  ["a proxy of ours", "127.0.0.1", "198.51.100.7", "198.51.100.7"],
  ["a proxy of ours, by IPv6", "::1", "2001:db8::1", "2001:db8::1"],
  ["a mapped address", "::ffff:127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"],
  ["two proxies of ours", "127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"],
  ["a claim before what ours wrote", "127.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"],
  ["only addresses of ours", "127.0.0.1", "10.1.1.1, 10.1.2.3", "10.1.1.1"],
  ["a proxy that this machine asked", "127.0.0.1", "127.0.0.1", "127.0.0.1"],
  ["a neighbour who claims to be this machine", "10.0.0.9", "127.0.0.1", "10.0.0.9"],
  ["a neighbour's claim before what ours wrote", "127.0.0.1", "::1, 10.0.0.9", "10.0.0.9"],
  ["a proxy that writes ports", "127.0.0.1", "1.1.1.1:1, 198.51.100.7:5000, 10.1.2.3:80", "198.51.100.7"],
  ["a proxy that writes ports, by IPv6", "127.0.0.1", "[2001:db8::1]:5000, [::1]", "2001:db8::1"],
  ["a broken port", "127.0.0.1", "198.51.100.7:x", "127.0.0.1"],
  ["nonsense", "127.0.0.1", "unknown", "127.0.0.1"],
  ["nonsense before an address", "127.0.0.1", "x, 10.0.0.9", "10.0.0.9"],
  ["an empty header", "127.0.0.1", "", "127.0.0.1"],
];
for (const [about, peer, forwarded, expected] of cases) {
  test(`the client behind ${about}`, () => {
    expect(from(peer, forwarded)).toBe(expected);
  });
}

test("without trusted proxies the header means nothing", () => {
  const addressOf = createClientAddress([]);
  const headers = new Headers({ "x-forwarded-for": "1.1.1.1" });
  expect(addressOf("127.0.0.1", headers)).toBe("127.0.0.1");
});

test("an IPv6 client is its /64", () => {
  expect(networkOf("198.51.100.7")).toBe("198.51.100.7");
  expect(networkOf("2001:db8:1:2::5")).toBe(networkOf("2001:db8:1:2:ffff::9"));
  expect(networkOf("2001:db8:1:2::5")).not.toBe(networkOf("2001:db8:1:3::5"));
  expect(networkOf("")).toBe("");
});
