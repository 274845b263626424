import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { base58btc } from "multiformats/bases/base58";
import { formatDidKey, generatePrivateKey, publicKeyOf } from "#repo/keys.ts";
import { listViolations, listViolationsWithoutScripts } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

describeInBrowser("owners who see to their identity", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

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
    expect(
      await page.getByRole("button", { name: "Take this handle" }).count(),
    ).toBe(0);

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

  test("show a picture, and take it away again", async () => {
    const { page, open, network, alice } = stage;
    const read = async () => {
      const params = {
        ...{ repo: alice.did, collection: "app.bsky.actor.profile" },
        rkey: "self",
      };
      const answer = await network.call("com.atproto.repo.getRecord", {
        params,
      });
      return answer.body.value;
    };
    const before = await read();
    await open("/account/profile");
    const choose = (file: { name: string; mimeType: string; buffer: Buffer }) =>
      page.getByLabel("Another picture").setInputFiles(file);
    const send = () =>
      page.getByRole("button", { name: "Take this picture" }).click();

    await choose({
      ...{ name: "me.png", mimeType: "image/png" },
      buffer: Buffer.from("<svg onload=alert(1)>"),
    });
    await send();
    expect(await page.getByRole("alert").innerText()).toContain(
      "neither a PNG",
    );
    await open("/account/profile");
    await choose({ name: "me.png", mimeType: "image/png", buffer: PNG });
    await send();
    expect(await page.getByRole("status").innerText()).toContain("saved");
    const drawn = page.getByAltText("Your picture as others see it");
    await drawn.evaluate((image) => (image as HTMLImageElement).decode());
    const { avatar, ...rest } = await read();
    expect(avatar).toMatchObject({ mimeType: "image/png", size: PNG.length });
    expect(rest).toEqual(before);
    expect(await listViolations(page)).toEqual([]);

    // As a camera makes them: it is made smaller on the way.
    const large = await page.evaluate(async () => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 700;
      const draw = canvas.getContext("2d")!;
      const noise = draw.createImageData(700, 700);
      for (let at = 0; at < noise.data.length; at += 65_536) {
        crypto.getRandomValues(noise.data.subarray(at, at + 65_536));
      }
      draw.putImageData(noise, 0, 0);
      return canvas.toDataURL("image/png").split(",")[1]!;
    });
    await page.getByLabel("Another banner").setInputFiles({
      ...{ name: "large.png", mimeType: "image/png" },
      buffer: Buffer.from(large, "base64"),
    });
    const take = page.locator('form[action*="/banner"] button:enabled');
    await page.waitForFunction(() => {
      const input = document.querySelector<HTMLInputElement>("#banner-file")!;
      return input.files![0]!.size <= 1_000_000;
    });
    await take.click();
    expect(await page.getByRole("status").innerText()).toContain("saved");
    const { banner } = await read();
    expect(banner.mimeType).toBe("image/jpeg");
    expect(banner.size).toBeLessThanOrEqual(1_000_000);
    await page.getByRole("button", { name: "Remove my picture" }).click();
    expect(await read()).toEqual({ ...before, banner });
    await page.getByRole("button", { name: "Remove my banner" }).click();
    expect(await read()).toEqual(before);
    expect(await drawn.count()).toBe(0);
  });

  test("are told that a picture is too large, and overwrite nothing unseen, without scripts", async () => {
    const phone = await stage.signIn({
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    const { network, alice } = stage;
    await phone.goto(`${network.url}/account/profile`);
    const send = async (buffer: Buffer) => {
      await phone
        .getByLabel("Another banner")
        .setInputFiles({ name: "b.png", mimeType: "image/png", buffer });
      await phone.getByRole("button", { name: "Take this banner" }).click();
      return phone.getByRole("alert").innerText();
    };
    expect(await send(Buffer.concat([PNG, Buffer.alloc(1_000_000)]))).toContain(
      "larger than 1 MB",
    );
    await network.call("com.atproto.repo.putRecord", {
      token: alice.accessJwt,
      input: {
        ...{ repo: alice.did, collection: "app.bsky.actor.profile" },
        rkey: "self",
        record: { $type: "app.bsky.actor.profile", displayName: "Other" },
      },
    });
    expect(await send(PNG)).toContain("changed elsewhere");
    await phone.context().close();
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
    await phone.getByRole("link", { name: "Add a key of my own" }).click();
    expect(await listViolationsWithoutScripts(stage.browser, phone)).toEqual(
      [],
    );
    expect(await phone.getByText("in this browser").isVisible()).toBe(false);
    const code = await stage.codeBy("Send me a code", phone);
    const add = async (key: string) => {
      const form = phone.locator("#add-key");
      await form.getByLabel("Public key").fill(key);
      await form.getByLabel("Code from the letter").fill(code);
      await form.getByRole("button").click();
    };
    await add("did:key:znonsense");
    expect(await phone.getByRole("alert").innerText()).toContain(
      "no public key",
    );
    await add(didKey);
    expect(await phone.getByRole("status").innerText()).toContain(
      "first of all",
    );
    expect(await rotationKeys()).toEqual([didKey, serverKey!]);
    expect(await phone.getByText(`${didKey} was added`).count()).toBe(1);

    const other = await stage.codeBy("Send me a code", phone);
    const form = phone.locator('form[action$="/remove"]');
    await form.getByLabel("Code from the letter").fill(other);
    await form.getByRole("button").click();
    expect(await rotationKeys()).toEqual([serverKey!]);
    await phone.context().close();
    await stage.open("/account/identity");
    expect(await listViolations(stage.page)).toEqual([]);
  });

  test("make one in the browser, whose private half never leaves it", async () => {
    const { page, open } = stage;
    const bodies: string[] = [];
    page.on("request", (request) => bodies.push(request.postData() ?? ""));
    await open("/account/identity/key");
    expect(await listViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByText("shown this once").waitFor();
    expect(await listViolations(page)).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download it" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/-recovery-key\.txt$/);
    const kit = readFileSync(await download.path(), "utf8");
    const hex = /: ([0-9a-f]{64})\r\n/.exec(kit)![1]!;
    const secret = Buffer.from(hex, "hex");
    const didKey = formatDidKey("p256", publicKeyOf("p256", secret));
    expect(kit).toContain(`did:key): ${didKey}\r\n`);
    const multibase = base58btc.encode(Buffer.from([0x86, 0x26, ...secret]));
    expect(kit).toContain(`: ${multibase}\r\n`);
    expect(await page.locator("#made-key").innerText()).toContain(multibase);

    // The letter is asked for, and the key is still there.
    const code = await stage.codeBy("Send me a code");
    await page.getByText("sent you a letter").waitFor();
    await page.getByLabel("Code from the letter").fill(code);
    const add = page.getByRole("button", { name: "Put it above" });
    await add.click();
    expect(new URL(page.url()).pathname).toBe("/account/identity/key");
    await page.getByLabel("I have kept").check();
    await add.click();
    expect(await page.getByRole("status").innerText()).toContain(
      "first of all",
    );
    expect((await rotationKeys())[0]).toBe(didKey);
    expect(bodies.join("\n")).toContain(encodeURIComponent(didKey));
    for (const half of [hex, multibase, secret.toString("base64url")]) {
      expect(bodies.join("\n")).not.toContain(half);
    }
  });
});
