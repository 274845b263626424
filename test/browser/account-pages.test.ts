import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { hrefWith } from "#edge/web/parts.tsx";
import { ACCOUNT_PAGES } from "#edge/http/account/table.ts";
import { createApplication, letIn } from "../oauth/application.ts";
import { ADMIN_PASSWORD } from "../support/network.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { DESK, listFaultsOfLooks } from "./looks.ts";
import { type OwnerStage, startOwner } from "./owner.ts";

const NOTE = "com.example.note";
const MAX_PAGE_BYTES = 60_000;

/** What a page is about, where it needs to be told. */
const QUERIES: Readonly<Record<string, Record<string, string>>> = {
  "/account/repo/collection": { c: NOTE },
  "/account/repo/record": { c: NOTE, k: "note-1" },
  "/account/repo/edit": { c: NOTE, k: "note-1" },
};

/** Files, and what has no end. */
const isPage = (path: string) =>
  !/\.(csv|car|tar|json)$|\/(file|live)$/.test(path);

const PATHS = [
  ...ACCOUNT_PAGES.filter(
    ({ show, path }) => show !== null && isPage(path),
  ).map(({ path }) => hrefWith(path, QUERIES[path] ?? {})),
  ...["used", "unused", "missing"].map((show) =>
    hrefWith("/account/media", { show }),
  ),
];

describeInBrowser("every page of an account", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
    await fillAccount(stage);
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  test("is fit for everybody: wide and narrow, light and dark", async () => {
    const { context, page, network } = stage;
    for (const [nth, path] of PATHS.entries()) {
      const url = `${network.url}${path}`;
      expect(await listFaultsOfLooks(page, url, nth)).toEqual([]);
      const html = await (await context.request.get(url)).text();
      const bytes = gzipSync(html).length;
      expect([path, bytes < MAX_PAGE_BYTES]).toEqual([path, true]);
    }
    await page.setViewportSize(DESK);
  });

  test("of access: an application that was let in is there, and not after it is turned away", async () => {
    const { page, open, network, alice } = stage;
    const client = createApplication(network, "atproto transition:generic");
    const url = await client.authorize(alice.did);
    const { session } = await client.callback(await letIn(network, url, alice));
    const post = () =>
      session.fetchHandler("/xrpc/com.atproto.repo.createRecord", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          ...{ repo: alice.did, collection: NOTE, record: { $type: NOTE } },
        }),
      });
    expect((await post()).status).toBe(200);
    await open("/account/apps");
    const revoke = page.getByRole("button", { name: "Take access away from" });
    expect(await revoke.count()).toBe(1);
    expect(await listViolations(page)).toEqual([]);
    await revoke.click();
    expect(await page.getByRole("status").innerText()).toContain("no access");
    expect(await revoke.count()).toBe(0);
    const after = await post().then(
      ({ status }) => status,
      () => 401,
    );
    expect(after).toBe(401);
    await open("/account/events");
    expect(await page.getByText("Access of an application ended").count()).toBe(
      1,
    );
  });
});

/** Something for each page to show. */
async function fillAccount({ network, alice }: OwnerStage): Promise<void> {
  const { did: repo, accessJwt: token } = alice;
  const call = async (nsid: string, options: object) => {
    const answer = await network.call(nsid, { token, ...options });
    expect([nsid, answer.status]).toEqual([nsid, 200]);
    return answer.body;
  };
  const upload = async (text: string) => {
    const answer = await call("com.atproto.repo.uploadBlob", {
      ...{ input: Buffer.from(text), type: "text/plain" },
    });
    return answer.blob;
  };
  const picture = await upload("used");
  await upload("not used");
  for (let n = 0; n < 3; n++) {
    await call("com.atproto.repo.createRecord", {
      input: {
        ...{ repo, collection: NOTE, rkey: `note-${n}` },
        record: { $type: NOTE, picture, text: "<b>a & b</b>".repeat(30) },
      },
    });
  }
  await call("com.atproto.server.createAppPassword", {
    input: { name: "An application with quite a long name" },
  });
  await call("com.atproto.server.createInviteCodes", {
    token: `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`,
    input: { codeCount: 2, useCount: 1, forAccounts: [repo] },
  });
}
