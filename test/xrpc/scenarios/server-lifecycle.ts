import { expect } from "bun:test";
import { createPlcClient } from "#contexts/identity/plc.ts";
import type { PlcData } from "#contexts/identity/plc-operation.ts";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  addPerson,
  MINUTE_MS,
  NOTHING,
  requestCode,
  succeed,
  type Person,
} from "./people.ts";

const ACTIVATE = "com.atproto.server.activateAccount";
const DEACTIVATE = "com.atproto.server.deactivateAccount";
const CHECK = "com.atproto.server.checkAccountStatus";
const DELETE = "com.atproto.server.deleteAccount";

/** Whom the last call was made for. */
let person: Person;

/** Somebody who is not active, and whose identity may have been changed since. */
const resting =
  (change: (data: PlcData) => PlcData = (data) => data) =>
  async (world: World): Promise<Made> => {
    person = await addPerson(world);
    const { did, token, recovery } = person;
    await succeed(world, DEACTIVATE, { token, input: {} });
    const plc = createPlcClient({ url: world.network.plcUrl, fetch });
    await plc.update(did, recovery, change);
    return { token, input: NOTHING };
  };

const repoStatus = async (world: World, did: string) =>
  (await world.call("com.atproto.sync.getRepoStatus", { params: { did } }))
    .body;

const refusedBecause = (
  name: string,
  change: (data: PlcData) => PlcData,
  message: string,
): Scenario => ({
  name: `refuses an identity whose ${name}`,
  call: resting(change),
  status: 400,
  error: "InvalidRequest",
  body: { message: expect.stringContaining(message) },
  async check(_answer, world) {
    const status = await repoStatus(world, person.did);
    expect(status).toMatchObject({ active: false, status: "deactivated" });
    const checked = await succeed(world, CHECK, { token: person.token });
    expect(checked).toMatchObject({ activated: false, validDid: false });
  },
});

const pds = (endpoint: string, type = "AtprotoPersonalDataServer") => ({
  atproto_pds: { type, endpoint },
});

/** What is only for those who signed in with the main password. */
const forOwners = (more: Made): Scenario[] =>
  (["alice:app", "alice:privileged"] as const).map((as) => ({
    name: `is not for ${as}`,
    call: { as, ...more },
    status: 400,
    error: "InvalidToken",
  }));

/** Of somebody who has asked for a code. */
const deletion =
  (change: object = {}, waitMs = 0) =>
  async (world: World): Promise<Made> => {
    person = await addPerson(world);
    const { did, password } = person;
    const token = await requestCode(world, person, "deleteAccount");
    world.clock.advance(waitMs);
    return { input: { did, password, token, ...change } };
  };

const stays = async (_answer: unknown, world: World): Promise<void> => {
  const status = await repoStatus(world, person.did);
  expect(status).toMatchObject({ active: true });
};

