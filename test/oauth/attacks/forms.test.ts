import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  ACCOUNT_PAGES,
  actPath as accountActPath,
} from "#edge/http/account/table.ts";
import { ownPath as ownAdminPath } from "#edge/http/admin-sign-in.ts";
import { ownPath } from "#edge/http/account/owner.ts";
import { localPath } from "#edge/http/language-choice.ts";
import { actPath as adminActPath, ADMIN_PAGES } from "#edge/web/admin/table.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { createPerson } from "../person.ts";

/** What another site can make a browser send, or where it can have it led. */

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network?.stop());

const OTHERS = [
  ...["/account/sign-in", "/account/sign-out", "/account/switch"],
  ...["/account/keep-factors", "/account/sign-up", "/apply", "/language"],
  ...["/account/reset-password", "/account/reset-password/send"],
  ...["/account/verify-email", "/account/verify-email/send"],
  ...["/admin/sign-in", "/admin/sign-in/elsewhere", "/admin/sign-out"],
  ...["/oauth/authorize/sign-in", "/oauth/authorize/consent"],
  ...["/oauth/elsewhere", "/oauth/passkey-challenge"],
];
const PATHS = [
  ...ACCOUNT_PAGES.flatMap((row) =>
    Object.keys(row.acts ?? {}).map((name) => accountActPath(row, name)),
  ),
  ...ADMIN_PAGES.flatMap((row) =>
    Object.keys(row.acts ?? {}).map((name) => adminActPath(row, name)),
  ),
  ...OTHERS,
].map((path) => path.replace(/:\w+(\{[^}]*\})?/g, "x"));

const send = (path: string, headers: Record<string, string>) =>
  fetch(network.url + path, {
    ...{ method: "POST", redirect: "manual" },
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    },
    body: "x=1",
  });

const FOREIGN: readonly [string, (own: string) => Record<string, string>][] = [
  ["from another site", () => ({ origin: "https://evil.example" })],
  ["from nowhere", () => ({})],
  ["from a page without an origin", () => ({ origin: "null" })],
  [
    "that says ours, and that it is of another",
    (origin) => ({ origin, "sec-fetch-site": "same-site" }),
  ],
  [
    "from a host name of ours with another port",
    (own) => ({ origin: `http://${new URL(own).hostname}:1` }),
  ],
];

for (const [where, headersOf] of FOREIGN) {
  test(`no form ${where} gets anywhere`, async () => {
    const statuses = await Promise.all(
      PATHS.map(async (path) => {
        const { status } = await send(path, headersOf(network.url));
        return [path, status];
      }),
    );
    expect(statuses.filter(([, status]) => status !== 403)).toEqual([]);
  });
}

test("each of them is there, for a form of ours", async () => {
  const statuses = await Promise.all(
    PATHS.map(async (path) => {
      const { status, headers } = await send(path, { origin: network.url });
      // A page may say that there is nothing of that name.
      const isPage = headers.get("content-type")?.includes("html") ?? false;
      const isShut = [403, 405].includes(status) || (status === 404 && !isPage);
      return isShut ? [path, status] : null;
    }),
  );
  expect(statuses.filter((shut) => shut !== null)).toEqual([]);
});

describe("a way back leads", () => {
  const AWAY = [
    ...["https://evil.example/account", "//evil.example/account"],
    ...["\\\\evil.example/account", "/\\evil.example/account"],
    ...["/\t/evil.example/account", "javascript:alert(1)//account"],
    ...["/account/..//evil.example", "/account/../..//evil.example/account"],
    ...["http://here@evil.example/account", "///evil.example/account"],
    ...["/.//evil.example", "data:text/html,account", "/%2e%2e//evil.example"],
    ...["/account/%2e%2e//evil.example", "https:evil.example", "?x", "#x", ""],
  ];
  const NAMES = { ownPath, ownAdminPath, localPath };
  for (const [name, pathOf] of Object.entries(NAMES)) {
    test(`out of the site by no address (${name})`, () => {
      for (const address of AWAY) {
        const url = new URL(pathOf(address), "https://pds.example");
        expect([address, url.origin]).toEqual([address, "https://pds.example"]);
        // As a browser reads what stands in Location.
        expect(pathOf(address)).toMatch(/^\/(?![/\\])/);
      }
    });
  }
});

test("cookies are of this very host, and out of the reach of scripts", async () => {
  const shown = await fetch(`${network.url}/account/sign-in`);
  const chosen = await send("/language", { origin: network.url });
  const lines = [shown, chosen].flatMap(({ headers }) =>
    headers.getSetCookie(),
  );
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line.toLowerCase()).not.toContain("domain=");
    expect(line).toContain("; Path=/; HttpOnly; SameSite=Lax");
  }
});

test("no page is read by a script of another site", async () => {
  for (const path of [
    ...["/account/sign-in", "/account/sign-up", "/account/recover", "/admin"],
    ...["/account/sign-up/puzzle", "/oauth/authorize"],
  ]) {
    const { headers } = await fetch(network.url + path, {
      ...{ redirect: "manual" },
      headers: { accept: "text/html", origin: "https://evil.example" },
    });
    expect([path, headers.get("access-control-allow-origin")]).toEqual([
      path,
      null,
    ]);
  }
});

test("every page says that it is shown in no frame", async () => {
  const person = createPerson(network.url);
  for (const path of [
    ...["/", "/account/sign-in", "/account/sign-up", "/account/recover"],
    ...["/account/reset-password", "/account/verify-email", "/admin/sign-in"],
    ...["/oauth/authorize?client_id=x&request_uri=y", "/apply", "/docs"],
  ]) {
    const { headers } = await person.open(network.url + path);
    const policy = headers.get("content-security-policy") ?? "";
    expect([path, policy.includes("frame-ancestors 'none'")]).toEqual([
      path,
      true,
    ]);
    expect(headers.get("x-frame-options")).toBe("DENY");
  }
});
