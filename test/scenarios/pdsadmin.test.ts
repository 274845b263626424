import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  ADMIN_PASSWORD,
  startNetwork,
  type Network,
} from "../support/network.ts";

/**
 * The calls that operators' tools make, in their order and with their headers.
 * Both tools stop at the first status of 400 or above, so nothing may fail that
 * they don't expect to fail.
 */

let network: Network;
let relay: { url: string; asked: unknown[]; stop(): Promise<void> };

beforeAll(async () => {
  relay = startRelay();
  network = await startNetwork({
    settings: { TEMPEST_INVITE_REQUIRED: "true" },
  });
});
afterAll(async () => {
  await network.stop();
  await relay.stop();
});

const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

interface Call {
  params?: Record<string, string>;
  body?: object;
  isAdmin?: boolean;
  headers?: Record<string, string>;
}

/** `curl --fail`: the answer's text, or an exception. */
async function curl(
  nsid: string,
  { params, body, isAdmin = false, headers }: Call = {},
): Promise<string> {
  const query = params ? `?${new URLSearchParams(params)}` : "";
  const response = await fetch(`${network.url}/xrpc/${nsid}${query}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      accept: "*/*",
      ...(isAdmin && { authorization: ADMIN }),
      ...(body && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status >= 400) throw new Error(`${response.status} ${text}`);
  return text;
}

const asAdmin = (nsid: string, call: Call = {}) =>
  curl(nsid, { ...call, isAdmin: true });

const failure = (call: Promise<unknown>) =>
  call.then(
    () => "none",
    ({ message }: Error) => message,
  );

function startRelay() {
  const asked: unknown[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      asked.push([new URL(request.url).pathname, await request.json()]);
      return new Response();
    },
  });
  return { url: server.url.origin, asked, stop: () => server.stop(true) };
}

describe("pdsadmin", () => {
  const PASSWORD = "Zm9yIHRoZSBmaXJzdCB0aW1l";

  async function listAccounts(): Promise<string[][]> {
    const page = await curl("com.atproto.sync.listRepos", {
      params: { limit: "100" },
    });
    const rows: string[][] = [];
    for (const { did } of JSON.parse(page).repos) {
      const params = { did };
      const info = await asAdmin("com.atproto.admin.getAccountInfo", {
        params,
      });
      const { handle, email } = JSON.parse(info);
      rows.push([handle, email, did]);
    }
    return rows;
  }

  async function createAccount(email: string, handle: string) {
    const invite = await asAdmin("com.atproto.server.createInviteCode", {
      body: { useCount: 1 },
    });
    const { code: inviteCode } = JSON.parse(invite);
    const body = { email, handle, password: PASSWORD, inviteCode };
    const made = await curl("com.atproto.server.createAccount", { body });
    return JSON.parse(made).did as string;
  }

  const setTakedown = (did: string, takedown: object) =>
    asAdmin("com.atproto.admin.updateSubjectStatus", {
      body: {
        subject: { $type: "com.atproto.admin.defs#repoRef", did },
        takedown,
      },
    });

  const signIn = (identifier: string, password: string) =>
    curl("com.atproto.server.createSession", {
      body: { identifier, password },
    });

  let did: string;

  test("create-invite-code", async () => {
    const body = { useCount: 1 };
    const nsid = "com.atproto.server.createInviteCode";
    const { code } = JSON.parse(await asAdmin(nsid, { body }));
    expect(code).toMatch(/^localhost-[a-z2-7]{5}-[a-z2-7]{5}$/);
  });

  test("account create, which shows the reason when it fails", async () => {
    did = await createAccount("alice@mail.test", "alice.test");
    expect(did).toStartWith("did:plc:");
    const again = createAccount("alice2@mail.test", "alice.test");
    const [status, ...text] = (await failure(again)).split(" ");
    expect(status).toBe("400");
    expect(JSON.parse(text.join(" ")).message).not.toBe("");
  });

  test("account list", async () => {
    expect(await listAccounts()).toEqual([
      ["alice.test", "alice@mail.test", did],
    ]);
  });

  test("account takedown and untakedown", async () => {
    const ref = String(Math.floor(Date.now() / 1000));
    await setTakedown(did, { applied: true, ref });
    expect(await failure(signIn(did, PASSWORD))).toContain("AccountTakedown");
    const status = await asAdmin("com.atproto.admin.getSubjectStatus", {
      params: { did },
    });
    expect(JSON.parse(status).takedown).toEqual({ applied: true, ref });
    // Still in the list, with all that is known of it.
    expect(await listAccounts()).toHaveLength(1);
    await setTakedown(did, { applied: false });
    expect(JSON.parse(await signIn(did, PASSWORD)).active).toBe(true);
  });

  test("account reset-password", async () => {
    const password = "bmV3IHBhc3N3b3JkIG5ldyBw";
    const answer = await asAdmin("com.atproto.admin.updateAccountPassword", {
      body: { did, password },
    });
    expect(answer).toBe("");
    expect(await failure(signIn(did, PASSWORD))).toStartWith("401 ");
    expect(JSON.parse(await signIn(did, password)).did).toBe(did);
  });

  test("account delete", async () => {
    const other = await createAccount("bob@mail.test", "bob.test");
    const body = { did: other };
    expect(await asAdmin("com.atproto.admin.deleteAccount", { body })).toBe("");
    expect((await listAccounts()).map(([handle]) => handle)).toEqual([
      "alice.test",
    ]);
    // What it held is free again.
    expect(await createAccount("bob@mail.test", "bob.test")).not.toBe(other);
  });

  test("request-crawl asks a relay, and the server asked for itself agrees", async () => {
    const { host } = new URL(network.url);
    for (const url of [relay.url, network.url]) {
      const response = await fetch(
        `${url}/xrpc/com.atproto.sync.requestCrawl`,
        {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ hostname: host }),
        },
      );
      expect(response.status).toBe(200);
    }
    expect(relay.asked).toEqual([
      ["/xrpc/com.atproto.sync.requestCrawl", { hostname: host }],
    ]);
  });
});

describe("goat pds", () => {
  /** Its client sends this with every call, to open methods too. */
  const headers = { "user-agent": "goat/1.0", accept: "application/json" };
  const goat = async (nsid: string, call: Call = {}) => {
    const text = await curl(nsid, { headers, ...call });
    return text === "" ? null : JSON.parse(text);
  };
  const goatAdmin = (nsid: string, call: Call = {}) =>
    goat(nsid, { ...call, isAdmin: true });

  async function listAll(isAdmin: boolean): Promise<{ did: string }[]> {
    const repos: { did: string }[] = [];
    let cursor = "";
    do {
      const params = { limit: "500", ...(cursor !== "" && { cursor }) };
      const page = await goat("com.atproto.sync.listRepos", {
        params,
        isAdmin,
      });
      repos.push(...page.repos);
      cursor = page.cursor ?? "";
    } while (cursor !== "");
    return repos;
  }

  let did: string;

  test("describe", async () => {
    const about = await goat("com.atproto.server.describeServer");
    expect(about).toMatchObject({ inviteCodeRequired: true });
    expect(about.did).toStartWith("did:");
  });

  test("admin create-invites --count 2 --uses 3", async () => {
    const codes = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const body = { useCount: 3 };
      const made = await goatAdmin("com.atproto.server.createInviteCode", {
        body,
      });
      codes.add(made.code);
    }
    const listed = await goatAdmin("com.atproto.admin.getInviteCodes");
    const known = listed.codes.filter(
      ({ code, available }: { code: string; available: number }) =>
        codes.has(code) && available === 3,
    );
    expect(known).toHaveLength(2);
  });

  test("admin account create", async () => {
    const body = { useCount: 1 };
    const { code } = await goatAdmin("com.atproto.server.createInviteCode", {
      body,
    });
    const account = await goat("com.atproto.server.createAccount", {
      body: {
        handle: "carla.test",
        email: "carla@mail.test",
        password: "correct horse",
        inviteCode: code,
      },
    });
    did = account.did;
    const info = await goatAdmin("com.atproto.admin.getAccountInfo", {
      params: { did },
    });
    expect(info).toMatchObject({
      handle: "carla.test",
      invitedBy: { code, uses: [{ usedBy: did }] },
    });
  });

  test("account list and admin account list", async () => {
    const all = await listAll(false);
    expect(await listAll(true)).toEqual(all);
    expect(all).toContainEqual(
      expect.objectContaining({ did, active: true, rev: expect.any(String) }),
    );
  });

  test("admin account info", async () => {
    const params = { did };
    const info = await goatAdmin("com.atproto.admin.getAccountInfo", {
      params,
    });
    expect(info).toMatchObject({ did, email: "carla@mail.test" });
  });

  test("admin account takedown, account status, takedown --reverse", async () => {
    const subject = { $type: "com.atproto.admin.defs#repoRef", did };
    const set = (applied: boolean) =>
      goatAdmin("com.atproto.admin.updateSubjectStatus", {
        body: { subject, takedown: { applied } },
      });
    const status = () =>
      goat("com.atproto.sync.getRepoStatus", { params: { did } });
    expect(await set(true)).toMatchObject({ takedown: { applied: true } });
    expect(await status()).toEqual({
      did,
      active: false,
      status: "takendown",
    });
    expect(await set(false)).toMatchObject({ takedown: { applied: false } });
    expect(await status()).toMatchObject({ did, active: true });
  });

  test("admin account update --email --handle", async () => {
    const email = "carla@other.test";
    await goatAdmin("com.atproto.admin.updateAccountEmail", {
      body: { account: did, email },
    });
    await goatAdmin("com.atproto.admin.updateAccountHandle", {
      body: { did, handle: "carlotta.test" },
    });
    const resolved = await goat("com.atproto.identity.resolveHandle", {
      params: { handle: "carlotta.test" },
    });
    expect(resolved).toEqual({ did });
    const info = await goatAdmin("com.atproto.admin.getAccountInfo", {
      params: { did },
    });
    expect(info).toMatchObject({ email, handle: "carlotta.test" });
  });

  test("admin account reset-password", async () => {
    const password = "JBSWY3DPEHPK3PXPJBSWY3DPEH";
    await goatAdmin("com.atproto.admin.updateAccountPassword", {
      body: { did, password },
    });
    const session = await goat("com.atproto.server.createSession", {
      body: { identifier: "carlotta.test", password },
    });
    expect(session.did).toBe(did);
  });

  test("admin blob status, purge, purge --reverse", async () => {
    const { accessJwt } = await goat("com.atproto.server.createSession", {
      body: { identifier: did, password: "JBSWY3DPEHPK3PXPJBSWY3DPEH" },
    });
    const upload = await network.call("com.atproto.repo.uploadBlob", {
      token: accessJwt,
      input: "a picture",
      type: "text/plain",
    });
    const cid = upload.body.blob.ref.$link;
    // A parameter that it has no value for is sent empty.
    const params = { did, blob: cid, uri: "" };
    const status = () =>
      goatAdmin("com.atproto.admin.getSubjectStatus", { params });
    const subject = {
      $type: "com.atproto.admin.defs#repoBlobRef",
      ...{ did, cid },
    };
    const set = (applied: boolean) =>
      goatAdmin("com.atproto.admin.updateSubjectStatus", {
        body: { subject, takedown: { applied } },
      });
    expect((await status()).takedown).toEqual({ applied: false });
    await set(true);
    expect(await status()).toMatchObject({
      subject,
      takedown: { applied: true, ref: expect.any(String) },
    });
    await set(false);
    expect((await status()).takedown).toEqual({ applied: false });
  });

  test("admin account delete", async () => {
    await goatAdmin("com.atproto.admin.deleteAccount", { body: { did } });
    const status = goat("com.atproto.sync.getRepoStatus", { params: { did } });
    expect(await failure(status)).toContain("RepoNotFound");
    const dids = (await listAll(true)).map((repo) => repo.did);
    expect(dids).not.toContain(did);
  });

  test("a wrong password is refused by each", async () => {
    const wrong = { authorization: `Basic ${btoa("admin:wrong")}` };
    const body = { did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" };
    for (const nsid of ["admin.deleteAccount", "admin.disableAccountInvites"]) {
      const call = curl(`com.atproto.${nsid}`, { body, headers: wrong });
      expect(await failure(call)).toContain("401");
    }
  });
});
