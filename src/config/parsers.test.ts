import { expect, test } from "bun:test";
import * as parsers from "./parsers.ts";
import { editDistance } from "./resolve.ts";

type Case = [parser: parsers.Parser<unknown>, text: string, value: unknown];

const GOOD: Record<string, Case> = {
  true: [parsers.bool, "TRUE", true],
  one: [parsers.bool, "1", true],
  off: [parsers.bool, "off", false],
  number: [parsers.whole(0, 10), "010", 10],
  largest: [parsers.milliseconds, "9007199254740991", 2 ** 53 - 1],
  "host name": [parsers.hostname, "PDS.Example.COM", "pds.example.com"],
  "punycode host name": [parsers.hostname, "xn--a.example", "xn--a.example"],
  localhost: [parsers.hostname, "localhost", "localhost"],
  address: [parsers.listenAddress, "::1", "::1"],
  "URL with a slash": [parsers.url, "https://a.example/", "https://a.example"],
  "URL with a path": [parsers.url, "http://a:1/b/", "http://a:1/b"],
  origin: [parsers.origin, "https://a.example/", "https://a.example"],
  link: [parsers.link, "https://a.example/?q=1", "https://a.example/?q=1"],
  "mail address": [parsers.emailAddress, "a@b.c", "a@b.c"],
  "named mail address": [parsers.emailAddress, "A B <a@b.c>", "A B <a@b.c>"],
  DID: [parsers.did, "did:web:localhost%3A1", "did:web:localhost%3A1"],
  "handle domain": [parsers.handleDomain, ".Example.com", ".example.com"],
  "handle domain without dot": [parsers.handleDomain, "test", ".test"],
  "address block": [parsers.addressBlock, "fc00::/7", "fc00::/7"],
  "address blocks": [
    parsers.addressBlocks,
    "::1, 10.0.0.0/8",
    ["::1", "10.0.0.0/8"],
  ],
  "no address block": [parsers.addressBlocks, "none", []],
  "name server": [parsers.nameserver, "1.1.1.1:53", "1.1.1.1:53"],
  "IPv6 name server": [parsers.nameserver, "[::1]:53", "[::1]:53"],
  list: [parsers.list(parsers.whole(0)), " 1, ,2,", [1, 2]],
  choice: [parsers.oneOf("a", "b"), "B", "b"],
};

const BAD: Record<string, [parser: parsers.Parser<unknown>, text: string]> = {
  "a word for a truth value": [parsers.bool, "maybe"],
  "a negative number": [parsers.whole(0), "-1"],
  "a fraction": [parsers.whole(0), "1.5"],
  "an exponent": [parsers.whole(0), "1e3"],
  "a number with a unit": [parsers.milliseconds, "3s"],
  "a number beyond 2^53": [parsers.milliseconds, "9007199254740993"],
  "a number out of range": [parsers.whole(0, 65_535), "65536"],
  "a host name with a scheme": [parsers.hostname, "https://pds.example.com"],
  "a host name with a port": [parsers.hostname, "pds.example.com:443"],
  "a host name of one label": [parsers.hostname, "pds"],
  "an address as host name": [parsers.hostname, "10.0.0.1"],
  "a host name with an underscore": [parsers.hostname, "a_b.example.com"],
  "an empty label": [parsers.hostname, "a..example.com"],
  "a name to listen on": [parsers.listenAddress, "pds.example.com"],
  "another scheme": [parsers.url, "ftp://a.example"],
  "no scheme": [parsers.url, "a.example"],
  "a URL with a password": [parsers.url, "https://u:p@a.example"],
  "a URL with a query": [parsers.url, "https://a.example?x"],
  "an origin with a path": [parsers.origin, "https://a.example/x"],
  "a script as link": [parsers.link, "javascript:alert(1)"],
  "an http URL for mail": [parsers.smtpUrl, "https://mail.example.com"],
  "a mail address without host": [parsers.emailAddress, "a@"],
  "two mail addresses": [parsers.emailAddress, "a@b.c, d@e.f"],
  "a handle as DID": [parsers.did, "alice.test"],
  "a DID that ends in a colon": [parsers.did, "did:web:a:"],
  "a private key as public key": [parsers.didKey, "11".repeat(32)],
  "a handle domain with a star": [parsers.handleDomain, "*.example.com"],
  "localhost as handle domain": [parsers.handleDomain, ".localhost"],
  "a prefix too long": [parsers.addressBlock, "10.0.0.0/33"],
  "a host name as block": [parsers.addressBlock, "example.com"],
  "a name server by name": [parsers.nameserver, "dns.example.com"],
  "a port too high": [parsers.nameserver, "1.1.1.1:70000"],
  "a list with one bad item": [parsers.list(parsers.url), "https://a.b, x"],
  "a short key": [parsers.privateKeyHex, "11".repeat(31)],
  "the key zero": [parsers.privateKeyHex, "00".repeat(32)],
  "a key above the order": [parsers.privateKeyHex, "ff".repeat(32)],
  "a master key of 31 bytes": [
    parsers.masterKey,
    Buffer.alloc(31, 1).toString("base64"),
  ],
  "a line break": [parsers.text, "a\nb"],
};

test.each(Object.entries(GOOD))(
  "%s is read",
  (_name, [parser, text, value]) => {
    expect(parser.parse(text)).toEqual(value);
  },
);

test.each(Object.entries(BAD))("%s is refused", (_name, [parser, text]) => {
  expect(parser.parse(text)).toBeUndefined();
});

test("keys are read and hidden", () => {
  const hex = "0A".repeat(32);
  expect(parsers.privateKeyHex.parse(hex)?.reveal()).toBe(hex.toLowerCase());
  for (const text of [hex, Buffer.alloc(32, 10).toString("base64")]) {
    const key = parsers.masterKey.parse(text);
    expect(key?.reveal()).toEqual(new Uint8Array(32).fill(10));
    expect(`${key}`).toBe("[secret]");
  }
});

test.each([
  ["", "", 0],
  ["abc", "", 3],
  ["PROT", "PORT", 2],
  ["PORT", "PORTS", 1],
])("%p is %p after %i edits", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});
