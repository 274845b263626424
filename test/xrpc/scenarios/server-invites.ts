import { expect } from "bun:test";
import type { Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";

const CREATE_CODE = "com.atproto.server.createInviteCode";
const CREATE_CODES = "com.atproto.server.createInviteCodes";

const refused = (name: string, input: object): Scenario => ({
  name: `refuses ${name}`,
  call: { as: "admin", input },
  status: 400,
  error: "InvalidRequest",
});

const notTheOwner: Scenario[] = [
  {
    name: "is not for an account",
    call: { as: "alice", input: { useCount: 1, codeCount: 1 } },
    status: 401,
    error: "AuthenticationRequired",
  },
  {
    name: "is not for who guesses the password",
    call: {
      token: `Basic ${btoa("admin:guess")}`,
      input: { useCount: 1, codeCount: 1 },
    },
    status: 401,
    error: "AuthenticationRequired",
  },
  {
    name: "is not for another user with the administrator's password",
    call: ({ tokens }) => ({
      token: `Basic ${btoa(atob(tokens.admin.slice(6)).replace("admin:", "root:"))}`,
      input: { useCount: 1, codeCount: 1 },
    }),
    status: 401,
    error: "AuthenticationRequired",
  },
];

export const serverInvites: ScenarioTable = {
  [CREATE_CODE]: [
    {
      name: "makes a code with the name of the host",
      call: { as: "admin", input: { useCount: 1 } },
      body: {
        code: expect.stringMatching(/^localhost-[a-z2-7]{5}-[a-z2-7]{5}$/),
      },
    },
    {
      name: "makes a code for an account",
      call: ({ accounts }) => ({
        as: "admin",
        input: { useCount: 3, forAccount: accounts.alice.did },
      }),
      async check({ body }, { call, tokens }) {
        const { body: mine } = await call(
          "com.atproto.server.getAccountInviteCodes",
          { token: tokens.alice },
        );
        expect(mine.codes).toContainEqual(
          expect.objectContaining({ code: body.code, available: 3, uses: [] }),
        );
      },
    },
    refused("a code for nobody", { useCount: 0 }),
    refused("a negative number of uses", { useCount: -1 }),
    refused("half a use", { useCount: 1.5 }),
    refused("more uses than there are people", { useCount: 1e12 }),
    refused("an account that is no DID", { useCount: 1, forAccount: "bob" }),
    ...notTheOwner,
  ],

  [CREATE_CODES]: [
    {
      name: "makes codes for the operator",
      call: { as: "admin", input: { codeCount: 2, useCount: 1 } },
      body: {
        codes: [
          {
            account: "admin",
            codes: [expect.any(String), expect.any(String)],
          },
        ],
      },
    },
    {
      name: "makes codes for accounts",
      call: ({ accounts: { alice, bob } }) => ({
        as: "admin",
        input: {
          codeCount: 1,
          useCount: 1,
          forAccounts: [alice.did, bob.did],
        },
      }),
      body: ({ accounts: { alice, bob } }) => ({
        codes: [{ account: alice.did }, { account: bob.did }],
      }),
    },
    refused("no code", { codeCount: 0, useCount: 1 }),
    refused("more codes than fit", { codeCount: 1001, useCount: 1 }),
    refused("an account that is no DID", {
      codeCount: 1,
      useCount: 1,
      forAccounts: ["bob"],
    }),
    ...notTheOwner,
  ],

  "com.atproto.server.getAccountInviteCodes": [
    {
      name: "lists the codes of an account",
      call: { as: "alice" },
      body: { codes: expect.any(Array) },
    },
    {
      name: "works while the account is deactivated",
      call: { as: "dora", params: { includeUsed: false } },
      body: { codes: [] },
    },
    {
      name: "is not for app passwords",
      call: { as: "alice:privileged" },
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "is not for an account that was taken down",
      call: { as: "tara" },
      status: 401,
      error: "AccountTakedown",
    },
  ],
};

const signUp =
  (inviteCode: (world: World) => Promise<string | undefined>) =>
  async (world: World) => {
    const name = `guest${world.unique()}`;
    return {
      input: {
        handle: `${name}.test`,
        email: `${name}@mail.test`,
        password: "correct horse",
        inviteCode: await inviteCode(world),
      },
    };
  };

async function makeCode({ call, tokens }: World): Promise<string> {
  const { body } = await call(CREATE_CODE, {
    token: tokens.admin,
    input: { useCount: 1 },
  });
  return body.code;
}

const refusedGuest = (
  name: string,
  inviteCode: (world: World) => Promise<string | undefined>,
): Scenario => ({
  name: `refuses ${name}`,
  call: signUp(inviteCode),
  status: 400,
  error: "InvalidInviteCode",
});

/** Of a host that asks for invite codes. */
export const invitedOnly: ScenarioTable = {
  "com.atproto.server.createAccount": [
    { name: "takes an invited guest", call: signUp(makeCode) },
    refusedGuest("a guest without a code", async () => undefined),
    refusedGuest("an empty code", async () => " "),
    refusedGuest(
      "a code that nobody made",
      async () => "localhost-aaaaa-aaaaa",
    ),
    refusedGuest("a code that is used up", async (world) => {
      const code = await makeCode(world);
      const call = await signUp(async () => code)(world);
      await world.call("com.atproto.server.createAccount", call);
      return code;
    }),
    {
      name: "does not use a code up for a guest who is refused",
      async call(world) {
        const code = await makeCode(world);
        const call = await signUp(async () => code)(world);
        const bad = { ...call.input, handle: "alice.test" };
        await world.call("com.atproto.server.createAccount", { input: bad });
        return call;
      },
    },
  ],
  "com.atproto.server.describeServer": [
    {
      name: "says that a code is needed",
      call: {},
      body: { inviteCodeRequired: true },
    },
  ],
};
