import { describe, expect, test } from "bun:test";
import { InvalidSyntax } from "./errors.ts";
import {
  formatAtUri,
  type Handle,
  isDisallowedTld,
  isHandle,
  normalizeHandle,
  parseAtIdentifier,
  parseAtUri,
  parseDid,
  parseHandle,
  parseNsid,
  parseRecordKey,
  parseTid,
} from "./syntax.ts";

describe("parsing", () => {
  const cases: [
    kind: string,
    parse: (text: string) => unknown,
    good: string,
  ][] = [
    ["did", parseDid, "did:plc:7iza6de2dwap2sbkpav7c6c6"],
    ["handle", parseHandle, "alice.test"],
    ["nsid", parseNsid, "com.example.record"],
    ["record-key", parseRecordKey, "self"],
    ["tid", parseTid, "3jzfcijpj2z2a"],
    ["at-identifier", parseAtIdentifier, "alice.test"],
  ];

  for (const [kind, parse, good] of cases) {
    test(`a ${kind} gives the text or says what was expected`, () => {
      expect(parse(good)).toBe(good);
      try {
        parse(`${good} `);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidSyntax);
        expect(error).toMatchObject({ kind, value: `${good} ` });
      }
    });
  }

  test("an AT URI gives its parts", () => {
    const host = parseDid("did:plc:7iza6de2dwap2sbkpav7c6c6");
    const collection = parseNsid("com.example.record");
    const rkey = parseRecordKey("self");
    const uri = formatAtUri(host, collection, rkey);
    expect(parseAtUri(uri)).toEqual({ host, collection, rkey });
    expect(parseAtUri(`at://${host}/${collection}`)).toEqual({
      host,
      collection,
    });
    expect(parseAtUri(`at://${host}`)).toEqual({ host });
    expect(() => parseAtUri(`${uri}/more`)).toThrow(InvalidSyntax);
    expect(() => parseAtUri(`${uri}?q=1`)).toThrow(InvalidSyntax);
  });

  test("the message shows no more than the start of a long value", () => {
    const error = new InvalidSyntax("did", "x".repeat(10_000));
    expect(error.message.length).toBeLessThan(200);
  });
});

describe("handles", () => {
  test("are lowered", () => {
    expect(String(normalizeHandle("Alice.TEST"))).toBe("alice.test");
  });

  test("are checked before they are lowered", () => {
    const kelvin = "\u212Aelvin.test";
    expect(isHandle(kelvin.toLowerCase())).toBe(true);
    expect(() => normalizeHandle(kelvin)).toThrow(InvalidSyntax);
  });

  test("of reserved top-level domains are told apart, in any case", () => {
    const disallowed = (text: string) => isDisallowedTld(text as Handle);
    expect(disallowed("alice.local")).toBe(true);
    expect(disallowed("alice.ONION")).toBe(true);
    expect(disallowed("alice.test")).toBe(false);
    expect(disallowed("local.example.com")).toBe(false);
    expect(disallowed("alice.notlocal")).toBe(false);
  });
});
