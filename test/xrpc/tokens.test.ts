import { beforeEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import type { Answer } from "../support/network.ts";
import { useWorld } from "./scenario.ts";

/** Sessions over time, and tokens that are nearly right. */

const SECRET = "a-secret-that-the-tests-know-and-nobody-else-0123456789";
const useIt = useWorld({ TEMPEST_JWT_SECRET: SECRET });
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const SERVER = "com.atproto.server";
const NOTHING = new Uint8Array(0);

interface Pair {
  accessJwt: string;
  refreshJwt: string;
}

let pair: Pair;

beforeEach(async () => {
  const { accounts, call } = useIt();
  const { handle: identifier, password } = accounts.bob;
  const { body } = await call(`${SERVER}.createSession`, {
    input: { identifier, password },
  });
  pair = body;
});

// oxlint-disable-next-line typescript/no-explicit-any
const told = ({ status, body }: Answer<any>) =>
  status === 200 ? "200" : `${status} ${body.error}`;
const use = async (token: string) =>
  told(await useIt().call(`${SERVER}.getSession`, { token }));
const refresh = (token: string) =>
  useIt().call(`${SERVER}.refreshSession`, { token, input: NOTHING });
const end = async (token: string) =>
  told(
    await useIt().call(`${SERVER}.deleteSession`, { token, input: NOTHING }),
  );
const pass = (ms: number) => useIt().clock.advance(ms);

function partsOf(token: string): [header: object, claims: object] {
  const [header, claims] = token
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString());
  return [JSON.parse(header!), JSON.parse(claims!)];
}

const encode = (value: object) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** The same token with other words, signed like ours. */
function change(
  token: string,
  { header = {}, claims = {} }: { header?: object; claims?: object },
  secret = SECRET,
): string {
  const [oldHeader, oldClaims] = partsOf(token);
  const input = `${encode({ ...oldHeader, ...header })}.${encode({ ...oldClaims, ...claims })}`;
  const signature = createHmac("sha256", secret).update(input);
  return `${input}.${signature.digest("base64url")}`;
}

