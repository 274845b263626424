import { expect } from "bun:test";
import type { Scenario } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  addGuarded,
  codeFrom,
  lettersTo,
  MINUTE_MS,
  succeed,
  type Person,
} from "./people.ts";

const NSID = "com.atproto.server.createSession";
let person: Person;

const signIn = (more: object = {}) => ({
  input: { identifier: person.handle, password: person.password, ...more },
});

const code = (world: World) =>
  codeFrom(world, person.email, () => world.call(NSID, signIn()));

/** Sign-ins of accounts that ask for a code beside the password. */
export const signInFactor: Scenario[] = [
  {
    name: "asks for a code where the account wants one",
    call: async (world) => {
      person = await addGuarded(world);
      return signIn();
    },
    status: 401,
    error: "AuthFactorTokenRequired",
  },
  {
    name: "lets in who has the code",
    call: async (world) => {
      person = await addGuarded(world);
      return signIn({ authFactorToken: await code(world) });
    },
    body: { emailAuthFactor: true, active: true },
  },
  {
    name: "refuses a wrong code in the words that clients look for",
    call: async (world) => {
      person = await addGuarded(world);
      await code(world);
      return signIn({ authFactorToken: "AAAAA-AAAAA" });
    },
    status: 400,
    error: "InvalidToken",
    body: { message: "Token is invalid" },
  },
  {
    name: "refuses a code that was used",
    call: async (world) => {
      person = await addGuarded(world);
      const made = signIn({ authFactorToken: await code(world) });
      await succeed(world, NSID, made);
      return made;
    },
    status: 400,
    error: "InvalidToken",
  },
  {
    name: "refuses a code of 15 minutes ago",
    call: async (world) => {
      person = await addGuarded(world);
      const made = signIn({ authFactorToken: await code(world) });
      world.clock.advance(15 * MINUTE_MS);
      return made;
    },
    status: 400,
    error: "ExpiredToken",
  },
  {
    name: "mails no code for a wrong password, whatever comes with it",
    call: async (world) => {
      person = await addGuarded(world);
      const letters = lettersTo(world, person.email).length;
      const made = signIn({ password: "wrong", authFactorToken: "ABCDE" });
      await world.call(NSID, made);
      expect(lettersTo(world, person.email)).toHaveLength(letters);
      return made;
    },
    status: 401,
    error: "AuthenticationRequired",
  },
  {
    name: "mails one code a minute, and the code stays good",
    call: async (world) => {
      person = await addGuarded(world);
      const authFactorToken = await code(world);
      const letters = lettersTo(world, person.email).length;
      for (let i = 0; i < 3; i++) await world.call(NSID, signIn());
      expect(lettersTo(world, person.email)).toHaveLength(letters);
      return signIn({ authFactorToken });
    },
  },
  {
    name: "lets app passwords in without a code",
    call: async (world) => {
      person = await addGuarded(world);
      const { password } = await succeed(
        world,
        "com.atproto.server.createAppPassword",
        { token: person.token, input: { name: "app" } },
      );
      return signIn({ password });
    },
  },
];
