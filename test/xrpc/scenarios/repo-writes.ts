import { expect } from "bun:test";
import { isTid } from "#repo/syntax.ts";
import type { World } from "../world.ts";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";
import {
  addThing,
  CREATE,
  createdAt,
  ELSEWHERE,
  FOLLOW,
  headOf,
  keyOf,
  LIKE,
  post,
  POST,
  PROFILE,
  PUT,
  raw,
  readRecord,
  strangersToWriting,
  THING,
} from "./repo-fixture.ts";
import { inputText, whatRecordsMayBe } from "./repo-records.ts";

const CHANGED = {
  commit: { cid: expect.any(String), rev: expect.any(String) },
};

const create = (record: unknown, more: object = {}): Made => ({
  as: "alice",
  input: { repo: "alice.test", collection: THING, record, ...more },
});

const oldPicture = async (world: World) =>
  (await world.uploadBlob("an old picture", "image/png")) as {
    ref: { $link: string };
    mimeType: string;
  };

const put = (record: unknown, more: object = {}): Made => ({
  as: "alice",
  input: {
    repo: "alice.test",
    collection: THING,
    rkey: "self",
    record,
    ...more,
  },
});

const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

/** Both are liked, and the first like is gone, or not. */
const likesTwice = (name: string, more: object, isKept: boolean): Scenario => {
  let first = "";
  return {
    name,
    async call({ call, tokens, unique }) {
      const uri = `at://did:plc:abcdefghijklmnopqrstuvwx/${POST}/${unique()}`;
      const subject = { uri, cid: ELSEWHERE };
      const like = create(
        { $type: LIKE, subject, createdAt },
        {
          collection: LIKE,
        },
      );
      const { body } = await call(CREATE, { ...like, token: tokens.alice });
      first = keyOf(body.uri);
      return create(
        { $type: LIKE, subject, createdAt },
        {
          collection: LIKE,
          ...more,
        },
      );
    },
    body: CHANGED,
    async check({ body }, world) {
      expect((await readRecord(world, LIKE, first)) !== null).toBe(isKept);
      expect(await readRecord(world, LIKE, keyOf(body.uri))).not.toBeNull();
    },
  };
};

const createRecord: Scenario[] = [
  {
    name: "adds a record under a new key",
    call: create(post("hello"), { collection: POST }),
    body: ({ accounts }) => ({
      uri: expect.stringMatching(
        new RegExp(`^at://${accounts.alice.did}/${POST}/`),
      ),
      cid: expect.any(String),
      validationStatus: "valid",
      ...CHANGED,
    }),
    async check({ body }, world) {
      const rkey = keyOf(body.uri);
      expect(isTid(rkey)).toBe(true);
      expect(await readRecord(world, POST, rkey)).toEqual({
        uri: body.uri,
        cid: body.cid,
        value: post("hello"),
      } as never);
      expect(await headOf(world)).toEqual(body.commit);
    },
  },
  {
    name: "takes the DID for the repository",
    call: ({ accounts }) => create({}, { repo: accounts.alice.did }),
  },
  {
    name: "takes the handle in any case",
    call: create({}, { repo: "Alice.TEST" }),
  },
  {
    name: "fills in the type",
    call: create({ a: 1 }),
    async check({ body }, world) {
      const found = await readRecord(world, THING, keyOf(body.uri));
      expect(found!.value).toEqual({ $type: THING, a: 1 });
    },
  },
  {
    name: "keeps what it was given, strange keys too",
    call: inputText(
      { repo: "alice.test", collection: THING, rkey: "strange" },
      `{"constructor":{"prototype":1},"toString":"x","":{"b":[true,null]}}`,
    ),
    async check(_answer, world) {
      const found = await readRecord(world, THING, "strange");
      expect(JSON.stringify(found!.value)).toBe(
        `{"":{"b":[true,null]},"$type":"${THING}","toString":"x","constructor":{"prototype":1}}`,
      );
    },
  },
  {
    name: "has one key for a profile",
    call: create({ $type: PROFILE }, { collection: PROFILE }),
    body: { uri: expect.stringMatching(/\/self$/) },
  },
  {
    name: "takes a key of 512 characters",
    call: ({ unique }) =>
      create({}, { rkey: `${unique()}`.padEnd(512, "aZ0.-_:~") }),
  },
  refused("does not write over a record", async (world) =>
    create({ n: 1 }, { rkey: (await addThing(world)).rkey }),
  ),
  {
    name: "goes on from the commit that it is told",
    call: async (world) =>
      create({}, { swapCommit: (await headOf(world)).cid }),
    body: CHANGED,
  },
  refused(
    "does not go on from another commit",
    create({}, { swapCommit: ELSEWHERE }),
    "InvalidSwap",
  ),
  refused(
    "does not go on from a commit that has been followed",
    async (world) => {
      const { commit } = await addThing(world);
      await addThing(world);
      return create({}, { swapCommit: commit.cid });
    },
    "InvalidSwap",
  ),
  likesTwice("keeps one like of a post, the newer", {}, false),
  likesTwice(
    "keeps one like where the lexicon is asked for",
    { validate: true },
    false,
  ),
  likesTwice(
    "keeps both where nothing is looked at",
    { validate: false },
    true,
  ),
  {
    name: "keeps one follow of an account",
    async call({ call, tokens, accounts }) {
      const follow = create(
        { $type: FOLLOW, subject: accounts.bob.did, createdAt },
        { collection: FOLLOW },
      );
      await call(CREATE, { ...follow, token: tokens.alice });
      return follow;
    },
    async check({ body }, { call }) {
      const { body: list } = await call("com.atproto.repo.listRecords", {
        params: { repo: "alice.test", collection: FOLLOW },
      });
      expect(list.records.map(({ uri }: { uri: string }) => uri)).toEqual([
        body.uri,
      ]);
    },
  },
  {
    name: "takes a body of 1,000,000 bytes",
    call: raw(sizedInput(1_000_000)),
    body: CHANGED,
  },
  {
    name: "takes no body of 1,000,001 bytes",
    call: raw(sizedInput(1_000_001)),
    status: 413,
    error: "PayloadTooLarge",
  },
  ...whatRecordsMayBe({
    send: create,
    sendText: (text) =>
      inputText({ repo: "alice.test", collection: THING }, text),
  }),
  ...strangersToWriting((repo) => ({ repo, collection: THING, record: {} })),
];

