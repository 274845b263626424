import { expect } from "bun:test";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  addPerson,
  codeFrom,
  lettersTo,
  MINUTE_MS,
  succeed,
  type Person,
} from "./people.ts";

const REQUEST = "com.atproto.server.requestPasswordReset";
const CREATE_SESSION = "com.atproto.server.createSession";
const PASSWORD = "another-password";

let person: Person;

const reset =
  (change: object = {}) =>
  async (world: World) => {
    person = await addPerson(world);
    const { email } = person;
    const token = await codeFrom(world, email, () =>
      succeed(world, REQUEST, { input: { email } }),
    );
    return { input: { token, password: PASSWORD, ...change } };
  };

const signInStatus = async (world: World, password: string) => {
  const input = { identifier: person.handle, password };
  return (await world.call(CREATE_SESSION, { input })).status;
};

/** Nothing to be seen: the same answer for everybody. */
const sameForAll = (name: string, email: string) => ({
  name,
  call: { input: { email } },
  check: (answer: { body: Uint8Array }, world: World) => {
    expect(answer.body).toHaveLength(0);
    expect(lettersTo(world, email)).toEqual([]);
  },
});

export const serverPasswords: ScenarioTable = {
  [REQUEST]: [
    { name: "takes the request", call: { input: { email: "bob@mail.test" } } },
    {
      name: "finds the account in another case, and says nothing of it",
      call: async (world) => {
        person = await addPerson(world);
        return { input: { email: person.email.toUpperCase() } };
      },
      check: (answer) => expect(answer.body).toHaveLength(0),
    },
    sameForAll("answers the same for nobody", "nobody@mail.test"),
    sameForAll("answers the same for what is no address", "nonsense"),
    sameForAll("answers the same for a handle", "alice.test"),
    sameForAll("answers the same for nothing", ""),
    {
      name: "is for the deactivated too",
      call: { input: { email: "dora@mail.test" } },
    },
  ],

  "com.atproto.server.resetPassword": [
    {
      name: "sets the password and ends all sessions",
      call: reset(),
      async check(_answer, world) {
        expect(await signInStatus(world, person.password)).toBe(401);
        expect(await signInStatus(world, PASSWORD)).toBe(200);
        const { status, body } = await world.call(
          "com.atproto.server.getSession",
          { token: person.token },
        );
        expect([status, body.error]).toEqual([400, "ExpiredToken"]);
      },
    },
    {
      name: "refuses a password that is too long, and leaves the code good",
      call: async (world) => {
        const made = await reset()(world);
        const { status, body } = await world.call(
          "com.atproto.server.resetPassword",
          { input: { ...made.input, password: "x".repeat(257) } },
        );
        expect([status, body.error]).toEqual([400, "InvalidPassword"]);
        return made;
      },
    },
    {
      name: "refuses an empty password",
      call: reset({ password: "" }),
      status: 400,
      error: "InvalidPassword",
    },
    {
      name: "refuses a wrong code",
      call: reset({ token: "AAAAA-AAAAA" }),
      status: 400,
      error: "InvalidToken",
      body: { message: "Token is invalid" },
      async check(_answer, world) {
        expect(await signInStatus(world, person.password)).toBe(200);
      },
    },
    {
      name: "refuses what can't be a code",
      call: reset({ token: "x".repeat(10_000) }),
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "refuses a code that was used",
      call: async (world) => {
        const made = await reset()(world);
        await succeed(world, "com.atproto.server.resetPassword", made);
        return made;
      },
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "refuses a code of 15 minutes ago",
      call: async (world) => {
        const made = await reset()(world);
        world.clock.advance(15 * MINUTE_MS);
        return made;
      },
      status: 400,
      error: "ExpiredToken",
    },
  ],
};
