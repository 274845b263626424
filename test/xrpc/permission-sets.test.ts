import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { Did } from "#repo/syntax.ts";
import { createPerson } from "../oauth/person.ts";
import { createRawClient } from "../oauth/raw-client.ts";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";

/** Sets of permissions where nobody signs in by OAuth with them. */

const SET = "dev.somewhere.authBasic";
const CREATE = "com.atproto.repo.createRecord";

let folder: string;
let network: Network;
let alice: TestAccount;
let bob: TestAccount;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-sets-"));
  const own = join(folder, "dev");
  mkdirSync(own);
  const permissions = [
    {
      ...{ type: "permission", resource: "repo" },
      ...{ collection: ["dev.somewhere.note"], action: ["create"] },
    },
  ];
  const main = { type: "permission-set", title: "Basic notes", permissions };
  const set = { lexicon: 1, id: SET, defs: { main } };
  await Bun.write(join(own, "set.json"), JSON.stringify(set));
  network = await startNetwork({
    settings: { TEMPEST_LEXICON_PATHS: folder },
  });
  alice = await network.createAccount("alice");
  bob = await network.createAccount("bob");
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true });
});

const owner = (): SessionCaller => ({
  ...{ kind: "session", scope: "access", sessionId: "page" },
  did: alice.did as Did,
});

const recordIn = (collection: string) => ({
  ...{ repo: alice.did, collection },
  record: { $type: collection, text: "x", createdAt: "2026-01-01T00:00:00Z" },
});

test("an app password that is limited to one may do what is in it, and no more", async () => {
  const { password, scopes } =
    await network.app.contexts.accounts.createLimitedAppPassword(
      { name: "notes", scopes: [`include:${SET}`] },
      owner(),
    );
  // As the owner wrote it; what is in it may change.
  expect(scopes).toEqual([`include:${SET}`]);
  const session = await network.call("com.atproto.server.createSession", {
    input: { identifier: alice.handle, password },
  });
  const token = session.body.accessJwt;
  const write = async (collection: string) => {
    const input = recordIn(collection);
    const { status, body } = await network.call(CREATE, { token, input });
    return status === 200 ? 200 : body.error;
  };
  expect(await write("dev.somewhere.note")).toBe(200);
  expect(await write("app.bsky.feed.post")).toBe("ScopeMissingError");
});

test("so may a delegate of the level custom", async () => {
  await network.app.contexts.delegations.grant(
    {
      ...{ delegate: bob.handle, level: "custom", expiresAtMs: null },
      scopes: [`include:${SET}`],
    },
    owner(),
  );
  const client = createRawClient(network.url);
  const pushed = await client.push({ login_hint: alice.handle });
  const person = createPerson(network.url);
  const url = client.authorizeUrl(pushed.body.request_uri);
  await person.open(url);
  const form = await person.open(`${url}&as=other`);
  const page = await person.submit(form, {
    identifier: bob.handle,
    password: bob.password,
  });
  const back = await person.submit(page, { decision: "allow" });
  const code = new URL(back.url).searchParams.get("code") ?? "";
  const { body } = await client.exchange(code);
  const write = async (collection: string) => {
    const input = recordIn(collection);
    const answer = await client.call(CREATE, body.access_token, { input });
    return answer.status === 200 ? 200 : answer.body.error;
  };
  expect(await write("dev.somewhere.note")).toBe(200);
  expect(await write("app.bsky.feed.post")).toBe("ScopeMissingError");
});

test("one that nobody publishes is given to neither", async () => {
  const { accounts, delegations } = network.app.contexts;
  const scopes = ["include:nowhere.example.authNothing"];
  const refusal = {
    error: "InvalidRequest",
    message: expect.stringContaining("nowhere.example.authNothing"),
  };
  await expect(
    accounts.createLimitedAppPassword({ name: "none", scopes }, owner()),
  ).rejects.toMatchObject(refusal);
  await expect(
    delegations.grant(
      {
        ...{ delegate: bob.handle, level: "custom", expiresAtMs: null },
        scopes,
      },
      owner(),
    ),
  ).rejects.toMatchObject(refusal);
});
