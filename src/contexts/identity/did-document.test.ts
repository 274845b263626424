import { describe, expect, test } from "bun:test";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import {
  findClaimedHandle,
  findPdsEndpoint,
  findServiceEndpoint,
  findSigningKey,
  InvalidDidDocument,
  parseDidDocument,
} from "./did-document.ts";

const did = "did:plc:abcdefghijklmnopqrstuvwx" as Did;
const { didKey } = createSigner("k256", generatePrivateKey("k256"));
const publicKeyMultibase = didKey.slice("did:key:".length);
const parse = (over: object) => parseDidDocument(did, { id: did, ...over });

describe("reading", () => {
  test.each([
    [null],
    [[]],
    ["text"],
    [{}],
    [{ id: "did:plc:other" }],
    [{ id: did, service: {} }],
    [{ id: did, alsoKnownAs: "at://a.test" }],
    [{ id: did, verificationMethod: null }],
  ])("refuses %j", (json) => {
    expect(() => parseDidDocument(did, json)).toThrow(InvalidDidDocument);
  });

  test("keeps what it does not know and leaves out entries it can't use", () => {
    const service = { id: "#a", type: "T", serviceEndpoint: { uri: "x" } };
    expect(
      parse({
        "@context": ["x"],
        controller: "y",
        alsoKnownAs: ["at://a.test", 1, null],
        service: [service, null, "x", {}, { id: 1, type: "T" }],
        verificationMethod: [{ id: "#a" }, { type: "T" }],
      }),
    ).toEqual({
      "@context": ["x"],
      id: did,
      controller: "y",
      alsoKnownAs: ["at://a.test"],
      service: [service],
      verificationMethod: [],
    });
  });
});

describe("the signing key", () => {
  const key = { type: "Multikey", controller: did, publicKeyMultibase };

  test.each(["#atproto", `${did}#atproto`])("is found as %s", (id) => {
    const document = parse({ verificationMethod: [{ ...key, id }] });
    expect(findSigningKey(document)).toBe(didKey);
    expect(findSigningKey(document, "#other")).toBeNull();
  });

  test.each([
    [{ ...key, id: "atproto" }],
    [{ ...key, id: "did:plc:other#atproto" }],
    [{ ...key, id: "#atproto", type: "Other" }],
    [{ ...key, id: "#atproto", publicKeyMultibase: 7 }],
    [{ ...key, id: "#atproto", publicKeyMultibase: "z6Mk" }],
  ])("is not %j", (entry) => {
    const document = parse({ verificationMethod: [entry] });
    expect(findSigningKey(document)).toBeNull();
  });

  test("is the first of that id", () => {
    const document = parse({
      verificationMethod: [
        { ...key, id: "#atproto", publicKeyMultibase: "broken" },
        { ...key, id: `${did}#atproto` },
      ],
    });
    expect(findSigningKey(document)).toBeNull();
  });

  test("may be absent", () => {
    expect(findSigningKey(parse({}))).toBeNull();
  });
});

describe("the PDS", () => {
  const pds = { id: "#atproto_pds", type: "AtprotoPersonalDataServer" };
  const find = (over: object) =>
    findPdsEndpoint(parse({ service: [{ ...pds, ...over }] }));

  test("is a URL without a trailing slash", () => {
    const serviceEndpoint = "https://pds.example.com/";
    expect(find({ serviceEndpoint })).toBe("https://pds.example.com");
  });

  test.each([
    [{}],
    [{ serviceEndpoint: "pds.example.com" }],
    [{ serviceEndpoint: "ftp://pds.example.com" }],
    [{ serviceEndpoint: "https://user:pass@pds.example.com" }],
    [{ serviceEndpoint: ["https://pds.example.com"] }],
    [{ serviceEndpoint: "https://pds.example.com", type: "Other" }],
    [{ serviceEndpoint: "https://pds.example.com", id: "#other" }],
  ])("is not %j", (over) => {
    expect(find(over)).toBeNull();
  });

  test("another service may have any type", () => {
    const serviceEndpoint = "https://x.example";
    const document = parse({
      service: [{ id: "#labeler", type: "T", serviceEndpoint }],
    });
    expect(findServiceEndpoint(document, "#labeler")).toBe(serviceEndpoint);
    expect(findServiceEndpoint(document, "#labeler", "U")).toBeNull();
  });
});

describe("the handle", () => {
  test.each([
    [["at://alice.test"], "alice.test"],
    [["at://Alice.Test"], "alice.test"],
    [["https://x.example", "at://a.test", "at://b.test"], "a.test"],
    [["at://not a handle", "at://b.test"], null],
    [["at://did:plc:x"], null],
    [["https://alice.test"], null],
    [[], null],
  ])("of %j is %p", (alsoKnownAs, handle) => {
    expect(findClaimedHandle(parse({ alsoKnownAs }))).toBe(handle as never);
  });

  test("may be absent", () => {
    expect(findClaimedHandle(parse({}))).toBeNull();
  });
});
