import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import { createMail } from "#contexts/mail/mail.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { silentLogger } from "#lib/log.ts";
import { createEmailTokens, type EmailTokens } from "./email-tokens.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

const MINUTE_MS = 60_000;
const purpose = "confirmEmail";

let house: TestHouse;
let tokens: EmailTokens;
let alice: AccountRow;
let bob: AccountRow;

beforeEach(async () => {
  house = createTestHouse();
  const { db, clock } = house;
  const mail = createMail({
    outbox: db.mails,
    transport: null,
    from: "pds@example.com",
    serviceName: "Test",
    clock,
    log: silentLogger,
  });
  tokens = createEmailTokens({ db, mail, clock, random: systemRandom });
  alice = await make("alice");
  bob = await make("bob");
});

afterEach(() => house.remove());

async function make(name: string): Promise<AccountRow> {
  const { did } = await house.accounts.createAccount(
    {
      handle: `${name}.test`,
      email: `${name}@mail.test`,
      password: "password",
    },
    { kind: "anonymous" },
  );
  return house.db.accounts.find(did)!;
}

/** The code of the newest letter. */
function lastCode(): string {
  const [letter] = house.db.mails.list({ before: null, limit: 1 });
  return /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/.exec(letter!.textBody)![0];
}

function send(account = alice): string {
  tokens.send(account, purpose);
  return lastCode();
}

const use = (token: string, did: Did = alice.did) =>
  tokens.useEmailToken({ did, purpose, token });
const invalid = { error: "InvalidToken", status: 400 };

test("the letter goes to the account's address and holds the code", () => {
  const token = send();
  const [letter] = house.db.mails.list({ before: null, limit: 1 });
  expect(letter).toMatchObject({ toAddress: "alice@mail.test", kind: purpose });
  expect(letter!.htmlBody).toContain(token);
});

test("the code itself is not stored beside its letter", () => {
  const token = send();
  const { tokenHash } = house.db.emailTokens.find(alice.did, purpose)!;
  expect(tokenHash).toHaveLength(32);
  expect(Buffer.from(tokenHash).includes(token.replace("-", ""))).toBe(false);
});

test.each([
  ["as it came", (token: string) => token],
  ["in lower case", (token: string) => token.toLowerCase()],
  ["without its dash", (token: string) => token.replace("-", "")],
  ["with spaces", (token: string) => ` ${token.replace("-", " ")}\n`],
])("a code counts %s, once", (_how, type) => {
  const token = type(send());
  tokens.verifyEmailToken({ did: alice.did, purpose, token });
  use(token);
  expect(() => use(token)).toThrow(expect.objectContaining(invalid));
});

test("a code is good for 15 minutes and then says so", () => {
  const token = send();
  house.clock.advance(15 * MINUTE_MS - 1);
  tokens.verifyEmailToken({ did: alice.did, purpose, token });
  house.clock.advance(1);
  const expired = expect.objectContaining({
    error: "ExpiredToken",
    status: 400,
  });
  expect(() => use(token)).toThrow(expired);
  expect(() => tokens.findOwner({ purpose, token })).toThrow(expired);
});

test("a code of another account or purpose is worth nothing", () => {
  const token = send();
  send(bob);
  expect(() => use(token, bob.did)).toThrow(expect.objectContaining(invalid));
  const other = { did: alice.did, purpose: "deleteAccount" as const, token };
  expect(() => tokens.useEmailToken(other)).toThrow(
    expect.objectContaining(invalid),
  );
  use(token);
});

test("a new code takes the place of the old one, for its purpose alone", () => {
  const old = send();
  tokens.send(alice, "deleteAccount");
  const deletion = lastCode();
  const token = send();
  expect(() => use(old)).toThrow(expect.objectContaining(invalid));
  use(token);
  tokens.useEmailToken({
    did: alice.did,
    purpose: "deleteAccount",
    token: deletion,
  });
});

test.each(["", "-", "ABCDE", "ABCDE-FGHIJK", "AB1DE-FGHIJ", "é".repeat(9999)])(
  "text that is no code is refused (%#)",
  (token) => {
    send();
    expect(() => use(token)).toThrow(expect.objectContaining(invalid));
    expect(() => tokens.findOwner({ purpose, token })).toThrow(
      expect.objectContaining(invalid),
    );
  },
);

describe("guessing", () => {
  function guess(times: number) {
    for (let i = 0; i < times; i++) {
      expect(() => use("AAAAA-AAAAA")).toThrow(
        expect.objectContaining(invalid),
      );
    }
  }

  test("nine wrong codes do no harm", () => {
    const token = send();
    guess(9);
    use(token);
  });

  test("after ten the right one counts no more, until another is sent", () => {
    const token = send();
    guess(10);
    expect(() => use(token)).toThrow(expect.objectContaining(invalid));
    expect(() => tokens.findOwner({ purpose, token })).toThrow(
      expect.objectContaining(invalid),
    );
    use(send());
  });

  test("wrong codes count inside transactions that they end", () => {
    const token = send();
    for (let i = 0; i < 10; i++) {
      expect(() => house.db.transaction(() => use("AAAAA-AAAAA"))).toThrow();
    }
    expect(() => use(token)).toThrow(expect.objectContaining(invalid));
  });
});

test("a code comes back when its transaction fails", () => {
  const token = send();
  const fail = () =>
    house.db.transaction(() => {
      use(token);
      throw new Error("changed my mind");
    });
  expect(fail).toThrow("changed my mind");
  use(token);
});

test("the owner of a code is found without being named", () => {
  const token = send();
  send(bob);
  expect(tokens.findOwner({ purpose, token })).toBe(alice.did);
});

test("letters that strangers may ask for come once a minute", () => {
  const count = () => house.db.mails.list({ before: null, limit: 99 }).length;
  tokens.sendSparingly(alice, "resetPassword");
  const token = lastCode();
  house.clock.advance(MINUTE_MS - 1);
  tokens.sendSparingly(alice, "resetPassword");
  expect(count()).toBe(1);
  tokens.verifyEmailToken({ did: alice.did, purpose: "resetPassword", token });
  house.clock.advance(1);
  tokens.sendSparingly(alice, "resetPassword");
  expect(count()).toBe(2);
});

test("strangers who go on asking neither flood the mailbox nor spoil the code in it", () => {
  const count = () => house.db.mails.list({ before: null, limit: 99 }).length;
  const ask = () => tokens.sendSparingly(alice, "resetPassword");
  for (let i = 0; i < 5; i++) {
    ask();
    house.clock.advance(MINUTE_MS);
  }
  expect(count()).toBe(5);
  const token = lastCode();
  for (let i = 1; i < 10; i++) {
    ask();
    tokens.verifyEmailToken({
      ...{ did: alice.did, purpose: "resetPassword", token },
    });
    house.clock.advance(MINUTE_MS);
  }
  expect(count()).toBe(5);
  ask();
  expect(count()).toBe(6);
  house.clock.advance(24 * 60 * MINUTE_MS);
  ask();
  house.clock.advance(MINUTE_MS);
  ask();
  expect(count()).toBe(8);
});

test("an account without an address gets no code", () => {
  expect(() => tokens.send({ ...alice, email: null }, purpose)).toThrow(
    expect.objectContaining({ error: "InvalidRequest" }),
  );
  expect(house.db.emailTokens.find(alice.did, purpose)).toBeNull();
});
