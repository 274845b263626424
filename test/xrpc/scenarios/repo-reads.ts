import { expect } from "bun:test";
import type { Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  addThing,
  CREATE,
  ELSEWHERE,
  GET,
  keyOf,
  THING,
} from "./repo-fixture.ts";

const LIST = "com.atproto.repo.listRecords";
const DESCRIBE = "com.atproto.repo.describeRepo";
/** A collection in which bob has five records, a to e. */
const LETTERS = "com.example.letter";

async function addLetters({ call, tokens, accounts }: World): Promise<void> {
  for (const rkey of "abcde") {
    const record = { letter: rkey };
    await call(CREATE, {
      token: tokens.bob,
      input: { repo: accounts.bob.did, collection: LETTERS, rkey, record },
    });
  }
}

const list = (params: object = {}) => ({
  params: { repo: "bob.test", collection: LETTERS, ...params },
});

const get = (params: object = {}) => ({
  params: {
    repo: "dora.test",
    collection: THING,
    rkey: "first",
    ...params,
  },
});

const page = (
  name: string,
  params: object,
  letters: string,
  cursor = letters.at(-1),
): Scenario => ({
  name,
  call: list(params),
  check({ body }) {
    const found = body.records.map(({ uri }: { uri: string }) => keyOf(uri));
    expect(found.join("")).toBe(letters);
    expect(body.cursor).toBe(cursor);
  },
});

const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

export const repoReads: ScenarioTable = {
  [GET]: [
    {
      name: "shows a record to anybody",
      call: async (world) => {
        const { rkey } = await addThing(world);
        return get({ repo: "alice.test", rkey });
      },
      body: ({ accounts }) => ({
        uri: expect.stringContaining(`at://${accounts.alice.did}/${THING}/`),
        cid: expect.any(String),
        value: { $type: THING, n: 0 },
      }),
    },
    {
      name: "shows a record by the DID, in the version that is there",
      call: async (world) => {
        const { rkey, cid } = await addThing(world);
        return get({ repo: world.accounts.alice.did, rkey, cid });
      },
    },
    refused(
      "has no other version",
      async (world) => {
        const { rkey } = await addThing(world);
        return get({ repo: "alice.test", rkey, cid: ELSEWHERE });
      },
      "RecordNotFound",
    ),
    refused(
      "says that there is no record",
      get({ repo: "alice.test", rkey: "missing" }),
      "RecordNotFound",
    ),
    refused("knows no repository elsewhere", get({ repo: "nobody.test" })),
    refused("shows nothing of a deactivated account", get()),
    refused(
      "shows nothing of an account that was taken down",
      get({ repo: "tara.test" }),
    ),
    refused("shows nothing of a suspended account", get({ repo: "suse.test" })),
    refused("refuses a repository that is none", get({ repo: "x" })),
    refused("refuses a key that is none", get({ rkey: "a/b" })),
    refused("refuses a collection that is none", get({ collection: "x" })),
    refused("refuses a CID that is none", get({ cid: "x" })),
  ],

  [LIST]: [
    {
      name: "lists from the newest key on",
      call: async (world) => {
        await addLetters(world);
        return list();
      },
      check({ body }, { accounts }) {
        expect(body.cursor).toBe("a");
        expect(body.records).toHaveLength(5);
        expect(body.records[0]).toEqual({
          uri: `at://${accounts.bob.did}/${LETTERS}/e`,
          cid: expect.any(String),
          value: { $type: LETTERS, letter: "e" },
        });
      },
    },
    page("gives a page", { limit: 2 }, "ed"),
    page("gives the page after a page", { limit: 2, cursor: "d" }, "cb"),
    page("gives a cursor on a short page too", { limit: 2, cursor: "b" }, "a"),
    page("gives an empty page at the end", { limit: 2, cursor: "a" }, ""),
    page("lists from the oldest key on", { limit: 3, reverse: true }, "abc"),
    page(
      "gives the page after a page from the oldest on",
      { limit: 3, reverse: true, cursor: "c" },
      "de",
    ),
    page("goes on from a key that has gone", { limit: 2, cursor: "cc" }, "cb"),
    page("takes a limit of 1", { limit: 1 }, "e"),
    page("takes a limit of 100", { limit: 100 }, "edcba"),
    page(
      "takes an odd cursor for the place where it would be",
      { cursor: "!" },
      "",
    ),
    page(
      "has nothing in a collection that is empty",
      {
        collection: "com.example.none",
      },
      "",
    ),
    ...[0, 101, -1, "1.5", "x", "9".repeat(20)].map((limit) =>
      refused(`refuses a limit of ${limit}`, list({ limit })),
    ),
    refused("refuses a repository that is not here", list({ repo: "no.test" })),
    refused(
      "shows nothing of a deactivated account",
      list({ repo: "dora.test" }),
    ),
    refused(
      "shows nothing of an account that was taken down",
      list({ repo: "tara.test" }),
    ),
    refused(
      "shows nothing of a suspended account",
      list({ repo: "suse.test" }),
    ),
    refused("refuses a collection that is none", list({ collection: "x" })),
  ],

  [DESCRIBE]: [
    {
      name: "tells what a repository holds",
      call: async (world) => {
        await addLetters(world);
        return { params: { repo: "bob.test" } };
      },
      body: ({ accounts: { bob } }) => ({
        handle: bob.handle,
        did: bob.did,
        didDoc: { id: bob.did },
        collections: [LETTERS],
        handleIsCorrect: true,
      }),
    },
    {
      name: "takes a DID",
      call: ({ accounts }) => ({ params: { repo: accounts.bob.did } }),
    },
    refused(
      "knows no repository elsewhere",
      { params: { repo: "nobody.test" } },
      "RepoNotFound",
    ),
    refused(
      "tells nothing of a deactivated account",
      { params: { repo: "dora.test" } },
      "RepoDeactivated",
    ),
    refused(
      "tells nothing of an account that was taken down",
      { params: { repo: "tara.test" } },
      "RepoTakendown",
    ),
    refused(
      "tells nothing of a suspended account",
      { params: { repo: "suse.test" } },
      "RepoSuspended",
    ),
  ],
};
