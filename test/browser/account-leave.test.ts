import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADMIN_PASSWORD } from "../support/network.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

describeInBrowser(
  "owners who see to their address, their data and the end",
  () => {
    let stage: OwnerStage;
    beforeAll(async () => {
      stage = await startOwner();
    });
    afterAll(async () => {
      await stage?.[Symbol.asyncDispose]();
    });

    /** The list of the page that is open, as the file that its link leads to. */
    async function table(): Promise<string> {
      const { page } = stage;
      const link = page.getByRole("link", { name: "as a table (CSV)" });
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        link.click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^alice\.test-[a-z]+\.csv$/);
      return readFileSync(await download.path(), "utf8");
    }

    /** Two codes for the owner, from the operator. */
    async function invite(): Promise<{ codes: string[] }> {
      const { network, alice } = stage;
      const answer = await network.call(
        "com.atproto.server.createInviteCodes",
        {
          token: `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`,
          input: { codeCount: 2, useCount: 1, forAccounts: [alice.did] },
        },
      );
      return answer.body.codes[0];
    }

    test("confirm the address from the first page", async () => {
      const { page, open } = stage;
      await open("/account");
      const code = await stage.codeBy("Send me a code");
      expect(await listViolations(page)).toEqual([]);
      const field = page.getByLabel("Code from the letter");
      await field.fill("AAAAA-AAAAA");
      await page.getByRole("button", { name: "Confirm the address" }).click();
      expect(await page.getByRole("alert").innerText()).toContain("wrong");
      await field.fill(code);
      await page.getByRole("button", { name: "Confirm the address" }).click();
      expect(await page.getByRole("status").innerText()).toContain(
        "is confirmed",
      );
      await open("/account");
      expect(await page.getByText("All is well").count()).toBe(1);
    });

    test("take the repository out, and put it back", async () => {
      const { page, open, network, alice } = stage;
      const write = (rkey: string) =>
        network.call("com.atproto.repo.createRecord", {
          token: alice.accessJwt,
          input: {
            ...{ repo: alice.did, collection: "com.example.note", rkey },
            record: { $type: "com.example.note" },
          },
        });
      await write("kept");
      // As other servers let them through: 60, which is more than a page.
      for (let n = 10; n < 70; n++) {
        await network.call("com.atproto.repo.createRecord", {
          token: alice.accessJwt,
          input: {
            ...{ repo: alice.did, rkey: `misfit-${n}`, validate: false },
            collection: "app.bsky.feed.post",
            record: { $type: "app.bsky.feed.post", text: "no date" },
          },
        });
      }
      await open("/account/data");
      expect(await listViolations(page)).toEqual([]);
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "repository (CAR)" }).click();
      const car = readFileSync(await (await download).path());
      await write("later");

      const path = join(tmpdir(), `tempest-${process.pid}.car`);
      writeFileSync(path, "no archive");
      await page.getByLabel("CAR file").setInputFiles(path);
      await page.getByRole("button", { name: "Replace my records" }).click();
      expect(await page.getByRole("alert").count()).toBe(1);
      writeFileSync(path, car);
      await page.getByLabel("CAR file").setInputFiles(path);
      await page.getByRole("button", { name: "Replace my records" }).click();
      expect(await page.getByRole("status").innerText()).toContain("here now");
      expect(await listViolations(page)).toEqual([]);
      expect(await page.locator("tbody tr").count()).toBe(50);
      const first = page.locator("tbody tr").first();
      expect(await first.innerText()).toContain("createdAt");
      const german = await page
        .context()
        .request.get(page.url(), { headers: { "accept-language": "de" } });
      expect(await german.text()).toContain("Das Feld „createdAt“ fehlt");
      await page.locator("a[rel=next]").click();
      await page.getByRole("link", { name: "misfit-69" }).click();
      expect(await page.locator("pre").innerText()).toContain("no date");
      await open("/account/data");
      expect(await page.getByText("Report of the last import").count()).toBe(1);
      await open("/account/repo/collection?c=com.example.note");
      expect(await page.locator("tbody th a").allInnerTexts()).toEqual([
        "kept",
      ]);
    });

    test("see what happened, and whom they may invite", async () => {
      const { page, open } = stage;
      await open("/account/events");
      expect(await listViolations(page)).toEqual([]);
      expect(await page.getByText("E-mail address confirmed").count()).toBe(1);
      expect(await table()).toContain(',"emailConfirmed",1,');

      const { codes } = await invite();
      await open("/account/invites");
      expect(await listViolations(page)).toEqual([]);
      expect(await table()).toContain(`"${codes[0]}",`);
      await page
        .getByRole("button", { name: `Switch off the invitation ${codes[0]}` })
        .click();
      expect(await page.getByRole("status").innerText()).toContain(
        "switched off",
      );
      expect(await listViolations(page)).toEqual([]);
      expect(
        await page.getByText("Switched off", { exact: true }).count(),
      ).toBe(1);
      expect(await page.getByRole("button", { name: "Switch" }).count()).toBe(
        codes.length - 1,
      );
      await page.getByRole("button", { name: "Make the ones" }).click();
      expect(await page.getByRole("status").count()).toBe(1);
    });

    test("rest and come back, then end it, on a phone without scripts", async () => {
      const phone = await stage.signIn({
        viewport: PHONE,
        javaScriptEnabled: false,
      });
      const { network, alice } = stage;
      const status = async () => {
        const params = { did: alice.did };
        const answer = await network.call("com.atproto.sync.getRepoStatus", {
          params,
        });
        return answer.status === 200
          ? (answer.body.status ?? "active")
          : "gone";
      };
      await phone.goto(`${network.url}/account/close`);
      await phone.getByLabel("Delete it after").fill("2020-01-01");
      await phone.getByRole("button", { name: "Deactivate" }).click();
      expect(await phone.getByRole("alert").innerText()).toContain(
        "has passed",
      );
      await phone.getByLabel("Delete it after").fill("2099-01-01");
      await phone.getByRole("button", { name: "Deactivate" }).click();
      expect(await status()).toBe("deactivated");
      expect(await phone.getByText("1 Jan 2099").count()).toBe(1);
      await phone.getByRole("button", { name: "Activate my account" }).click();
      expect(await status()).toBe("active");

      await phone.goto(`${network.url}/account/close`);
      const code = await stage.codeBy("Send me the code", phone);
      const attempt = async (typed: string) => {
        await phone.getByLabel("Code from the letter").fill(code);
        await phone.getByLabel("Your password").fill(alice.password);
        await phone.getByLabel("to go on").fill(typed);
        await phone.getByRole("button", { name: "Delete my account" }).click();
      };
      await attempt("bob.test");
      expect(await phone.getByRole("alert").innerText()).toContain(
        "Nothing was",
      );
      expect(await status()).toBe("active");
      await attempt("alice.test");
      expect(new URL(phone.url()).pathname).toBe("/");
      expect(await status()).toBe("gone");
      await phone.context().close();
    });
  },
);
