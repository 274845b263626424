import { describe, expect, test } from "bun:test";
import type { Handle } from "#repo/syntax.ts";
import {
  checkHostedHandle,
  checkNewHandle,
  isUnderDomains,
} from "./handle-policy.ts";
import { isReservedName } from "./reserved-names.ts";

const policy = {
  domains: [".pds.example.com", ".eu.pds.example.com"],
  devMode: false,
};

function errorOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { error: string }).error;
  }
  return "none";
}

describe("a name under our domain", () => {
  test.each([
    ["alice.pds.example.com", "alice.pds.example.com"],
    ["Alice.PDS.example.com", "alice.pds.example.com"],
    ["abc.pds.example.com", "abc.pds.example.com"],
    [
      "a2345678901234567z.pds.example.com",
      "a2345678901234567z.pds.example.com",
    ],
    ["alice.eu.pds.example.com", "alice.eu.pds.example.com"],
  ])("%s is taken", (text, handle) => {
    expect(checkNewHandle(text, policy)).toEqual({
      handle: handle as Handle,
      isOurs: true,
    });
    expect(checkHostedHandle(text, policy)).toBe(handle as Handle);
  });

  test.each([
    ["ab.pds.example.com", "InvalidHandle"],
    ["a23456789012345678z.pds.example.com", "InvalidHandle"],
    ["a.lice.pds.example.com", "InvalidHandle"],
    ["-alice.pds.example.com", "InvalidHandle"],
    ["al_ice.pds.example.com", "InvalidHandle"],
    ["alice", "InvalidHandle"],
    ["", "InvalidHandle"],
    ["did:plc:abc", "InvalidHandle"],
    ["admin.pds.example.com", "HandleNotAvailable"],
    ["www.pds.example.com", "HandleNotAvailable"],
    ["Support.pds.example.com", "HandleNotAvailable"],
    ["ad-min.pds.example.com", "HandleNotAvailable"],
  ])("%s is %s", (text, name) => {
    expect(errorOf(() => checkNewHandle(text, policy))).toBe(name);
    expect(errorOf(() => checkHostedHandle(text, policy))).toBe(name);
  });

  test("the operator may give reserved ones", () => {
    const byOperator = { byOperator: true };
    expect(checkNewHandle("admin.pds.example.com", policy, byOperator)).toEqual(
      { handle: "admin.pds.example.com" as Handle, isOurs: true },
    );
  });
});

describe("a name from elsewhere", () => {
  test("may be brought along but not made here", () => {
    expect(checkNewHandle("Alice.example.org", policy)).toEqual({
      handle: "alice.example.org" as Handle,
      isOurs: false,
    });
    expect(errorOf(() => checkHostedHandle("alice.example.org", policy))).toBe(
      "UnsupportedDomain",
    );
    expect(errorOf(() => checkHostedHandle("pds.example.com", policy))).toBe(
      "UnsupportedDomain",
    );
  });

  test("must be of a domain that can exist", () => {
    for (const tld of ["local", "arpa", "invalid", "localhost", "internal"]) {
      expect(errorOf(() => checkNewHandle(`alice.${tld}`, policy))).toBe(
        "InvalidHandle",
      );
    }
  });

  test(".test is for development, or where the operator says so", () => {
    const text = "alice.test";
    expect(errorOf(() => checkNewHandle(text, policy))).toBe("InvalidHandle");
    const dev = { ...policy, devMode: true };
    expect(checkNewHandle(text, dev).isOurs).toBe(false);
    const domains = [".test"];
    expect(checkNewHandle(text, { domains, devMode: false }).isOurs).toBe(true);
  });
});

test("names below a domain are ours at any depth", () => {
  const { domains } = policy;
  expect(isUnderDomains("a.b.pds.example.com" as Handle, domains)).toBe(true);
  expect(isUnderDomains("pds.example.com" as Handle, domains)).toBe(false);
  expect(isUnderDomains("xpds.example.com" as Handle, domains)).toBe(false);
});

test("words of the protocol and of machines are reserved", () => {
  for (const name of ["atp", "a-t-p", "tid", "privacy-policy", "hostname"]) {
    expect(isReservedName(name)).toBe(true);
  }
});

test("ordinary names are not reserved", () => {
  for (const name of ["alice", "bob", "carla", "user1", "maria-lopez"]) {
    expect(isReservedName(name)).toBe(false);
  }
});
