import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import {
  ALICE,
  type CallInit,
  chunked,
  CID_TEXT,
  PASSWORD,
  startTestEdge,
} from "#edge/edge-fixture.ts";

const host = startTestEdge();
afterAll(() => host.edge.stop(0));
beforeEach(() => {
  host.answer = null;
  host.status = "active";
  host.calls = [];
  host.spent = 0;
});

const record = { repo: ALICE, collection: "a.b.c", record: {} };

describe("what reaches the contexts", () => {
  test("parameters with types, defaults, and nothing unknown", async () => {
    const query = `?repo=${ALICE}&collection=a.b.c&reverse=true&cursor=&x=1&__proto__=2`;
    await host.call("com.atproto.repo.listRecords", { query });
    const given = host.calls[0]!.args[0];
    expect(given).toEqual({
      repo: ALICE,
      collection: "a.b.c",
      reverse: true,
      limit: 50,
    });
  });

  test("repeated parameters as arrays, also a single one", async () => {
    const nsid = "com.atproto.sync.getBlocks";
    for (const count of [1, 2]) {
      const cids = Array.from({ length: count }, () => CID_TEXT);
      const query = `?did=${ALICE}&${cids.map((cid) => `cids=${cid}`).join("&")}`;
      host.calls = [];
      await host.call(nsid, { query });
      expect(host.calls[0]!.args[0]).toEqual({ did: ALICE, cids });
    }
  });

  test("input and caller", async () => {
    const json = { ...record, extra: 1, record: { $type: "a.b.c" } };
    const response = await host.call("com.atproto.repo.createRecord", {
      json,
      token: "main",
    });
    expect(response.status).toBe(200);
    expect(host.calls[0]).toEqual({
      name: "createRecord",
      args: [
        json,
        {
          ...{ kind: "session", did: ALICE, scope: "access", sessionId: "s" },
          from: { ip: expect.any(String), userAgent: expect.any(String) },
        },
      ],
    });
  });

  test("input that came compressed, within the limit of what comes out", async () => {
    const send = (text: string) =>
      host.call("com.atproto.server.createSession", {
        body: Bun.gzipSync(text),
        headers: {
          "content-type": "application/json; charset=utf-8",
          "content-encoding": "gzip",
        },
      });
    const login = { identifier: "a", password: "b" };
    expect((await send(JSON.stringify(login))).status).toBe(200);
    expect(host.calls[0]!.args[0]).toEqual(login);
    const bomb = JSON.stringify({ ...login, password: "b".repeat(1_000_000) });
    expect((await send(bomb)).status).toBe(413);
  });

  test("a body in chunks, refused as soon as it is too large", async () => {
    const send = (text: string) =>
      host.call("com.atproto.server.createSession", {
        body: chunked(text),
        headers: { "content-type": "application/json" },
      });
    const login = { identifier: "a", password: "b" };
    expect((await send(JSON.stringify(login))).status).toBe(200);
    const large = { ...login, password: "b".repeat(200_000) };
    expect((await send(JSON.stringify(large))).status).toBe(413);
  });

  test("the refresh token itself", async () => {
    const response = await host.call("com.atproto.server.deleteSession", {
      method: "POST",
      token: "refresh-me",
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(host.calls[0]!.args[0]).toBe("refresh-me");
  });

  test("the operator", async () => {
    const authorization = `Basic ${btoa(`admin:${PASSWORD}`)}`;
    const response = await host.call("com.atproto.server.createInviteCode", {
      json: { useCount: 1 },
      headers: { authorization },
    });
    expect(response.status).toBe(200);
    await host.call("com.atproto.sync.getRepo", {
      query: `?did=${ALICE}`,
      headers: { authorization },
    });
    expect(host.calls[1]!.args[1]).toMatchObject({ kind: "admin" });
  });

  test("preferences of an AppView that a call names, where none is set", async () => {
    const headers = { "atproto-proxy": "did:web:api.bsky.app#bsky_appview" };
    const json = { preferences: [] };
    const init = { token: "main", headers };
    host.answer = () => json;
    const read = await host.call("app.bsky.actor.getPreferences", init);
    expect(await read.json()).toEqual(json);
    host.answer = null;
    const put = { ...init, json };
    const written = await host.call("app.bsky.actor.putPreferences", put);
    expect(written.status).toBe(200);
    const names = host.calls.map(({ name }) => name);
    expect(names).toEqual(["getPreferences", "putPreferences"]);
  });

  test("nobody by a header without a value", async () => {
    const headers = { authorization: " " };
    const query = `?did=${ALICE}`;
    const open = await host.call("com.atproto.sync.getRepo", {
      query,
      headers,
    });
    expect(open.status).toBe(200);
    const closed = await host.call("com.atproto.server.getSession", {
      headers,
    });
    expect(closed.status).toBe(401);
    expect(await closed.json()).toMatchObject({ error: "AuthMissing" });
  });

  test("nobody, where nobody is enough, whatever token comes along", async () => {
    const login = { identifier: "a", password: "b" };
    const response = await host.call("com.atproto.server.createSession", {
      json: login,
      token: "expired",
    });
    expect(response.status).toBe(200);
  });
});

describe("state of the account", () => {
  // prettier-ignore
  const cases: [AccountStatusText, string, number, string | null][] = [
    ["takendown", "com.atproto.repo.createRecord", 401, "AccountTakedown"],
    ["suspended", "com.atproto.repo.createRecord", 401, "AccountTakedown"],
    ["deactivated", "com.atproto.repo.createRecord", 401, "AccountDeactivated"],
    ["deleted", "com.atproto.repo.createRecord", 403, "AccountNotFound"],
    ["creating", "com.atproto.repo.createRecord", 403, "AccountNotFound"],
    ["deactivated", "com.atproto.repo.uploadBlob", 200, null],
    ["takendown", "com.atproto.repo.uploadBlob", 401, "AccountTakedown"],
    ["deactivated", "app.bsky.actor.putPreferences", 200, null],
  ];
  for (const [status, nsid, expected, error] of cases) {
    test(`${nsid} while ${status}`, async () => {
      host.status = status;
      const init: CallInit = nsid.endsWith("uploadBlob")
        ? { body: "x", headers: { "content-type": "text/plain" } }
        : {
            json: nsid.endsWith("putPreferences")
              ? { preferences: [] }
              : record,
          };
      host.answer = nsid.endsWith("uploadBlob") ? () => BLOB : null;
      const response = await host.call(nsid, { ...init, token: "main" });
      expect(response.status).toBe(expected);
      if (error !== null) {
        expect(await response.json()).toMatchObject({ error });
      }
    });
  }
});

type AccountStatusText = NonNullable<typeof host.status>;
const BLOB = {
  blob: { $type: "blob", ref: { $link: CID_TEXT }, mimeType: "a/b", size: 1 },
};

describe("tokens of other services", () => {
  const claims = btoa(JSON.stringify({ lxm: "x" }));
  const token = `e30.${claims}.sig`;
  const upload: CallInit = {
    token,
    body: "x",
    headers: { "content-type": "text/plain" },
  };

  test("are used up by a call that succeeds", async () => {
    host.answer = () => BLOB;
    await host.call("com.atproto.repo.uploadBlob", upload);
    const { caller } = host.calls[0]!.args[0] as { caller: object };
    expect(caller).toMatchObject({
      kind: "service",
      did: ALICE,
      lxm: "com.atproto.repo.uploadBlob",
    });
    expect(host.spent).toBe(1);
  });

  test("are not used up by one that fails", async () => {
    host.answer = () => {
      throw new XrpcError("InvalidRequest", "no");
    };
    const response = await host.call("com.atproto.repo.uploadBlob", upload);
    expect(response.status).toBe(400);
    expect(host.spent).toBe(0);
  });

  test("are no sessions", async () => {
    const response = await host.call("com.atproto.server.getSession", {
      token,
    });
    expect(response.status).toBe(400);
  });

  test("vouch for a new account", async () => {
    const json = { handle: "a.pds.test", did: ALICE };
    await host.call("com.atproto.server.createAccount", { json, token });
    expect(host.calls[0]!.args[1]).toMatchObject({ kind: "service" });
    await host.call("com.atproto.server.createAccount", { json });
    expect(host.calls[1]!.args[1]).toMatchObject({ kind: "anonymous" });
  });
});
