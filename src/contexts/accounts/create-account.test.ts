import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { CreateAccountInput } from "./create-account.ts";
import { isEmailAddress } from "./email-address.ts";
import { createTestHouse, SERVICE_DID, type TestHouse } from "./test-house.ts";

let house: TestHouse;

beforeEach(() => {
  house = createTestHouse();
});

afterEach(() => house.remove());

const ANYBODY: Caller = { kind: "anonymous" };
const MOVER = "did:web:mover.example" as Did;

function proven(did: Did): Caller {
  return { kind: "service", did, aud: SERVICE_DID, lxm: null };
}

function create(over: Partial<CreateAccountInput> = {}, caller = ANYBODY) {
  const input = {
    handle: "alice.test",
    email: "alice@example.com",
    password: "correct horse",
    ...over,
  };
  return house.accounts.createAccount(input, caller);
}

/** Status and name of the refusal. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof XrpcError)) throw error;
  return `${error.status} ${error.error}`;
}

describe("a new account", () => {
  test("is signed in at once", async () => {
    const made = await create({ handle: "Alice.TEST" });
    expect(made).toEqual({
      did: expect.stringMatching(/^did:plc:[a-z2-7]{24}$/),
      handle: "alice.test" as Handle,
      accessJwt: expect.any(String),
      refreshJwt: expect.any(String),
    });
    const caller = house.accounts.authenticateAccess(made.accessJwt);
    expect(await house.accounts.getSession(caller)).toEqual({
      did: made.did,
      handle: "alice.test" as Handle,
      email: "alice@example.com",
      emailConfirmed: false,
      emailAuthFactor: false,
      active: true,
    });
    expect(house.accounts.findStatus(made.did)).toBe("active");
    expect(house.accounts.findStatus(MOVER)).toBeNull();
    expect(house.accounts.findByHandle("ALICE.test" as Handle)).toEqual({
      did: made.did,
      status: "active",
    });
    expect(house.accounts.findByHandle("bob.test" as Handle)).toBeNull();
  });

  test("stores no password that can be read", async () => {
    const { did } = await create();
    const { passwordHash } = house.db.accounts.find(did)!;
    expect(passwordHash).toStartWith("$argon2id$");
  });

  test("comes with its DID document where that is wanted", async () => {
    house.restart({ didDocWithSession: true });
    const { did, didDoc } = await create();
    expect(didDoc).toEqual({ id: did });
  });
});

const refused: [string, Partial<CreateAccountInput>, string][] = [
  ["a handle that is none", { handle: "alice" }, "400 InvalidHandle"],
  ["a handle too short", { handle: "a.test" }, "400 InvalidHandle"],
  [
    "a handle too long",
    { handle: `${"a".repeat(19)}.test` },
    "400 InvalidHandle",
  ],
  ["a handle with two labels", { handle: "a.alice.test" }, "400 InvalidHandle"],
  [
    "a handle of another domain",
    { handle: "alice.example.com" },
    "400 UnsupportedDomain",
  ],
  [
    "a handle that is taken",
    { handle: "TAKEN.test" },
    "400 HandleNotAvailable",
  ],
  ["a reserved handle", { handle: "admin.test" }, "400 HandleNotAvailable"],
  [
    "an e-mail that is taken",
    { email: "Taken@Example.com" },
    "400 InvalidRequest",
  ],
  ["no e-mail", { email: undefined }, "400 InvalidRequest"],
  ["an e-mail that is none", { email: "alice" }, "400 InvalidRequest"],
  ["no password", { password: undefined }, "400 InvalidPassword"],
  ["a short password", { password: "1234567" }, "400 InvalidPassword"],
  ["a long password", { password: "x".repeat(257) }, "400 InvalidPassword"],
  ["a PLC operation", { plcOp: {} }, "400 InvalidRequest"],
  [
    "a recovery key that is none",
    { recoveryKey: "did:key:zzz" },
    "400 InvalidRequest",
  ],
  ["a DID without proof", { did: MOVER }, "401 AuthenticationRequired"],
];

describe("an account is refused for", () => {
  for (const [name, over, expected] of refused) {
    test(name, async () => {
      await create({ handle: "taken.test", email: "taken@example.com" });
      expect(await refusal(create(over))).toBe(expected);
      expect(house.db.accounts.count()).toBe(1);
      expect(house.plc.identities.size).toBe(1);
    });
  }

  test("a DID with the proof of another", async () => {
    const caller = proven("did:web:other.example" as Did);
    const attempt = create({ did: MOVER }, caller);
    await expect(attempt).rejects.toThrow(
      `Missing auth to create account with did: ${MOVER}`,
    );
    expect(await refusal(attempt)).toBe("401 AuthenticationRequired");
  });
});

describe("an invite", () => {
  beforeEach(() => house.restart({ inviteRequired: true }));

  test("is needed, must exist and counts once", async () => {
    expect(await refusal(create())).toBe("400 InvalidInviteCode");
    expect(await refusal(create({ inviteCode: "no-such" }))).toBe(
      "400 InvalidInviteCode",
    );
    house.invite("once", 1);
    await create({ inviteCode: " once " });
    const bob = { handle: "bob.test", email: "b@example.com" };
    expect(await refusal(create({ ...bob, inviteCode: "once" }))).toBe(
      "400 InvalidInviteCode",
    );
    expect(house.db.inviteCodes.listUses("once")).toHaveLength(1);
  });

  test("that was disabled is refused", async () => {
    house.invite("off", 5);
    house.db.inviteCodes.disable("off", 1);
    expect(await refusal(create({ inviteCode: "off" }))).toBe(
      "400 InvalidInviteCode",
    );
  });

  test("is needed by accounts that move here too", async () => {
    const attempt = create({ did: MOVER }, proven(MOVER));
    expect(await refusal(attempt)).toBe("400 InvalidInviteCode");
  });

  test("is not used up by a creation that fails", async () => {
    house.invite("once", 1);
    await refusal(create({ inviteCode: "once", handle: "a.test" }));
    expect(house.db.inviteCodes.isAvailable("once")).toBe(true);
  });
});

describe("an account that moves here", () => {
  test("is deactivated, and signed in all the same", async () => {
    const made = await create({ did: MOVER }, proven(MOVER));
    expect(made.did).toBe(MOVER);
    expect(house.accounts.findStatus(MOVER)).toBe("deactivated");
    const caller = house.accounts.authenticateAccess(made.accessJwt);
    expect(await house.accounts.getSession(caller)).toMatchObject({
      active: false,
      status: "deactivated",
    });
  });

  test("may keep its own name when that leads to it", async () => {
    const own = { did: MOVER, handle: "mover.org" };
    expect(await refusal(create(own, proven(MOVER)))).toBe("400 InvalidHandle");
    house.handles.set("mover.org" as Handle, "did:plc:other" as Did);
    expect(await refusal(create(own, proven(MOVER)))).toBe("400 InvalidHandle");
    house.handles.set("mover.org" as Handle, MOVER);
    expect((await create(own, proven(MOVER))).handle).toBe(
      "mover.org" as Handle,
    );
  });

  test("must have a DID that resolves, to a document of its own", async () => {
    const lost = "did:web:nowhere.example" as Did;
    expect(await refusal(create({ did: lost }, proven(lost)))).toBe(
      "400 UnresolvableDid",
    );
    const twisted = "did:web:twisted.example" as Did;
    expect(await refusal(create({ did: twisted }, proven(twisted)))).toBe(
      "400 IncompatibleDidDoc",
    );
  });

  test("finds no second place", async () => {
    await create({ did: MOVER }, proven(MOVER));
    const again = { did: MOVER, handle: "bob.test", email: "b@example.com" };
    expect(await refusal(create(again, proven(MOVER)))).toBe(
      "400 AlreadyExists",
    );
  });
});

describe("the same call again, after the directory was away", () => {
  beforeEach(async () => {
    house.plc.failure = new XrpcError("UpstreamTimeout", "no answer");
    expect(await refusal(create())).toBe("503 ServiceUnavailable");
  });

  test("finishes the account", async () => {
    expect(await refusal(create())).toBe("503 ServiceUnavailable");
    house.plc.failure = null;
    const { did } = await create();
    expect([...house.plc.identities.keys()]).toEqual([did]);
    expect(house.db.accounts.count()).toBe(1);
    expect(await refusal(create())).toBe("400 HandleNotAvailable");
  });

  test("is refused to those who don't know the password or the address", async () => {
    house.plc.failure = null;
    expect(await refusal(create({ password: "another one" }))).toBe(
      "400 HandleNotAvailable",
    );
    expect(await refusal(create({ email: "eve@example.com" }))).toBe(
      "400 HandleNotAvailable",
    );
  });

  test("nobody can sign in before", async () => {
    const attempt = house.accounts.createSession({
      identifier: "alice.test",
      password: "correct horse",
    });
    expect(await refusal(attempt)).toBe("401 AuthenticationRequired");
  });
});

test("two identical calls at once make one account, and one is refused", async () => {
  const results = await Promise.allSettled([create(), create()]);
  expect(results.map((result) => result.status).sort()).toEqual([
    "fulfilled",
    "rejected",
  ]);
  const lost = results.find((result) => result.status === "rejected")!;
  expect(lost.reason.error).toBe("HandleNotAvailable");
  expect(house.db.accounts.count()).toBe(1);
});

describe("an e-mail address", () => {
  test.each([
    "a@b.co",
    "first.last+tag@sub.example.com",
    "o'neil@example.com",
    "björn@bücher.example",
  ])("is %s", (text) => {
    expect(isEmailAddress(text)).toBe(true);
  });

  test.each([
    "",
    "a",
    "@example.com",
    "a@",
    "a@localhost",
    "a@.com",
    "a@b..com",
    "a b@example.com",
    "a@b@example.com",
    "a@example.com\r\nBcc: x@y.z",
    "<a@example.com>",
    "a@-b.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"b".repeat(63)}.${"b".repeat(63)}.${"b".repeat(63)}.${"b".repeat(63)}.com`,
  ])("is not %j", (text) => {
    expect(isEmailAddress(text)).toBe(false);
  });
});
