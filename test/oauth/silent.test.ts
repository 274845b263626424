import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { hashOfVisit, type Visitor } from "#contexts/oauth/devices.ts";
import {
  ALICE,
  assertion,
  CLIENT_ID,
  createKeyPair,
  createStage,
  type KeyPair,
  metadata,
  requestFields,
  type Stage,
} from "./confidential-fixture.ts";

/** Sign-in that shows no page (`prompt=none`), and the ways back to an application. */

let clientKey: KeyPair;
let proofKey: KeyPair;
let stage: Stage;
beforeEach(async () => {
  clientKey = createKeyPair();
  proofKey = createKeyPair();
  stage = await createStage({ [CLIENT_ID]: { body: metadata([clientKey]) } });
});
afterEach(() => stage.close());

async function ask(more: Record<string, string> = {}): Promise<string> {
  const verifier = randomBytes(32).toString("base64url");
  const fields = {
    ...{ ...requestFields(verifier), ...more },
    ...assertion(clientKey),
  };
  const pushed = await stage.post("pushRequest", { fields, key: proofKey });
  expect(pushed).toMatchObject({ status: 201 });
  return pushed.body.request_uri;
}

/** Somebody signs in, stays so, and lets the application in. */
async function comeBefore(): Promise<Visitor> {
  const requestUri = await ask();
  const { name, browser } = await stage.signIn(requestUri, true);
  await stage.engine.decide(name, browser, {
    ...{ account: ALICE, isAllowed: true, scopes: ["transition:generic"] },
  });
  return browser;
}

const openSilently = (browser: Visitor, more: Record<string, string> = {}) =>
  openIn(browser, { prompt: "none", login_hint: ALICE, ...more });

/** What the way back says, or which page comes. */
async function openIn(browser: Visitor, asked: Record<string, string>) {
  const requestUri = await ask(asked);
  const name = { clientId: CLIENT_ID, requestUri };
  const choice = { account: null, asSomeoneElse: false };
  const { next } = await stage.engine.openRequest(name, browser, choice);
  if (next.step !== "redirect") return next.step;
  return Object.fromEntries(next.redirect.params);
}

const stranger: Visitor = {
  ...{ cookie: null, visit: null, ipAddress: "192.0.2.9", userAgent: null },
};

describe("an application that proves who it is and asks silently", () => {
  test("gets a code where it was let in before", async () => {
    const browser = await comeBefore();
    const answer = await openSilently(browser);
    expect(answer).toMatchObject({ code: expect.stringContaining("cod-") });
  });

  test("gets nothing in a browser that is signed in until it is closed", async () => {
    const browser = await comeBefore();
    const [row] = stage.db.oauth.devices.listDevices(ALICE);
    stage.db.oauth.devices.addAccount({
      ...row!,
      visitHash: new Uint8Array(32),
    });
    expect(await openSilently(browser)).toMatchObject({
      error: "login_required",
    });
  });

  test("is told that nobody is signed in", async () => {
    expect(await openSilently(stranger)).toMatchObject({
      error: "login_required",
    });
  });

  test("is told that somebody has to decide, where it asks for more", async () => {
    const browser = await comeBefore();
    stage.db.oauth.grants.put({
      ...{ did: ALICE, clientId: CLIENT_ID, scopes: "atproto" },
      updatedAtMs: 0,
    });
    expect(await openSilently(browser)).toMatchObject({
      error: "consent_required",
    });
  });

  test("gets nothing for an account that rests", async () => {
    const browser = await comeBefore();
    stage.db.accounts.update(ALICE, { deactivatedAtMs: 1 });
    expect(await openSilently(browser)).toMatchObject({
      error: "login_required",
    });
  });

  test("gets nothing for another account than the one it names", async () => {
    const browser = await comeBefore();
    const answer = await openSilently(browser, { login_hint: "bob.example" });
    expect(answer).toMatchObject({ error: "login_required" });
  });
});

describe("an application that wants an account chosen", () => {
  const prompt = "select_account";

  test("shows all that there are, however often it was let in", async () => {
    const browser = await comeBefore();
    expect(await openIn(browser, { prompt })).toBe("choose");
    expect(await openIn(browser, { prompt, login_hint: ALICE })).toBe(
      "consent",
    );
  });

  test("lets somebody sign in where nobody is", async () => {
    expect(await openIn(stranger, { prompt })).toBe("sign-in");
  });

  test("knows who is signed in until the browser is closed", async () => {
    const browser = { ...(await comeBefore()), visit: "until it is closed" };
    const [row] = stage.db.oauth.devices.listDevices(ALICE);
    stage.db.oauth.devices.addAccount({
      ...row!,
      visitHash: hashOfVisit(browser),
    });
    expect(await openIn(browser, { prompt })).toBe("choose");
  });
});

describe("the way back", () => {
  test.each(["query", "fragment", "form_post"] as const)(
    "is %s, when that is asked for",
    async (mode) => {
      const requestUri = await ask({ response_mode: mode });
      const { name, browser } = await stage.signIn(requestUri);
      const redirect = await stage.engine.decide(name, browser, {
        ...{ account: ALICE, isAllowed: true, scopes: [] },
      });
      expect(redirect.mode).toBe(mode);
      const { iss, state, code } = Object.fromEntries(redirect.params);
      expect([iss, state]).toEqual(["https://pds.example", "state"]);
      expect(code).toStartWith("cod-");
    },
  );
});