describe("an access token", () => {
  test("lasts two hours and is then refused with 400, on which clients refresh", async () => {
    pass(120 * MINUTE_MS - 2000);
    expect(await use(pair.accessJwt)).toBe("200");
    pass(2000);
    expect(await use(pair.accessJwt)).toBe("400 ExpiredToken");
    const { status, body } = await refresh(pair.refreshJwt);
    expect(status).toBe(200);
    expect(await use(body.accessJwt)).toBe("200");
  });

  test("ends with its session", async () => {
    expect(await end(pair.refreshJwt)).toBe("200");
    expect(await use(pair.accessJwt)).toBe("400 ExpiredToken");
  });

  test("of before a refresh goes on", async () => {
    await refresh(pair.refreshJwt);
    expect(await use(pair.accessJwt)).toBe("200");
  });

  test("is what a program knows who knows the secret", async () => {
    expect(await use(change(pair.accessJwt, {}))).toBe("200");
  });

  test.each([
    ["of a refresh token's type", { header: { typ: "refresh+jwt" } }],
    ["of no type", { header: { typ: undefined } }],
    ["of another algorithm", { header: { alg: "HS512" } }],
    ["of no algorithm", { header: { alg: "none" } }],
    ["for another host", { claims: { aud: "did:web:other.test" } }],
    [
      "of a refresh token's scope",
      { claims: { scope: "com.atproto.refresh" } },
    ],
    ["of an unknown scope", { claims: { scope: "com.atproto.root" } }],
    ["bound to a method", { claims: { lxm: `${SERVER}.getSession` } }],
    ["bound to a key", { claims: { cnf: { jkt: "x" } } }],
    ["of nobody", { claims: { sub: undefined } }],
    ["without an end", { claims: { exp: undefined } }],
    ["with an end that is no number", { claims: { exp: "2100" } }],
  ])("%s is none", async (_name, changes) => {
    expect(await use(change(pair.accessJwt, changes))).toBe("400 InvalidToken");
  });

  test("with more rights than its session has none", async () => {
    const { tokens } = useIt();
    const claims = { scope: "com.atproto.access" };
    const better = change(tokens["alice:app"], { claims });
    expect(await use(better)).toBe("400 ExpiredToken");
  });

  test("of an account that is not here says so", async () => {
    const claims = { sub: "did:plc:abcdefghijklmnopqrstuvwx" };
    const other = change(pair.accessJwt, { claims });
    expect(await use(other)).toBe("403 AccountNotFound");
  });

  test("by another secret, or with other bytes, is none", async () => {
    const token = pair.accessJwt;
    const broken = [
      change(token, {}, "another"),
      token.slice(0, -1),
      token.slice(0, -4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA"),
      `${token}.x`,
      token.replace(".", ""),
      token.split(".").slice(0, 2).join(".") + ".",
    ];
    for (const each of broken) expect(await use(each)).toBe("400 InvalidToken");
  });
});

describe("a refresh token", () => {
  test("gives the same successor again within two hours", async () => {
    const first = await refresh(pair.refreshJwt);
    pass(2 * HOUR_MS - 2000);
    const again = await refresh(pair.refreshJwt);
    expect(again.body.refreshJwt).toBe(first.body.refreshJwt);
    expect(await use(again.body.accessJwt)).toBe("200");
  });

  test("that was used, and its successor too, is expired but ends nothing", async () => {
    const first = await refresh(pair.refreshJwt);
    const second = await refresh(first.body.refreshJwt);
    expect(told(await refresh(pair.refreshJwt))).toBe("400 ExpiredToken");
    expect(told(await refresh(second.body.refreshJwt))).toBe("200");
  });

  test("used again after two hours ends the session", async () => {
    const first = await refresh(pair.refreshJwt);
    pass(2 * HOUR_MS + 1000);
    expect(told(await refresh(pair.refreshJwt))).toBe("400 ExpiredToken");
    expect(told(await refresh(first.body.refreshJwt))).toBe("400 ExpiredToken");
  });

  test("ten at once get one successor", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refresh(pair.refreshJwt)),
    );
    const successors = answers.map(({ body }) => body.refreshJwt);
    expect(new Set(successors).size).toBe(1);
    expect(successors[0]).toBeString();
  });

  test("lasts ninety days from its last use", async () => {
    pass(80 * DAY_MS);
    const next = await refresh(pair.refreshJwt);
    expect(next.status).toBe(200);
    pass(80 * DAY_MS);
    const last = await refresh(next.body.refreshJwt);
    expect(last.status).toBe(200);
    pass(90 * DAY_MS);
    expect(told(await refresh(last.body.refreshJwt))).toBe("400 ExpiredToken");
    expect(await end(last.body.refreshJwt)).toBe("200");
  });

  test.each([
    ["with another id", { claims: { jti: "x" } }],
    ["with another number", { claims: { cnt: 1 } }],
    ["of another session", { claims: { sid: "x" } }],
    ["of an access token's scope", { claims: { scope: "com.atproto.access" } }],
  ])("%s is none", async (_name, changes) => {
    const token = change(pair.refreshJwt, changes);
    expect(told(await refresh(token))).toBe("400 InvalidToken");
    expect(await end(token)).toBe("400 InvalidToken");
    expect(told(await refresh(pair.refreshJwt))).toBe("200");
  });

  test("outlives a restart", async () => {
    const first = await refresh(pair.refreshJwt);
    await useIt().network.restart();
    const again = await refresh(pair.refreshJwt);
    expect(again.body.refreshJwt).toBe(first.body.refreshJwt);
    expect(await use(pair.accessJwt)).toBe("200");
  });
});

describe("a service token", () => {
  const UPLOAD = "com.atproto.repo.uploadBlob";
  const CREATE_ACCOUNT = `${SERVER}.createAccount`;

  const askFor = async (lxm: string): Promise<string> => {
    const world = useIt();
    const { body } = await world.call(`${SERVER}.getServiceAuth`, {
      token: pair.accessJwt,
      params: { aud: world.serviceDid, lxm },
    });
    return body.token;
  };
  const upload = async (token: string) =>
    told(await useIt().call(UPLOAD, { token, input: "x", type: "text/plain" }));

  test("for uploads is good for many, until it expires", async () => {
    const token = await askFor(UPLOAD);
    expect(await upload(token)).toBe("200");
    expect(await upload(token)).toBe("200");
    pass(61_000);
    expect(await upload(token)).toBe("401 JwtExpired");
  });

  test("that made an account makes no other", async () => {
    const world = useIt();
    const stranger = await world.addStranger();
    const token = world.serviceToken(stranger, CREATE_ACCOUNT);
    const create = async (more: object) => {
      const { did, handle } = stranger;
      const email = `${handle}@mail.test`;
      const input = { did, handle, email, password: "long enough", ...more };
      return told(await world.call(CREATE_ACCOUNT, { token, input }));
    };
    // A call that failed does not use the token up.
    expect(await create({ email: "none" })).toBe("400 InvalidRequest");
    expect(await create({})).toBe("200");
    expect(await create({})).toBe("401 BadJwt");
  });
});
