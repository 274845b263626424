import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setSystemTime,
  test,
} from "bun:test";
import { createPlcClient } from "#contexts/identity/plc.ts";
import {
  findSigningKey,
  parseDidDocument,
} from "#contexts/identity/did-document.ts";
import {
  type AnyPlcOperation,
  cidOfOperation,
  didOfGenesis,
  formatAtprotoData,
  type PlcData,
  type PlcLogEntry,
  type PlcOperation,
  signOperation,
  signPlcOperation,
  withHandle,
} from "#contexts/identity/plc-operation.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { directories } from "./directories.ts";

/**
 * The same scenarios against our directory and the official one, so that tests
 * and `tempest dev` may use either.
 */

const makeSigner = (curve: "k256" | "p256" = "k256") =>
  createSigner(curve, generatePrivateKey(curve));
const high = makeSigner("p256");
const middle = makeSigner();
const low = makeSigner();
const stranger = makeSigner();
const HOUR_MS = 3_600_000;

const data = formatAtprotoData({
  signingKey: stranger.didKey,
  rotationKeys: [high.didKey, middle.didKey, low.didKey],
  handle: "alice.test",
  pds: "https://pds.example.com",
});

function genesisBy(signer: Signer, over: object = {}): PlcOperation {
  // A name of its own, so that each test has an identity of its own.
  const alsoKnownAs = [
    "at://alice.test",
    `https://${crypto.randomUUID()}.test`,
  ];
  return signPlcOperation({ ...data, alsoKnownAs, ...over }, null, signer);
}

function updateOf(
  before: AnyPlcOperation,
  signer: Signer,
  handle = "bob.test",
): PlcOperation {
  const changed = withHandle(data, handle);
  return signPlcOperation(changed, cidOfOperation(before), signer);
}

function tombstoneOf(before: AnyPlcOperation, signer: Signer) {
  const prev = cidOfOperation(before);
  return signOperation({ type: "plc_tombstone" as const, prev }, signer);
}

