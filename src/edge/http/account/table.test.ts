import { expect, test } from "bun:test";
import { Hono } from "hono";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import type { XrpcError } from "#lib/errors.ts";
import type { EdgeEnv } from "#edge/http/app.ts";
import type { OwnerHandler } from "./owner.ts";
import { ACCOUNT_PAGES, actPath, pageOf } from "./table.ts";

/** Signed in, but too long ago for what is grave. */
const STALE = { did: "did:plc:alice", isFresh: false } as BrowserAccount;

const ACTS = new Map(
  ACCOUNT_PAGES.flatMap((page) =>
    Object.entries(page.acts ?? {}).map(
      ([name, act]) => [actPath(page, name), act] as const,
    ),
  ),
);
const SHOWS = new Map(ACCOUNT_PAGES.map(({ path, show }) => [path, show]));

/** Signed in just now, to leave. */
const BARRED = {
  ...{ did: "did:plc:alice", isFresh: true },
  status: "takendown",
} as BrowserAccount;

/** Where a handler sends somebody before it has looked at anything. */
async function sentTo(path: string, handler: OwnerHandler, method: string) {
  const app = new Hono<EdgeEnv>();
  app.all("*", (c) => handler({ pageOf } as never, c, STALE));
  const headers = { referer: `http://localhost${path}` };
  const answer = await app.request(path, { method, headers });
  expect(answer.status).toBe(303);
  return answer.headers.get("location");
}

const signIn = (path: string) =>
  `/account/sign-in?${new URLSearchParams({ return_to: path, account: STALE.did })}`;

test.each([
  ["/account/profile/handle", "/account/profile"],
  ["/account/email/change", "/account/email"],
  ["/account/identity/remove", "/account/identity"],
  ["/account/identity/key", "/account/identity/key"],
  ["/account/security/rules/apps", "/account/security/rules"],
  ["/account/apps/new", "/account/apps/new"],
  ["/account/delegation/new", "/account/delegation/new"],
  ["/account/data/import", "/account/data"],
  ["/account/close/delete", "/account/close/delete"],
])("a form sent to %s asks for a fresh sign-in", async (path, page) => {
  expect(await sentTo(path, ACTS.get(path)!, "POST")).toBe(signIn(page));
});

test("every form has a page to go back to", () => {
  for (const path of ACTS.keys()) {
    expect([path, SHOWS.get(pageOf(path)) ?? null]).not.toEqual([path, null]);
  }
  for (const path of [...SHOWS.keys(), "/oauth/authorize", "/account/no"]) {
    expect(pageOf(path)).toBe(path);
  }
});

test.each([
  "/account/identity/key",
  "/account/apps/new",
  "/account/delegation/new",
  "/account/close/delete",
])("%s asks for one before anything is typed", async (path) => {
  expect(await sentTo(path, SHOWS.get(path)!, "GET")).toBe(signIn(path));
});

test("an account that was taken down does nothing but leave", async () => {
  async function listRefused(
    handlers: ReadonlyMap<string, OwnerHandler | null>,
  ): Promise<string[]> {
    const refused: string[] = [];
    for (const [path, handler] of handlers) {
      try {
        // Whatever else it needs is not there: those that try are let through.
        await handler?.({} as never, {} as never, BARRED);
      } catch (error) {
        const isBarred = (error as XrpcError).error === "AccountTakedown";
        if (isBarred) refused.push(path.replace("/account/", ""));
      }
    }
    return refused;
  }
  expect(await listRefused(SHOWS)).toEqual([
    ...["apps/new", "delegation/new", "close/delete"],
  ]);
  expect(await listRefused(ACTS)).toEqual([
    ...["activate", "profile/preview", "profile/handle", "profile/save"],
    ...["profile/avatar", "profile/banner"],
    ...["profile/remove-avatar", "profile/remove-banner"],
    ...["email/send", "email/confirm", "email/ask", "email/change"],
    ...["apps/new", "delegation/new", "repo/review", "repo/delete"],
    ...["repo/edit", "media/clean", "media/remove", "data/import"],
    ...["invites/create", "close/ask", "close/delete"],
  ]);
});
