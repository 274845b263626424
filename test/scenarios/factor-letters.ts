import { beforeAll, expect, test } from "bun:test";
import { createAuthenticator } from "#contexts/accounts/factors/authenticator-fixture.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import { createTotpApp } from "../browser/authenticator.ts";
import { createPerson, type Screen } from "../oauth/person.ts";
import type { TestAccount } from "../support/network.ts";
import { HOME, type Letter, type LetterBox, NOTHING } from "./letter-box.ts";

/** The letters about second factors, and about what takes their place. */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SECURITY = "/account/security";

/** Puts a key of the owner's into the identity, as applications do; the two letters. */
export async function publishKey(
  box: LetterBox,
  { accessJwt: token, handle }: TestAccount,
  didKey: string,
): Promise<Letter[]> {
  const nsid = "com.atproto.identity";
  const of = handle.split(".", 1)[0]!;
  const code = await box.codeOf(`${nsid}.requestPlcOperationSignature`, {
    ...{ token, input: NOTHING },
  });
  const { rotationKeys } = await box.call(
    `${nsid}.getRecommendedDidCredentials`,
    { token },
  );
  const made = { operation: {} };
  const input = { token: code, rotationKeys: [didKey, ...rotationKeys] };
  const signed = await box.lettersOf(
    "identitySigned",
    async () => {
      const body = await box.call(`${nsid}.signPlcOperation`, { token, input });
      made.operation = body.operation;
    },
    { of },
  );
  const published = await box.lettersOf(
    "identityChanged",
    () => box.call(`${nsid}.submitPlcOperation`, { token, input: made }),
    { of },
  );
  return [...signed, ...published];
}

interface Visit {
  open(path: string): Promise<Screen>;
  /** Sends one of a page's forms. @throws Error unless it is taken. */
  send(
    path: string,
    fields?: Record<string, string | string[]>,
  ): Promise<Screen>;
}

/** The owner at the pages of the account, by the password and a code if there is one. */
async function enter(
  { network }: LetterBox,
  { handle, password }: TestAccount,
  code?: string,
): Promise<Visit> {
  const { url } = network;
  const person = createPerson(url);
  const page = await person.open(`${url}/account/sign-in`);
  const names = { identifier: handle, password };
  const next = await person.submit(page, names);
  if (code !== undefined) await person.submit(next, { code });
  return {
    open: (path) => person.open(`${url}${path}`),
    async send(path, fields = {}) {
      const html = `<form method="post" action="${path}">`;
      const form = { url, html, status: 200, headers: new Headers() };
      const sent = await person.submit(form, fields);
      const isTaken = sent.status === 200 && !sent.url.includes("/sign-in");
      if (!isTaken) throw new Error(`${path}: ${sent.url} ${sent.html}`);
      return sent;
    },
  };
}

const codesOn = ({ html }: Screen) =>
  [...html.matchAll(/<code>([^<]+)<\/code>/g)].map(([, code]) => code!);

