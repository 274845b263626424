import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  cidOfOperation,
  didOfGenesis,
  formatAtprotoData,
  type PlcData,
  type PlcOperation,
  signPlcOperation,
  withHandle,
} from "#contexts/identity/plc-operation.ts";
import { createFakeClock } from "#lib/clock.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import { createPlcDirectory, type PlcDirectory } from "./directory.ts";

/** What the scenarios in test/plc do not share with the official server. */

const signer = createSigner("k256", generatePrivateKey("k256"));
const folder = mkdtempSync(join(tmpdir(), "plc-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function genesis(over: Partial<PlcData> = {}): PlcOperation {
  const data = formatAtprotoData({
    signingKey: signer.didKey,
    rotationKeys: [signer.didKey],
    handle: `user${++count}.test`,
    pds: "https://pds.example.com",
  });
  return signPlcOperation({ ...data, ...over }, null, signer);
}

async function post(
  directory: PlcDirectory,
  did: string,
  body: BodyInit | object,
): Promise<{ status: number; message: string }> {
  const response = await directory.fetch(
    new Request(`http://plc/${did}`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );
  return { status: response.status, message: await response.text() };
}

async function get(directory: PlcDirectory, path: string) {
  return await directory.fetch(new Request(`http://plc/${path}`));
}

const inMemory = () => createPlcDirectory({ clock: createFakeClock() });

describe("the first operation", () => {
  test("must have a low-S signature of 64 bytes", async () => {
    const { sig, ...unsigned } = genesis();
    const { r, s } = secp256k1.Signature.fromBytes(
      Buffer.from(sig, "base64url"),
    );
    const highS = new secp256k1.Signature(r, secp256k1.Point.Fn.ORDER - s);
    const der = new secp256k1.Signature(r, s).toBytes("der");
    for (const bytes of [highS.toBytes("compact"), der, new Uint8Array(0)]) {
      const text = Buffer.from(bytes).toString("base64url");
      const first = { ...unsigned, sig: text };
      const answer = await post(inMemory(), didOfGenesis(first), first);
      expect(answer.status).toBe(400);
    }
  });

  const many = (n: number, of: (i: number) => string) =>
    Array.from({ length: n }, (_, i) => of(i));
  const map = <T>(n: number, value: T) =>
    Object.fromEntries(many(n, String).map((key) => [key, value]));
  const service = { type: "T", endpoint: "https://x.example" };

  test.each<[string, Partial<PlcData>]>([
    ["eleven names", { alsoKnownAs: many(11, (i) => `at://a${i}.test`) }],
    ["a name twice", { alsoKnownAs: ["at://a.test", "at://a.test"] }],
    ["a long name", { alsoKnownAs: [`at://${"a".repeat(254)}`] }],
    ["eleven services", { services: map(11, service) }],
    ["eleven keys", { verificationMethods: map(11, signer.didKey) }],
    ["a long id", { services: { ["a".repeat(33)]: service } }],
    [
      "a long id of a key",
      { verificationMethods: { ["a".repeat(33)]: signer.didKey } },
    ],
    ["a long type", { services: { a: { ...service, type: "T".repeat(257) } } }],
    [
      "a long endpoint",
      { services: { a: { ...service, endpoint: "x".repeat(513) } } },
    ],
    [
      "more than 4,000 bytes",
      { services: map(9, { type: "T", endpoint: "x".repeat(500) }) },
    ],
  ])("must not have %s", async (_what, over) => {
    const first = genesis(over);
    const answer = await post(inMemory(), didOfGenesis(first), first);
    expect(answer.status).toBe(400);
  });

  test("may be as large as the limits allow", async () => {
    const first = genesis({
      alsoKnownAs: many(10, (i) => `at://a${i}.test`),
      rotationKeys: [signer.didKey, signer.didKey],
      services: { a: { type: "T".repeat(256), endpoint: "x".repeat(512) } },
    });
    const answer = await post(inMemory(), didOfGenesis(first), first);
    expect(answer).toEqual({ status: 200, message: "OK" });
  });

  test("must not be of the kind of 2022", async () => {
    const legacy = {
      type: "create",
      signingKey: signer.didKey,
      recoveryKey: signer.didKey,
      handle: "a.test",
      service: "x.example",
      prev: null,
      sig: "x",
    };
    const answer = await post(inMemory(), "did:plc:a", legacy);
    expect(answer.status).toBe(400);
  });
});

describe("requests", () => {
  test.each([
    ["{", 400],
    ["", 400],
    [JSON.stringify("x".repeat(103_000)), 413],
  ])("a body of %.10s is answered", async (body, status) => {
    expect((await post(inMemory(), "did:plc:a", body)).status).toBe(status);
  });

  test.each([
    ["GET", ""],
    ["GET", "did:plc:a/other"],
    ["DELETE", "did:plc:a"],
    ["POST", "did:plc:a/data"],
  ])("%s /%s is not found", async (method, path) => {
    const request = new Request(`http://plc/${path}`, { method });
    expect((await inMemory().fetch(request)).status).toBe(404);
  });

  test("a garbled path is refused", async () => {
    expect((await get(inMemory(), "did%ZZ")).status).toBe(400);
  });

  test("browsers may ask from anywhere", async () => {
    const request = new Request("http://plc/did:plc:a", { method: "OPTIONS" });
    const response = await inMemory().fetch(request);
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-headers")).toBe(
      "content-type",
    );
  });
});

describe("rates", () => {
  test("one DID can make only so many operations", async () => {
    const clock = createFakeClock();
    const limits = { perHour: 2, perDay: 3 };
    const directory = createPlcDirectory({ clock, limits });
    let last = genesis();
    const did = didOfGenesis(last);
    const statuses = [(await post(directory, did, last)).status];
    for (const waitMs of [1000, 1000, 3_600_000, 3_600_000, 86_400_000]) {
      clock.advance(waitMs);
      const handle = `h${++count}.test`;
      const next = signPlcOperation(
        withHandle(last, handle),
        cidOfOperation(last),
        signer,
      );
      const { status } = await post(directory, did, next);
      statuses.push(status);
      if (status === 200) last = next;
    }
    expect(statuses).toEqual([200, 200, 400, 200, 400, 200]);
  });
});

describe("export", () => {
  test("pages through all operations, each once", async () => {
    const directory = inMemory();
    const made: string[] = [];
    for (let i = 0; i < 7; i++) {
      const first = genesis();
      made.push(didOfGenesis(first));
      await post(directory, didOfGenesis(first), first);
    }
    const seen: string[] = [];
    let query = "count=3";
    for (let page = 0; page < 4; page++) {
      const response = await get(directory, `export?${query}`);
      expect(response.headers.get("content-type")).toBe(
        "application/jsonlines",
      );
      const lines = (await response.text()).split("\n").filter(Boolean);
      const entries = lines.map((line) => JSON.parse(line));
      seen.push(...entries.map((entry) => entry.did));
      if (entries.length > 0) {
        query = `count=3&after=${entries.at(-1).createdAt}`;
        expect(Object.keys(entries[0]).sort()).toEqual([
          "cid",
          "createdAt",
          "did",
          "nullified",
          "operation",
        ]);
      }
    }
    expect(seen).toEqual(made);
  });

  test.each(["count=0", "count=x", "after=yesterday"])(
    "%s is refused",
    async (query) => {
      expect((await get(inMemory(), `export?${query}`)).status).toBe(400);
    },
  );
});

describe("on disk", () => {
  test("an acknowledged operation outlives the process", async () => {
    const storePath = join(folder, "plc.sqlite");
    const main = join(import.meta.dir, "main.ts");
    const run = async () => {
      const child = Bun.spawn(
        [process.execPath, main, "--port", "0", "--store", storePath],
        { stdout: "pipe", stderr: "inherit" },
      );
      const { value } = await child.stdout.getReader().read();
      const line = new TextDecoder().decode(value);
      const url = line.match(/^plc directory listening on (http:\S+)\n$/)?.[1];
      return { child, url: url! };
    };
    const first = genesis();
    const did = didOfGenesis(first);
    const before = await run();
    const answer = await fetch(`${before.url}/${did}`, {
      method: "POST",
      body: JSON.stringify(first),
    });
    expect(answer.status).toBe(200);
    before.child.kill("SIGKILL");
    await before.child.exited;
    const after = await run();
    const log = await (await fetch(`${after.url}/${did}/log`)).json();
    expect(log).toEqual([first]);
    after.child.kill("SIGTERM");
    expect(await after.child.exited).toBe(0);
  });
});
