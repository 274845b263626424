import {
  afterAll,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
  type TestAccount,
} from "../../support/network.ts";
import { createPerson } from "../person.ts";
import { createRawClient } from "../raw-client.ts";

/** Every door that somebody may guess at closes after a while, and opens again. */

// Each guess at a password is made slow, and there are many.
setDefaultTimeout(60_000);
const DAY_MS = 24 * 3_600_000;
const clock = createFakeClock(Date.now());
let network: Network;
let alice: TestAccount;
beforeAll(async () => {
  network = await startNetwork({
    settings: { TEMPEST_RATE_LIMITS_ENABLED: "true" },
    deps: { clock },
  });
  alice = await network.createAccount("alice");
});
afterAll(() => network.stop());

/** How many tries are looked at before there are too many. */
async function triesOf(attempt: () => Promise<number>): Promise<number> {
  for (let count = 0; count <= 400; count++) {
    if ((await attempt()) === 429) return count;
  }
  return Number.POSITIVE_INFINITY;
}

const call = async (nsid: string, input: object, token?: string) => {
  const options = { input, ...(token !== undefined && { token }) };
  const answer = await network.call(`com.atproto.${nsid}`, options);
  if (answer.status === 429) {
    expect(answer.body.error).toBe("RateLimitExceeded");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  return answer.status;
};

const post = async (path: string, fields: Record<string, string>) => {
  const response = await fetch(`${network.url}${path}`, {
    method: "POST",
    body: new URLSearchParams(fields),
  });
  await response.body?.cancel();
  return response.status;
};

const login = (password: string) =>
  call("server.createSession", { identifier: alice.handle, password });
const adminBy = (password: string) =>
  call(
    "server.createInviteCode",
    { useCount: 1 },
    `Basic ${btoa(`admin:${password}`)}`,
  );

describe("guesses", () => {
  test("at a password by createSession", async () => {
    expect(await triesOf(() => login("wrong"))).toBe(30);
    expect(await login(alice.password)).toBe(429);
    clock.advance(5 * 60_000);
    expect(await login(alice.password)).toBe(200);
  });

  test("at a password on the page", async () => {
    const client = createRawClient(network.url);
    const { body } = await client.push();
    const person = createPerson(network.url);
    const page = await person.open(client.authorizeUrl(body.request_uri));
    const guess = async () => {
      const names = { identifier: "somebody.test", password: "wrong" };
      return (await person.submit(page, names)).status;
    };
    expect(await triesOf(guess)).toBe(10);
    clock.advance(60_000);
    expect(await guess()).toBe(400);
  });

  test("at the operator's password, after which the right one is not looked at", async () => {
    expect(await adminBy(ADMIN_PASSWORD)).toBe(200);
    expect(await triesOf(() => adminBy("wrong"))).toBe(20);
    expect(await adminBy(ADMIN_PASSWORD)).toBe(429);
    clock.advance(5 * 60_000);
    expect(await adminBy(ADMIN_PASSWORD)).toBe(200);
  });

  test("at a code of a letter", async () => {
    const reset = () =>
      call("server.resetPassword", { token: "AAAAA-AAAAA", password: "x" });
    expect(await triesOf(reset)).toBe(50);
    clock.advance(DAY_MS);
    const confirm = () =>
      call(
        "server.confirmEmail",
        { email: "alice@mail.test", token: "AAAAA-AAAAA" },
        alice.accessJwt,
      );
    const session = await network.call("com.atproto.server.createSession", {
      input: { identifier: alice.handle, password: alice.password },
    });
    alice = { ...alice, ...session.body };
    expect(await triesOf(confirm)).toBeLessThanOrEqual(50);
  });

  test("at somebody's mailbox", async () => {
    const ask = () =>
      call("server.requestPasswordReset", { email: "alice@mail.test" });
    expect(await triesOf(ask)).toBe(15);
  });

  test("at the end of an account", async () => {
    const end = () =>
      call("server.deleteAccount", {
        ...{ did: alice.did, password: "wrong", token: "AAAAA-AAAAA" },
      });
    expect(await triesOf(end)).toBe(50);
  });

  test("with requests and tokens of applications", async () => {
    clock.advance(DAY_MS);
    expect(await triesOf(() => post("/oauth/par", { client_id: "x" }))).toBe(
      30,
    );
    const refresh = { grant_type: "refresh_token", refresh_token: "ref-x" };
    expect(await triesOf(() => post("/oauth/token", refresh))).toBe(300);
    expect(await post("/oauth/revoke", { token: "x" })).toBe(429);
  });
});
