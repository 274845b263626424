import { afterAll, beforeAll, expect, test } from "bun:test";
import { ACCOUNT_PAGES } from "#edge/http/account/table.ts";
import { ADMIN_PAGES } from "#edge/web/admin/table.ts";
import { createPerson, type Person } from "../oauth/person.ts";
import { ADMIN_PASSWORD } from "../support/network.ts";
import { createRandom, runSeed } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { createWorld, type World } from "../xrpc/world.ts";
import { damageText } from "./texts.ts";

/** Pages of owners, of the operator and for everybody, asked with what no link or form of theirs would send. */

const seed = runSeed();
const random = createRandom(seed);
const TIMEOUT_MS = 60 * 60_000;
/** 502 and 504 are for other hosts, which are made up here; 503 says when to come again. */
const FAULTS = [500];
const MAX_PATH_CHARS = 8000;

interface Page {
  path: string;
  acts?: Readonly<Record<string, unknown>>;
}

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
afterAll(() => world.stop());

/** Texts that are something somewhere. */
const values = () => [
  "",
  "1",
  "-1",
  "9".repeat(30),
  "true",
  "on",
  "__proto__",
  "constructor",
  "toString",
  "../..",
  "<script>",
  "a@b.test",
  "2026-01-02",
  "9999-99-99",
  "{}",
  '{"$type":"a.b.c"}',
  "x".repeat(3000),
  "app.bsky.feed.post",
  "3jzfcijpj2z2a",
  "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
  world.accounts.bob.did,
  world.accounts.dora.did,
  world.accounts.alice.handle,
  `at://${world.accounts.alice.did}/com.example.thing/first`,
];

/** Names that the page itself uses in its forms and links. */
function namesOn(html: string): string[] {
  const names = new Set(["page", "q", "cursor", "id", "did", "to", "sort"]);
  for (const [, name] of html.matchAll(/ name="([^"]+)"/g)) names.add(name!);
  for (const [, name] of html.matchAll(/[?;](\w+)=/g)) names.add(name!);
  return [...names];
}

function fill(names: readonly string[]): URLSearchParams {
  const fields = new URLSearchParams();
  for (let left = random.int(1, 6); left > 0; left--) {
    const name = random.next() < 0.95 ? random.pick(names) : "__proto__";
    const value = random.pick(values());
    fields.append(
      name,
      random.next() < 0.6 ? value : damageText(random, [value]),
    );
  }
  return fields;
}

/** Pages that need no sign-in; forms are sent to those that take some. */
const OPEN_PAGES: readonly Page[] = [
  ...["/", "/stats", "/status", "/docs", "/docs/:slug", "/changelog"],
  ...["/api", "/api/:nsid", "/api/openapi.json", "/metrics", "/tls-check"],
  ...["/xrpc/_stats", "/xrpc/_health", "/xrpc/_admin/status"],
  ...["/.well-known/:name", "/.well-known/security.txt"],
  ...["/invite/:code", "/account/recover", "/account/sign-up/puzzle"],
  "/oauth/authorize",
]
  .map((path): Page => ({ path }))
  .concat(
    [
      ...["/account/sign-up", "/account/reset-password", "/account/sign-in"],
      ...["/account/verify-email", "/account/switch", "/language"],
      ...["/oauth/authorize/sign-in", "/oauth/authorize/consent"],
    ].map((path) => ({ path, acts: { "": true } })),
  );

async function fuzzPages(
  pages: readonly Page[],
  signIn: () => Promise<Person>,
): Promise<Map<number, number>> {
  const { url } = world.network;
  const statuses = new Map<number, number>();
  let person = await signIn();

  async function send(wanted: string, form: URLSearchParams | null) {
    // Of a longer one the server may hang up before it has come whole.
    const path = wanted.slice(0, MAX_PATH_CHARS);
    const cookie = [...person.cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(url + path, {
      redirect: "manual",
      headers: { cookie, origin: url },
      ...(form !== null && { method: "POST", body: form }),
    });
    const { status } = response;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const told = `${status} of ${path}, ${form}, TEST_SEED=${seed}`;
    expect(FAULTS, told).not.toContain(status);
    const to = response.headers.get("location") ?? "";
    // What was sent may well have ended the session, or the account.
    if (to.includes("/sign-in")) person = await signIn();
    // One that tells what is new has no end.
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("text/event-stream")) await response.body?.cancel();
    return response;
  }

  const rounds = Math.ceil(sizeOf("pageRequests") / pages.length);
  for (const page of pages) {
    const pathNow = () =>
      page.path.replace(/:\w+/g, () =>
        encodeURIComponent(random.pick(values()).toWellFormed() || "x"),
      );
    const shown = await send(pathNow(), null);
    const names = namesOn(shown.bodyUsed ? "" : await shown.text());
    const acts = Object.keys(page.acts ?? {});
    for (let round = 0; round < rounds; round++) {
      const fields = fill(names);
      const act = random.next() < 0.5 ? acts[round % acts.length] : undefined;
      if (act === undefined) await send(`${pathNow()}?${fields}`, null);
      else await send(act === "" ? pathNow() : `${pathNow()}/${act}`, fields);
    }
  }
  expect(world.faults()).toEqual([]);
  return statuses;
}

test(
  "pages of an account",
  async () => {
    const { url } = world.network;
    const statuses = await fuzzPages(ACCOUNT_PAGES, async () => {
      const { handle, password } = world.accounts.alice;
      const person = createPerson(url);
      const screen = await person.open(`${url}/account`);
      await person.submit(screen, { identifier: handle, password });
      return person;
    });
    console.info("account:", Object.fromEntries(statuses), `TEST_SEED=${seed}`);
    expect(statuses.get(200)).toBeGreaterThan(ACCOUNT_PAGES.length);
  },
  TIMEOUT_MS,
);

test(
  "pages of the operator",
  async () => {
    const { url } = world.network;
    const statuses = await fuzzPages(ADMIN_PAGES, async () => {
      const person = createPerson(url);
      const screen = await person.open(`${url}/admin`);
      await person.submit(screen, { password: ADMIN_PASSWORD });
      return person;
    });
    console.info("admin:", Object.fromEntries(statuses), `TEST_SEED=${seed}`);
    expect(statuses.get(200)).toBeGreaterThan(ADMIN_PAGES.length);
  },
  TIMEOUT_MS,
);

test(
  "pages for everybody",
  async () => {
    const { url } = world.network;
    const statuses = await fuzzPages(OPEN_PAGES, async () => createPerson(url));
    console.info("open:", Object.fromEntries(statuses), `TEST_SEED=${seed}`);
    expect(statuses.get(200)).toBeGreaterThan(OPEN_PAGES.length);
  },
  TIMEOUT_MS,
);
