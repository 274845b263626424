import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { Secret } from "#lib/secret.ts";
import {
  ALICE,
  type CallInit,
  startTestEdge,
  type TestEdge,
} from "#edge/edge-fixture.ts";
import {
  APPLY_WRITES,
  CREATE_RECORD,
  CREDENTIAL_CHECKS,
  SIGN_IN,
} from "./limit-rules.ts";
import { createRateLimiter, type Limit, type LimitSubject } from "./limits.ts";

const subject: LimitSubject = {
  caller: { kind: "anonymous" },
  input: undefined,
  network: "192.0.2.1",
};
const three: Limit = {
  name: "three",
  windows: [{ points: 3, windowSec: 60 }],
  keyOf: ({ network }) => network,
};

function refusal(run: () => unknown): XrpcError {
  try {
    run();
  } catch (error) {
    if (error instanceof XrpcError) return error;
  }
  throw new Error("was not refused");
}

describe("a limit", () => {
  test("counts down, refuses, and starts anew when its window ends", () => {
    const clock = createFakeClock(1_000_000);
    const limiter = createRateLimiter({ clock });
    const left = () => limiter.take(three, subject).remaining;
    expect([left(), left(), left()]).toEqual([2, 1, 0]);
    clock.advance(20_000);
    const error = refusal(left);
    expect(error.error).toBe("RateLimitExceeded");
    expect(error.status).toBe(429);
    expect(error.headers).toEqual({
      "RateLimit-Limit": "3",
      "RateLimit-Remaining": "0",
      "RateLimit-Reset": "1060",
      "RateLimit-Policy": "3;w=60",
      "Retry-After": "40",
    });
    clock.advance(40_000);
    expect(left()).toBe(2);
  });

  test("counts each key by itself", () => {
    const limiter = createRateLimiter({ clock: createFakeClock() });
    for (let i = 0; i < 3; i++) limiter.take(three, subject);
    const other = { ...subject, network: "192.0.2.2" };
    expect(limiter.take(three, other).remaining).toBe(2);
  });

  test("with several windows tells of the nearest, and refuses by any", () => {
    const clock = createFakeClock();
    const limiter = createRateLimiter({ clock });
    const windows = [
      { points: 2, windowSec: 10 },
      { points: 3, windowSec: 100 },
    ];
    const limit = { ...three, windows };
    expect(limiter.take(limit, subject).limit).toBe(2);
    limiter.take(limit, subject);
    clock.advance(10_000);
    expect(limiter.take(limit, subject)).toMatchObject({
      limit: 3,
      remaining: 0,
    });
    expect(refusal(() => limiter.take(limit, subject)).status).toBe(429);
  });

  test("says when all windows have room again", () => {
    const clock = createFakeClock(1_000_000);
    const limiter = createRateLimiter({ clock });
    const windows = [
      { points: 2, windowSec: 10 },
      { points: 2, windowSec: 100 },
    ];
    const limit = { ...three, windows };
    limiter.take(limit, subject);
    limiter.take(limit, subject);
    const { headers } = refusal(() => limiter.take(limit, subject));
    expect(headers["Retry-After"]).toBe("100");
    expect(headers["RateLimit-Policy"]).toBe("2;w=100");
    clock.advance(100_000);
    expect(limiter.take(limit, subject).remaining).toBe(1);
  });

  test("takes nothing for what it refuses, which may be dear", () => {
    const limiter = createRateLimiter({ clock: createFakeClock() });
    const limit = { ...three, costOf: ({ input }: LimitSubject) => input };
    const take = (input: number) =>
      limiter.take(limit as Limit, { ...subject, input }).remaining;
    expect(take(2)).toBe(1);
    const { headers } = refusal(() => take(2));
    expect(headers["RateLimit-Remaining"]).toBe("1");
    expect(take(1)).toBe(0);
  });

  test("forgets the oldest keys rather than grow", () => {
    const clock = createFakeClock();
    const limiter = createRateLimiter({ clock, maxKeys: 2 });
    const take = (network: string) =>
      limiter.take(three, { ...subject, network }).remaining;
    expect([take("a"), take("a"), take("b"), take("c")]).toEqual([2, 1, 2, 2]);
    expect([take("c"), take("b"), take("a")]).toEqual([1, 1, 2]);
  });

  test("spares those with the key or a listed address", () => {
    const limiter = createRateLimiter({
      clock: createFakeClock(),
      bypassKey: "let me in",
      bypassIps: ["192.0.2.0/24"],
    });
    const headers = (key: string) => new Headers({ "x-ratelimit-bypass": key });
    expect(limiter.isExempt("192.0.2.7", new Headers())).toBe(true);
    expect(limiter.isExempt("192.0.3.7", new Headers())).toBe(false);
    expect(limiter.isExempt("1.1.1.1", headers("let me in"))).toBe(true);
    expect(limiter.isExempt("1.1.1.1", headers("let me ix"))).toBe(false);
    expect(limiter.isExempt("1.1.1.1", headers(""))).toBe(false);
  });

  test("without a key set spares nobody who sends an empty one", () => {
    const limiter = createRateLimiter({ clock: createFakeClock() });
    const headers = new Headers({ "x-ratelimit-bypass": "" });
    expect(limiter.isExempt("1.1.1.1", headers)).toBe(false);
  });
});

