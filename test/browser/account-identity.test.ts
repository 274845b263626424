import { afterAll, beforeAll, expect, test } from "bun:test";
import { formatDidKey, generatePrivateKey, publicKeyOf } from "#repo/keys.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

describeInBrowser("owners who see to their identity", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  async function code(): Promise<string> {
    for (;;) {
      const letter = stage.network.mailbox.list()[0];
      const found = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(letter?.text ?? "");
      if (found !== null) return found[0];
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function rotationKeys(): Promise<string[]> {
    const { network, alice } = stage;
    const response = await fetch(`${network.plcUrl}/${alice.did}/data`);
    return ((await response.json()) as { rotationKeys: string[] }).rotationKeys;
  }

  test("look at another handle before they take it", async () => {
    const { page, open, network } = stage;
    await open("/account/profile");
    expect(await listViolations(page)).toEqual([]);
    const handle = page.getByLabel("New handle");
    await handle.fill("alice.elsewhere.invalid");
    await page.getByRole("button", { name: "Look at it first" }).click();
    expect(await page.getByText("_atproto.alice.elsewhere").count()).toBe(1);
    expect(await page.getByText("leads nowhere").count()).toBe(1);
    expect(await listViolations(page)).toEqual([]);
    expect(await page.getByRole("button", { name: "Take this" }).count()).toBe(
      0,
    );

    await open("/account/profile");
    await handle.fill("alicia");
    await page.getByRole("button", { name: "Look at it first" }).click();
    await page.getByRole("button", { name: "Take this handle" }).click();
    expect(await page.getByRole("status").innerText()).toContain("new handle");
    const params = { handle: "alicia.test" };
    const answer = await network.call("com.atproto.identity.resolveHandle", {
      params,
    });
    expect(answer.body.did).toBe(stage.alice.did);
    await handle.fill("no handle!");
    await page.getByRole("button", { name: "Look at it first" }).click();
    expect(await page.getByRole("alert").innerText()).toContain("no handle");
  });

  test("write their profile and keep what else is in it", async () => {
    const { page, open, network, alice } = stage;
    const path = {
      repo: alice.did,
      collection: "app.bsky.actor.profile",
      rkey: "self",
    };
    const put = (record: object) =>
      network.call("com.atproto.repo.putRecord", {
        token: alice.accessJwt,
        input: { ...path, record },
      });
    const read = () =>
      network.call("com.atproto.repo.getRecord", { params: path });
    await put({ $type: path.collection, pronouns: "she/her" });
    await open("/account/profile");
    await page.getByLabel("Name", { exact: true }).fill("<b>Alice</b>");
    await page.getByLabel("About you").fill("Two\nlines");
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.getByRole("status").innerText()).toContain("saved");
    expect((await read()).body.value).toMatchObject({
      ...{ pronouns: "she/her", displayName: "<b>Alice</b>" },
      description: "Two\nlines",
    });
    await put({ $type: path.collection, displayName: "Elsewhere" });
    await page.getByLabel("About you").fill("Mine");
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.getByRole("alert").innerText()).toContain("elsewhere");
    expect((await read()).body.value.displayName).toBe("Elsewhere");
  });

  test("hold a key of their own, on a phone without scripts", async () => {
    const phone = await stage.signIn({
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    const [serverKey] = await rotationKeys();
    const didKey = formatDidKey(
      "p256",
      publicKeyOf("p256", generatePrivateKey("p256")),
    );
    await phone.goto(`${stage.network.url}/account/identity`);
    expect(await phone.getByText("Identity made").count()).toBe(1);
    expect(await phone.getByText("from at://alice.test to").count()).toBe(1);
    await phone.getByRole("button", { name: "Send me a code" }).click();
    const add = async (key: string) => {
      const form = phone.locator('form[action$="/add"]');
      await form.getByLabel("Public key").fill(key);
      await form.getByLabel("Code from the letter").fill(await code());
      await form.getByRole("button").click();
    };
    await add("did:key:znonsense");
    expect(await phone.getByRole("alert").innerText()).toContain("no did:key");
    await add(didKey);
    expect(await phone.getByRole("status").innerText()).toContain(
      "first of all",
    );
    expect(await rotationKeys()).toEqual([didKey, serverKey!]);
    expect(await phone.getByText(`${didKey} was added`).count()).toBe(1);

    await phone.getByRole("button", { name: "Send me a code" }).click();
    const form = phone.locator('form[action$="/remove"]');
    await form.getByLabel("Code from the letter").fill(await code());
    await form.getByRole("button").click();
    expect(await rotationKeys()).toEqual([serverKey!]);
    await phone.context().close();
    await stage.open("/account/identity");
    expect(await listViolations(stage.page)).toEqual([]);
  });
});
