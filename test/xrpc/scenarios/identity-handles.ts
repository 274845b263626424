import { expect } from "bun:test";
import { createPlcClient } from "#contexts/identity/plc.ts";
import type { Did } from "#repo/syntax.ts";
import type { Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import { addPerson, sessionOf, succeed, type Person } from "./people.ts";

const UPDATE_HANDLE = "com.atproto.identity.updateHandle";
const NEW = "is under another name";

/** Whose handle the last call changes, and to what. */
let person: Person;
let handle: string;

const plcOf = ({ network }: World) =>
  createPlcClient({ url: network.plcUrl, fetch });

const rename = (wanted?: (world: World) => string) => async (world: World) => {
  person = await addPerson(world);
  handle = wanted?.(world) ?? `renamed${world.unique()}.test`;
  return { token: person.token, input: { handle } };
};

const resolve = async (world: World, name: string): Promise<string> => {
  const { body } = await world.call("com.atproto.identity.resolveHandle", {
    params: { handle: name },
  });
  return body.did ?? body.error;
};

/** Everybody who asks hears of the new handle and of no other. */
async function expectRenamed(_answer: unknown, world: World): Promise<void> {
  const { did, handle: old } = person;
  const current = handle.toLowerCase();
  expect((await sessionOf(world, person)).handle).toBe(current);
  expect(await resolve(world, current)).toBe(did);
  expect(await resolve(world, old)).toBe("HandleNotFound");
  const { alsoKnownAs } = await plcOf(world).getData(did);
  expect(alsoKnownAs).toEqual([`at://${current}`]);
  const repo = await succeed(world, "com.atproto.repo.describeRepo", {
    params: { repo: did },
  });
  expect(repo).toMatchObject({ handle: current, handleIsCorrect: true });
}

const refused = (
  what: string,
  error: string,
  wanted: (world: World) => string,
): Scenario => ({
  name: `refuses a handle that ${what}`,
  call: rename(wanted),
  status: 400,
  error,
  async check(_answer, world) {
    expect((await sessionOf(world, person)).handle).toBe(person.handle);
  },
});

export const identityHandles: ScenarioTable = {
  [UPDATE_HANDLE]: [
    { name: NEW, call: rename(), check: expectRenamed },
    {
      name: "takes upper case for lower case",
      call: rename((world) => `Renamed${world.unique()}.Test`),
      check: expectRenamed,
    },
    {
      name: "gives the old handle to the next",
      call: async (world) => {
        const made = await rename()(world);
        await succeed(world, UPDATE_HANDLE, made);
        const free = person.handle;
        return rename(() => free)(world);
      },
      check: async (_answer, world) =>
        expect(await resolve(world, handle)).toBe(person.did),
    },
    {
      name: "takes a handle of another domain that leads to the account",
      call: async (world) => {
        const name = `person${world.unique()}.example.com`;
        const made = await rename(() => name)(world);
        world.names[`_atproto.${name}`] = [[`did=${person.did}`]];
        return made;
      },
      check: expectRenamed,
    },
    {
      name: "is for app passwords too",
      call: async (world) => {
        const made = await rename()(world);
        const { password } = await succeed(
          world,
          "com.atproto.server.createAppPassword",
          { token: person.token, input: { name: "app" } },
        );
        const { accessJwt } = await succeed(
          world,
          "com.atproto.server.createSession",
          { input: { identifier: person.did, password } },
        );
        return { ...made, token: accessJwt };
      },
      check: expectRenamed,
    },
    {
      name: "is for the deactivated too",
      call: async (world) => {
        const made = await rename()(world);
        const { token } = person;
        const nsid = "com.atproto.server.deactivateAccount";
        await succeed(world, nsid, { token, input: {} });
        return made;
      },
      check: async (_answer, world) =>
        expect((await sessionOf(world, person)).handle).toBe(handle),
    },
    {
      name: "takes the handle that the account has",
      call: async (world) => {
        await rename()(world);
        handle = person.handle;
        return { token: person.token, input: { handle } };
      },
    },
    refused("is of two labels", "InvalidHandle", () => "a.lice.test"),
    refused("is too short", "InvalidHandle", () => "al.test"),
    refused("is too long", "InvalidHandle", () => `${"a".repeat(19)}.test`),
    refused("nobody may have", "InvalidHandle", () => "someone.invalid"),
    refused("leads nowhere", "InvalidHandle", () => "nowhere.example.com"),
    refused("leads to somebody else", "InvalidHandle", (world) => {
      const name = `other${world.unique()}.example.com`;
      world.names[`_atproto.${name}`] = [[`did=${world.accounts.bob.did}`]];
      return name;
    }),
    refused("leads to two", "InvalidHandle", (world) => {
      const name = `both${world.unique()}.example.com`;
      const dids = [person.did, world.accounts.bob.did];
      world.names[`_atproto.${name}`] = dids.map((did) => [`did=${did}`]);
      return name;
    }),
    refused("is taken", "HandleNotAvailable", () => "bob.test"),
    refused("is reserved", "HandleNotAvailable", () => "admin.test"),
    {
      name: "refuses an identity that its owner has taken out of our hands",
      call: async (world) => {
        const made = await rename()(world);
        const { did, recovery } = person;
        await plcOf(world).update(did, recovery, (data) => ({
          ...data,
          rotationKeys: [recovery.didKey],
        }));
        return made;
      },
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "is not for those who were taken down",
      call: { as: "tara", input: { handle: "tara2.test" } },
      status: 401,
      error: "AccountTakedown",
    },
  ],

  "com.atproto.temp.checkHandleAvailability": [
    {
      name: "finds a free handle",
      call: { params: { handle: "nobody-yet.test" } },
      body: {
        handle: "nobody-yet.test",
        result: {
          $type: "com.atproto.temp.checkHandleAvailability#resultAvailable",
        },
      },
    },
    ...["alice.test", "ALICE.test", "dora.test", "admin.test"].map(
      (taken): Scenario => ({
        name: `suggests others for ${taken}`,
        call: { params: { handle: taken, email: "alice.liddell@mail.test" } },
        body: { handle: taken },
        check: async ({ body }, world) => {
          const { $type, suggestions } = body.result;
          expect($type).toEndWith("#resultUnavailable");
          expect(suggestions.length).toBeGreaterThan(2);
          expect(suggestions[0].handle).toBe("alice-liddell.test");
          for (const suggestion of suggestions) {
            expect(await resolve(world, suggestion.handle)).toBe(
              "HandleNotFound",
            );
          }
        },
      }),
    ),
    {
      name: "refuses an address that is none",
      call: { params: { handle: "nobody.test", email: "nobody" } },
      status: 400,
      error: "InvalidEmail",
    },
    {
      name: "refuses a handle that nobody could get",
      call: { params: { handle: "a.b.test" } },
      status: 400,
      error: "InvalidHandle",
    },
    {
      name: "refuses a handle of another domain",
      call: { params: { handle: "alice.example.com" } },
      status: 400,
      error: "UnsupportedDomain",
    },
  ],

  "com.atproto.temp.checkSignupQueue": [
    {
      name: "has no queue",
      call: { as: "alice" },
      body: { activated: true },
    },
  ],

  "com.atproto.identity.getRecommendedDidCredentials": [
    {
      name: "tells what the identity of an account here should say",
      call: { as: "alice" },
      async check({ body }, world) {
        const data = await plcOf(world).getData(
          world.accounts.alice.did as Did,
        );
        expect(body).toEqual(data);
      },
    },
    { name: "is for the deactivated too", call: { as: "dora" } },
    { name: "is for app passwords too", call: { as: "alice:app" } },
  ],
};
