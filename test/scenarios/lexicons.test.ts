import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { type DnsServer, startDnsServer } from "../doubles/dns-server.ts";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";

// Somebody publishes lexicons under a domain, and others write records by them.

const lexiconOf = (id: string, properties: object) => ({
  $type: "com.atproto.lexicon.schema",
  lexicon: 1,
  id,
  defs: {
    main: {
      type: "record",
      key: "any",
      record: { type: "object", required: ["name"], properties },
    },
  },
});
const GET_RECORD = "com.atproto.repo.getRecord";
const NAME = { type: "string", maxLength: 10 };

let dns: DnsServer;
const names: Record<string, string[][]> = {};
beforeAll(async () => {
  dns = await startDnsServer(names);
});
afterAll(() => dns.stop());

interface House {
  network: Network;
  clock: ReturnType<typeof createFakeClock>;
  author: TestAccount;
  publish(nsid: string, properties?: object): Promise<void>;
  /** Status, or error, of writing a record. */
  write(nsid: string, record: object, validate?: boolean): Promise<string>;
}

async function open(settings: Record<string, string>): Promise<House> {
  const clock = createFakeClock(Date.now());
  const network = await startNetwork({
    settings: {
      TEMPEST_HANDLE_BACKUP_NAMESERVERS: dns.address,
      ...settings,
    },
    deps: { clock },
  });
  const author = await network.createAccount("author");
  const writer = await network.createAccount("writer");
  const put = async (
    account: TestAccount,
    input: { collection: string; record: object; [name: string]: unknown },
  ) =>
    await network.call("com.atproto.repo.createRecord", {
      token: account.accessJwt,
      input: { repo: account.did, ...input },
    });
  return {
    network,
    clock,
    author,
    async publish(nsid, properties = { name: NAME }) {
      const collection = "com.atproto.lexicon.schema";
      const record = lexiconOf(nsid, properties);
      const made = await put(author, { collection, rkey: nsid, record });
      if (made.status !== 200) throw new Error(JSON.stringify(made.body));
    },
    async write(nsid, record, validate) {
      const { status, body } = await put(writer, {
        collection: nsid,
        record,
        ...(validate !== undefined && { validate }),
      });
      return status === 200
        ? (body.validationStatus ?? "unchecked")
        : body.error;
    },
  };
}

describe("lexicons of the network", () => {
  let house: House;
  beforeAll(async () => {
    house = await open({ TEMPEST_LEXICON_EXTERNAL_RESOLVER: "on" });
    names["_lexicon.example.com"] = [[`did=${house.author.did}`]];
    await house.publish("com.example.thing");
  });
  afterAll(() => house.network.stop());

  test("say of a record whether it fits, and refuse none unasked", async () => {
    const { write } = house;
    expect(await write("com.example.thing", { name: "a" })).toBe("valid");
    expect(await write("com.example.thing", { name: "a" }, true)).toBe("valid");
    expect(await write("com.example.thing", { name: 5 })).toBe("unknown");
    expect(await write("com.example.thing", { name: 5 }, true)).toBe(
      "InvalidRequest",
    );
    expect(await write("com.example.thing", { name: 5 }, false)).toBe(
      "unchecked",
    );
    expect(dns.asked).toContain("_lexicon.example.com");
  });

  test("are looked up with those that they refer to", async () => {
    const { publish, write } = house;
    await publish("com.example.whole", {
      name: { type: "ref", ref: "com.example.piece#name" },
    });
    expect(await write("com.example.whole", { name: "a" })).toBe("unknown");
    // Nobody has published the piece; it is looked for again in some minutes.
    const record = { ...lexiconOf("com.example.piece", { name: NAME }) };
    Object.assign(record.defs, { name: NAME });
    await house.network.call("com.atproto.repo.createRecord", {
      token: house.author.accessJwt,
      input: {
        repo: house.author.did,
        collection: "com.atproto.lexicon.schema",
        rkey: "com.example.piece",
        record,
      },
    });
    house.clock.advance(6 * 60_000);
    expect(await write("com.example.whole", { name: "a" })).toBe("valid");
    expect(await write("com.example.whole", { name: "a".repeat(11) })).toBe(
      "unknown",
    );
  });

  test("that nobody publishes stay unknown", async () => {
    const { write } = house;
    expect(await write("com.example.nothing", { name: 5 })).toBe("unknown");
    expect(await write("com.example.nothing", {}, true)).toBe("InvalidRequest");
    expect(await write("org.nobody.thing", {})).toBe("unknown");
  });

  test("whose domain leads nowhere keep nobody waiting", async () => {
    names["_lexicon.gone.com"] = [[`did=did:web:10.0.0.1`]];
    names["_lexicon.slow.com"] = [[`did=did:plc:${"a".repeat(24)}`]];
    const startMs = performance.now();
    expect(await house.write("com.gone.thing", {})).toBe("unknown");
    expect(await house.write("com.slow.thing", {})).toBe("unknown");
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });

  test("hold for a batch as for one record", async () => {
    const { author, network } = house;
    const write = (name: unknown) => ({
      $type: "com.atproto.repo.applyWrites#create",
      collection: "com.example.thing",
      value: { name },
    });
    const { body } = await network.call("com.atproto.repo.applyWrites", {
      token: author.accessJwt,
      input: { repo: author.did, writes: [write("a"), write(5)] },
    });
    expect(
      body.results.map(
        (one: { validationStatus: string }) => one.validationStatus,
      ),
    ).toEqual(["valid", "unknown"]);
  });
});

