import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProtocolAnswer } from "#contexts/oauth/endpoints.ts";
import type { Did } from "#repo/syntax.ts";
import { startTwoServers, type TwoServers } from "../support/two-servers.ts";
import { letIn } from "./application.ts";
import { createPerson, type Person, type Screen } from "./person.ts";

let stage: TwoServers;
beforeAll(async () => {
  stage = await startTwoServers();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Names an account in the form for administrators from elsewhere. */
async function name(person: Person, identifier: string): Promise<Screen> {
  const page = await person.open(`${stage.ours.url}/admin/jobs`);
  const start = page.html.indexOf(
    '<form method="post" action="/admin/sign-in/',
  );
  const form = { ...page, html: page.html.slice(start) };
  return person.submit(form, { identifier });
}

/** Begins as olga; the address of the page to which she is led. */
async function begin(person: Person): Promise<URL> {
  const page = await name(person, stage.olga.did);
  const [, url = ""] = /0; url=(.*)/.exec(page.headers.get("refresh")!) ?? [];
  expect(page.html).toContain(new URL(stage.theirs.url).host);
  return new URL(url);
}

/** Begins, and answers there. */
async function answer(
  person: Person,
  decision: "allow" | "deny" = "allow",
): Promise<URLSearchParams> {
  return letIn(stage.theirs, await begin(person), stage.olga, decision);
}

/** Has their server say something else, until the end of the block. */
async function lie(
  endpoint: "exchangeToken" | "pushRequest",
  change: (answer: ProtocolAnswer) => ProtocolAnswer,
): Promise<Disposable> {
  const engine = await stage.theirs.app.contexts.oauth.engine();
  const honest = engine[endpoint];
  engine[endpoint] = async (request) => change(await honest(request));
  return { [Symbol.dispose]: () => void (engine[endpoint] = honest) };
}

const bring = (person: Person, params: URLSearchParams) =>
  person.open(`${stage.ours.url}/admin/oauth/callback?${params}`);
const isInside = async (person: Person) =>
  (await person.open(`${stage.ours.url}/admin`)).url ===
  `${stage.ours.url}/admin`;

async function expectRefused(person: Person, page: Screen, words: string) {
  expect(page.status).toBe(400);
  expect(page.html).toContain(words);
  expect(await isInside(person)).toBe(false);
}

describe("an administrator from another server", () => {
  test("comes in by the word of that server, to where they wanted to go", async () => {
    const person = createPerson(stage.ours.url);
    const params = await answer(person);
    const page = await bring(person, params);
    expect(page.url).toBe(`${stage.ours.url}/admin/jobs`);
    expect(await isInside(person)).toBe(true);
    // The tokens were given back.
    const { access } = stage.theirs.app.contexts.oauth;
    expect(await access.listApps(stage.olga.did as Did)).toEqual([]);
  });

  test("comes in once for each answer", async () => {
    const person = createPerson(stage.ours.url);
    const params = await answer(person);
    await bring(person, params);
    expect(await isInside(person)).toBe(true);
    person.cookies.delete("tempest-admin");
    const page = await bring(person, params);
    await expectRefused(person, page, "That sign-in is over");
  });

  test("comes in nowhere but in the browser that began, which is not disturbed", async () => {
    const person = createPerson(stage.ours.url);
    const params = await answer(person);
    for (const path of ["/about", "/admin/sign-in"]) {
      const thief = createPerson(stage.ours.url);
      await thief.open(`${stage.ours.url}${path}`);
      const page = await bring(thief, params);
      await expectRefused(thief, page, "begun in another browser");
    }
    await bring(person, params);
    expect(await isInside(person)).toBe(true);
  });

  test("has ten minutes for it", async () => {
    const person = createPerson(stage.ours.url);
    const params = await answer(person);
    stage.wait(10 * 60_000);
    const page = await bring(person, params);
    await expectRefused(person, page, "That sign-in is over");
  });

  test("may think better of it", async () => {
    const person = createPerson(stage.ours.url);
    const params = await answer(person, "deny");
    const page = await bring(person, params);
    await expectRefused(person, page, "access was refused");
  });
});

describe("nobody comes in", () => {
  test("as somebody else than who was named, whatever their server says", async () => {
    const alice = await stage.ours.createAccount("alice");
    for (const [sub, words] of [
      [stage.eve.did, "Somebody else is signed in"],
      // That server has no say about accounts of ours.
      [alice.did, "does not prove"],
    ] as const) {
      const person = createPerson(stage.ours.url);
      const params = await answer(person);
      using _ = await lie("exchangeToken", ({ json, ...rest }) => ({
        ...rest,
        json: { ...json, sub },
      }));
      const page = await bring(person, params);
      await expectRefused(person, page, words);
    }
  });

  test("by the answer of another issuer, or by none", async () => {
    for (const iss of [stage.ours.url, null]) {
      const person = createPerson(stage.ours.url);
      const params = await answer(person);
      if (iss === null) params.delete("iss");
      else params.set("iss", iss);
      const page = await bring(person, params);
      await expectRefused(person, page, "does not prove");
    }
  });

  test("by a code or a state that is made up", async () => {
    const person = createPerson(stage.ours.url);
    const params = await answer(person);
    params.set("code", `cod-${"0".repeat(64)}`);
    const page = await bring(person, params);
    await expectRefused(person, page, "does not prove");
    for (const query of ["", "state=x", "state=__proto__&code=1&iss=x"]) {
      const other = await bring(person, new URLSearchParams(query));
      await expectRefused(person, other, "That sign-in is over");
    }
  });

  test("who is no administrator, whatever they call themselves", async () => {
    const person = createPerson(stage.ours.url);
    for (const identifier of [
      ...[stage.eve.did, "eve.test", "no name", "did:web:localhost"],
    ]) {
      const page = await name(person, identifier);
      await expectRefused(person, page, "no administrator");
      expect(page.headers.get("refresh")).toBeNull();
    }
  });

  test("while the other server does not work", async () => {
    using _ = await lie("pushRequest", () => ({
      ...{ status: 500, json: {}, headers: {} },
    }));
    const person = createPerson(stage.ours.url);
    const page = await name(person, stage.olga.did);
    await expectRefused(person, page, "could not be asked");
  });
});

test("names and answers are counted, so that nobody can try many", async () => {
  await using limited = await startTwoServers({
    TEMPEST_RATE_LIMITS_ENABLED: "true",
  });
  const { url } = limited.ours;
  const send = [
    () =>
      fetch(`${url}/admin/sign-in/elsewhere`, {
        method: "POST",
        headers: { origin: url },
        body: new URLSearchParams({ identifier: limited.eve.did }),
      }),
    () => fetch(`${url}/admin/oauth/callback?state=guess`),
  ];
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++) statuses.push((await send[n % 2]!()).status);
  expect(statuses).toEqual([...Array<number>(10).fill(400), 429, 429]);
});