describe("the rules", () => {
  test("count all writes of an account together, by weight", () => {
    const limiter = createRateLimiter({ clock: createFakeClock() });
    const caller = {
      kind: "session" as const,
      did: ALICE,
      scope: "access" as const,
      sessionId: "s",
    };
    const own = { ...subject, caller };
    expect(limiter.take(CREATE_RECORD, own).remaining).toBe(4997);
    const writes = ["create", "update", "delete"].map((action) => ({
      $type: `com.atproto.repo.applyWrites#${action}`,
    }));
    const batch = { ...own, input: { writes } };
    expect(limiter.take(APPLY_WRITES, batch).remaining).toBe(4991);
  });

  test("count sign-ins by name and address, in any spelling", () => {
    const limiter = createRateLimiter({ clock: createFakeClock() });
    const take = (identifier: string, network: string) =>
      limiter.take(SIGN_IN, { ...subject, input: { identifier }, network })
        .remaining;
    expect(take("Alice.test", "a")).toBe(29);
    expect(take("alice.test", "a")).toBe(28);
    expect(take("  @ALICE.test\t", "a")).toBe(27);
    expect(take(`${" ".repeat(400)}alice.test`, "a")).toBe(26);
    expect(take("alice.test", "b")).toBe(29);
    expect(take("bob.test", "a")).toBe(29);
  });
});

describe("limits of the server", () => {
  test("show on every answer and refuse with 429", async () => {
    const host = startTestEdge({
      settings: {
        rateLimitsEnabled: true,
        rateLimitBypassKey: new Secret("key"),
      },
    });
    const signIn = (from: string, key = "") =>
      host.call("com.atproto.server.createSession", {
        json: { identifier: "alice.test", password: "x" },
        headers: { "x-forwarded-for": from, "x-ratelimit-bypass": key },
      });
    const first = await signIn("198.51.100.1");
    expect(first.headers.get("ratelimit-policy")).toBe("30;w=300");
    expect(first.headers.get("ratelimit-remaining")).toBe("29");
    for (let i = 0; i < 29; i++) await signIn("198.51.100.1");
    const late = await signIn("198.51.100.1");
    expect(late.status).toBe(429);
    expect(await late.json()).toMatchObject({ error: "RateLimitExceeded" });
    expect(late.headers.get("retry-after")).toBe("300");
    expect(late.headers.get("ratelimit-remaining")).toBe("0");
    expect((await signIn("198.51.100.2")).status).toBe(200);
    const spared = await signIn("198.51.100.1", "key");
    expect(spared.status).toBe(200);
    expect(spared.headers.get("ratelimit-limit")).toBeNull();
    await host.edge.stop(0);
  });

  test("for exports are apart from those for all else", async () => {
    const host = startTestEdge({ settings: { rateLimitsEnabled: true } });
    const query = `?did=${ALICE}`;
    const repo = await host.call("com.atproto.sync.getRepo", { query });
    expect(repo.headers.get("ratelimit-policy")).toBe("6000;w=300");
    expect(repo.headers.get("ratelimit-remaining")).toBe("5999");
    const head = await host.call("com.atproto.sync.getHead", { query });
    expect(head.headers.get("ratelimit-policy")).toBe("6000;w=300");
    expect(head.headers.get("ratelimit-remaining")).toBe("5999");
    const latest = await host.call("com.atproto.sync.getRepoStatus", { query });
    expect(latest.headers.get("ratelimit-remaining")).toBe("5998");
    const unknown = await host.call("com.example.nothing");
    expect(unknown.headers.get("ratelimit-remaining")).toBe("2999");
    await host.edge.stop(0);
  });

  test("count a broken call of an export too", async () => {
    const host = startTestEdge({ settings: { rateLimitsEnabled: true } });
    const broken = await host.call("com.atproto.sync.getRepo");
    expect(broken.status).toBe(400);
    expect(broken.headers.get("ratelimit-remaining")).toBe("5999");
    await host.edge.stop(0);
  });
});

