import { ValidationError } from "@atproto/lexicon";
import {
  findClaimedHandle,
  findPdsEndpoint,
  findSigningKey,
  InvalidDidDocument,
  parseDidDocument,
} from "#contexts/identity/did-document.ts";
import {
  InvalidPlcOperation,
  parsePlcOperation,
} from "#contexts/identity/plc-format.ts";
import {
  cidOfOperation,
  dataOfOperation,
  didOfGenesis,
  findSigner,
  formatAtprotoData,
  signPlcOperation,
} from "#contexts/identity/plc-operation.ts";
import {
  listBlobReferences,
  parseBlobReferences,
} from "#contexts/blobs/blob-ref.ts";
import { parseLexicon, referencesOf } from "#contexts/lexicons/documents.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { toRefusal } from "#edge/xrpc/upstream.ts";
import { XrpcError } from "#lib/errors.ts";
import { BlockError } from "#repo/errors.ts";
import { jsonToRecord, type JsonValue } from "#repo/lex-json.ts";
import { isDid, isHandle, type Did, type Nsid } from "#repo/syntax.ts";
import { createSigner } from "#repo/signer.ts";
import type { Random } from "../../support/random.ts";
import type { Target } from "../engine.ts";
import { accepted, same, textOf } from "../expect.ts";
import { damageJson } from "../values.ts";

/** JSON that is fetched from other hosts: whatever they answer, it is a refusal at worst. */

const DID = "did:plc:7iza6de2dwap2sbkpav7c6c6" as Did;
const signer = createSigner("k256", new Uint8Array(32).fill(9));

function damaged(examples: readonly JsonValue[]): (random: Random) => string {
  return (random) => {
    const json = random.pick(examples);
    const isWhole = random.next() < 0.1;
    return JSON.stringify(isWhole ? json : damageJson(random, json));
  };
}

function readJson(text: string): unknown {
  return accepted(() => JSON.parse(text) as unknown, SyntaxError);
}

const didDocument: Target = {
  name: "DID document",
  make: damaged([
    {
      "@context": ["https://www.w3.org/ns/did/v1"],
      id: DID,
      alsoKnownAs: ["at://alice.test"],
      verificationMethod: [
        {
          id: `${DID}#atproto`,
          type: "Multikey",
          controller: DID,
          publicKeyMultibase: signer.didKey.slice("did:key:".length),
        },
      ],
      service: [
        {
          id: "#atproto_pds",
          type: "AtprotoPersonalDataServer",
          serviceEndpoint: "https://pds.example.com",
        },
      ],
    },
  ]),
  check(input) {
    const json = readJson(textOf(input));
    const document = accepted(
      () => parseDidDocument(DID, json),
      InvalidDidDocument,
    );
    if (document === undefined) return false;
    const handle = findClaimedHandle(document);
    if (handle !== null) same("a handle", isHandle(handle), true);
    const endpoint = findPdsEndpoint(document);
    if (endpoint !== null) same("a URL", URL.canParse(endpoint), true);
    return findSigningKey(document) !== null;
  },
};

const operation = signPlcOperation(
  formatAtprotoData({
    signingKey: signer.didKey,
    rotationKeys: [signer.didKey],
    handle: "alice.test" as never,
    pds: "https://pds.example.com",
  }),
  null,
  signer,
);

const plcOperation: Target = {
  name: "PLC operation",
  make: damaged([
    operation as unknown as JsonValue,
    { type: "plc_tombstone", prev: "bafy", sig: "AA" },
    {
      type: "create",
      signingKey: signer.didKey,
      recoveryKey: signer.didKey,
      handle: "alice.test",
      service: "https://pds.example.com",
      prev: null,
      sig: "AA",
    },
  ]),
  check(input) {
    const json = readJson(textOf(input));
    const found = accepted(() => parsePlcOperation(json), InvalidPlcOperation);
    accepted(
      () => parsePlcOperation(json, { unknownFields: "keep" }),
      InvalidPlcOperation,
    );
    if (found === undefined) return false;
    same("a DID", isDid(didOfGenesis(found)), true);
    cidOfOperation(found);
    const data = dataOfOperation(found);
    findSigner(found, (data?.rotationKeys ?? []).slice(0, 5));
    return true;
  },
};

const COLLECTION = "com.example.thing" as Nsid;
const LEXICON: JsonValue = {
  lexicon: 1,
  id: COLLECTION,
  defs: {
    main: {
      type: "record",
      key: "any",
      record: {
        type: "object",
        required: ["a"],
        properties: {
          a: { type: "string", maxLength: 10, enum: ["x", "y"] },
          b: { type: "array", items: { type: "ref", ref: "#part" } },
          c: { type: "union", refs: ["#part", "app.bsky.feed.post#main"] },
          d: { type: "blob", accept: ["image/*"], maxSize: 100 },
          e: { type: "integer", minimum: 1, maximum: 3 },
          f: { type: "unknown" },
        },
      },
    },
    part: {
      type: "object",
      properties: { again: { type: "ref", ref: "#part" } },
    },
  },
};
const RECORD = {
  $type: COLLECTION,
  a: "x",
  b: [{ again: { again: {} } }],
  c: { $type: `${COLLECTION}#part`, again: {} },
  e: 2,
  f: { x: [1] },
};

/** Anybody may publish one, and our users' records are checked against it. */
const lexicon: Target = {
  name: "lexicon of a stranger",
  make: damaged([LEXICON]),
  check(input) {
    const json = readJson(textOf(input));
    let document;
    try {
      document = parseLexicon(json);
    } catch {
      return false;
    }
    referencesOf(document);
    if (document.id !== COLLECTION) return false;
    const lexicons = createLexicons({ documents: [document] });
    const record = jsonToRecord(structuredClone(RECORD));
    const status = accepted(
      () => lexicons.validateRecord(COLLECTION, record, undefined),
      XrpcError,
      ValidationError,
    );
    return status === "valid";
  },
};

const blobs: Target = {
  name: "blobs of a record",
  make: damaged([
    {
      $type: "com.example.thing",
      blob: {
        $type: "blob",
        ref: {
          $link: "bafkreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
        },
        mimeType: "image/png",
        size: 3,
      },
      old: {
        cid: "bafkreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
        mimeType: "image/png",
      },
      list: [{ a: [] }],
    },
  ]),
  check(input) {
    const json = readJson(textOf(input));
    const record = accepted(() => jsonToRecord(json), BlockError);
    if (record === undefined) return false;
    const found = accepted(() => parseBlobReferences(record), XrpcError);
    const listed = listBlobReferences(record);
    if (found !== undefined) same("references", found, listed);
    return listed.length > 0;
  },
};

const refusal: Target = {
  name: "refusal of another service",
  make: damaged([{ error: "NotFound", message: "no such thing" }]),
  async check(input) {
    const text = textOf(input);
    const status = [400, 404, 429, 500, 503][text.length % 5]!;
    const answer = new Response(text, {
      status,
      headers: { "content-type": "application/json", "retry-after": "1" },
    });
    const error = await toRefusal(answer);
    same("an XrpcError", error instanceof XrpcError, true);
    same("a status", Number.isInteger(error.status), true);
    if (status < 500) same("status", error.status, status);
    return error.message === "no such thing";
  },
};

export const DOCUMENTS: readonly Target[] = [
  didDocument,
  plcOperation,
  lexicon,
  blobs,
  refusal,
];
