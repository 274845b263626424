import { afterEach, beforeEach, expect, test } from "bun:test";
import type { XrpcError } from "#lib/errors.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

const NSID = "com.atproto.temp.checkHandleAvailability";

let house: TestHouse;

beforeEach(async () => {
  house = createTestHouse();
  await make("alice");
});

afterEach(() => house.remove());

let mailboxes = 0;

const make = (name: string) =>
  house.accounts.createAccount(
    {
      handle: `${name}.test`,
      email: `${++mailboxes}@mail.test`,
      password: "password",
    },
    { kind: "anonymous" },
  );

function check(handle: string, email?: string) {
  const params = { handle, ...(email !== undefined && { email }) };
  return house.accounts.checkHandleAvailability(params) as {
    handle: string;
    result: { $type: string; suggestions?: { handle: string }[] };
  };
}

function suggestions(handle: string, email?: string): string[] {
  const { $type, suggestions } = check(handle, email).result;
  expect($type).toBe(`${NSID}#resultUnavailable`);
  return suggestions!.map((suggestion) => suggestion.handle);
}

test("a free handle is available", () => {
  expect(check("Bob.test")).toEqual({
    handle: "Bob.test",
    result: { $type: `${NSID}#resultAvailable` },
  });
});

test("for a handle that is taken there are others that are not", async () => {
  const found = suggestions("alice.test");
  expect(found.length).toBeGreaterThan(2);
  expect(new Set(found).size).toBe(found.length);
  for (const handle of found) {
    expect(handle).toStartWith("alice");
    await make(handle.replace(".test", ""));
  }
});

test("the name in an address is suggested where it can be had", async () => {
  expect(suggestions("alice.test", "A.Liddell+x@mail.test")[0]).toBe(
    "a-liddell-x.test",
  );
  await make("a-liddell-x");
  expect(suggestions("alice.test", "A.Liddell+x@mail.test")).not.toContain(
    "a-liddell-x.test",
  );
  expect(suggestions("alice.test", "ö@mail.test")).not.toContain(".test");
  expect(suggestions("alice.test", "admin@mail.test")).not.toContain(
    "admin.test",
  );
});

test("of a reserved and of a long name too", async () => {
  expect(suggestions("admin.test").length).toBeGreaterThan(2);
  const long = "alexandraophelia99";
  await make(long);
  for (const handle of suggestions(`${long}.test`)) {
    expect(handle.length).toBeLessThanOrEqual(18 + ".test".length);
  }
});

test("a handle that is about to be somebody's is not available", async () => {
  house.crashAt("reserved");
  const { did } = house.db.accounts.findByHandle("alice.test" as never)!;
  await house.accounts
    .changeHandle({ did, handle: "alina.test" })
    .catch(() => {});
  expect(suggestions("alina.test")).not.toContain("alina.test");
});

test.each([
  ["alice.example.com", undefined, "UnsupportedDomain"],
  ["a.b.test", undefined, "InvalidHandle"],
  ["al.test", undefined, "InvalidHandle"],
  ["bob.test", "nobody", "InvalidEmail"],
])("%s with the address %s is refused", (handle, email, error) => {
  const run = () => check(handle, email);
  expect(run).toThrow(
    expect.objectContaining({ error, status: 400 }) as XrpcError,
  );
});