test("a limit without numbers is not told in those of another", async () => {
  function lookUp(): never {
    const options = { retryAfterSec: 99 };
    throw new XrpcError("RateLimitExceeded", "Too many", options);
  }
  const lookups = {
    ...{ resolveDid: lookUp, resolveIdentity: lookUp },
    refreshIdentity: lookUp,
  };
  const host = startTestEdge({
    settings: { rateLimitsEnabled: true },
    contexts: { lookups },
  });
  const { status, headers } = await host.call(
    "com.atproto.identity.resolveDid",
    { query: `?did=${ALICE}` },
  );
  expect([status, headers.get("retry-after")]).toEqual([429, "99"]);
  expect(headers.get("ratelimit-remaining")).toBeNull();
  await host.edge.stop(0);
});

describe("who shares an address", () => {
  let host: TestEdge;
  beforeEach(() => {
    host = startTestEdge({
      settings: { rateLimitsEnabled: true },
      checks: "off",
    });
  });
  afterEach(() => host.edge.stop(0));

  const left = ({ headers }: Response) => [
    headers.get("ratelimit-policy"),
    Number(headers.get("ratelimit-remaining")),
  ];
  const anonymous = () => host.call("com.atproto.server.describeServer");
  const signedIn = (from = "198.51.100.1") =>
    host.call("com.atproto.server.getSession", {
      token: "main",
      headers: { "x-forwarded-for": from },
    });

  test("does not use up the calls of accounts, nor they each other's of everybody", async () => {
    expect(left(await signedIn())).toEqual(["3000;w=300", 2999]);
    expect(left(await signedIn("198.51.100.2"))).toEqual(["3000;w=300", 2998]);
    expect(left(await anonymous())).toEqual(["3000;w=300", 2999]);
    for (let i = 0; i < 2999; i++) await (await anonymous()).body?.cancel();
    expect((await anonymous()).status).toBe(429);
    expect((await signedIn("127.0.0.1")).status).toBe(200);
  });

  test("is counted for false credentials", async () => {
    const guess = (init: CallInit) =>
      host.call("com.atproto.admin.getInviteCodes", init);
    const basic = { authorization: `Basic ${btoa("admin:wrong")}` };
    expect((await guess({ headers: basic })).status).toBe(401);
    await guess({ token: "no token" });
    await guess({ headers: { authorization: "nonsense" } });
    expect(left(await anonymous())).toEqual(["3000;w=300", 2996]);
  });

  test("can't have any number of tokens checked", async () => {
    const limiter = createRateLimiter({ clock: createFakeClock() });
    for (let i = 0; i < 15_000; i++) limiter.take(CREDENTIAL_CHECKS, subject);
    const late = () => limiter.take(CREDENTIAL_CHECKS, subject);
    expect(refusal(late).status).toBe(429);
  });

  test("is let in by nothing that is only said", async () => {
    for (let i = 0; i < 3000; i++) await (await anonymous()).body?.cancel();
    const named = await host.call("com.atproto.server.describeServer", {
      token: "main",
    });
    expect(named.status).toBe(429);
  });
});
