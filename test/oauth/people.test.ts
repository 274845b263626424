import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { createPerson, type Person } from "./person.ts";
import { until } from "../support/until.ts";
import { createRawClient, expectRefused } from "./raw-client.ts";

const GET_SESSION = "com.atproto.server.getSession";

let network: Network;
let alice: TestAccount;
let bob: TestAccount;
beforeAll(async () => {
  network = await startNetwork();
  alice = await network.createAccount("alice");
  bob = await network.createAccount("bob");
});
afterAll(() => network.stop());

/** Opens a new request of a new application. */
async function ask(person: Person, changes: Record<string, string> = {}) {
  const client = createRawClient(network.url);
  const { body } = await client.push(changes);
  const page = await person.open(client.authorizeUrl(body.request_uri));
  return { client, page };
}

const namesOf = (account: TestAccount) => ({
  identifier: account.handle,
  password: account.password,
});
const isSignIn = (html: string) => html.includes('name="password"');

describe("a browser", () => {
  test("knows again who wants to be known, and asks which one", async () => {
    const person = createPerson(network.url);
    for (const account of [alice, bob]) {
      const { page } = await ask(person);
      const form = isSignIn(page.html)
        ? page
        : await person.open(`${page.url}&as=other`);
      await person.submit(form, { ...namesOf(account), remember: "yes" });
    }
    const { page } = await ask(person);
    expect(isSignIn(page.html)).toBe(false);
    expect(page.html).toContain("@alice.test");
    expect(page.html).toContain("@bob.test");
    const consent = await person.open(`${page.url}&account=${bob.did}`);
    expect(consent.html).toContain("@bob.test");
    const back = await person.submit(consent, { decision: "allow" });
    expect(new URL(back.url).searchParams.get("code")).toStartWith("cod-");
  });

  test("is spoken to in the language that the application names, unless one was chosen", async () => {
    const person = createPerson(network.url);
    const { page } = await ask(person, { ui_locales: "xx fr-CA en" });
    expect(page.html).toContain('<html lang="fr"');
    const failed = await person.submit(page, {
      ...{ identifier: "alice.test", password: "wrong" },
    });
    expect(failed.html).toContain('<html lang="fr"');
    const chosen = await person.open(`${page.url}&lang=de`);
    expect(chosen.html).toContain('<html lang="de"');
    const { page: signUp } = await ask(createPerson(network.url), {
      ...{ ui_locales: "de", prompt: "create" },
    });
    expect(signUp.url).toContain("/account/sign-up");
    expect(signUp.html).toContain('<html lang="de"');
  });

  test("shows its owner which application came in, and not by what it calls itself", async () => {
    const person = createPerson(network.url);
    const { client, page } = await ask(person);
    const consent = await person.submit(page, {
      ...{ ...namesOf(alice), remember: "yes" },
    });
    const back = await person.submit(consent, { decision: "allow" });
    const code = new URL(back.url).searchParams.get("code") ?? "";
    expect((await client.exchange(code)).status).toBe(200);
    for (const path of ["/account/events", "/account/apps"]) {
      const { html } = await person.open(`${network.url}${path}`);
      expect(html).toContain("an application on this computer");
      const texts = html.replaceAll(/<[^>]*>/g, " ");
      expect(texts).not.toContain("http://localhost?");
    }
  });

  test("forgets who does not", async () => {
    const person = createPerson(network.url);
    const { page } = await ask(person);
    await person.submit(page, namesOf(alice));
    const { page: next } = await ask(person);
    expect(isSignIn(next.html)).toBe(true);
    expect(next.html).not.toContain("alice");
  });
});

describe("an application that brings somebody new", () => {
  test("has them make an account first, or sign in if they have one", async () => {
    const person = createPerson(network.url);
    const { page } = await ask(person, { prompt: "create" });
    const url = new URL(page.url);
    expect(url.pathname).toBe("/account/sign-up");
    expect(url.searchParams.get("request_uri")).toStartWith("urn:");
    expect(page.html).toContain("as=other");
    url.pathname = "/oauth/authorize";
    url.searchParams.set("as", "other");
    const form = await person.open(url);
    expect(isSignIn(form.html)).toBe(true);
    const consent = await person.submit(form, namesOf(alice));
    const back = await person.submit(consent, { decision: "allow" });
    expect(new URL(back.url).searchParams.get("code")).toStartWith("cod-");
  });
});

describe("an application that asks for one account", () => {
  test("gets that one only", async () => {
    const person = createPerson(network.url);
    const { page } = await ask(person, { login_hint: "alice.test" });
    expect(page.html).toContain('value="alice.test"');
    expect(page.html).toContain("readonly");
    const other = await person.submit(page, namesOf(bob));
    expect(other.status).toBe(400);
    expect(other.html).toContain("another account");
    const consent = await person.submit(page, namesOf(alice));
    const back = await person.submit(consent, { decision: "allow" });
    expect(new URL(back.url).searchParams.has("code")).toBe(true);
  });
});

const CODE = /[A-Z2-7]{5}-[A-Z2-7]{5}/;