function sizedInput(sizeBytes: number): string {
  const input = { repo: "alice.test", collection: THING, record: { text: "" } };
  const text = "x".repeat(sizeBytes - JSON.stringify(input).length);
  return JSON.stringify({ ...input, record: { text } });
}

const putRecord: Scenario[] = [
  {
    name: "adds a record",
    call: ({ unique }) => put({ n: 0 }, { rkey: `new${unique()}` }),
    body: { uri: expect.any(String), cid: expect.any(String), ...CHANGED },
  },
  {
    name: "changes a record",
    call: async (world) =>
      put({ n: 1 }, { rkey: (await addThing(world)).rkey }),
    body: CHANGED,
    async check({ body }, world) {
      const found = await readRecord(world, THING, keyOf(body.uri));
      expect(found).toMatchObject({ cid: body.cid, value: { n: 1 } });
    },
  },
  {
    name: "leaves a record that is so already",
    call: async (world) =>
      put({ n: 0 }, { rkey: (await addThing(world)).rkey }),
    async check({ body }, world) {
      expect(Object.keys(body).sort()).toEqual([
        "cid",
        "uri",
        "validationStatus",
      ]);
      const found = await readRecord(world, THING, keyOf(body.uri));
      expect(found!.cid).toBe(body.cid);
    },
  },
  {
    name: "sets the profile",
    call: put(
      { $type: PROFILE, displayName: "Alice" },
      { collection: PROFILE },
    ),
    body: { validationStatus: "valid" },
  },
  {
    name: "takes a profile with a picture in the old shape, as it was read",
    call: async (world) => {
      const { ref, mimeType } = await oldPicture(world);
      const avatar = { cid: ref.$link, mimeType };
      return put({ $type: PROFILE, avatar }, { collection: PROFILE });
    },
    async check(_answer, world) {
      const profile = await readRecord(world, PROFILE, "self");
      expect(profile!.value.avatar).toEqual(await oldPicture(world));
    },
  },
  {
    name: "changes the record that it is told",
    call: async (world) => {
      const { rkey, cid } = await addThing(world);
      return put({ n: 1 }, { rkey, swapRecord: cid });
    },
    body: CHANGED,
  },
  refused(
    "does not change another record than it is told",
    async (world) =>
      put(
        { n: 1 },
        { rkey: (await addThing(world)).rkey, swapRecord: ELSEWHERE },
      ),
    "InvalidSwap",
  ),
  refused(
    "does not change a record where there should be none",
    async (world) =>
      put({ n: 1 }, { rkey: (await addThing(world)).rkey, swapRecord: null }),
    "InvalidSwap",
  ),
  refused(
    "does not leave a record where there should be none",
    async (world) =>
      put({ n: 0 }, { rkey: (await addThing(world)).rkey, swapRecord: null }),
    "InvalidSwap",
  ),
  {
    name: "adds a record where there should be none",
    call: ({ unique }) =>
      put({ n: 0 }, { rkey: `new${unique()}`, swapRecord: null }),
    body: CHANGED,
  },
  refused(
    "does not add a record where there should be one",
    ({ unique }) =>
      put({ n: 0 }, { rkey: `new${unique()}`, swapRecord: ELSEWHERE }),
    "InvalidSwap",
  ),
  {
    name: "goes on from the commit that it is told",
    call: async (world) => {
      const { rkey, commit } = await addThing(world);
      return put({ n: 1 }, { rkey, swapCommit: commit.cid });
    },
    body: CHANGED,
  },
  refused(
    "does not go on from another commit",
    put({ n: 1 }, { swapCommit: ELSEWHERE }),
    "InvalidSwap",
  ),
  refused("refuses a swap that is no CID", put({}, { swapRecord: "x" })),
  ...whatRecordsMayBe({
    send: (record, more) => put(record, { ...more, ...keyFor(more) }),
    sendText: (text) =>
      inputText({ repo: "alice.test", collection: THING, rkey: "any" }, text),
  }),
  ...strangersToWriting((repo) => ({
    repo,
    collection: THING,
    rkey: "any",
    record: {},
  })),
];

/** The method needs a key; a post must have a TID. */
function keyFor(more: { collection?: string; rkey?: string } = {}) {
  if (more.rkey !== undefined) return {};
  return { rkey: more.collection === POST ? "3jzfcijpj2z2a" : "any" };
}

export const repoWrites: ScenarioTable = {
  [CREATE]: createRecord,
  [PUT]: putRecord,
};
