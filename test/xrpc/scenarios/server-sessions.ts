import { expect } from "bun:test";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";

const CREATE_SESSION = "com.atproto.server.createSession";

type Name = keyof World["accounts"];

const signIn =
  (name: Name, more: object = {}) =>
  ({ accounts }: World) => {
    const { handle, password } = accounts[name];
    return { input: { identifier: handle, password, ...more } };
  };

async function freshRefreshJwt(world: World): Promise<string> {
  const { body } = await world.call(CREATE_SESSION, signIn("bob")(world));
  return body.refreshJwt;
}

export const serverSessions: ScenarioTable = {
  "com.atproto.server.describeServer": [
    {
      name: "tells a client what it must know before anybody signs in",
      call: {},
      body: ({ serviceDid }) => ({
        did: serviceDid,
        availableUserDomains: [".test"],
        inviteCodeRequired: false,
        blobUploadLimit: expect.any(Number),
      }),
    },
    {
      name: "does not mind a token that is none",
      call: { token: "garbage" },
    },
  ],

  [CREATE_SESSION]: [
    {
      name: "signs in by handle",
      call: signIn("alice"),
      body: ({ accounts: { alice } }) => ({
        did: alice.did,
        handle: "alice.test",
        email: "alice@mail.test",
        emailConfirmed: false,
        active: true,
        accessJwt: expect.any(String),
        refreshJwt: expect.any(String),
      }),
    },
    {
      name: "signs in by handle in another case and with an at sign",
      call: signIn("alice", { identifier: "@Alice.TEST" }),
    },
    {
      name: "signs in by DID",
      call: (world) =>
        signIn("alice", { identifier: world.accounts.alice.did })(world),
    },
    {
      name: "signs in by e-mail address in another case",
      call: signIn("alice", { identifier: "ALICE@mail.test" }),
    },
    {
      name: "refuses a wrong password",
      call: signIn("alice", { password: "wrong" }),
      status: 401,
      error: "AuthenticationRequired",
      body: { message: "Invalid identifier or password" },
    },
    {
      name: "refuses an unknown account in the same words",
      call: signIn("alice", { identifier: "nobody.test" }),
      status: 401,
      error: "AuthenticationRequired",
      body: { message: "Invalid identifier or password" },
    },
    {
      name: "refuses an empty password",
      call: signIn("alice", { password: "" }),
      status: 401,
      error: "AuthenticationRequired",
    },
    {
      name: "refuses an empty identifier",
      call: signIn("alice", { identifier: "" }),
      status: 401,
      error: "AuthenticationRequired",
    },
    {
      name: "refuses a password longer than any",
      call: signIn("alice", { password: "x".repeat(513) }),
      status: 401,
      error: "AuthenticationRequired",
    },
    {
      name: "lets a deactivated account in, and says so",
      call: signIn("dora"),
      body: { active: false, status: "deactivated" },
    },
    {
      name: "keeps out an account that was taken down",
      call: signIn("tara"),
      status: 401,
      error: "AccountTakedown",
    },
    {
      name: "keeps out a suspended account",
      call: signIn("suse"),
      status: 401,
      error: "AccountTakedown",
    },
    {
      name: "tells nobody of a takedown who does not know the password",
      call: signIn("tara", { password: "wrong" }),
      status: 401,
      error: "AuthenticationRequired",
    },
    {
      name: "lets an account that was taken down in to leave",
      call: signIn("tara", { allowTakendown: true }),
      body: { active: false, status: "takendown" },
    },
  ],

  "com.atproto.server.getSession": [
    {
      name: "tells who the session is of",
      call: { as: "alice" },
      body: ({ accounts: { alice } }) => ({
        did: alice.did,
        handle: alice.handle,
        email: "alice@mail.test",
        active: true,
      }),
    },
    { name: "works with an app password", call: { as: "alice:app" } },
    {
      name: "works while the account is deactivated",
      call: { as: "dora" },
      body: { active: false, status: "deactivated" },
    },
    {
      name: "ends when the account is taken down",
      call: { as: "tara" },
      status: 401,
      error: "AccountTakedown",
    },
    {
      name: "is not for the session with which one may only leave",
      call: { as: "tara:takendown" },
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "is not for the administrator",
      call: { as: "admin" },
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "is not for refresh tokens",
      call: ({ accounts }) => ({ token: accounts.alice.refreshJwt }),
      status: 400,
      error: "InvalidToken",
    },
  ],

  "com.atproto.server.refreshSession": [
    {
      name: "gives new tokens",
      call: ({ accounts }) => ({
        token: accounts.alice.refreshJwt,
        input: new Uint8Array(0),
      }),
      body: ({ accounts: { alice } }) => ({
        did: alice.did,
        handle: alice.handle,
        active: true,
        accessJwt: expect.any(String),
        refreshJwt: expect.any(String),
      }),
    },
    {
      name: "gives a deactivated account new tokens",
      call: ({ accounts }) => ({
        token: accounts.dora.refreshJwt,
        input: new Uint8Array(0),
      }),
      body: { active: false, status: "deactivated" },
    },
    {
      name: "is not for access tokens",
      call: { as: "alice", input: new Uint8Array(0) },
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "refuses an account that was taken down",
      call: ({ accounts }) => ({
        token: accounts.tara.refreshJwt,
        input: new Uint8Array(0),
      }),
      status: 401,
      error: "AccountTakedown",
    },
    {
      name: "refuses a session that was ended",
      async call(world) {
        const token = await freshRefreshJwt(world);
        const input = new Uint8Array(0);
        await world.call("com.atproto.server.deleteSession", { token, input });
        return { token, input };
      },
      status: 400,
      error: "ExpiredToken",
    },
  ],

  "com.atproto.server.deleteSession": [
    {
      name: "ends a session",
      call: async (world) => ({
        token: await freshRefreshJwt(world),
        input: new Uint8Array(0),
      }),
    },
    {
      name: "is not for access tokens",
      call: { as: "alice", input: new Uint8Array(0) },
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "does nothing when the session has ended",
      async call(world) {
        const token = await freshRefreshJwt(world);
        const input = new Uint8Array(0);
        await world.call("com.atproto.server.deleteSession", { token, input });
        return { token, input };
      },
    },
  ],
};
