import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AtpAgent } from "@atproto/api";
import type { AccountCaller } from "#contexts/security/caller.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { createTotpApp } from "../browser/authenticator.ts";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";
import { createPerson, type Person, type Screen } from "./person.ts";
import { createRawClient } from "./raw-client.ts";

/** Second factors as they are asked for where no script runs. */

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.stop());

interface Guarded extends TestAccount {
  owner: AccountCaller;
  code: (steps?: number) => string;
  backupCodes: string[];
}

/** An account with an authenticator app, whose codes from now on are fresh. */
async function addGuarded(name: string): Promise<Guarded> {
  const account = await network.createAccount(name);
  const did = account.did as Did;
  const owner: AccountCaller = {
    ...{ kind: "session", did, scope: "access", sessionId: "test" },
  };
  const { settings } = network.app.contexts.factors;
  const code = createTotpApp(settings.beginTotp(did).secret);
  const { backupCodes } = settings.confirmTotp(owner, code(-1))!;
  return { ...account, owner, code, backupCodes: backupCodes! };
}

/** A person of a browser, at the sign-in page of an application. */
async function begin(person: Person = createPerson(network.url)) {
  const client = createRawClient(network.url);
  const { body } = await client.push();
  const page = await person.open(client.authorizeUrl(body.request_uri));
  return { person, page };
}

/** Gives the password; the page of the second step. */
async function givePassword(
  { person, page }: { person: Person; page: Screen },
  { handle, password }: TestAccount,
): Promise<Screen> {
  return person.submit(page, { identifier: handle, password });
}

const use = (person: Person, step: Screen, way: string) =>
  person.submit(step, { use: way });

describe("the second step", () => {
  test("asks for the code of an app, and lets in who has it", async () => {
    const alice = await addGuarded("alice");
    const way = await begin();
    const step = await givePassword(way, alice);
    expect(step.status).toBe(200);
    expect(step.html).toContain("authenticator app");
    expect(step.html).not.toContain('name="password"');
    const wrong = await way.person.submit(step, { code: "000000" });
    expect(wrong.status).toBe(400);
    const consent = await way.person.submit(wrong, { code: alice.code() });
    expect(consent.html).toContain('value="allow"');
  });

  test("can be taken another way, without giving the password again", async () => {
    const bob = await addGuarded("bob");
    const way = await begin();
    const step = await givePassword(way, bob);
    const other = await use(way.person, step, "backup-code");
    expect(other.html).toContain("Backup code");
    const consent = await way.person.submit(other, {
      code: bob.backupCodes[0]!,
    });
    expect(consent.html).toContain('value="allow"');
  });

  test("is nothing without the first, in another browser or another request", async () => {
    const carol = await addGuarded("carol");
    const way = await begin();
    const step = await givePassword(way, carol);
    const thief = await begin();
    const names = {
      identifier: carol.handle,
      password: "",
      factor: "totp",
      code: carol.code(),
    };
    for (const person of [thief.person, way.person]) {
      const { page } = await begin(person);
      const answer = await person.submit(page, names);
      expect(answer.status).toBe(400);
      expect(answer.html).toContain('name="password"');
    }
    const consent = await way.person.submit(step, { code: carol.code() });
    expect(consent.html).toContain('value="allow"');
  });

  test("of one account does not open another", async () => {
    const [dan, eve] = [await addGuarded("dan"), await addGuarded("eve")];
    const way = await begin();
    const step = await givePassword(way, dan);
    const answer = await way.person.submit(step, {
      identifier: eve.handle,
      code: eve.code(),
    });
    expect(answer.status).toBe(400);
    expect(answer.html).toContain('name="password"');
  });

  test("can't be guessed at", async () => {
    const frank = await addGuarded("frank");
    const way = await begin();
    let step = await givePassword(way, frank);
    for (let i = 0; i < 5; i++) {
      step = await way.person.submit(step, { code: "000000" });
      expect(step.html).toContain("wrong or too old");
    }
    const answer = await way.person.submit(step, { code: frank.code() });
    expect(answer.status).toBe(429);
    expect(answer.html).toContain("too often in a short time");
    // The same budget counts in programs.
    const call = await network.call("com.atproto.server.createSession", {
      input: {
        identifier: frank.handle,
        password: frank.password,
        authFactorToken: frank.code(),
      },
    });
    expect(call.status).toBe(429);
    expect(call.headers.get("retry-after")).not.toBeNull();
  });

  test("takes a signature of the owner's own key in the identity", async () => {
    const grace = await addGuarded("grace");
    const signer = createSigner("k256", generatePrivateKey("k256"));
    await addRotationKey(grace, signer.didKey);
    const way = await begin();
    const step = await givePassword(way, grace);
    const asking = await use(way.person, step, "recovery-key");
    const [, sentence] = /<textarea[^>]*>([^<]*)</.exec(asking.html)!;
    const signature = await signer.sign(Buffer.from(sentence!));
    const consent = await way.person.submit(asking, {
      sentence: sentence!,
      code: Buffer.from(signature).toString("base64"),
    });
    expect(consent.html).toContain('value="allow"');
  });

  test("refuses a passkey's answer that is nonsense", async () => {
    for (const passkey of ["{}", "null", "[1]", '{"id":"x","response":{}}']) {
      const { person, page } = await begin();
      const answer = await person.submit(page, { passkey });
      expect(answer.status).toBe(400);
      expect(answer.html).toContain("That passkey did not work");
    }
  });
});

