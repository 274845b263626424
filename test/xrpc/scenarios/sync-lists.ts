import { expect } from "bun:test";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import { addThing, CREATE, ELSEWHERE, headOf, THING } from "./repo-fixture.ts";
import {
  about,
  addFirst,
  refused,
  states,
  type Name,
  type Params,
} from "./sync-fixture.ts";

/** A blob that a record of the account names. */
const blobOf = async (world: World, name: Name): Promise<Params> => {
  if (name === "alice") throw new Error("alice has none of her own");
  if (name !== "bob") return { cid: world.blobs[name] };
  const { call, tokens, accounts } = world;
  const { body } = await call("com.atproto.repo.uploadBlob", {
    token: tokens.bob,
    input: "blob of bob",
    type: "text/plain",
  });
  await call(CREATE, {
    token: tokens.bob,
    input: {
      repo: accounts.bob.did,
      collection: THING,
      record: { blob: body.blob },
    },
  });
  return { cid: body.blob.ref.$link };
};

/** Blobs, and what is listed of the host. */
export const syncLists: ScenarioTable = {
  "com.atproto.sync.getBlob": [
    ...states(blobOf, {
      withTakendown: true,
      success({ headers, body }) {
        expect(Object.fromEntries(headers)).toMatchObject({
          "content-type": "text/plain",
          "content-length": "11",
          "content-security-policy": "default-src 'none'; sandbox",
          "x-content-type-options": "nosniff",
        });
        expect(Buffer.from(body).toString()).toBe("blob of bob");
      },
    }),
    refused(
      "keeps a blob that no record names from others",
      async (world) => {
        const { ref } = (await world.uploadBlob("not yet named")) as {
          ref: { $link: string };
        };
        return about("alice", { cid: ref.$link })(world);
      },
      "BlobNotFound",
    ),
    {
      name: "shows it to its owner",
      call: async (world) => {
        const { ref } = (await world.uploadBlob("not yet named")) as {
          ref: { $link: string };
        };
        return about("alice", { cid: ref.$link }, "alice")(world);
      },
    },
    refused(
      "misses a blob",
      about("alice", { cid: ELSEWHERE }),
      "BlobNotFound",
    ),
    refused("refuses a CID that is none", about("alice", { cid: "x" })),
  ],

  "com.atproto.sync.listBlobs": [
    ...states({}, { withTakendown: true }),
    {
      name: "lists what records name, in order, a page at a time",
      async call(world) {
        for (let n = 0; n < 3; n++) {
          const it = await world.uploadBlob(`listed ${n}`);
          await addThing(world, { it });
        }
        return about("alice")(world);
      },
      async check({ body }, world) {
        const { cids } = body as { cids: string[] };
        expect(cids.length).toBeGreaterThanOrEqual(3);
        expect(cids).toEqual([...cids].sort());
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const { body: page } = await world.call(
            "com.atproto.sync.listBlobs",
            {
              params: { did: world.accounts.alice.did, limit: 2, cursor },
            },
          );
          paged.push(...page.cids);
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(cids);
      },
    },
    {
      name: "lists what records name since a revision",
      async call(world) {
        const { rev } = await headOf(world);
        const it = await world.uploadBlob("listed as new");
        await addThing(world, { it });
        return about("alice", { since: rev })(world);
      },
      check: ({ body }) => expect(body.cids).toHaveLength(1),
    },
    { name: "takes a limit of 1", call: about("bob", { limit: 1 }) },
    { name: "takes a limit of 1000", call: about("bob", { limit: 1000 }) },
    refused("refuses a limit of 0", about("bob", { limit: 0 })),
    refused("refuses a limit of 1001", about("bob", { limit: 1001 })),
    refused("refuses a cursor that is none", about("bob", { cursor: "x" })),
    refused("refuses a revision that is none", about("bob", { since: "x" })),
  ],

  "com.atproto.sync.listRepos": [
    {
      name: "lists every repository with its state",
      call: {},
      async check({ body }, world) {
        const { alice, dora, tara, suse } = world.accounts;
        const byDid = new Map<string, object>(
          body.repos.map((repo: { did: string }) => [repo.did, repo]),
        );
        const { cid: head, rev } = await headOf(world);
        const { did } = alice;
        expect(byDid.get(did)).toEqual({ did, head, rev, active: true });
        for (const [account, status] of [
          [dora, "deactivated"],
          [tara, "takendown"],
          [suse, "suspended"],
        ] as const) {
          expect(byDid.get(account.did)).toMatchObject({
            active: false,
            status,
          });
        }
      },
    },
    {
      name: "lists a page at a time, each once",
      call: { params: { limit: 2 } },
      async check({ body }, { call }) {
        expect(body.repos).toHaveLength(2);
        const dids: string[] = [];
        let cursor: string | undefined;
        do {
          const { body: page } = await call("com.atproto.sync.listRepos", {
            params: { limit: 2, cursor },
          });
          dids.push(...page.repos.map((repo: { did: string }) => repo.did));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(dids.length).toBeGreaterThanOrEqual(5);
        expect(new Set(dids).size).toBe(dids.length);
      },
    },
    { name: "takes a limit of 1", call: { params: { limit: 1 } } },
    { name: "takes a limit of 1000", call: { params: { limit: 1000 } } },
    refused("refuses a limit of 0", { params: { limit: 0 } }),
    refused("refuses a limit of 1001", { params: { limit: 1001 } }),
    {
      name: "has nothing after the last",
      call: { params: { cursor: "did:zzz:z" } },
      check: ({ body }) => expect(body).toEqual({ repos: [] }),
    },
    refused("refuses a cursor that is none", { params: { cursor: "0::x" } }),
  ],

  "com.atproto.sync.listReposByCollection": [
    {
      name: "lists the active repositories that hold a collection",
      call: async (world) => {
        await addFirst(world);
        await addThing(world);
        return { params: { collection: THING } };
      },
      check({ body }, { accounts: { alice, bob } }) {
        const dids = [alice.did, bob.did].sort();
        expect(body).toEqual({ repos: dids.map((did) => ({ did })) });
      },
    },
    {
      name: "lists a page at a time",
      call: { params: { collection: THING, limit: 1 } },
      async check({ body }, { call }) {
        expect(body.repos).toHaveLength(1);
        const next = await call("com.atproto.sync.listReposByCollection", {
          params: { collection: THING, limit: 1, cursor: body.cursor },
        });
        expect(next.body.repos).toHaveLength(1);
        expect(next.body.repos).not.toEqual(body.repos);
      },
    },
    {
      name: "lists nobody for a collection that nobody has",
      call: { params: { collection: "com.example.nowhere" } },
      check: ({ body }) => expect(body).toEqual({ repos: [] }),
    },
    refused("refuses a collection that is none", {
      params: { collection: "x" },
    }),
    {
      name: "takes a limit of 2000",
      call: { params: { collection: THING, limit: 2000 } },
    },
    refused("refuses a limit of 0", {
      params: { collection: THING, limit: 0 },
    }),
    refused("refuses a limit of 2001", {
      params: { collection: THING, limit: 2001 },
    }),
  ],
};
