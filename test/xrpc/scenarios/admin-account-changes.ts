import { expect } from "bun:test";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  UNKNOWN_DID,
  actsOn,
  addAccount,
  didOf,
  infoOf,
  onlyForOperators,
  refused,
  tell,
} from "./admin-fixture.ts";

const SEARCH = "com.atproto.admin.searchAccounts";
const EMAIL = "com.atproto.admin.updateAccountEmail";
const HANDLE = "com.atproto.admin.updateAccountHandle";
const PASSWORD = "com.atproto.admin.updateAccountPassword";
const KEY = "com.atproto.admin.updateAccountSigningKey";

const signIn = ({ call }: World, identifier: string, password: string) =>
  call("com.atproto.server.createSession", { input: { identifier, password } });

async function reserveKey({ call }: World, did?: string): Promise<string> {
  const nsid = "com.atproto.server.reserveSigningKey";
  const { body } = await call(nsid, { input: did ? { did } : {} });
  return body.signingKey;
}

export const adminAccountChanges: ScenarioTable = {
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
};