export const serverLifecycle: ScenarioTable = {
  [CHECK]: [
    {
      name: "tells how the account stands",
      call: { as: "alice" },
      body: {
        activated: true,
        validDid: true,
        repoCommit: expect.stringMatching(/^bafyrei/),
        repoRev: expect.stringMatching(/^[2-7a-z]{13}$/),
        repoBlocks: expect.any(Number),
        indexedRecords: expect.any(Number),
        privateStateValues: expect.any(Number),
        expectedBlobs: expect.any(Number),
        importedBlobs: expect.any(Number),
      },
    },
    {
      name: "works while deactivated",
      call: { as: "dora" },
      body: {
        activated: false,
        indexedRecords: 1,
        expectedBlobs: 1,
        importedBlobs: 1,
      },
    },
    { name: "is for app passwords too", call: { as: "alice:app" } },
    {
      name: "is not for sessions that may only leave",
      call: { as: "tara:takendown" },
      status: 400,
      error: "InvalidToken",
    },
  ],

  [DEACTIVATE]: [
    {
      name: "takes the account out of sight",
      call: async (world) => {
        person = await addPerson(world);
        return { token: person.token, input: {} };
      },
      async check(_answer, world) {
        const { did, token } = person;
        expect(await repoStatus(world, did)).toEqual({
          did,
          active: false,
          status: "deactivated",
        });
        const params = { did };
        const repo = await world.call("com.atproto.sync.getRepo", { params });
        expect([repo.status, repo.body.error]).toEqual([
          400,
          "RepoDeactivated",
        ]);
        const own = { params, token };
        expect((await world.call("com.atproto.sync.getRepo", own)).status).toBe(
          200,
        );
        const write = await world.call("com.atproto.repo.createRecord", {
          token,
          input: { repo: did, collection: "com.example.a", record: {} },
        });
        expect([write.status, write.body.error]).toEqual([
          401,
          "AccountDeactivated",
        ]);
        const session = await world.call("com.atproto.server.createSession", {
          input: { identifier: did, password: person.password },
        });
        expect(session.body).toMatchObject({
          active: false,
          status: "deactivated",
        });
      },
    },
    {
      name: "takes a date for the deletion, and takes it again",
      call: async (world) => {
        person = await addPerson(world);
        const { token } = person;
        const input = { deleteAfter: "2100-01-01T00:00:00Z" };
        await succeed(world, DEACTIVATE, { token, input });
        return { token, input: { deleteAfter: "2101-01-01T00:00:00.000Z" } };
      },
    },
    {
      name: "is for those who were taken down too",
      call: { as: "tara:takendown", input: {} },
      async check(_answer, world) {
        const { did } = world.accounts.tara;
        const status = await repoStatus(world, did);
        expect(status).toMatchObject({ status: "takendown" });
      },
    },
    ...forOwners({ input: {} }),
  ],

  [ACTIVATE]: [
    {
      name: "brings the account back",
      call: resting(),
      async check(_answer, world) {
        const { did, token } = person;
        expect(await repoStatus(world, did)).toMatchObject({ active: true });
        const { activated } = await succeed(world, CHECK, { token });
        expect(activated).toBe(true);
        await succeed(world, "com.atproto.repo.createRecord", {
          token,
          input: { repo: did, collection: "com.example.a", record: {} },
        });
      },
    },
    { name: "may be repeated", call: { as: "alice", input: NOTHING } },
    {
      name: "takes back the date of the deletion",
      call: async (world) => {
        const made = await resting()(world);
        await succeed(world, DEACTIVATE, {
          token: person.token,
          input: { deleteAfter: "2100-01-01T00:00:00Z" },
        });
        return made;
      },
      check: stays,
    },
    refusedBecause(
      "server is another",
      (data) => ({ ...data, services: pds("https://elsewhere.example.com") }),
      "elsewhere.example.com",
    ),
    refusedBecause(
      "service is no PDS",
      (data) => ({
        ...data,
        services: pds(data.services.atproto_pds!.endpoint, "Other"),
      }),
      "no server",
    ),
    refusedBecause(
      "key is another",
      (data) => ({
        ...data,
        verificationMethods: { atproto: data.rotationKeys[0]! },
      }),
      "atproto key",
    ),
    refusedBecause(
      "key is missing",
      (data) => ({ ...data, verificationMethods: {} }),
      "missing",
    ),
    refusedBecause(
      "rotation keys leave this server out",
      (data) => ({ ...data, rotationKeys: data.rotationKeys.slice(0, 1) }),
      "rotation keys",
    ),
    ...forOwners({ input: NOTHING }),
  ],

  [DELETE]: [
    {
      name: "leaves nothing",
      call: deletion(),
      async check(_answer, world) {
        const { did, handle, email, password, token } = person;
        const status = await repoStatus(world, did);
        expect(status.error).toBe("RepoNotFound");
        const session = "com.atproto.server.getSession";
        expect((await world.call(session, { token })).body.error).toBe(
          "AccountNotFound",
        );
        const again = { handle, email, password };
        await succeed(world, "com.atproto.server.createAccount", {
          input: again,
        });
      },
    },
    {
      name: "works while the account is deactivated",
      call: async (world) => {
        const made = await deletion()(world);
        await succeed(world, DEACTIVATE, { token: person.token, input: {} });
        return made;
      },
    },
    {
      name: "refuses a wrong password",
      call: deletion({ password: "guess" }),
      status: 401,
      error: "AuthenticationRequired",
      check: stays,
    },
    {
      name: "tells no more of an account that is not here",
      call: deletion({ did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" }),
      status: 401,
      error: "AuthenticationRequired",
    },
    {
      name: "refuses a wrong code",
      call: deletion({ token: "AAAAA-AAAAA" }),
      status: 400,
      error: "InvalidToken",
      check: stays,
    },
    {
      name: "refuses a code for something else",
      call: async (world) => {
        const made = await deletion()(world);
        const token = await requestCode(world, person, "plcOperation");
        return { input: { ...(made.input as object), token } };
      },
      status: 400,
      error: "InvalidToken",
      check: stays,
    },
    {
      name: "refuses a code of long ago",
      call: deletion({}, 15 * MINUTE_MS),
      status: 400,
      error: "ExpiredToken",
      check: stays,
    },
    {
      name: "refuses an app password",
      call: async (world) => {
        const made = await deletion()(world);
        const { password } = await succeed(
          world,
          "com.atproto.server.createAppPassword",
          { token: person.token, input: { name: "an app" } },
        );
        return { input: { ...(made.input as object), password } };
      },
      status: 401,
      error: "AuthenticationRequired",
      check: stays,
    },
  ],
};
