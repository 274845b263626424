import { expect } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import { until } from "../../support/until.ts";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  actsOn,
  ask,
  onlyForOperators,
  refused,
  tell,
  UNKNOWN_DID,
} from "./admin-fixture.ts";

const INFO = "com.atproto.admin.getAccountInfo";
const INFOS = "com.atproto.admin.getAccountInfos";
const SEARCH = "com.atproto.admin.searchAccounts";
const DELETE = "com.atproto.admin.deleteAccount";
const EMAIL = "com.atproto.admin.updateAccountEmail";
const HANDLE = "com.atproto.admin.updateAccountHandle";
const PASSWORD = "com.atproto.admin.updateAccountPassword";
const KEY = "com.atproto.admin.updateAccountSigningKey";
const SEND = "com.atproto.admin.sendEmail";

const didOf = (name: keyof World["accounts"]) => (world: World) => ({
  did: world.accounts[name].did,
});

async function infoOf({ call, tokens }: World, did: string) {
  const { body } = await call(INFO, { params: { did }, token: tokens.admin });
  return body;
}

/** An account that no other scenario uses. */
async function addAccount({ network, unique }: World) {
  return await network.createAccount(`extra${unique()}`);
}

const signIn = ({ call }: World, identifier: string, password: string) =>
  call("com.atproto.server.createSession", { input: { identifier, password } });

async function reserveKey({ call }: World, did?: string): Promise<string> {
  const nsid = "com.atproto.server.reserveSigningKey";
  const { body } = await call(nsid, { input: did ? { did } : {} });
  return body.signingKey;
}

/** Other letters may be on their way to the same address: accounts are told what happens to them. */
function letterTo({ network }: World, address: string, subject: string) {
  return until(`a letter to ${address}`, 30_000, () =>
    network.mailbox
      .list()
      .find((letter) => letter.to === address && letter.subject === subject),
  );
}

