import { expect } from "bun:test";
import { decodeCar } from "#repo/car.ts";
import { cidOfCbor, formatCid, parseCid } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import type { Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import { addThing, ELSEWHERE, headOf, THING } from "./repo-fixture.ts";
import {
  about,
  addFirst,
  refused,
  states,
  UNKNOWN,
  type Name,
  type Params,
} from "./sync-fixture.ts";

const isCar: Scenario["check"] = ({ headers, body }) => {
  expect(headers.get("content-type")).toBe("application/vnd.ipld.car");
  expect(decodeCar(body).blocks.length).toBeGreaterThan(0);
};
async function headBlock({ call, tokens }: World, did: string) {
  const { body } = await call("com.atproto.sync.getLatestCommit", {
    params: { did },
    token: tokens.admin,
  });
  return { cids: [body.cid] };
}

const firstRecord = async (world: World, name: Name): Promise<Params> => {
  if (name === "bob") await addFirst(world);
  return { collection: THING, rkey: "first" };
};

/** What may be read of one repository. */
export const syncRepos: ScenarioTable = {
  "com.atproto.sync.getRepo": [
    ...states({}, { withTakendown: true, success: isCar }),
    {
      name: "begins with the commit, and holds every record",
      call: async (world) => {
        await addThing(world, { n: "in the export" });
        return about("alice")(world);
      },
      async check({ body }, world) {
        const { roots, blocks } = decodeCar(body);
        const head = await headOf(world);
        expect(roots.map(formatCid)).toEqual([head.cid as never]);
        expect(formatCid(blocks[0]!.cid)).toBe(head.cid as never);
        const commit = decodeCommit(blocks[0]!.bytes);
        expect(commit).toMatchObject({
          did: world.accounts.alice.did,
          rev: head.rev,
        } as never);
        const texts = blocks.map(({ bytes }) => Buffer.from(bytes).toString());
        expect(texts.some((text) => text.includes("in the export"))).toBe(true);
      },
    },
    {
      name: "gives what is newer than a revision",
      call: async (world) => {
        const { commit } = await addThing(world, { n: "long known" });
        await addThing(world, { n: "brand new" });
        return about("alice", { since: commit.rev })(world);
      },
      check({ body }) {
        const text = Buffer.from(body).toString("latin1");
        expect(text).toContain("brand new");
        expect(text).not.toContain("long known");
      },
    },
    {
      name: "gives next to nothing when nothing is newer",
      call: async (world) =>
        about("alice", { since: (await headOf(world)).rev })(world),
      check: ({ body }) => expect(decodeCar(body).blocks).toEqual([]),
    },
    refused("refuses a revision that is none", about("alice", { since: "x" })),
  ],

  "com.atproto.sync.getRecord": [
    ...states(firstRecord, { success: isCar }),
    {
      name: "proves that there is no record",
      call: about("alice", { collection: THING, rkey: "missing" }),
      check({ body }) {
        const { roots, blocks } = decodeCar(body);
        expect(roots).toEqual([blocks[0]!.cid]);
        expect(blocks.length).toBeGreaterThan(1);
      },
    },
    refused(
      "refuses a key that is none",
      about("alice", { collection: THING, rkey: "a/b" }),
    ),
    refused(
      "refuses a collection that is none",
      about("alice", { collection: "x", rkey: "first" }),
    ),
  ],

  "com.atproto.sync.getBlocks": [
    ...states(
      async (world, name) => headBlock(world, world.accounts[name].did),
      {
        success({ body }) {
          const { roots, blocks } = decodeCar(body);
          expect(roots).toEqual([]);
          expect(blocks).toHaveLength(1);
          expect(cidOfCbor(blocks[0]!.bytes)).toEqual(blocks[0]!.cid);
        },
      },
    ),
    {
      name: "sends a block once, however often it is asked for",
      call: async (world) => {
        const { cid } = await headOf(world);
        return about("alice", { cids: [cid, cid] })(world);
      },
      check: ({ body }) => expect(decodeCar(body).blocks).toHaveLength(1),
    },
    refused(
      "misses a block",
      async (world) =>
        about("alice", { cids: [(await headOf(world)).cid, ELSEWHERE] })(world),
      "BlockNotFound",
    ),
    refused("refuses a CID that is none", about("alice", { cids: ["x"] })),
    refused(
      "refuses a CID of the old kind",
      about("alice", {
        cids: ["QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"],
      }),
    ),
  ],

  "com.atproto.sync.getLatestCommit": [
    ...states(
      {},
      {
        success({ body }) {
          expect(Object.keys(body).sort()).toEqual(["cid", "rev"]);
          expect(parseCid(body.cid)).toBeDefined();
        },
      },
    ),
  ],

  "com.atproto.sync.getRepoStatus": [
    {
      name: "tells where an active repository stands",
      call: about("alice"),
      async check({ body }, world) {
        const { did } = world.accounts.alice;
        const { rev } = await headOf(world);
        expect(body).toEqual({ did, active: true, rev });
      },
    },
    ...(
      [
        ["dora", "deactivated"],
        ["tara", "takendown"],
        ["suse", "suspended"],
      ] as const
    ).map(([name, status]): Scenario => ({
      name: `tells that an account is ${status}`,
      call: about(name),
      check: ({ body }, { accounts }) =>
        expect(body).toEqual({
          did: accounts[name].did,
          active: false,
          status,
        }),
    })),
    refused(
      "knows no account elsewhere",
      { params: { did: UNKNOWN } },
      "RepoNotFound",
    ),
    refused("refuses a DID that is none", { params: { did: "alice.test" } }),
  ],

  "com.atproto.sync.getHead": [
    ...states(
      {},
      {
        success: ({ body }) => expect(Object.keys(body)).toEqual(["root"]),
      },
    ),
  ],

  "com.atproto.sync.getCheckout": [...states({}, { success: isCar })],
};
