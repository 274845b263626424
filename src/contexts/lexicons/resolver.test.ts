import { beforeEach, describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import {
  SafeFetchError,
  type FetchedResponse,
  type SafeFetch,
} from "#lib/safe-fetch.ts";
import type { Block } from "#repo/block.ts";
import { encodeCar } from "#repo/car.ts";
import { type Cid, cidOfCbor, formatCid } from "#repo/cid.ts";
import { signCommit } from "#repo/commit.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { buildTree } from "#repo/mst/build.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import { formatPlcDocument } from "#dev/plc/document.ts";
import { formatAtprotoData } from "#contexts/identity/plc-operation.ts";
import {
  parseDidDocument,
  type DidDocument,
} from "#contexts/identity/did-document.ts";
import { createLexiconResolver } from "./resolver.ts";

const DID = "did:plc:aliceeeeeeeeeeeeeeeeeeee" as Did;
const OTHER = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb" as Did;
const NSID = "com.example.feed.post";
const RECORD = { lexicon: 1, id: NSID, defs: { main: { type: "token" } } };
const signer = createSigner("k256", generatePrivateKey("k256"));

interface Proof {
  did?: Did;
  signer?: Signer;
  record?: LexMap;
  path?: string;
  without?: "commit" | "node" | "record";
}

/** What a host sends for the record, right but for what is asked. */
function prove(proof: Proof = {}): Uint8Array {
  const bytes = encodeDrisl(proof.record ?? RECORD);
  const record: Block = { cid: cidOfCbor(bytes), bytes };
  const path = proof.path ?? `com.atproto.lexicon.schema/${NSID}`;
  const { root, nodes } = buildTree([{ path, cid: record.cid }]);
  const commit = signCommit(
    { did: proof.did ?? DID, data: root, rev: "3lqe2vuntmk2w" as Tid },
    proof.signer ?? signer,
  );
  const blocks = {
    commit: proof.without === "commit" ? [] : [commit],
    node: proof.without === "node" ? [] : nodes,
    record: proof.without === "record" ? [] : [record],
  };
  return encodeCar(commit.cid, [
    ...blocks.commit,
    ...blocks.node,
    ...blocks.record,
  ]);
}

let names: Map<string, Did>;
let document: DidDocument | XrpcError;
let answer: Partial<FetchedResponse> | SafeFetchError;
let asked: string[];

beforeEach(() => {
  names = new Map([["_lexicon.feed.example.com", DID]]);
  document = documentOf("https://pds.example.com");
  answer = { status: 200, body: prove() };
  asked = [];
  here = new Map();
});

function documentOf(pds: string): DidDocument {
  const rotationKeys = [signer.didKey];
  const identity = { signingKey: signer.didKey, rotationKeys, pds };
  const data = formatAtprotoData({ ...identity, handle: "alice.test" });
  return parseDidDocument(DID, formatPlcDocument(DID, data));
}

/** What accounts of this host publish; null for one without any. */
let here: Map<Did, { cid: Cid; schema: object } | null>;

const { resolveLexicon } = createLexiconResolver({
  hosted: {
    isHosted: (did) => here.has(did),
    find: (did) => here.get(did) ?? null,
  },
  findDidInDns: async (name) => names.get(name) ?? null,
  async resolveDid() {
    if (document instanceof XrpcError) throw document;
    return document;
  },
  fetch: (async (href: string) => {
    asked.push(href);
    if (answer instanceof SafeFetchError) throw answer;
    return answer;
  }) as unknown as SafeFetch,
});

async function refusal(nsid = NSID): Promise<string> {
  try {
    await resolveLexicon({ nsid });
    return "none";
  } catch (error) {
    const { status, error: name } = error as XrpcError;
    return `${status} ${name}`;
  }
}

test("a lexicon comes from the host of the one whom its domain names", async () => {
  expect(await resolveLexicon({ nsid: NSID })).toEqual({
    uri: `at://${DID}/com.atproto.lexicon.schema/${NSID}` as never,
    cid: formatCid(cidOfCbor(encodeDrisl(RECORD))),
    schema: RECORD,
  });
  expect(asked).toEqual([
    `https://pds.example.com/xrpc/com.atproto.sync.getRecord?did=${encodeURIComponent(DID)}&collection=com.atproto.lexicon.schema&rkey=${NSID}`,
  ]);
});

test("what an account of this host publishes is asked of nobody", async () => {
  const published = { cid: formatCid(cidOfCbor(new Uint8Array())), schema: {} };
  here.set(DID, published);
  document = new XrpcError("UpstreamFailure", "the directory is away");
  expect(await resolveLexicon({ nsid: NSID })).toEqual({
    uri: `at://${DID}/com.atproto.lexicon.schema/${NSID}` as never,
    ...published,
  });
  here.set(DID, null);
  expect(await refusal()).toBe("400 LexiconNotFound");
  expect(asked).toEqual([]);
});

describe("there is none", () => {
  test("when the domain names nobody, or only a domain above it does", async () => {
    names = new Map([["_lexicon.example.com", DID]]);
    expect(await refusal()).toBe("400 LexiconNotFound");
    expect(asked).toEqual([]);
  });

  test("when the DID does not resolve", async () => {
    document = new XrpcError("DidNotFound", "no");
    expect(await refusal()).toBe("400 LexiconNotFound");
  });

  test("when the DID has no server", async () => {
    document = { id: DID };
    expect(await refusal()).toBe("400 LexiconNotFound");
    expect(asked).toEqual([]);
  });

  test.each([400, 404])("when the host answers %d", async (status) => {
    answer = { status, body: new Uint8Array() };
    expect(await refusal()).toBe("400 LexiconNotFound");
  });

  test("when the host proves that there is none", async () => {
    const path = "com.atproto.lexicon.schema/com.example.other";
    answer = { status: 200, body: prove({ path }) };
    expect(await refusal()).toBe("400 LexiconNotFound");
  });
});

describe("the failure is the host's", () => {
  const stranger = createSigner("k256", generatePrivateKey("k256"));

  test.each<[string, () => Uint8Array]>([
    ["sends nothing", () => new Uint8Array()],
    ["sends no archive", () => new TextEncoder().encode("<html>")],
    ["sends half of it", () => prove().subarray(0, 300)],
    ["sends no commit", () => prove({ without: "commit" })],
    ["sends no tree", () => prove({ without: "node" })],
    ["sends no record", () => prove({ without: "record" })],
    ["signs with another key", () => prove({ signer: stranger })],
    ["sends another's repository", () => prove({ did: OTHER })],
    [
      "sends a lexicon of another name",
      () => prove({ record: { ...RECORD, id: "com.example.other" } }),
    ],
  ])("when it %s", async (_what, make) => {
    answer = { status: 200, body: make() };
    expect(await refusal()).toBe("502 UpstreamFailure");
  });

  test("when it changes the record under its name", async () => {
    const body = prove();
    const at = Buffer.from(body).lastIndexOf("token");
    body[at] = "x".charCodeAt(0);
    answer = { status: 200, body };
    expect(await refusal()).toBe("502 UpstreamFailure");
  });

  test("when it fails, is away, or is slow", async () => {
    answer = { status: 503, body: new Uint8Array() };
    expect(await refusal()).toBe("502 UpstreamFailure");
    answer = new SafeFetchError(
      "connect",
      "https://pds.example.com",
      "refused",
    );
    expect(await refusal()).toBe("502 UpstreamFailure");
    answer = new SafeFetchError("timeout", "slow", "https://pds.example.com");
    expect(await refusal()).toBe("504 UpstreamTimeout");
  });

  test("when the DID's directory is away", async () => {
    document = new XrpcError("UpstreamTimeout", "slow");
    expect(await refusal()).toBe("504 UpstreamTimeout");
  });
});
