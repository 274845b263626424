import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";

let network: Network;
let alice: TestAccount;
let bob: TestAccount;

beforeAll(async () => {
  network = await startNetwork();
  alice = await network.createAccount("alice");
  bob = await network.createAccount("bob");
  await network.call("com.atproto.repo.putRecord", {
    token: alice.accessJwt,
    input: {
      repo: alice.did,
      collection: "app.bsky.actor.profile",
      rkey: "self",
      record: { displayName: "Alice", description: "here" },
    },
  });
});

afterAll(() => network.stop());

const ask = (nsid: string, params: Record<string, string | string[]>) =>
  network.call(nsid, { params, token: bob.accessJwt });

test("without an AppView the host shows its own accounts", async () => {
  for (const actor of [alice.did, "alice.test", "Alice.test"]) {
    const { status, body } = await ask("app.bsky.actor.getProfile", { actor });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      did: alice.did,
      handle: "alice.test",
      displayName: "Alice",
      description: "here",
    });
  }
  const { body } = await ask("app.bsky.actor.getProfile", {
    actor: "bob.test",
  });
  expect(body).toEqual({ did: bob.did, handle: "bob.test" });
});

test("several at once, without those that it does not know", async () => {
  const { status, body } = await ask("app.bsky.actor.getProfiles", {
    actors: [alice.did, "nobody.test", "bob.test"],
  });
  expect(status).toBe(200);
  const handles = body.profiles.map(({ handle }: TestAccount) => handle);
  expect(handles).toEqual(["alice.test", "bob.test"]);
});

test("says that there is no service for accounts of other hosts", async () => {
  const actor = "nobody.test";
  const { status, body } = await ask("app.bsky.actor.getProfile", { actor });
  expect(status).toBe(400);
  expect(body.error).toBe("InvalidRequest");
});
