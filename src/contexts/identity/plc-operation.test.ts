import { describe, expect, test } from "bun:test";
import * as reference from "@did-plc/lib";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import { InvalidPlcOperation, parsePlcOperation } from "./plc-format.ts";
import {
  base32OfHash,
  cidOfOperation,
  dataOfOperation,
  didOfGenesis,
  findSigner,
  formatAtprotoData,
  type LegacyGenesis,
  type PlcOperation,
  signOperation,
  signPlcOperation,
  withHandle,
} from "./plc-operation.ts";

const rotation = createSigner("k256", generatePrivateKey("k256"));
const recovery = createSigner("p256", generatePrivateKey("p256"));
const signing = createSigner("k256", generatePrivateKey("k256"));

const identity = {
  signingKey: signing.didKey,
  rotationKeys: [recovery.didKey, rotation.didKey],
  handle: "alice.test",
  pds: "https://pds.example.com",
};

/** Our signer as the official library wants it. */
function asKeypair(signer: Signer) {
  return {
    jwtAlg: signer.jwtAlg,
    did: () => signer.didKey,
    sign: async (bytes: Uint8Array) => signer.sign(bytes),
  };
}

function genesis(by = rotation): PlcOperation {
  return signPlcOperation(formatAtprotoData(identity), null, by);
}

describe("compared with @did-plc/lib", () => {
  test("a first operation has the same bytes, signature and DID", async () => {
    const theirs = await reference.createOp({
      ...identity,
      signer: asKeypair(rotation),
    });
    const ours = genesis();
    expect(ours).toEqual(theirs.op as PlcOperation);
    expect(didOfGenesis(ours)).toBe(theirs.did as never);
    expect(await reference.didForCreateOp(ours, 64)).toBe(
      `did:plc:${base32OfHash(ours)}`,
    );
  });

  test("addresses without a scheme get the same one", async () => {
    const bare = { ...identity, pds: "pds.example.com" };
    const theirs = await reference.createOp({
      ...bare,
      signer: asKeypair(rotation),
    });
    expect(signPlcOperation(formatAtprotoData(bare), null, rotation)).toEqual(
      theirs.op as PlcOperation,
    );
  });

  test("an update and its CID are the same", async () => {
    const first = genesis();
    const theirs = await reference.updateHandleOp(
      first,
      asKeypair(rotation),
      "bob.test",
    );
    const prev = cidOfOperation(first);
    const data = withHandle(dataOfOperation(first)!, "bob.test");
    const ours = signPlcOperation(data, prev, rotation);
    expect(ours).toEqual(theirs as PlcOperation);
    const { cid } = await reference.getLastOpWithCid([theirs]);
    expect(cidOfOperation(ours)).toBe(cid.toString() as never);
  });

  test("a tombstone is the same", async () => {
    const prev = cidOfOperation(genesis());
    const { cid } = await reference.getLastOpWithCid([genesis()]);
    const theirs = await reference.tombstoneOp(cid, asKeypair(rotation));
    const ours = signOperation(
      { type: "plc_tombstone" as const, prev },
      rotation,
    );
    expect(ours).toEqual(theirs as never);
  });

  test("a legacy first operation reads the same", async () => {
    const theirs = await reference.deprecatedSignCreate(
      {
        type: "create",
        signingKey: signing.didKey,
        recoveryKey: recovery.didKey,
        handle: "alice.test",
        service: "pds.example.com",
        prev: null,
      },
      asKeypair(signing),
    );
    const normal = reference.normalizeOp(theirs);
    expect({
      type: "plc_operation",
      ...dataOfOperation(theirs as LegacyGenesis)!,
      prev: null,
      sig: theirs.sig,
    }).toEqual(normal as never);
  });

  test("their check accepts a P-256 signature of ours", async () => {
    const op = genesis(recovery);
    const data = await reference.assureValidCreationOp(didOfGenesis(op), op);
    expect(data.rotationKeys).toEqual(identity.rotationKeys);
  });
});

describe("signatures", () => {
  test("name the key that made them", () => {
    expect(findSigner(genesis(), identity.rotationKeys)).toBe(rotation.didKey);
    expect(findSigner(genesis(recovery), identity.rotationKeys)).toBe(
      recovery.didKey,
    );
    expect(findSigner(genesis(signing), identity.rotationKeys)).toBeNull();
  });

  test("cover every field", () => {
    const op = genesis();
    const others: PlcOperation[] = [
      { ...op, prev: "x" },
      { ...op, rotationKeys: [rotation.didKey] },
      { ...op, alsoKnownAs: [] },
      { ...op, services: {} },
      { ...op, verificationMethods: {} },
    ];
    for (const other of others) {
      expect(findSigner(other, [rotation.didKey])).toBeNull();
    }
  });

  test("have one spelling", () => {
    const op = genesis();
    for (const sig of [
      `${op.sig}=`,
      `${op.sig}==`,
      `${op.sig} `,
      op.sig.slice(0, -1),
      "",
      Buffer.from(op.sig, "base64url").toString("hex"),
    ]) {
      expect(findSigner({ ...op, sig }, [rotation.didKey])).toBeNull();
    }
  });

  test("by keys of other kinds count for nothing", () => {
    expect(findSigner(genesis(), ["did:key:zBroken", "x"])).toBeNull();
  });
});

describe("changing the handle", () => {
  const data = formatAtprotoData(identity);
  test.each([
    [["at://a.test"], ["at://new.test"]],
    [[], ["at://new.test"]],
    [["https://x.example"], ["at://new.test", "https://x.example"]],
    [
      ["https://x.example", "at://a.test", "at://b.test"],
      ["https://x.example", "at://new.test", "at://b.test"],
    ],
  ])("%j becomes %j", (before, after) => {
    const changed = withHandle({ ...data, alsoKnownAs: before }, "new.test");
    expect(changed).toEqual({ ...data, alsoKnownAs: after });
  });
});

describe("reading JSON", () => {
  const op = genesis();
  test("takes what is well formed", () => {
    const json = JSON.parse(JSON.stringify(op));
    expect(parsePlcOperation(json)).toEqual(op);
  });

  test.each([
    [null],
    [[]],
    ["text"],
    [{}],
    [{ ...op, type: "other" }],
    [{ ...op, sig: undefined }],
    [{ ...op, prev: undefined }],
    [{ ...op, prev: 3 }],
    [{ ...op, rotationKeys: "did:key:z" }],
    [{ ...op, rotationKeys: [1] }],
    [{ ...op, alsoKnownAs: [null] }],
    [{ ...op, alsoKnownAs: ["\ud800"] }],
    [{ ...op, verificationMethods: [] }],
    [{ ...op, verificationMethods: { atproto: {} } }],
    [{ ...op, services: { atproto_pds: "https://x" } }],
    [{ ...op, services: { a: { type: "T", endpoint: "x", more: 1 } } }],
    [{ ...op, more: 1 }],
    [{ type: "plc_tombstone", prev: null, sig: "x" }],
    [{ type: "plc_tombstone", prev: "x", sig: "x", more: 1 }],
    [{ type: "create", prev: null, sig: "x" }],
  ])("refuses %#", (json) => {
    expect(() => parsePlcOperation(json)).toThrow(InvalidPlcOperation);
  });

  test("keeps unknown fields where the hash needs them", () => {
    const json = { ...op, more: 1 };
    expect(parsePlcOperation(json, { unknownFields: "keep" })).toEqual(json);
  });
});
