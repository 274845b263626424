import { expect } from "bun:test";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  addThing,
  APPLY,
  ELSEWHERE,
  headOf,
  keyOf,
  post,
  POST,
  raw,
  readRecord,
  strangersToWriting,
  THING,
} from "./repo-fixture.ts";

const apply = (writes: unknown, more: object = {}): Made => ({
  as: "alice",
  input: { repo: "alice.test", writes, ...more },
});

const create = (rkey: string | undefined, n = 0, collection = THING) => ({
  $type: `${APPLY}#create`,
  collection,
  ...(rkey !== undefined && { rkey }),
  value: { n },
});
const update = (rkey: string, n: number) => ({
  $type: `${APPLY}#update`,
  collection: THING,
  rkey,
  value: { n },
});
const remove = (rkey: string) => ({
  $type: `${APPLY}#delete`,
  collection: THING,
  rkey,
});

const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

const newKey = ({ unique }: World) => `batch${unique()}`;
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => create(undefined, n));

/** Writes that name one path several times, and what is there in the end. */
function onOnePath(
  name: string,
  writes: (rkey: string) => object[],
  end: number | null,
): Scenario {
  let rkey = "";
  return {
    name,
    call(world) {
      rkey = newKey(world);
      return apply(writes(rkey));
    },
    async check({ body }, world) {
      expect(body.results).toHaveLength(writes("").length);
      const found = await readRecord(world, THING, rkey);
      expect(found?.value.n ?? null).toBe(end as never);
    },
  };
}

const CHANGED = {
  commit: { cid: expect.any(String), rev: expect.any(String) },
};

/** Nothing of a batch is there when one of its writes can't be. */
const allOrNothing = (
  name: string,
  spoiler: (rkey: string) => object,
  error = "InvalidRequest",
): Scenario => {
  let before: object;
  let rkey = "";
  return {
    name: `writes nothing when ${name}`,
    async call(world) {
      before = await headOf(world);
      rkey = newKey(world);
      return apply([create(rkey), spoiler(rkey)]);
    },
    status: 400,
    error,
    async check(_answer, world) {
      expect(await headOf(world)).toEqual(before as never);
      expect(await readRecord(world, THING, rkey)).toBeNull();
    },
  };
};

const aBlob = {
  $type: "blob",
  ref: { $link: "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity" },
  mimeType: "text/plain",
  size: 3,
};