export const adminAccounts: ScenarioTable = {
  [INFO]: [
    {
      name: "tells of an account",
      call: ask(didOf("alice")),
      body: ({ accounts: { alice } }) => ({
        did: alice.did,
        handle: "alice.test",
        email: "alice@mail.test",
        indexedAt: expect.stringMatching(/^20\d\d-.*Z$/),
        invites: [],
        invitesDisabled: false,
      }),
      check: ({ body }) => {
        for (const key of ["invitedBy", "deactivatedAt", "emailConfirmedAt"]) {
          expect(body).not.toContainKey(key);
        }
      },
    },
    {
      name: "tells when an account was deactivated",
      call: ask(didOf("dora")),
      body: { deactivatedAt: expect.stringMatching(/^20\d\d-.*Z$/) },
    },
    { name: "knows who was taken down", call: ask(didOf("tara")) },
    { name: "knows who was suspended", call: ask(didOf("suse")) },
    refused("knows nobody else", ask({ did: UNKNOWN_DID }), "NotFound"),
    refused("wants a DID", ask({ did: "alice.test" })),
    refused("wants somebody", ask({})),
    ...onlyForOperators(ask(didOf("alice"))),
  ],
  [INFOS]: [
    {
      name: "tells of those that are here, once and in order",
      call: ask(({ accounts: { alice, tara } }) => ({
        dids: [tara.did, UNKNOWN_DID, alice.did, tara.did],
      })),
      check({ body }, { accounts: { alice, tara } }) {
        const dids = body.infos.map(({ did }: { did: string }) => did);
        expect(dids).toEqual([tara.did, alice.did]);
      },
    },
    {
      name: "takes one",
      call: ask(({ accounts: { alice } }) => ({ dids: [alice.did] })),
      body: { infos: [{ handle: "alice.test" }] },
    },
    {
      name: "may find nobody",
      call: ask({ dids: [UNKNOWN_DID] }),
      body: { infos: [] },
    },
    refused("wants somebody", ask({})),
    ...onlyForOperators(ask({ dids: [UNKNOWN_DID] })),
  ],
  [SEARCH]: [
    {
      name: "finds by part of the e-mail address, in any case",
      call: ask({ email: "ALICE@Mail" }),
      body: { accounts: [{ handle: "alice.test" }] },
      check: ({ body }) => {
        expect(body.accounts).toBeArrayOfSize(1);
        expect(body).not.toContainKey("cursor");
      },
    },
    {
      name: "lists all, page by page",
      call: ask({ limit: 2 }),
      async check({ body }, { call, tokens: { admin: token } }) {
        const found: string[] = [];
        let page = body;
        for (;;) {
          expect(page.accounts.length).toBeLessThanOrEqual(2);
          for (const { handle } of page.accounts) found.push(handle);
          if (page.cursor === undefined) break;
          const params = { limit: 2, cursor: page.cursor };
          page = (await call(SEARCH, { params, token })).body;
        }
        expect(new Set(found).size).toBe(found.length);
        for (const name of ["alice", "bob", "dora", "tara", "suse"]) {
          expect(found).toContain(`${name}.test`);
        }
      },
    },
    {
      name: "may find nobody",
      call: ask({ email: "%@" }),
      body: { accounts: [] },
    },
    refused("has a largest page", ask({ limit: 101 })),
    refused("has a smallest page", ask({ limit: 0 })),
    ...onlyForOperators(ask({})),
  ],
  [DELETE]: [
    {
      name: "deletes an account, and leaves its name to others",
      async call(world) {
        const { did } = await addAccount(world);
        return tell({ did })(world);
      },
    },
    {
      name: "leaves nothing to be found",
      async call(world) {
        const { did, handle, password } = await addAccount(world);
        const made = tell({ did })(world);
        const token = world.tokens.admin;
        const { status } = await world.call(DELETE, { ...made, token });
        expect(status).toBe(200);
        expect((await infoOf(world, did)).error).toBe("NotFound");
        expect((await signIn(world, handle, password)).status).toBe(401);
        const listed = await world.call("com.atproto.sync.listRepos", {
          params: { limit: 1000 },
        });
        expect(JSON.stringify(listed.body)).not.toContain(did);
        expect(actsOn(world, did)).toEqual([
          { actor: "admin", action: "deleteAccount", detail: { handle } },
        ]);
        return made;
      },
      status: 400,
      error: "NotFound",
    },
    {
      name: "deletes an account that was taken down",
      async call(world) {
        const { did } = await addAccount(world);
        await world.network.app.accounts.states.takeDown(did as Did, "x");
        return tell({ did })(world);
      },
    },
    refused("knows nobody else", tell({ did: UNKNOWN_DID }), "NotFound"),
    refused("wants somebody", tell({})),
    ...onlyForOperators(tell(didOf("bob")), "AuthenticationRequired"),
  ],
  [EMAIL]: [
    {
      name: "changes the address by DID and by handle",
      async call(world) {
        const { did, handle } = await addAccount(world);
        const by = (account: string, email: string) =>
          tell({ account, email })(world);
        await world.call(EMAIL, {
          ...by(did, `First-${handle}@mail.test`),
          token: world.tokens.admin,
        });
        const { email } = await infoOf(world, did);
        expect(email).toBe(`First-${handle}@mail.test`);
        return by(handle.toUpperCase(), `${handle}@mail.test`);
      },
      async check(_answer, world) {
        const params = { email: "@mail.test", limit: 100 };
        const { body } = await world.call(SEARCH, {
          params,
          token: world.tokens.admin,
        });
        const extra = body.accounts.find(({ email }: { email: string }) =>
          /^extra\d+\.test@mail\.test$/.test(email),
        );
        expect(actsOn(world, extra.did)).toEqual([
          { actor: "admin", action: "updateAccountEmail", detail: {} },
          { actor: "admin", action: "updateAccountEmail", detail: {} },
        ]);
      },
    },
    {
      name: "takes the same address again",
      call: tell(({ accounts: { bob } }) => ({
        account: bob.did,
        email: "BOB@mail.test",
      })),
    },
    refused(
      "takes nobody else's address",
      tell(({ accounts: { bob } }) => ({
        account: bob.did,
        email: "Alice@mail.test",
      })),
    ),
    refused(
      "takes no nonsense",
      tell(({ accounts: { bob } }) => ({ account: bob.did, email: "bob" })),
    ),
    refused(
      "knows nobody else",
      tell({ account: UNKNOWN_DID, email: "x@mail.test" }),
    ),
    refused(
      "knows no other handle",
      tell({ account: "nobody.test", email: "x@mail.test" }),
    ),
    refused("wants an address", tell({ account: UNKNOWN_DID })),
    ...onlyForOperators(
      tell(({ accounts: { bob } }) => ({
        account: bob.did,
        email: "mallory@mail.test",
      })),
      "AuthenticationRequired",
    ),
  ],
  [HANDLE]: [
    {
      name: "changes the handle, to a reserved name too",
      async call(world) {
        const { did } = await addAccount(world);
        return tell({ did, handle: "Admin.test" })(world);
      },
      async check(_answer, world) {
        const params = { handle: "admin.test" };
        const { body } = await world.call(
          "com.atproto.identity.resolveHandle",
          { params },
        );
        expect((await infoOf(world, body.did)).handle).toBe("admin.test");
        const url = `${world.network.plcUrl}/${body.did}/data`;
        const data = (await (await fetch(url)).json()) as object;
        expect(data).toMatchObject({ alsoKnownAs: ["at://admin.test"] });
        expect(actsOn(world, body.did)).toEqual([
          {
            actor: "admin",
            action: "updateAccountHandle",
            detail: {
              before: expect.stringMatching(/^extra\d+\.test$/),
              after: "admin.test",
            },
          },
        ]);
      },
    },
    {
      name: "changes that of an account that was taken down",
      call: tell(({ accounts: { tara }, unique }) => ({
        did: tara.did,
        handle: `tara${unique()}.test`,
      })),
    },
    refused(
      "takes nobody else's handle",
      tell((world) => ({ ...didOf("bob")(world), handle: "alice.test" })),
      "HandleNotAvailable",
    ),
    refused(
      "takes no handle that leads nowhere",
      tell((world) => ({ ...didOf("bob")(world), handle: "bob.example.com" })),
      "InvalidHandle",
    ),
    refused(
      "takes no nonsense",
      tell((world) => ({ ...didOf("bob")(world), handle: "bob" })),
    ),
    refused(
      "knows nobody else",
      tell({ did: UNKNOWN_DID, handle: "new.test" }),
      "NotFound",
    ),
    ...onlyForOperators(
      tell((world) => ({ ...didOf("bob")(world), handle: "bobby.test" })),
      "AuthenticationRequired",
    ),
  ],
  [PASSWORD]: [
    {
      name: "sets a password and ends all sessions",
      async call(world) {
        const account = await addAccount(world);
        const { did, accessJwt: token } = account;
        const input = { did, password: "another horse" };
        const told = await world.call(PASSWORD, {
          input,
          token: world.tokens.admin,
        });
        expect(told.status).toBe(200);
        const session = await world.call("com.atproto.server.getSession", {
          token,
        });
        expect(session).toMatchObject({
          status: 400,
          body: { error: "ExpiredToken" },
        });
        const refresh = await world.call("com.atproto.server.refreshSession", {
          token: account.refreshJwt,
          input: "",
          headers: { "content-type": "" },
        });
        expect(refresh.status).toBe(400);
        const before = await signIn(world, did, account.password);
        expect(before.status).toBe(401);
        const after = await signIn(world, did, "another horse");
        expect(after.status).toBe(200);
        expect(actsOn(world, did)).toEqual([
          { actor: "admin", action: "updateAccountPassword", detail: {} },
        ]);
        return tell(input)(world);
      },
    },
    refused(
      "takes no password without an end",
      tell((world) => ({
        ...didOf("bob")(world),
        password: "x".repeat(257),
      })),
      "InvalidPassword",
    ),
    refused(
      "takes no empty password",
      tell((world) => ({ ...didOf("bob")(world), password: "" })),
      "InvalidPassword",
    ),
    refused(
      "knows nobody else",
      tell({ did: UNKNOWN_DID, password: "correct horse" }),
      "NotFound",
    ),
    refused("wants a password", tell(didOf("bob"))),
    ...onlyForOperators(
      tell((world) => ({ ...didOf("bob")(world), password: "mine mine" })),
      "AuthenticationRequired",
    ),
  ],
  [KEY]: [
    {
      name: "puts a reserved key in use",
      async call(world) {
        const { did } = await addAccount(world);
        return tell({ did, signingKey: await reserveKey(world, did) })(world);
      },
    },
    {
      name: "takes a key for nobody in particular, and is done once",
      async call(world) {
        const { did } = await addAccount(world);
        const signingKey = await reserveKey(world);
        const made = tell({ did, signingKey })(world);
        await world.call(KEY, { ...made, token: world.tokens.admin });
        const url = `${world.network.plcUrl}/${did}/data`;
        const data = (await (await fetch(url)).json()) as object;
        expect(data).toMatchObject({
          verificationMethods: { atproto: signingKey },
        });
        expect(actsOn(world, did)).toEqual([
          {
            actor: "admin",
            action: "updateAccountSigningKey",
            detail: { signingKey },
          },
        ]);
        return made;
      },
    },
    refused("takes no key that is not here", async (world) => {
      const { did } = await addAccount(world);
      const signingKey = await reserveKey(world, UNKNOWN_DID);
      return tell({ did, signingKey })(world);
    }),
    refused(
      "takes no other DID for a key",
      tell((world) => ({ ...didOf("bob")(world), signingKey: UNKNOWN_DID })),
    ),
    refused("leaves accounts alone that are not active", async (world) =>
      tell({
        ...didOf("dora")(world),
        signingKey: await reserveKey(world),
      })(world),
    ),
    refused(
      "knows nobody else",
      tell({ did: UNKNOWN_DID, signingKey: UNKNOWN_DID }),
      "NotFound",
    ),
    refused("wants a key", tell(didOf("bob"))),
    ...onlyForOperators(
      tell((world) => ({ ...didOf("bob")(world), signingKey: UNKNOWN_DID })),
      "AuthenticationRequired",
    ),
  ],
  [SEND]: [
    {
      name: "writes a letter",
      call: tell(({ accounts: { alice, bob } }) => ({
        recipientDid: alice.did,
        senderDid: bob.did,
        subject: "About your post",
        content: "It was <b>rude</b>.",
        comment: "third time",
      })),
      body: { sent: true },
      async check(_answer, world) {
        const letter = await letterTo(
          world,
          "alice@mail.test",
          "About your post",
        );
        expect(letter).toMatchObject({
          subject: "About your post",
          text: "It was rude.",
          html: "It was <b>rude</b>.",
        });
        const { alice, bob } = world.accounts;
        expect(actsOn(world, alice.did)[0]).toEqual({
          actor: "admin",
          action: "sendEmail",
          detail: {
            senderDid: bob.did,
            subject: "About your post",
            comment: "third time",
          },
        });
      },
    },
    {
      name: "needs no subject, and writes to those who were taken down",
      call: tell(({ accounts: { tara, bob } }) => ({
        recipientDid: tara.did,
        senderDid: bob.did,
        content: "Why",
      })),
      async check(_answer, world) {
        const letter = await letterTo(
          world,
          "tara@mail.test",
          "Message via your PDS",
        );
        expect(letter.text).toBe("Why");
      },
    },
    refused(
      "knows nobody else",
      tell(({ accounts: { bob } }) => ({
        recipientDid: UNKNOWN_DID,
        senderDid: bob.did,
        content: "Why",
      })),
    ),
    refused(
      "wants something to say",
      tell(({ accounts: { bob } }) => ({
        recipientDid: bob.did,
        senderDid: bob.did,
      })),
    ),
    ...onlyForOperators(
      tell(({ accounts: { bob } }) => ({
        recipientDid: bob.did,
        senderDid: bob.did,
        content: "Why",
      })),
    ),
  ],
};