/** From the first factor to the end of them all. */
export function factorLetters(theBox: () => LetterBox): void {
  let box: LetterBox;
  let carol: TestAccount;
  let visit: Visit;
  let app: (steps?: number) => string;
  let backupCodes: string[];
  const of = "carol";
  beforeAll(async () => {
    box = theBox();
    carol = await box.createAccount(of);
    visit = await enter(box, carol);
  });

  /** A code is good once. */
  const nextCode = () => {
    box.clock.advance(MINUTE_MS);
    return app();
  };
  const signIn = (authFactorToken: string) =>
    box.network.call("com.atproto.server.createSession", {
      input: {
        identifier: carol.handle,
        password: carol.password,
        authFactorToken,
      },
    });
  const loseFactors = () =>
    box.lettersOf(
      "recoveryBegun",
      async () => {
        const { admin } = box.network.app.contexts;
        const from = { ip: "127.0.0.1", userAgent: HOME };
        admin.removeFactors({ did: carol.did }, { kind: "admin", from });
      },
      { of },
    );

  async function addApp(): Promise<void> {
    const [secret] = codesOn(await visit.open(`${SECURITY}/app`));
    app = createTotpApp(secret!, box.clock.nowMs);
    box.hide(secret!, secret!.replaceAll(" ", ""));
    const page = await visit.send(`${SECURITY}/app`, { code: app() });
    backupCodes = codesOn(page);
    expect(backupCodes).toHaveLength(10);
    box.hide(...backupCodes);
  }

  test("an authenticator app", async () => {
    const [letter] = await box.lettersOf("factorAdded", addApp, { of });
    expect(letter!.text).toContain("A second factor (authenticator app)");
  });

  test("new backup codes", async () => {
    await box.lettersOf(
      "backupCodesReplaced",
      async () => {
        backupCodes = codesOn(await visit.send(`${SECURITY}/backup-codes`));
        expect(backupCodes).toHaveLength(10);
        box.hide(...backupCodes);
      },
      { of },
    );
  });

  test("a backup code that was used", async () => {
    const use = async () => {
      expect((await signIn(backupCodes[0]!)).status).toBe(200);
    };
    await box.lettersOf("backupCodeUsed", use, { of });
  });

  test("the rules of sign-in", async () => {
    for (const [rule, on, words] of [
      ["apps", "yes", "applications can't sign in with the main password"],
      ["apps", "no", "applications may sign in with the main password"],
      ["factor", "no", "no second factor is asked for after the password"],
      ["factor", "yes", "a second factor is asked for after the password"],
    ] as const) {
      const [letter] = await box.lettersOf(
        "signInPolicyChanged",
        () => visit.send(`${SECURITY}/rules/${rule}`, { on }),
        { of },
      );
      expect(letter!.text).toContain(`it now holds: ${words}.`);
    }
  });

  test("which letters are written", async () => {
    const topic = ["signIns", "oldKeys", "handle"];
    const [letter] = await box.lettersOf(
      "lettersChanged",
      () => visit.send("/account/notifications", { topic }),
      { of },
    );
    expect(letter!.text).toContain("that tell of: new app passwords.");
  });

  test("factors that the operator was asked to remove, and that stay", async () => {
    const [letter] = await loseFactors();
    expect(letter!.text).toContain("Who: the operator of the server");
    const [link] = /http\S+keep-factors\?token=[\w-]+/.exec(letter!.text)!;
    expect(letter!.html).toContain(link);
    expect(link).toStartWith(`${box.network.url}/account/`);
    box.hide(new URL(link).searchParams.get("token")!);
    const person = createPerson(box.network.url);
    const page = await person.open(link);
    expect(page.html).toContain("@carol.test");
    await box.lettersOf(
      "recoveryCancelled",
      async () => {
        const done = await person.submit(page, {});
        expect(done.html).toContain("They stay.");
      },
      { of },
    );
    expect((await person.open(link)).status).toBe(404);
  });

  test("a key of the identity in place of a factor", async () => {
    const signer = createSigner("k256", generatePrivateKey("k256"));
    await publishKey(box, carol, signer.didKey);
    const { url } = box.network;
    const person = createPerson(url);
    const signInPage = await person.open(`${url}/account/sign-in`);
    const step = await person.submit(signInPage, {
      identifier: carol.handle,
      password: carol.password,
    });
    const asking = await person.submit(step, { use: "recovery-key" });
    const [, sentence] = /<textarea[^>]*>([^<]*)</.exec(asking.html)!;
    const signature = await signer.sign(Buffer.from(sentence!));
    const code = Buffer.from(signature).toString("base64");
    box.hide(code, sentence!);
    await box.lettersOf(
      "recoveryKeyUsed",
      async () => {
        const answer = { sentence: sentence!, code };
        const { url: at } = await person.submit(asking, answer);
        expect(at).toBe(`${url}/account`);
      },
      { of },
    );
  });

  test("somebody who guesses codes", async () => {
    const guessAll = async () => {
      // Five in five minutes and thirty a day; what was right is forgiven.
      for (let tries = 0; tries < 30; tries++) {
        if (tries % 5 === 0) box.clock.advance(6 * MINUTE_MS);
        expect((await signIn("000000")).status).toBe(400);
      }
    };
    await box.lettersOf("factorGuessed", guessAll, { of });
    expect((await signIn(nextCode())).status).toBe(429);
    box.clock.advance(DAY_MS);
    expect((await signIn(nextCode())).status).toBe(200);
  });

  test("factors that are gone after a day", async () => {
    await loseFactors();
    box.clock.advance(DAY_MS);
    const { recoveries } = box.network.app.contexts.factors;
    const finish = async () => recoveries.finishFactorRecoveries();
    await box.lettersOf("recoveryDone", finish, { of });
  });

  test("a factor that was removed", async () => {
    visit = await enter(box, carol);
    await box.lettersOf("factorAdded", addApp, { of });
    const [letter] = await box.lettersOf(
      "factorRemoved",
      () => visit.send(`${SECURITY}/app/remove`),
      { of },
    );
    expect(letter!.text).toContain("(authenticator app) no longer guards");
  });

  test("an account without a password", async () => {
    const { html } = await visit.open(`${SECURITY}/passkeys`);
    const [, json] = /data-passkey-create="([^"]*)"/.exec(html)!;
    const options = JSON.parse(json!.replaceAll("&quot;", '"'));
    const origin = box.network.url;
    const passkey = createAuthenticator().create({ options, origin });
    const fields = { name: "<b>phone</b>", passkey };
    const [added] = await box.lettersOf(
      "factorAdded",
      () => visit.send(`${SECURITY}/passkeys`, fields),
      { of },
    );
    expect(added!.html).not.toContain("<b>");
    await box.lettersOf(
      "passwordRemoved",
      () => visit.send(`${SECURITY}/password/remove`),
      { of },
    );
  });
}
