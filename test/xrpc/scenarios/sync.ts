import { expect } from "bun:test";
import { decodeCar } from "#repo/car.ts";
import { cidOfCbor, formatCid, parseCid } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";
import type { Identity, World } from "../world.ts";
import { addThing, CREATE, ELSEWHERE, headOf, THING } from "./repo-fixture.ts";

type Name = keyof World["accounts"];
type Params = NonNullable<Made["params"]>;

/** A call about an account, as anybody or as somebody. */
const about =
  (name: Name, more: Params = {}, as?: Identity) =>
  ({ accounts }: World): Made => ({
    ...(as !== undefined && { as }),
    params: { did: accounts[name].did, ...more },
  });

const UNKNOWN = "did:plc:abcdefghijklmnopqrstuvwx";

/**
 * What methods that read a repository answer in each state of its account.
 * `more` are the other parameters, good for the accounts that are not active.
 */
function states(
  more: Params | ((world: World, name: Name) => Promise<Params>),
  options: { withTakendown?: boolean; success?: Scenario["check"] } = {},
): Scenario[] {
  const call =
    (name: Name, as?: Identity): Scenario["call"] =>
    async (world) => {
      const others =
        typeof more === "function" ? await more(world, name) : more;
      return about(name, others, as)(world);
    };
  const refused = (name: Name, error: string): Scenario => ({
    name: `answers ${error} of ${name}`,
    call: call(name),
    status: 400,
    error,
  });
  const allowed = (name: Name, as: Identity): Scenario => ({
    name: `answers ${as} of ${name}`,
    call: call(name, as),
  });
  return [
    {
      name: "answers anybody of an account that is active",
      call: call("bob"),
      ...(options.success && { check: options.success }),
    },
    allowed("bob", "alice"),
    allowed("bob", "admin"),
    refused("dora", "RepoDeactivated"),
    allowed("dora", "dora"),
    allowed("dora", "admin"),
    {
      ...refused("dora", "RepoDeactivated"),
      name: "tells alice nothing of dora",
      call: call("dora", "alice"),
    },
    refused("tara", "RepoTakendown"),
    allowed("tara", "admin"),
    ...(options.withTakendown ? [allowed("tara", "tara:takendown")] : []),
    refused("suse", "RepoSuspended"),
    allowed("suse", "admin"),
    {
      name: "knows no account elsewhere",
      call: async (world) => {
        const made = (await (call("bob") as Function)(world)) as Made;
        return { params: { ...made.params, did: UNKNOWN } };
      },
      status: 400,
      error: "RepoNotFound",
    },
  ];
}

const isCar: Scenario["check"] = ({ headers, body }) => {
  expect(headers.get("content-type")).toBe("application/vnd.ipld.car");
  expect(decodeCar(body).blocks.length).toBeGreaterThan(0);
};

const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

async function headBlock({ call, tokens }: World, did: string) {
  const { body } = await call("com.atproto.sync.getLatestCommit", {
    params: { did },
    token: tokens.admin,
  });
  return { cids: [body.cid] };
}

const addFirst = async ({ call, tokens, accounts }: World): Promise<void> => {
  await call(CREATE, {
    token: tokens.bob,
    input: {
      repo: accounts.bob.did,
      collection: THING,
      rkey: "first",
      record: {},
    },
  });
};

const firstRecord = async (world: World, name: Name): Promise<Params> => {
  if (name === "bob") await addFirst(world);
  return { collection: THING, rkey: "first" };
};

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

export const sync: ScenarioTable = {
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
      call: { params: { cursor: "zzz" } },
      check: ({ body }) => expect(body).toEqual({ repos: [] }),
    },
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