const CODE = /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/;

/** Puts a key of the owner's into the identity, as applications do. */
async function addRotationKey(
  { did, handle, accessJwt: token }: TestAccount,
  didKey: string,
): Promise<void> {
  network.mailbox.clear();
  const nsid = "com.atproto.identity";
  await fetch(`${network.url}/xrpc/${nsid}.requestPlcOperationSignature`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const letter = await until("the letter", 30_000, () =>
    network.mailbox.list().find(({ text }) => CODE.test(text)),
  );
  const [code] = CODE.exec(letter.text)!;
  const { body: recommended } = await network.call(
    `${nsid}.getRecommendedDidCredentials`,
    { token },
  );
  const rotationKeys = [didKey, ...recommended.rotationKeys];
  const signed = await network.call(`${nsid}.signPlcOperation`, {
    token,
    input: { token: code, rotationKeys },
  });
  const sent = await network.call(`${nsid}.submitPlcOperation`, {
    token,
    input: { operation: signed.body.operation },
  });
  expect({ did, handle, status: sent.status }).toMatchObject({ status: 200 });
}

describe("the official client", () => {
  const agent = () => new AtpAgent({ service: network.url });

  test("signs in with the code of an app, which it is told to ask for", async () => {
    const heidi = await addGuarded("heidi");
    const names = { identifier: heidi.handle, password: heidi.password };
    await expect(agent().login(names)).rejects.toMatchObject({
      status: 401,
      error: "AuthFactorTokenRequired",
    });
    const authFactorToken = heidi.code();
    const { data } = await agent().login({ ...names, authFactorToken });
    expect(data.did).toBe(heidi.did);
    await expect(
      agent().login({ ...names, authFactorToken }),
    ).rejects.toMatchObject({ status: 400, error: "InvalidToken" });
    const [backupCode] = heidi.backupCodes;
    await agent().login({ ...names, authFactorToken: backupCode! });
  });

  test("is told why an owner's rule keeps it out", async () => {
    const ivan = await addGuarded("ivan");
    network.app.contexts.factors.settings.setAppsRefused(ivan.owner, true);
    const names = { identifier: ivan.handle, password: ivan.password };
    const code = ivan.code();
    await expect(
      agent().login({ ...names, authFactorToken: code }),
    ).rejects.toMatchObject({ status: 403, error: "Forbidden" });
    const { body } = await network.call(
      "com.atproto.server.createAppPassword",
      { token: ivan.accessJwt, input: { name: "app" } },
    );
    await agent().login({ ...names, password: body.password });
  });
});

describe("the link of the letter about lost factors", () => {
  test("changes nothing by being opened, and keeps them when it is said so", async () => {
    const judy = await addGuarded("judy");
    network.mailbox.clear();
    const admin = { kind: "admin" } as const;
    network.app.contexts.admin.removeFactors({ did: judy.did }, admin);
    const { factors } = network.app.contexts;
    const due = () =>
      factors.settings.getSignInSettings(judy.did as Did).recoveryDueAtMs;
    const letter = await until("the letter", 30_000, () =>
      network.mailbox.list().find(({ text }) => text.includes("keep-factors")),
    );
    const [link] = /http\S+keep-factors\?token=[\w-]+/.exec(letter.text)!;
    const person = createPerson(network.url);
    const page = await person.open(link);
    expect(page.html).toContain("@judy.test");
    expect(due()).not.toBeNull();
    const done = await person.submit(page, {});
    expect(done.html).toContain("They stay.");
    expect(due()).toBeNull();
    expect((await person.open(link)).status).toBe(404);
  });
});