/** The code in the newest letter to the account that has one. */
async function codeFor(name: string): Promise<string> {
  const address = `${name}@mail.test`;
  const letter = await until(`a letter to ${address}`, 30_000, () =>
    network.mailbox
      .list()
      .find(({ to, text }) => to === address && CODE.test(text)),
  );
  network.mailbox.clear();
  return CODE.exec(letter.text)![0];
}

async function guard({ accessJwt }: TestAccount, name: string): Promise<void> {
  const email = `${name}@mail.test`;
  const call = async (nsid: string, input: object | undefined) => {
    const url = `${network.url}/xrpc/com.atproto.server.${nsid}`;
    const { status } = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${accessJwt}`,
        ...(input && { "content-type": "application/json" }),
      },
      ...(input && { body: JSON.stringify(input) }),
    });
    expect({ nsid, status }).toEqual({ nsid, status: 200 });
  };
  await call("requestEmailConfirmation", undefined);
  await call("confirmEmail", { email, token: await codeFor(name) });
  await call("updateEmail", { email, emailAuthFactor: true });
}

describe("an account that wants a code from its mail", () => {
  test("is asked for it after the password, which is not asked again", async () => {
    const erin = await network.createAccount("erin");
    await guard(erin, "erin");
    const person = createPerson(network.url);
    const { page } = await ask(person);
    const asking = await person.submit(page, namesOf(erin));
    expect(asking.html).toContain('name="code"');
    expect(isSignIn(asking.html)).toBe(false);
    const wrong = await person.submit(asking, { code: "AAAAA-AAAAA" });
    expect(wrong.html).toContain("wrong or too old");
    const code = await codeFor("erin");
    const consent = await person.submit(wrong, { code });
    const back = await person.submit(consent, { decision: "allow" });
    expect(new URL(back.url).searchParams.has("code")).toBe(true);
  });

  test("is not let in by a code without the password", async () => {
    const frank = await network.createAccount("frank");
    await guard(frank, "frank");
    const first = createPerson(network.url);
    await first.submit((await ask(first)).page, namesOf(frank));
    const code = await codeFor("frank");
    const thief = createPerson(network.url);
    const { page } = await ask(thief);
    const names = { identifier: frank.handle, password: "", code };
    const answer = await thief.submit(page, names);
    expect(answer.status).toBe(400);
    expect(isSignIn(answer.html)).toBe(true);
  });
});

describe("an account that is", () => {
  test("deactivated lets no application in", async () => {
    const carol = await network.createAccount("carol");
    await network.call("com.atproto.server.deactivateAccount", {
      token: carol.accessJwt,
      input: {},
    });
    const person = createPerson(network.url);
    const { page } = await ask(person);
    const answer = await person.submit(page, namesOf(carol));
    expect(answer.status).toBe(400);
    expect(answer.html).toContain("deactivated");
  });

  test("deactivated by an application lets none go on, and its owner come back", async () => {
    const hugo = await network.createAccount("hugo");
    const DEACTIVATE = "com.atproto.server.deactivateAccount";
    const other = createRawClient(network.url);
    const others = await other.signIn(hugo);
    const { body: app } = await network.call(
      "com.atproto.server.createAppPassword",
      { token: hugo.accessJwt, input: { name: "phone" } },
    );
    const before = await other.call(DEACTIVATE, others.access_token, {
      input: {},
    });
    expectRefused(before, 403, "ScopeMissingError");
    const client = createRawClient(
      network.url,
      "atproto account:status?action=manage",
    );
    const { code } = await client.askFor(hugo, { decision: "allow" });
    const { body } = await client.exchange(code);
    const done = await client.call(DEACTIVATE, body.access_token, {
      input: {},
    });
    expect(done.status).toBe(200);
    for (const token of [body.access_token, others.access_token]) {
      const call = await other.call(GET_SESSION, token);
      expect(call.status).toBe(401);
    }
    expectRefused(
      await other.refresh(others.refresh_token),
      400,
      "invalid_grant",
    );
    const byPassword = await network.call("com.atproto.server.createSession", {
      input: { identifier: hugo.handle, password: app.password },
    });
    expect(byPassword.status).toBe(401);
    const session = await network.call(GET_SESSION, { token: hugo.accessJwt });
    expect(session.body).toMatchObject({
      active: false,
      status: "deactivated",
    });
    const back = await network.call("com.atproto.server.activateAccount", {
      token: hugo.accessJwt,
      input: new Uint8Array(0),
    });
    expect(back.status).toBe(200);
  });

  test("taken down signs all its applications out", async () => {
    const dave = await network.createAccount("dave");
    const client = createRawClient(network.url);
    const tokens = await client.signIn(dave);
    await network.call("com.atproto.admin.updateSubjectStatus", {
      token: `Basic ${btoa("admin:admin-password-of-tests")}`,
      input: {
        subject: {
          $type: "com.atproto.admin.defs#repoRef",
          did: dave.did,
        },
        takedown: { applied: true, ref: "test" },
      },
    });
    const call = await client.call(GET_SESSION, tokens.access_token);
    expectRefused(call, 401, "invalid_token");
    const refreshed = await client.refresh(tokens.refresh_token);
    expectRefused(refreshed, 400, "invalid_grant");
    const person = createPerson(network.url);
    const { page } = await ask(person);
    const answer = await person.submit(page, namesOf(dave));
    expect(answer.html).toContain("taken down");
  });
});
