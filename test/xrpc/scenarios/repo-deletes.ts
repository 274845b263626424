import { expect } from "bun:test";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";
import {
  addThing,
  DELETE,
  ELSEWHERE,
  readRecord,
  strangersToWriting,
  THING,
} from "./repo-fixture.ts";

const CHANGED = {
  commit: { cid: expect.any(String), rev: expect.any(String) },
};

const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

const remove = (rkey: string, more: object = {}): Made => ({
  as: "alice",
  input: { repo: "alice.test", collection: THING, rkey, ...more },
});

let removed = "";

const deleteRecord: Scenario[] = [
  {
    name: "removes a record",
    call: async (world) => remove((await addThing(world)).rkey),
    body: CHANGED,
  },
  {
    name: "does not mind that there is none",
    call: remove("never-there"),
    check: ({ body }) => expect(body).toEqual({}),
  },
  {
    name: "removes a record for good",
    async call(world) {
      const { rkey } = await addThing(world);
      removed = rkey;
      return remove(rkey);
    },
    async check(_answer, world) {
      expect(await readRecord(world, THING, removed)).toBeNull();
    },
  },
  {
    name: "removes the record that it is told",
    call: async (world) => {
      const { rkey, cid } = await addThing(world);
      return remove(rkey, { swapRecord: cid });
    },
    body: CHANGED,
  },
  refused(
    "does not remove another record than it is told",
    async (world) =>
      remove((await addThing(world)).rkey, { swapRecord: ELSEWHERE }),
    "InvalidSwap",
  ),
  {
    name: "goes on from the commit that it is told",
    call: async (world) => {
      const { rkey, commit } = await addThing(world);
      return remove(rkey, { swapCommit: commit.cid });
    },
    body: CHANGED,
  },
  refused(
    "does not go on from another commit",
    async (world) =>
      remove((await addThing(world)).rkey, { swapCommit: ELSEWHERE }),
    "InvalidSwap",
  ),
  refused("refuses a swap that is no CID", remove("any", { swapRecord: "x" })),
  refused("refuses a key that is none", remove("a/b")),
  refused(
    "refuses a collection that is none",
    remove("any", { collection: "x" }),
  ),
  ...strangersToWriting((repo) => ({ repo, collection: THING, rkey: "any" })),
];

export const repoDeletes: ScenarioTable = { [DELETE]: deleteRecord };