describe.each(directories)("%s", (_name, start) => {
  let url: string;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ url, stop } = await start());
  });
  afterAll(() => stop());
  afterEach(() => {
    setSystemTime();
  });

  const post = async (did: string, body: unknown): Promise<number> => {
    const response = await fetch(`${url}/${encodeURIComponent(did)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.ok) expect(text).toBe("OK");
    else expect(JSON.parse(text).message).toBeString();
    return response.status;
  };
  const get = async <T = unknown>(path: string) => {
    const response = await fetch(`${url}/${path}`);
    return { status: response.status, json: (await response.json()) as T };
  };
  const register = async (signer = low, over: object = {}) => {
    const first = genesisBy(signer, over);
    const did = didOfGenesis(first);
    expect(await post(did, first)).toBe(200);
    return { did, first };
  };
  const handleOf = async (did: string) =>
    (await get<PlcData>(`${did}/data`)).json.alsoKnownAs[0];

  describe("reading", () => {
    test("health", async () => {
      const { status, json } = await get<{ version: string }>("_health");
      expect(status).toBe(200);
      expect(json.version).toBeString();
    });

    test.each(["", "/data", "/log", "/log/audit", "/log/last"])(
      "an unknown DID is 404 at %j",
      async (view) => {
        const did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
        const { status, json } = await get(did + view);
        expect(status).toBe(404);
        expect(json).toEqual({ message: `DID not registered: ${did}` });
      },
    );

    test("the document, whichever way the DID is spelt in the path", async () => {
      const { did, first } = await register();
      for (const path of [did, encodeURIComponent(did)]) {
        const response = await fetch(`${url}/${path}`);
        expect(response.headers.get("content-type")).toStartWith(
          "application/did+ld+json",
        );
        expect(response.headers.get("access-control-allow-origin")).toBe("*");
        const document = parseDidDocument(did as Did, await response.json());
        expect(document.alsoKnownAs).toEqual(first.alsoKnownAs);
        expect(document.service).toEqual([
          {
            id: "#atproto_pds",
            type: "AtprotoPersonalDataServer",
            serviceEndpoint: "https://pds.example.com",
          },
        ]);
        expect(findSigningKey(document)).toBe(stranger.didKey);
      }
    });

    test("data, log, last and audit have the public shapes", async () => {
      const { did, first } = await register();
      const second = updateOf(first, high);
      expect(await post(did, second)).toBe(200);
      const { sig: _sig, prev: _prev, type: _type, ...state } = second;
      expect((await get(`${did}/data`)).json).toEqual({ did, ...state });
      expect((await get(`${did}/log`)).json).toEqual([first, second]);
      expect((await get(`${did}/log/last`)).json).toEqual(second);
      const audit = (await get(`${did}/log/audit`)).json;
      expect(audit).toEqual(
        [first, second].map((operation) => ({
          did,
          operation,
          cid: cidOfOperation(operation),
          nullified: false,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        })),
      );
    });
  });

  describe("the first operation", () => {
    test.each([high, middle, low])(
      "may be signed by any rotation key",
      async (signer) => {
        await register(signer);
      },
    );

    test("must be signed by a rotation key", async () => {
      const first = genesisBy(stranger);
      expect(await post(didOfGenesis(first), first)).toBe(400);
    });

    test("must hash to its DID", async () => {
      const other = didOfGenesis(genesisBy(low));
      expect(await post(other, genesisBy(low))).toBe(400);
      expect(await post("did:plc:short", genesisBy(low))).toBe(400);
      expect((await get(other)).status).toBe(404);
    });

    test("must have no prev", async () => {
      const prev = cidOfOperation(genesisBy(low));
      const first = signPlcOperation(data, prev, low);
      expect(await post(didOfGenesis(first), first)).toBe(400);
    });

    test("must not be a tombstone", async () => {
      const first = tombstoneOf(genesisBy(low), low);
      expect(await post(didOfGenesis(first), first)).toBe(400);
    });

    test.each([
      ["no rotation key", { rotationKeys: [] }],
      [
        "six rotation keys",
        { rotationKeys: [low, low, low, low, low, low].map((k) => k.didKey) },
      ],
      [
        "a rotation key of another kind",
        {
          rotationKeys: [
            low.didKey,
            "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
          ],
        },
      ],
      [
        "a signing key that is none",
        { verificationMethods: { a: "did:key:z" } },
      ],
    ])("must not have %s", async (_what, over) => {
      const first = genesisBy(low, over);
      expect(await post(didOfGenesis(first), first)).toBe(400);
    });

    test.each([
      ["nothing", {}],
      ["a list", []],
      ["no signature", { ...genesisBy(low), sig: undefined }],
      ["another type", { ...genesisBy(low), type: "other" }],
      ["services of text", { ...genesisBy(low), services: "x" }],
    ])("must not be %s", async (_what, body) => {
      expect(await post("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", body)).toBe(400);
    });
  });

  describe("later operations", () => {
    test.each([high, middle, low])(
      "may be signed by any rotation key",
      async (signer) => {
        const { did, first } = await register();
        expect(await post(did, updateOf(first, signer))).toBe(200);
        expect(await handleOf(did)).toBe("at://bob.test");
      },
    );

    test("must be signed by a rotation key of the state before", async () => {
      const { did, first } = await register();
      expect(await post(did, updateOf(first, stranger))).toBe(400);
      const handOver = signPlcOperation(
        { ...data, rotationKeys: [stranger.didKey] },
        cidOfOperation(first),
        low,
      );
      expect(await post(did, handOver)).toBe(200);
      expect(await post(did, updateOf(handOver, low))).toBe(400);
      expect(await post(did, updateOf(handOver, stranger))).toBe(200);
    });

    test("must name the operation before", async () => {
      const { did, first } = await register();
      const unknown = updateOf(genesisBy(low), low);
      expect(await post(did, unknown)).toBe(400);
      expect(await post(did, genesisBy(low))).toBe(400);
      expect(await post(did, first)).toBe(400);
    });

    test("may be sent again through the client", async () => {
      const { did, first } = await register();
      const client = createPlcClient({ url, fetch });
      const second = updateOf(first, low);
      await client.submit(did, second);
      expect(await post(did, second)).toBe(400);
      await client.submit(did, second);
      await client.submit(did, first);
      expect((await get(`${did}/log`)).json).toHaveLength(2);
    });
  });

  describe("recovery", () => {
    test("a more powerful key undoes what a lesser one did", async () => {
      const { did, first } = await register();
      const bad = updateOf(first, low, "thief.test");
      const worse = updateOf(bad, low, "thief2.test");
      expect(await post(did, bad)).toBe(200);
      expect(await post(did, worse)).toBe(200);
      const good = updateOf(first, middle, "alice2.test");
      expect(await post(did, good)).toBe(200);
      expect(await handleOf(did)).toBe("at://alice2.test");
      const { json } = await get<PlcLogEntry[]>(`${did}/log/audit`);
      expect(json.map((entry) => entry.nullified)).toEqual([
        false,
        true,
        true,
        false,
      ]);
      expect((await get(`${did}/log`)).json).toEqual([first, good]);
      expect((await get(`${did}/log/last`)).json).toEqual(good);
      const next = updateOf(good, low, "alice3.test");
      expect(await post(did, next)).toBe(200);
    });

    test.each([
      ["the same key", middle, middle],
      ["a lesser key", high, middle],
      ["a key that is none", low, stranger],
    ])("%s undoes nothing", async (_who, by, against) => {
      const { did, first } = await register();
      expect(await post(did, updateOf(first, by))).toBe(200);
      expect(await post(did, updateOf(first, against, "x.test"))).toBe(400);
      expect(await handleOf(did)).toBe("at://bob.test");
    });

    test("ends after 72 hours", async () => {
      const start = Date.now();
      const { did, first } = await register();
      expect(await post(did, updateOf(first, low))).toBe(200);
      setSystemTime(start + 72 * HOUR_MS + 60_000);
      expect(await post(did, updateOf(first, high, "late.test"))).toBe(400);
      setSystemTime(start + 72 * HOUR_MS - 60_000);
      expect(await post(did, updateOf(first, high, "timely.test"))).toBe(200);
    });
  });

  describe("a tombstone", () => {
    test("ends the identity but not its log", async () => {
      const { did, first } = await register();
      const end = tombstoneOf(first, low);
      expect(await post(did, end)).toBe(200);
      for (const view of ["", "/data"]) {
        const { status, json } = await get(did + view);
        expect(status).toBe(404);
        expect(json).toEqual({ message: `DID not available: ${did}` });
      }
      expect((await get(`${did}/log`)).json).toEqual([first, end]);
      expect((await get(`${did}/log/last`)).json).toEqual(end);
      expect(await post(did, updateOf(end, high))).toBe(400);
      expect(await post(did, tombstoneOf(end, high))).toBe(400);
    });

    test("can be undone by a more powerful key", async () => {
      const { did, first } = await register();
      expect(await post(did, tombstoneOf(first, low))).toBe(200);
      expect(await post(did, updateOf(first, low))).toBe(400);
      expect(await post(did, updateOf(first, high))).toBe(200);
      expect(await handleOf(did)).toBe("at://bob.test");
    });

    test("by a key that is none counts for nothing", async () => {
      const { did, first } = await register();
      expect(await post(did, tombstoneOf(first, stranger))).toBe(400);
    });
  });

  describe("our client", () => {
    test("makes, changes and ends an identity", async () => {
      const client = createPlcClient({ url: `${url}/`, fetch });
      const { did, op, cid } = client.signGenesis({
        signingKey: stranger.didKey,
        rotationKeys: [high.didKey, low.didKey],
        handle: `a${crypto.randomUUID()}.test`,
        pds: "https://pds.example.com",
        signer: low,
      });
      expect(cid).toBe(cidOfOperation(op));
      await client.submit(did, op);
      await client.update(did, low, (now) => withHandle(now, "b.test"));
      await client.update(did, low, (now) => withHandle(now, "b.test"));
      expect((await client.getData(did)).alsoKnownAs).toEqual(["at://b.test"]);
      const log = await client.getLog(did);
      expect(log).toHaveLength(2);
      expect(await client.getLastOp(did)).toEqual(log[1]!);
      const audit = await client.getAuditLog(did);
      expect(audit.map((entry) => entry.operation)).toEqual(log);
      const document = parseDidDocument(did, await client.getDocument(did));
      expect(document.alsoKnownAs).toEqual(["at://b.test"]);
      await client.tombstone(did, high);
      await client.tombstone(did, high);
      for (const call of [
        () => client.getDocument(did),
        () => client.getData(did),
        () => client.update(did, high, (now) => now),
      ]) {
        await expect(call()).rejects.toMatchObject({ error: "NotFound" });
      }
    });

    test("passes on why an operation was refused", async () => {
      const client = createPlcClient({ url, fetch });
      const first = genesisBy(stranger);
      const refused = client.submit(didOfGenesis(first), first);
      await expect(refused).rejects.toMatchObject({
        error: "InvalidRequest",
        message: expect.stringMatching(/^the PLC directory refused: .{5,210}$/),
      });
      const unknown = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" as Did;
      await expect(client.getLastOp(unknown)).rejects.toMatchObject({
        error: "NotFound",
      });
    });
  });
});
