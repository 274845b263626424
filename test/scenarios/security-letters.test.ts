import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import { EVENT_KINDS, ruleOf } from "#contexts/security/event-kinds.ts";
import type { EventKind } from "#contexts/security/event-kinds.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { createRawClient } from "../oauth/raw-client.ts";
import { ADMIN_PASSWORD, type TestAccount } from "../support/network.ts";
import { factorLetters, publishKey } from "./factor-letters.ts";
import { HOME, type LetterBox, NOTHING, openLetterBox } from "./letter-box.ts";

/** The letters that tell owners of what happened, as they come out of a mail server. */

const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;
const clock = createFakeClock(Date.now());
const OWN_KEY = createSigner("k256", generatePrivateKey("k256"));
const server = (name: string) => `com.atproto.server.${name}`;

let box: LetterBox;
let alice: TestAccount;
beforeAll(async () => {
  box = await openLetterBox(clock);
  alice = await box.createAccount("alice");
  await box.createAccount("bob");
});
afterAll(() => box.stop());

const signIn = (headers: Record<string, string> = {}) =>
  box.call(server("createSession"), {
    input: { identifier: alice.did, password: alice.password },
    headers,
  });

test("a sign-in from a new device", async () => {
  await box.lettersOf("newDevice", () => signIn());
  await signIn();
  const [letter] = await box.lettersOf("newDevice", () =>
    signIn({ "user-agent": "strange-app/2.0 <a href='https://evil.example'>" }),
  );
  expect(letter!.to).toEqual(["alice@mail.test"]);
  expect(letter!.text).toContain("From the address: 127.0.0.1");
  expect(letter!.text).toContain("With: strange-app");
  expect(letter!.text).toContain(`${box.network.url}/account`);
  expect(letter!.html).not.toContain("evil.example");
});

test("an app password", async () => {
  const [letter] = await box.lettersOf("appPasswordCreated", async () => {
    const input = { name: "<b>phone</b>" };
    const token = alice.accessJwt;
    const body = await box.call(server("createAppPassword"), { token, input });
    box.hide(body.password);
  });
  expect(letter!.text).toContain('named "<b>phone</b>"');
  expect(letter!.html).not.toContain("<b>");
  expect(letter!.text).toContain("With: Firefox on Linux");
});

test("a new e-mail address, to the one before as well, and factors by e-mail", async () => {
  const token = alice.accessJwt;
  const confirmation = await box.codeOf(server("requestEmailConfirmation"), {
    ...{ token, input: NOTHING },
  });
  await box.call(server("confirmEmail"), {
    token,
    input: { email: "alice@mail.test", token: confirmation },
  });
  await box.lettersOf("factorAdded", () =>
    box.call(server("updateEmail"), {
      token,
      input: { email: "alice@mail.test", emailAuthFactor: true },
    }),
  );
  const code = await box.codeOf(server("requestEmailUpdate"), {
    ...{ token, input: NOTHING },
  });
  const letters = await box.lettersOf(
    "emailChanged",
    () =>
      box.call(server("updateEmail"), {
        token,
        input: {
          ...{ email: "alice@new.test", token: code },
          emailAuthFactor: false,
        },
      }),
    { count: 2 },
  );
  expect(letters.flatMap(({ to }) => to).sort()).toEqual([
    "alice@mail.test",
    "alice@new.test",
  ]);
});

test("a new handle", async () => {
  const [letter] = await box.lettersOf("handleChanged", () =>
    box.call("com.atproto.identity.updateHandle", {
      token: alice.accessJwt,
      input: { handle: "alice-two.test" },
    }),
  );
  expect(letter!.text).toContain("called alice-two.test");
  expect(letter!.text).toContain("before, it was alice.test");
});

test("a change of the identity", async () => {
  const [, published] = await publishKey(box, alice, OWN_KEY.didKey);
  expect(published!.text).toContain("was published through");
});

test("somebody who may act for the account", async () => {
  const owner: SessionCaller = {
    ...{ kind: "session", scope: "access", sessionId: "page" },
    did: alice.did as Did,
    from: { ip: "127.0.0.1", userAgent: HOME },
  };
  const [letter] = await box.lettersOf("delegationGranted", () =>
    box.network.app.contexts.delegations.grant(
      { delegate: "bob.test", level: "editor", expiresAtMs: null },
      owner,
    ),
  );
  expect(letter!.text).toContain("bob.test may now act for");
  expect(letter!.text).toContain("as editor");
});

test("an application whose old key came back", async () => {
  const client = createRawClient(box.network.url);
  const first = await client.signIn({ ...alice, handle: alice.did });
  const second = await client.refresh(first.refresh_token);
  await client.refresh(second.body.refresh_token);
  await box.lettersOf("tokenReused", () => client.refresh(first.refresh_token));
});

test("a session whose old key came back", async () => {
  const { refreshJwt } = await signIn();
  const refresh = () =>
    box.network.call(server("refreshSession"), {
      token: refreshJwt,
      input: "",
    });
  await refresh();
  clock.advance(3 * 3_600_000);
  await box.lettersOf("sessionReused", refresh);
});

test("a new password, by the operator and by a code", async () => {
  const kind = "passwordChanged";
  box.hide("by-the-operator", "by-a-code-of-mail");
  const [byOperator] = await box.lettersOf(kind, () =>
    box.call("com.atproto.admin.updateAccountPassword", {
      token: ADMIN,
      input: { did: alice.did, password: "by-the-operator" },
    }),
  );
  expect(byOperator!.text).toContain("Who: the operator of the server");
  const code = await box.codeOf(server("requestPasswordReset"), {
    input: { email: "alice@new.test" },
  });
  await box.lettersOf(kind, () =>
    box.call(server("resetPassword"), {
      input: { token: code, password: "by-a-code-of-mail" },
    }),
  );
});

test("in the language that the owner chose", async () => {
  const { letters } = box.network.app.contexts.owner;
  const { did } = alice;
  expect(letters.language(did as Did)).toBeNull();
  letters.suggestLanguage(did as Did, "fr");
  expect(letters.chooseLanguage(did as Did, "de")).toBe(true);
  letters.suggestLanguage(did as Did, "fr");
  expect(letters.language(did as Did)).toBe("de");
  const letter = await box.letterCalled(
    "Eine neue Anmeldung bei Ihrem Konto",
    () =>
      box.call(server("createSession"), {
        input: { identifier: did, password: "by-a-code-of-mail" },
        headers: { "user-agent": "another-app/1.0" },
      }),
  );
  for (const part of [letter.text, letter.html]) {
    expect(part).toContain("für");
    expect(part).toContain("Von der Adresse: 127.0.0.1");
  }
  expect(letter.html).toContain('lang="de"');
  letters.chooseLanguage(did as Did, "en");
});

describe("of second factors", () => factorLetters(() => box));

test("every letter that there is was read", () => {
  const kinds = Object.keys(EVENT_KINDS) as EventKind[];
  const told = kinds.flatMap((kind) => ruleOf(kind).letter ?? []);
  const all = new Set<string>(["newDevice", ...told]);
  expect(new Set<string>(box.read)).toEqual(all);
});