test("what is published here is had here, as long as everybody may read it", async () => {
  const house = await open({ TEMPEST_LEXICON_EXTERNAL_RESOLVER: "strict" });
  const { author, network } = house;
  names["_lexicon.example.com"] = [[`did=${author.did}`]];
  await house.publish("com.example.thing");
  const resolve = async (nsid: string) => {
    const params = { nsid };
    const lookUp = "com.atproto.lexicon.resolveLexicon";
    const { status, body } = await network.call(lookUp, { params });
    return status === 200 ? body.schema.id : body.error;
  };
  expect(await resolve("com.example.thing")).toBe("com.example.thing");
  const uri = `at://${author.did}/com.atproto.lexicon.schema/com.example.thing`;
  const subject = { $type: "com.atproto.repo.strongRef", uri };
  const { body } = await network.call(GET_RECORD, {
    params: {
      ...{ repo: author.did, collection: "com.atproto.lexicon.schema" },
      rkey: "com.example.thing",
    },
  });
  const takeDown = (applied: boolean) =>
    network.call("com.atproto.admin.updateSubjectStatus", {
      token: `Basic ${btoa("admin:admin-password-of-tests")}`,
      input: { subject: { ...subject, cid: body.cid }, takedown: { applied } },
    });
  await takeDown(true);
  expect(await resolve("com.example.thing")).toBe("LexiconNotFound");
  await takeDown(false);
  expect(await resolve("com.example.thing")).toBe("com.example.thing");
  await network.call("com.atproto.server.deactivateAccount", {
    token: author.accessJwt,
    input: {},
  });
  expect(await resolve("com.example.thing")).toBe("LexiconNotFound");
  await network.stop();
});

test("a strict host refuses what doesn't fit", async () => {
  const house = await open({ TEMPEST_LEXICON_EXTERNAL_RESOLVER: "strict" });
  names["_lexicon.example.com"] = [[`did=${house.author.did}`]];
  await house.publish("com.example.thing");
  const { write } = house;
  expect(await write("com.example.thing", { name: "a" })).toBe("valid");
  expect(await write("com.example.thing", { name: 5 })).toBe("InvalidRequest");
  expect(await write("com.example.nothing", { name: 5 })).toBe("unknown");
  await house.network.stop();
});

test("a host may believe one account for all names", async () => {
  const publisher = await open({});
  await publisher.publish("com.elsewhere.thing");
  const house = await open({
    TEMPEST_LEXICON_EXTERNAL_RESOLVER: "on",
    TEMPEST_LEXICON_AUTHORITY_DID: publisher.author.did,
    TEMPEST_DID_PLC_URL: publisher.network.plcUrl,
  });
  expect(await house.write("com.elsewhere.thing", { name: "a" })).toBe("valid");
  await house.network.stop();
  await publisher.network.stop();
});

describe("lexicons in a folder", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tempest-lexicons-"));
    await Bun.write(
      join(folder, "com/example/local.json"),
      JSON.stringify(lexiconOf("com.example.local", { name: NAME })),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are as good as those that are built in, without any network", async () => {
    const house = await open({ TEMPEST_LEXICON_PATHS: folder });
    const { write } = house;
    const before = dns.asked.length;
    expect(await write("com.example.local", { name: "a" })).toBe("valid");
    expect(await write("com.example.local", { name: 5 })).toBe(
      "InvalidRequest",
    );
    // What isn't there is not looked for, unless the operator says so.
    expect(await write("com.example.unknown", { name: 5 })).toBe("unknown");
    expect(dns.asked.length).toBe(before);
    await house.network.stop();
  });

  test("stop the start when one is none", async () => {
    await Bun.write(join(folder, "broken.json"), "{");
    const start = open({ TEMPEST_LEXICON_PATHS: folder });
    await expect(start).rejects.toThrow("broken.json is no lexicon");
    await start.catch(() => undefined);
  });
});
