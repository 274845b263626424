import { beforeEach, expect, test } from "bun:test";
import { createHost, type Host } from "./host.ts";

let notified: number;
let host: Host;

beforeEach(() => {
  notified = 0;
  host = createHost({
    publicUrl: "https://pds.example.com:8443",
    lastSeq: () => 7,
    countAccounts: () => 3,
    notifyRelays: () => void notified++,
  });
});

test.each(["pds.example.com", "pds.example.com:8443", " PDS.Example.Com\n"])(
  "%p is this host",
  (hostname) => {
    expect(host.getHostStatus({ hostname })).toEqual({
      hostname: "pds.example.com:8443",
      seq: 7,
      accountCount: 3,
      status: "active",
    });
    host.requestCrawl({ hostname });
    host.notifyOfUpdate({ hostname });
    expect(notified).toBe(2);
  },
);

test.each([
  "",
  "example.com",
  "pds.example.com:443",
  "pds.example.com.evil.test",
  "https://pds.example.com",
])("%p is another host", (hostname) => {
  const refused = (error: string) => expect.objectContaining({ error });
  expect(() => host.getHostStatus({ hostname })).toThrow(
    refused("HostNotFound"),
  );
  expect(() => host.requestCrawl({ hostname })).toThrow(
    refused("InvalidRequest"),
  );
  expect(() => host.notifyOfUpdate({ hostname })).toThrow(
    refused("InvalidRequest"),
  );
  expect(notified).toBe(0);
});
