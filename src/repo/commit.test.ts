import { describe, expect, test } from "bun:test";
import { cidOfCbor, cidOfRaw, toLink } from "./cid.ts";
import { decodeCommit, signCommit, verifyCommit } from "./commit.ts";
import { encodeDrisl, type LexValue } from "./drisl.ts";
import { BlockError } from "./errors.ts";
import { generatePrivateKey } from "./keys.ts";
import { createSigner } from "./signer.ts";
import { parseDid, parseTid } from "./syntax.ts";

const did = parseDid("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
const rev = parseTid("3lo3kqqljmfe2");
const data = cidOfCbor(Uint8Array.of(1));
const signers = (["k256", "p256"] as const).map((curve) =>
  createSigner(curve, generatePrivateKey(curve)),
);
const signer = signers[0]!;
const block = signCommit({ did, data, rev }, signer);
const commit = decodeCommit(block.bytes);

test("a commit is read as it was made", () => {
  expect(commit).toEqual({
    did,
    version: 3,
    data,
    rev,
    prev: null,
    sig: commit.sig,
  });
  expect(commit.sig).toHaveLength(64);
  expect(block.cid).toEqual(cidOfCbor(block.bytes));
});

test("its bytes are the DRISL of its fields", () => {
  const fields = { ...commit, data: toLink(data) };
  expect(block.bytes).toEqual(encodeDrisl(fields as unknown as LexValue));
});

test("a DID as long as they come has its place", () => {
  const long = parseDid(`did:web:${"a".repeat(2000)}`);
  const { bytes } = signCommit({ did: long, data, rev }, signer);
  expect(decodeCommit(bytes).did).toBe(long);
  expect(verifyCommit(bytes, signer.didKey)).toBe(true);
});

describe("a signature", () => {
  test("of either curve verifies with its own key only", () => {
    for (const own of signers) {
      const { bytes } = signCommit({ did, data, rev }, own);
      for (const { didKey } of signers) {
        expect(verifyCommit(bytes, didKey)).toBe(didKey === own.didKey);
      }
    }
  });

  test("covers every field", () => {
    const changed: Record<string, LexValue>[] = [
      { did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" },
      { data: toLink(cidOfCbor(Uint8Array.of(2))) },
      { rev: "3lo3kqqljmfe3" },
      { prev: toLink(data) },
      { sig: commit.sig.toReversed() },
    ];
    for (const fields of changed) {
      expect(verifyCommit(encodeWith(fields), signer.didKey)).toBe(false);
    }
    expect(verifyCommit(encodeWith({}), signer.didKey)).toBe(true);
  });
});

function encodeWith(fields: Record<string, LexValue | undefined>): Uint8Array {
  const all = { ...commit, data: toLink(data), ...fields };
  const present = Object.entries(all).filter(
    ([, value]) => value !== undefined,
  );
  return encodeDrisl(Object.fromEntries(present) as LexValue);
}

describe("a commit is refused for", () => {
  const cases: Record<string, Record<string, LexValue | undefined>> = {
    "another version": { version: 2 },
    "a version as text": { version: "3" },
    "no prev": { prev: undefined },
    "no signature": { sig: undefined },
    "a short signature": { sig: new Uint8Array(63) },
    "a malformed DID": { did: "did:plc" },
    "a malformed rev": { rev: "1" },
    "a tree that is null": { data: null },
    "a tree that is a raw block": { data: toLink(cidOfRaw(block.bytes)) },
    "an unknown field": { x: 1 },
    "an unknown field in the place of another": { x: 1, prev: undefined },
  };
  for (const [why, fields] of Object.entries(cases)) {
    test(why, () => {
      const bytes = encodeWith(fields);
      expect(() => decodeCommit(bytes)).toThrow(BlockError);
      expect(() => verifyCommit(bytes, signer.didKey)).toThrow(BlockError);
    });
  }

  test("a field count that is not its own", () => {
    expect(block.bytes[0]).toBe(0xa6);
    for (const head of [0xa5, 0xa7]) {
      expect(() => decodeCommit(block.bytes.with(0, head))).toThrow(BlockError);
    }
  });

  test("being cut short, or bytes after its end", () => {
    for (let size = 0; size < block.bytes.length; size++) {
      expect(() => decodeCommit(block.bytes.slice(0, size))).toThrow(
        BlockError,
      );
    }
    expect(() => decodeCommit(Uint8Array.of(...block.bytes, 0))).toThrow(
      BlockError,
    );
  });
});
