import { afterEach, beforeEach, expect, test } from "bun:test";
import { createLogger } from "#lib/log.ts";
import { silentEvents } from "#contexts/security/silent-events.ts";
import { createPasswords } from "#contexts/security/passwords.ts";
import { createPasswordResets, type PasswordResets } from "./password-reset.ts";
import type { EmailTokens } from "./email-tokens.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

const EMAIL = "alice@mail.test";

let house: TestHouse;
let deferred: (() => void)[];
let lines: string[];

beforeEach(async () => {
  house = createTestHouse();
  deferred = [];
  lines = [];
  await house.accounts.createAccount(
    { handle: "alice.test", email: EMAIL, password: "password" },
    { kind: "anonymous" },
  );
});

afterEach(() => house.remove());

function make(emailTokens: Partial<EmailTokens>): PasswordResets {
  return createPasswordResets({
    db: house.db,
    clock: house.clock,
    passwords: createPasswords({ cost: { memoryKib: 8, iterations: 1 } }),
    emailTokens: emailTokens as EmailTokens,
    events: silentEvents,
    log: createLogger({
      level: "info",
      clock: house.clock,
      write: (line) => void lines.push(line),
    }),
    defer: (fn) => deferred.push(fn),
  });
}

test("nothing is looked up before the answer is on its way", () => {
  const sent: string[] = [];
  const { requestPasswordReset } = make({
    sendSparingly: ({ email }) => void sent.push(email!),
  });
  requestPasswordReset({ email: ` ${EMAIL.toUpperCase()} ` });
  requestPasswordReset({ email: "nobody@mail.test" });
  requestPasswordReset({ email: "alice.test" });
  expect(sent).toEqual([]);
  expect(deferred).toHaveLength(3);
  for (const run of deferred) run();
  expect(sent).toEqual([EMAIL]);
});

test("what fails then is logged, without the address", () => {
  const { requestPasswordReset } = make({
    sendSparingly() {
      throw new Error("disk full");
    },
  });
  requestPasswordReset({ email: EMAIL });
  deferred[0]!();
  expect(lines.join("")).toContain("disk full");
  expect(lines.join("")).not.toContain(EMAIL);
});

test("a reset makes the other codes of the account worthless", async () => {
  const { accounts, db } = house;
  const { did } = db.accounts.findByEmail(EMAIL)!;
  const caller = {
    kind: "session" as const,
    ...{ did, scope: "access" as const, sessionId: "s" },
  };
  accounts.requestAccountDelete(caller);
  accounts.requestPasswordReset({ email: EMAIL });
  const token = house.lastCode();
  await accounts.resetPassword({ token, password: "another-password" });
  expect(db.emailTokens.find(did, "deleteAccount")).toBeNull();
  expect(db.sessions.list(did)).toEqual([]);
});

test("of two resets with one code one counts", async () => {
  const { accounts } = house;
  accounts.requestPasswordReset({ email: EMAIL });
  const token = house.lastCode();
  const answers = await Promise.allSettled(
    ["first-password", "second-password"].map((password) =>
      accounts.resetPassword({ token, password }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual(["fulfilled", "rejected"]);
});

test("an account that is being deleted gets no letter", () => {
  const { accounts, db } = house;
  const { did } = db.accounts.findByEmail(EMAIL)!;
  db.accounts.update(did, { deletingAtMs: 1 });
  accounts.requestPasswordReset({ email: EMAIL });
  expect(db.mails.list({ before: null, limit: 9 })).toEqual([]);
});