export const repoBatches: ScenarioTable = {
  [APPLY]: [
    {
      name: "creates, updates and deletes in one commit",
      async call(world) {
        const [one, other] = [await addThing(world), await addThing(world)];
        return apply([
          create(undefined, 1),
          update(one.rkey, 2),
          remove(other.rkey),
          { ...create(undefined), collection: POST, value: post("hi") },
        ]);
      },
      body: {
        ...CHANGED,
        results: [
          {
            $type: `${APPLY}#createResult`,
            uri: expect.any(String),
            cid: expect.any(String),
            validationStatus: "unknown",
          },
          { $type: `${APPLY}#updateResult`, validationStatus: "unknown" },
          { $type: `${APPLY}#deleteResult` },
          { $type: `${APPLY}#createResult`, validationStatus: "valid" },
        ],
      },
      async check({ body }, world) {
        expect(await headOf(world)).toEqual(body.commit);
        const rkeys = body.results.map(({ uri }: { uri?: string }) =>
          uri === undefined ? null : keyOf(uri),
        );
        const created = await readRecord(world, THING, rkeys[0]);
        expect(created!.value).toEqual({ $type: THING, n: 1 });
        const updated = await readRecord(world, THING, rkeys[1]);
        expect(updated!.value).toEqual({ $type: THING, n: 2 });
      },
    },
    {
      name: "does nothing where nothing is asked",
      call: apply([]),
      check: ({ body }) => expect(body).toEqual({ results: [] }),
    },
    {
      name: "takes 200 writes",
      call: apply(many(200)),
      check: ({ body }) => expect(body.results).toHaveLength(200),
    },
    refused("takes no 201 writes", apply(many(201))),
    refused(
      "takes no 201 writes that would change nothing",
      apply(Array.from({ length: 201 }, () => remove("never-there"))),
    ),
    onOnePath(
      "creates and updates one record",
      (rkey) => [create(rkey, 1), update(rkey, 2)],
      2,
    ),
    onOnePath(
      "creates and deletes one record",
      (rkey) => [create(rkey, 1), remove(rkey)],
      null,
    ),
    onOnePath(
      "creates, deletes and creates one record",
      (rkey) => [create(rkey, 1), remove(rkey), create(rkey, 3)],
      3,
    ),
    {
      name: "is no commit when the writes cancel each other out",
      call: (world) => {
        const rkey = newKey(world);
        return apply([create(rkey, 1), remove(rkey)]);
      },
      check: ({ body }) =>
        expect(body).toEqual({
          results: [
            expect.objectContaining({ $type: `${APPLY}#createResult` }),
            { $type: `${APPLY}#deleteResult` },
          ],
        }),
    },
    {
      name: "deletes and creates a record that is there",
      call: async (world) => {
        const { rkey } = await addThing(world);
        return apply([remove(rkey), create(rkey, 5)]);
      },
      body: CHANGED,
    },
    {
      name: "does not mind to delete what is not there",
      call: apply([remove("never-there")]),
      check: ({ body }) =>
        expect(body).toEqual({ results: [{ $type: `${APPLY}#deleteResult` }] }),
    },
    allOrNothing("a record to update is missing", () => update("missing", 1)),
    allOrNothing("a record to create is there", (rkey) => create(rkey, 1)),
    allOrNothing(
      "a record names a blob that is not here",
      () => ({ ...create(undefined), value: { it: aBlob } }),
      "BlobNotFound",
    ),
    allOrNothing("a record is none", () => ({
      ...create(undefined),
      value: { n: 0.5 },
    })),
    allOrNothing("a record does not fit its lexicon", () => ({
      ...create(undefined),
      collection: POST,
      value: { $type: POST },
    })),
    allOrNothing("a key is none", () => create("a/b")),
    allOrNothing("a collection is none", () => create(undefined, 0, "thing")),
    refused(
      "refuses a blob of another type than it has",
      async (world) => {
        const it = { ...(await world.uploadBlob("x")), mimeType: "a/b" };
        return apply([{ ...create(undefined), value: { it } }]);
      },
      "InvalidMimeType",
    ),
    refused(
      "refuses a blob of another size than it has",
      async (world) => {
        const it = { ...(await world.uploadBlob("x")), size: 2 };
        return apply([{ ...create(undefined), value: { it } }]);
      },
      "InvalidSize",
    ),
    refused(
      "needs a lexicon where it is told to validate",
      apply([create(undefined)], { validate: true }),
    ),
    {
      name: "takes what does not fit where it is told not to look",
      call: apply(
        [{ ...create(undefined), collection: POST, value: { $type: POST } }],
        { validate: false },
      ),
      check: ({ body }) =>
        expect("validationStatus" in body.results[0]).toBe(false),
    },
    {
      name: "goes on from the commit that it is told",
      call: async (world) =>
        apply([create(undefined)], { swapCommit: (await headOf(world)).cid }),
      body: CHANGED,
    },
    refused(
      "does not go on from another commit",
      apply([create(undefined)], { swapCommit: ELSEWHERE }),
      "InvalidSwap",
    ),
    refused(
      "refuses a swap that is no CID",
      apply([create(undefined)], { swapCommit: "x" }),
    ),
    refused(
      "refuses a write of no kind",
      apply([{ ...create("a"), $type: "x" }]),
    ),
    refused(
      "refuses a write that does not say its kind",
      apply([{ ...create("a"), $type: undefined }]),
    ),
    refused(
      "refuses an update without a key",
      apply([{ ...update("a", 1), rkey: undefined }]),
    ),
    refused(
      "refuses a create without a value",
      apply([{ ...create("a"), value: undefined }]),
    ),
    refused("refuses writes that are no list", apply({ 0: create("a") })),
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
    ...strangersToWriting((repo) => ({ repo, writes: [create(undefined)] })),
  ],
};

function sizedInput(sizeBytes: number): string {
  const inputOf = (text: string) =>
    JSON.stringify({
      repo: "alice.test",
      writes: [{ ...create(undefined), value: { text } }],
    });
  return inputOf("x".repeat(sizeBytes - inputOf("").length));
}
