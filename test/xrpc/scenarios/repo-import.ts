import { expect } from "bun:test";
import { carOf, makeForeignRepo } from "../../support/foreign-repo.ts";
import type { Made, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import { addPerson, succeed, type Person } from "./people.ts";

const IMPORT = "com.atproto.repo.importRepo";
const CAR = "application/vnd.ipld.car";

/** Whom the last call was made for. */
let person: Person;

/** Somebody with a repository of one record, exported. */
const ownExport =
  (
    change: (made: Made, world: World) => Made | Promise<Made> = (made) => made,
  ) =>
  async (world: World): Promise<Made> => {
    person = await addPerson(world);
    const { did, token } = person;
    await succeed(world, "com.atproto.repo.createRecord", {
      token,
      input: { repo: did, collection: "com.example.thing", record: { n: 1 } },
    });
    const params = { did };
    const input = await succeed(world, "com.atproto.sync.getRepo", { params });
    return change({ token, input, type: CAR }, world);
  };

const things = (world: World) =>
  succeed(world, "com.atproto.repo.listRecords", {
    params: { repo: person.did, collection: "com.example.thing" },
  });

export const repoImport: ScenarioTable = {
  [IMPORT]: [
    {
      name: "takes an account's own export back",
      call: ownExport(async (made, world) => {
        await succeed(world, "com.atproto.repo.createRecord", {
          token: made.token!,
          input: {
            repo: person.did,
            collection: "com.example.thing",
            record: { n: 2 },
          },
        });
        return made;
      }),
      async check(_answer, world) {
        const { records } = await things(world);
        expect(records).toMatchObject([{ value: { n: 1 } }]);
      },
    },
    {
      name: "works while the account is deactivated",
      call: ownExport(async (made, world) => {
        await succeed(world, "com.atproto.server.deactivateAccount", {
          token: made.token!,
          input: {},
        });
        return made;
      }),
    },
    {
      name: "refuses what is no repository",
      call: ownExport((made) => ({ ...made, input: Uint8Array.of(1, 2, 3) })),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "refuses the repository of somebody else",
      call: ownExport(async (made, world) => {
        const stranger = await world.addStranger();
        const repo = makeForeignRepo({ ...stranger, records: [] });
        return { ...made, input: carOf(repo) };
      }),
      status: 400,
      error: "InvalidRequest",
      async check(_answer, world) {
        expect((await things(world)).records).toHaveLength(1);
      },
    },
    {
      name: "refuses another kind of body",
      call: ownExport((made) => ({ ...made, type: "application/json" })),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "is not for app passwords",
      call: ownExport((made, { tokens }) => ({
        ...made,
        token: tokens["alice:app"],
      })),
      status: 400,
      error: "InvalidToken",
    },
  ],
};
