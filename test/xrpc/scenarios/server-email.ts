import { expect } from "bun:test";
import type { Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  addConfirmed,
  addGuarded,
  addPerson,
  lettersTo,
  MINUTE_MS,
  NOTHING,
  requestCode,
  sessionOf,
  succeed,
  type Person,
} from "./people.ts";

const WRONG_CODE = "AAAAA-AAAAA";

/** Whom the last call was made for. */
let person: Person;

const confirm =
  (change: object = {}, add = addPerson) =>
  async (world: World) => {
    person = await add(world);
    const token = await requestCode(world, person, "confirmEmail");
    const input = { email: person.email, token, ...change };
    return { token: person.token, input };
  };

/** By somebody whose address is confirmed, with the code unless changed. */
const update =
  (change: (world: World) => object, add = addConfirmed) =>
  async (world: World) => {
    person = await add(world);
    const token = await requestCode(world, person, "updateEmail");
    return { token: person.token, input: { token, ...change(world) } };
  };

const newAddress = (world: World) => ({
  email: `new${world.unique()}@mail.test`,
});

const later =
  (make: (world: World) => Promise<{ token: string; input: object }>) =>
  async (world: World) => {
    const made = await make(world);
    world.clock.advance(15 * MINUTE_MS);
    return made;
  };

const refused = (error: string, message?: string) => ({
  status: 400,
  error,
  ...(message !== undefined && { body: { message } }),
});

/** What the methods that write letters have in common. */
const letter = (ownerOnly: boolean): Scenario[] => [
  {
    name: ownerOnly ? "is not for app passwords" : "is for app passwords too",
    call: { as: "alice:app", input: NOTHING },
    ...(ownerOnly && refused("InvalidToken")),
  },
  { name: "is for the deactivated too", call: { as: "dora", input: NOTHING } },
  {
    name: "is not for those who were taken down",
    call: { as: "tara", input: NOTHING },
    status: 401,
    error: "AccountTakedown",
  },
  {
    name: "is not for those who were suspended",
    call: { as: "suse", input: NOTHING },
    status: 401,
    error: "AccountTakedown",
  },
];

