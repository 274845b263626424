import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { ADMIN_PAGES } from "#edge/web/admin/table.ts";
import { createLogKeeper } from "#lib/log-keeper.ts";
import { createLogger } from "#lib/log.ts";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { signInOperator } from "../support/operator.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";

/** Quotes, elements, a text that runs the other way, and one without an end. */
const HOSTILE = `"'><script>planted()</script><img src=x onerror=planted()>&lt;b&gt; \u202Eevil\u202C ${"long".repeat(50)}`;
const MARK = "planted()";
/** What an address may hold. */
const HOSTILE_EMAIL = `'=onerror/{{x}}&lt${"y".repeat(40)}@mail.test`;
const LONG_NAME = "x".repeat(18);
const MOST_BYTES = 60_000;
const MOST_PAGES = 60;

const BASIC = { authorization: `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}` };

describeInBrowser("what strangers write, on the operator's pages", () => {
  let network: Network;
  let browser: Browser;
  let alice: TestAccount;
  let relay: ReturnType<typeof Bun.serve>;

  beforeAll(async () => {
    relay = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () =>
        Response.json({ error: HOSTILE, message: HOSTILE }, { status: 400 }),
    });
    const logKeeper = createLogKeeper("info");
    const { level, keep } = logKeeper;
    const log = createLogger({ format: "json", write: () => {}, level, keep });
    network = await startNetwork({
      settings: {
        TEMPEST_LOG_LEVEL: "info",
        TEMPEST_CRAWLERS: relay.url.origin,
      },
      deps: { log, logKeeper },
    });
    alice = await network.createAccount(LONG_NAME);
    await plant();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
    await relay?.stop(true);
  });

  async function asAdmin(nsid: string, input: object): Promise<void> {
    const answer = await network.call(nsid, { input, headers: BASIC });
    expect([nsid, answer.status, answer.body]).toMatchObject([nsid, 200, {}]);
  }

  /** Puts it wherever somebody outside can put a text. */
  async function plant(): Promise<void> {
    const { did } = alice;
    const operator = await signInOperator(network, {
      // Headers hold no more than Latin letters.
      userAgent: HOSTILE.replaceAll(/[^ -~]/g, ""),
    });
    const subject = { $type: "com.atproto.admin.defs#repoRef", did };
    for (const applied of [true, false]) {
      const takedown = applied ? { applied, ref: HOSTILE } : { applied };
      await asAdmin("com.atproto.admin.updateSubjectStatus", {
        ...{ subject, takedown },
      });
    }
    await asAdmin("com.atproto.admin.updateAccountEmail", {
      ...{ account: did, email: HOSTILE_EMAIL },
    });
    await asAdmin("com.atproto.admin.disableAccountInvites", {
      ...{ account: did, note: HOSTILE },
    });
    await asAdmin("com.atproto.admin.sendEmail", {
      ...{ recipientDid: did, senderDid: did },
      ...{ subject: HOSTILE, content: HOSTILE, comment: HOSTILE },
    });
    await network.call(`x.y.${encodeURIComponent(HOSTILE)}`);
    await operator.post("/admin/registration", { policy: "approval" });
    const applied = await operator.post("/apply", {
      ...{ handle: "eve.test", email: "eve@mail.test", reason: HOSTILE },
    });
    expect(applied.status).toBeLessThan(400);
    await operator.post("/admin/relays/crawl");
    network.app.queue.enqueue({
      ...{ name: HOSTILE, payload: null, maxAttempts: 1 },
    });
  }

  function letterId(): number {
    const { mail } = network.app.contexts.console;
    return mail
      .list({ state: null, before: null })
      .find(({ subject }) => subject.includes(MARK))!.id;
  }

  function paths(): string[] {
    const { did } = alice;
    const q = encodeURIComponent(HOSTILE);
    return [
      ...ADMIN_PAGES.map(({ path }) =>
        path
          .replace(":did", did)
          .replace("mail/:id", `mail/${letterId()}`)
          .replace(":id", "1")
          .replace("/moderation/act", `/moderation/act?did=${did}&applied=yes`)
          .replace(/\/act$/, "/act?name=takeDown")
          .replace(
            "/accounts/bulk",
            `/accounts/bulk?act=announce&q=${LONG_NAME}`,
          ),
      ),
      ...["accounts", "logs", "compatibility"].map(
        (page) => `/admin/${page}?q=${q}`,
      ),
      `/admin/stream?account=${q}`,
      `/admin/moderation?did=${q}`,
    ];
  }

  test("stays a text, is kept in its place, and hides nothing from anybody", async () => {
    const complaints: string[] = [];
    const context = await browser.newContext({
      ...{ viewport: { width: 390, height: 844 }, colorScheme: "dark" },
      locale: "en",
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => complaints.push(dialog.message()));
    page.on("console", (message) => {
      if (!/status of 4\d\d/.test(message.text()))
        complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(network.url))
        complaints.push(request.url());
    });
    await page.goto(`${network.url}/admin`);
    await page.getByLabel("Admin password").fill(ADMIN_PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();

    const known = new Set(paths());
    const checked = new Set(known);
    const shown = new Set<string>();
    for (const path of known) {
      const response = await page.goto(`${network.url}${path}`);
      const html = await response!.text();
      expect([path, response!.status() < 500]).toEqual([path, true]);
      expect([path, gzipSync(html).length < MOST_BYTES]).toEqual([path, true]);
      const seen = await page.evaluate(() => ({
        text: document.body.textContent,
        wide: document.documentElement.scrollWidth,
        planted: [
          ...document.querySelectorAll(
            'img[src="x"], [onerror], script:not([src^="/assets/"])',
          ),
        ].map(({ outerHTML }) => outerHTML),
        links: [...document.querySelectorAll('a[href^="/admin/"]')].flatMap(
          (link) => link.getAttribute("href") ?? [],
        ),
      }));
      expect([path, seen.planted]).toEqual([path, []]);
      expect([path, seen.wide <= 390]).toEqual([path, true]);
      if (seen.text.includes(MARK)) shown.add(path.split("?", 1)[0]!);
      if (checked.has(path)) {
        expect([path, await listViolations(page)]).toEqual([path, []]);
      }
      for (const link of seen.links) {
        if (known.size < MOST_PAGES && !link.includes(".csv")) known.add(link);
      }
    }
    expect(complaints).toEqual([]);
    // Where it was planted it is there: nothing was left out for being ugly.
    for (const place of [
      ...["/admin/registration", "/admin/moderation", "/admin/mail"],
      ...[
        `/admin/mail/${letterId()}`,
        "/admin/jobs",
        "/admin/logs",
        "/admin/security",
      ],
      ...["/admin/relays", `/admin/accounts/${alice.did}`],
    ]) {
      expect([place, shown.has(place)]).toEqual([place, true]);
    }
    await context.close();
  }, 240_000);
});
