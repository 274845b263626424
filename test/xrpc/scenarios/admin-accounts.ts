import { expect } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import { until } from "../../support/until.ts";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  UNKNOWN_DID,
  actsOn,
  addAccount,
  ask,
  didOf,
  infoOf,
  onlyForOperators,
  refused,
  tell,
} from "./admin-fixture.ts";

const INFO = "com.atproto.admin.getAccountInfo";
const INFOS = "com.atproto.admin.getAccountInfos";
const SEARCH = "com.atproto.admin.searchAccounts";
const DELETE = "com.atproto.admin.deleteAccount";
const SEND = "com.atproto.admin.sendEmail";

const signIn = ({ call }: World, identifier: string, password: string) =>
  call("com.atproto.server.createSession", { input: { identifier, password } });

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