export const serverEmail: ScenarioTable = {
  "com.atproto.server.requestEmailConfirmation": [
    { name: "takes the request", call: { as: "alice", input: NOTHING } },
    {
      name: "mails a code as text and as HTML",
      call: async (world) => {
        person = await addPerson(world);
        await requestCode(world, person, "confirmEmail");
        return { token: person.token, input: NOTHING };
      },
    },
    ...letter(false),
  ],

  "com.atproto.server.confirmEmail": [
    {
      name: "confirms the address",
      call: confirm(),
      async check(_answer, world) {
        expect(await sessionOf(world, person)).toMatchObject({
          emailConfirmed: true,
        });
      },
    },
    {
      name: "takes the address in another case",
      call: async (world) => {
        const made = await confirm()(world);
        const email = person.email.toUpperCase();
        return { ...made, input: { ...made.input, email } };
      },
    },
    {
      name: "takes the code as people type it",
      call: async (world) => {
        const made = await confirm()(world);
        const token = ` ${made.input.token.replace("-", "").toLowerCase()}`;
        return { ...made, input: { ...made.input, token } };
      },
    },
    {
      name: "refuses another address",
      call: confirm({ email: "other@mail.test" }),
      ...refused("InvalidEmail"),
    },
    {
      name: "refuses a wrong code in the words that clients look for",
      call: confirm({ token: WRONG_CODE }),
      ...refused("InvalidToken", "Token is invalid"),
    },
    {
      name: "refuses a code that was used",
      call: async (world) => {
        const made = await confirm()(world);
        await succeed(world, "com.atproto.server.confirmEmail", made);
        return made;
      },
      ...refused("InvalidToken"),
    },
    {
      name: "refuses a code for something else",
      call: async (world) => {
        const made = await confirm()(world);
        const token = await requestCode(world, person, "deleteAccount");
        return { ...made, input: { ...made.input, token } };
      },
      ...refused("InvalidToken"),
    },
    {
      name: "refuses a code of 15 minutes ago",
      call: later(confirm()),
      ...refused("ExpiredToken", "Token is expired"),
    },
    {
      name: "refuses an account that is gone",
      call: async (world) => {
        const made = await confirm()(world);
        await succeed(world, "com.atproto.admin.deleteAccount", {
          token: world.tokens.admin,
          input: { did: person.did },
        });
        return made;
      },
      status: 403,
      error: "AccountNotFound",
    },
  ],

  "com.atproto.server.requestEmailUpdate": [
    {
      name: "needs no code while the address is not confirmed",
      call: async (world) => {
        person = await addPerson(world);
        return { token: person.token, input: NOTHING };
      },
      body: { tokenRequired: false },
      check(_answer, world) {
        expect(lettersTo(world, person.email)).toEqual([]);
      },
    },
    {
      name: "mails a code to the confirmed address",
      call: async (world) => {
        person = await addConfirmed(world);
        await requestCode(world, person, "updateEmail");
        return { token: person.token, input: NOTHING };
      },
      body: { tokenRequired: true },
    },
    ...letter(true),
  ],

  "com.atproto.server.updateEmail": [
    {
      name: "needs no code while the address is not confirmed",
      call: async (world) => {
        person = await addPerson(world);
        return { token: person.token, input: newAddress(world) };
      },
      async check(_answer, world) {
        const { email, emailConfirmed } = await sessionOf(world, person);
        expect(email).toStartWith("new");
        expect(emailConfirmed).toBe(false);
      },
    },
    {
      name: "takes a code, and the new address has to be confirmed again",
      call: update(newAddress),
      async check(_answer, world) {
        const { email, emailConfirmed } = await sessionOf(world, person);
        expect(email).toStartWith("new");
        expect(emailConfirmed).toBe(false);
      },
    },
    {
      name: "makes the codes worthless that went to the old address",
      call: async (world) => {
        const made = await update(newAddress)(world);
        const token = await requestCode(world, person, "deleteAccount");
        await succeed(world, "com.atproto.server.updateEmail", made);
        const { did, password } = person;
        const answer = await world.call("com.atproto.server.deleteAccount", {
          input: { did, password, token },
        });
        expect(answer.body.error).toBe("InvalidToken");
        return { token: person.token, input: newAddress(world) };
      },
    },
    {
      name: "asks for a code once the address is confirmed",
      call: update((world) => ({ ...newAddress(world), token: undefined })),
      ...refused("TokenRequired"),
    },
    {
      name: "asks for a code also if it is empty",
      call: update((world) => ({ ...newAddress(world), token: "" })),
      ...refused("TokenRequired"),
    },
    {
      name: "refuses a wrong code",
      call: update((world) => ({ ...newAddress(world), token: WRONG_CODE })),
      ...refused("InvalidToken", "Token is invalid"),
      async check(_answer, world) {
        expect(await sessionOf(world, person)).toMatchObject({
          email: person.email,
          emailConfirmed: true,
        });
      },
    },
    {
      name: "refuses a code of 15 minutes ago",
      call: later(update(newAddress)),
      ...refused("ExpiredToken"),
    },
    {
      name: "refuses the address of another account, in any case",
      call: update(() => ({ email: "BOB@mail.test" })),
      ...refused("InvalidRequest"),
    },
    {
      name: "refuses what is no address and leaves the code for the next try",
      call: async (world) => {
        const made = await update(newAddress)(world);
        const wrong = { ...made, input: { ...made.input, email: "nonsense" } };
        const { status } = await world.call(
          "com.atproto.server.updateEmail",
          wrong,
        );
        expect(status).toBe(400);
        return made;
      },
    },
    {
      name: "keeps the confirmation of an address that stays the same",
      call: update(() => ({ email: person.email.toUpperCase() })),
      async check(_answer, world) {
        expect(await sessionOf(world, person)).toMatchObject({
          email: person.email.toUpperCase(),
          emailConfirmed: true,
        });
      },
    },
    {
      name: "does not guard the sign-in by an address that is not confirmed",
      call: async (world) => {
        person = await addPerson(world);
        const input = { email: person.email, emailAuthFactor: true };
        return { token: person.token, input };
      },
      ...refused("InvalidRequest"),
    },
    {
      name: "does not guard the sign-in by an address that is new",
      call: update((world) => ({
        ...newAddress(world),
        emailAuthFactor: true,
      })),
      ...refused("InvalidRequest"),
    },
    {
      name: "guards the sign-in without a code",
      call: async (world) => {
        person = await addConfirmed(world);
        const input = { email: person.email, emailAuthFactor: true };
        return { token: person.token, input };
      },
      async check(_answer, world) {
        expect(await sessionOf(world, person)).toMatchObject({
          emailAuthFactor: true,
          emailConfirmed: true,
        });
      },
    },
    {
      name: "asks for a code to leave the sign-in unguarded",
      call: async (world) => {
        person = await addGuarded(world);
        const input = { email: person.email, emailAuthFactor: false };
        return { token: person.token, input };
      },
      ...refused("TokenRequired"),
    },
    {
      name: "leaves the sign-in unguarded with a code",
      call: update(
        () => ({ email: person.email, emailAuthFactor: false }),
        addGuarded,
      ),
      async check(_answer, world) {
        expect(await sessionOf(world, person)).toMatchObject({
          emailAuthFactor: false,
        });
      },
    },
    {
      name: "keeps the sign-in guarded when the address changes",
      call: update(newAddress, addGuarded),
      async check(_answer, world) {
        expect(await sessionOf(world, person)).toMatchObject({
          emailAuthFactor: true,
          emailConfirmed: false,
        });
      },
    },
    {
      name: "is not for app passwords",
      call: { as: "alice:app", input: { email: "new@mail.test" } },
      ...refused("InvalidToken"),
    },
  ],

  "com.atproto.server.requestAccountDelete": [
    { name: "takes the request", call: { as: "alice", input: NOTHING } },
    {
      name: "mails a code that deletes the account",
      call: async (world) => {
        person = await addPerson(world);
        const { did, password } = person;
        const token = await requestCode(world, person, "deleteAccount");
        await succeed(world, "com.atproto.server.deleteAccount", {
          input: { did, password, token },
        });
        return { as: "alice", input: NOTHING };
      },
      async check(_answer, world) {
        const { body } = await world.call("com.atproto.sync.getRepoStatus", {
          params: { did: person.did },
        });
        expect(body.error).toBe("RepoNotFound");
      },
    },
    ...letter(true),
  ],
};
