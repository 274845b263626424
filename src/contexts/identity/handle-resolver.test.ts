import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  startDnsServer,
  type DnsServer,
} from "../../../test/doubles/dns-server.ts";
import type { SafeFetch } from "#lib/safe-fetch.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import {
  createNamedTxtResolver,
  createTxtResolver,
  findDidOfHandle,
} from "./handle-resolver.ts";

const bob = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb" as Did;
const long = `did:web:${"a.".repeat(130)}example` as Did;
const timeoutMs = 1_000;
let dns: DnsServer;
let other: DnsServer;
beforeAll(async () => {
  dns = await startDnsServer({
    "_atproto.bob.example.org": [["v=spf1"], [`did=${bob}`]],
    "_atproto.long.example.org": [
      ["x".repeat(255), "x".repeat(255), "y"],
      [`did=${long}`.slice(0, 255), `did=${long}`.slice(255)],
      ["z"],
    ],
  });
  other = await startDnsServer({
    "_atproto.new.example.org": [[`did=${bob}`]],
  });
});
afterAll(() => {
  dns.stop();
  other.stop();
});

const noWeb = (() =>
  Promise.reject(new Error("no web"))) as unknown as SafeFetch;

function find(handle: string) {
  return findDidOfHandle(
    {
      resolveTxt: createTxtResolver({ timeoutMs, servers: [dns.address] }),
      backupResolveTxt: [
        createNamedTxtResolver({
          timeoutMs,
          server: other.address,
          lookup: () => Promise.reject(new Error("not needed")),
        }),
      ],
      fetch: noWeb,
      timeoutMs,
    },
    handle as Handle,
  );
}

describe("over a real socket", () => {
  test("a record is found", async () => {
    expect(await find("bob.example.org")).toBe(bob);
    expect(other.asked).toEqual([]);
  });

  test("the pieces of a long record are joined", async () => {
    expect(await find("long.example.org")).toBe(long);
  });

  test("backup name servers are asked when the first know nothing", async () => {
    expect(await find("new.example.org")).toBe(bob);
    expect(dns.asked).toContain("_atproto.new.example.org");
  });

  test("a name that nobody knows leads nowhere", async () => {
    expect(await find("none.example.org")).toBeNull();
    expect(other.asked).toContain("_atproto.none.example.org");
  });

  test("a name server may be given by name", async () => {
    const asked: string[] = [];
    const resolve = createNamedTxtResolver({
      timeoutMs,
      server: "ns.example.org",
      async lookup(name) {
        asked.push(name);
        return [dns.address];
      },
    });
    expect(await resolve("_atproto.bob.example.org")).toEqual([
      "v=spf1",
      `did=${bob}`,
    ]);
    expect(asked).toEqual(["ns.example.org"]);
  });
});
