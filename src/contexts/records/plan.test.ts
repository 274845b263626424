import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cidOfCbor } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import type { Did, Nsid } from "#repo/syntax.ts";
import { planWrites, type WritePlan } from "./plan.ts";
import type { PreparedWrite } from "./prepare.ts";
import {
  createWriteHost,
  remove,
  THING,
  write,
  type WriteHost,
} from "./write-fixture.ts";

const LIKE = "app.bsky.feed.like" as Nsid;
const SUBJECT = "at://did:plc:bob/app.bsky.feed.post/1";

let host: WriteHost;
let alice: Did;

/** The repository has thing/a and thing/b, and a like of SUBJECT under like/1. */
beforeAll(async () => {
  host = await createWriteHost();
  alice = await host.addAccount("alice");
  await host.commit(
    alice,
    write("create", "a", { n: 1 }),
    write("create", "b", { n: 2 }),
    like("1"),
  );
});
afterAll(() => host.remove());

function like(rkey: string, more: Partial<PreparedWrite> = {}): PreparedWrite {
  const fields = { subject: SUBJECT, rkey };
  const like = { collection: LIKE, subject: SUBJECT, dedupe: true };
  return write("create", rkey, fields, { ...like, ...more });
}

const plan = (...writes: PreparedWrite[]): WritePlan =>
  planWrites(host.store(alice), writes);
const cidOf = (n: number) => cidOfCbor(encodeDrisl({ $type: THING, n }));

/** Tree changes as text. */
const steps = ({ writes }: WritePlan) =>
  writes.map(({ action, path }) => `${action} ${path.split("/")[1]}`);
const told = ({ results }: WritePlan) =>
  results.map(
    ({ action, rkey, changed }) =>
      `${action} ${rkey}${changed ? "" : " unchanged"}`,
  );

describe("a write", () => {
  test.each<[string, PreparedWrite, string[], string[]]>([
    ["creates", write("create", "c", { n: 3 }), ["create c"], ["create c"]],
    ["updates", write("update", "a", { n: 3 }), ["update a"], ["update a"]],
    ["deletes", remove("a"), ["delete a"], ["delete a"]],
    [
      "puts what is new",
      write("put", "c", { n: 3 }),
      ["create c"],
      ["create c"],
    ],
    [
      "puts what is there",
      write("put", "a", { n: 3 }),
      ["update a"],
      ["update a"],
    ],
    [
      "puts what is so already",
      write("put", "a", { n: 1 }),
      [],
      ["update a unchanged"],
    ],
    [
      "updates what is so already",
      write("update", "a", { n: 1 }),
      [],
      ["update a unchanged"],
    ],
    ["deletes what is not there", remove("c"), [], ["delete c unchanged"]],
  ])("%s", (_name, given, expected, results) => {
    const made = plan(given);
    expect(steps(made)).toEqual(expected);
    expect(told(made)).toEqual(results);
  });

  test("gives the tree, the index and the blocks the same record", () => {
    const given = write("create", "c", { n: 3 });
    const made = plan(given);
    expect(made.writes).toEqual([
      { action: "create", path: `${THING}/c`, cid: given.cid },
    ]);
    expect(made.records.get(`${THING}/c`)).toMatchObject({
      collection: THING,
      rkey: given.rkey,
      cid: given.cid,
    });
    expect(made.bytes.get(`${THING}/c`)).toBe(given.bytes!);
  });

  test("is refused where it can't be", () => {
    expect(() => plan(write("create", "a", { n: 9 }))).toThrow("already");
    expect(() => plan(write("update", "c", { n: 9 }))).toThrow("no record");
  });

  test("of the same content as is there is still no creation", () => {
    expect(() => plan(write("create", "a", { n: 1 }))).toThrow("already");
  });
});

describe("a swap", () => {
  const put = (rkey: string, swapRecord?: PreparedWrite["swapRecord"], n = 9) =>
    write("put", rkey, { n }, swapRecord === undefined ? {} : { swapRecord });

  test("of the record that is there succeeds", () => {
    expect(told(plan(put("a", cidOf(1))))).toEqual(["update a"]);
    expect(told(plan(put("c", null)))).toEqual(["create c"]);
    expect(told(plan(remove("a", { swapRecord: cidOf(1) })))).toEqual([
      "delete a",
    ]);
  });

  test.each([
    ["another record", () => put("a", cidOf(2))],
    ["no record where there is one", () => put("a", null)],
    ["a record where there is none", () => put("c", cidOf(1))],
    ["another record by what is so already", () => put("a", cidOf(2), 1)],
    [
      "another record by a deletion",
      () => remove("a", { swapRecord: cidOf(2) }),
    ],
  ])("of %s fails", (_name, make) => {
    expect(() => plan(make())).toThrow(
      expect.objectContaining({ error: "InvalidSwap" }),
    );
  });

  test("of a record that is gone already succeeds for a deletion", () => {
    expect(told(plan(remove("c", { swapRecord: cidOf(1) })))).toEqual([
      "delete c unchanged",
    ]);
  });

  test("looks at what the writes before it have made", () => {
    const made = plan(put("a"), put("a", cidOf(9), 10));
    expect(told(made)).toEqual(["update a", "update a"]);
    expect(() => plan(put("a"), put("a", cidOf(1), 10))).toThrow("Record was");
  });
});

describe("several writes to one path", () => {
  test("each see the ones before", () => {
    const made = plan(
      write("create", "c", { n: 3 }),
      write("update", "c", { n: 4 }),
      remove("c"),
      write("create", "c", { n: 5 }),
    );
    expect(steps(made)).toEqual([
      "create c",
      "update c",
      "delete c",
      "create c",
    ]);
    expect(made.records.get(`${THING}/c`)!.cid).toEqual(cidOf(5));
    expect(made.records.size).toBe(1);
  });

  test("can't create twice, or update what was deleted", () => {
    const create = write("create", "c", { n: 3 });
    expect(() => plan(create, create)).toThrow("already");
    expect(() => plan(remove("a"), write("update", "a", {}))).toThrow(
      "no record",
    );
  });

  test("may end as it began", () => {
    const made = plan(remove("a"), write("create", "a", { n: 1 }));
    expect(steps(made)).toEqual(["delete a", "create a"]);
    expect(told(made)).toEqual(["delete a", "create a"]);
  });
});

describe("a like of what is liked", () => {
  test("takes the place of the like before", () => {
    const made = plan(like("2"));
    expect(steps(made)).toEqual(["delete 1", "create 2"]);
    expect(told(made)).toEqual(["create 2"]);
    expect(made.records.get(`${LIKE}/1`)!.cid).toBeNull();
  });

  test("leaves it where nothing is looked at", () => {
    expect(steps(plan(like("2", { dedupe: false })))).toEqual(["create 2"]);
  });

  test("leaves those of other subjects and collections", () => {
    expect(steps(plan(like("2", { subject: "at://other" })))).toEqual([
      "create 2",
    ]);
    expect(steps(plan(like("2", { collection: THING })))).toEqual(["create 2"]);
  });

  test("knows of likes that the same batch made or deleted", () => {
    const made = plan(like("2", { dedupe: false }), like("3"));
    expect(steps(made)).toEqual([
      "create 2",
      "delete 1",
      "delete 2",
      "create 3",
    ]);
    const after = plan(remove("1", { collection: LIKE }), like("2"));
    expect(steps(after)).toEqual(["delete 1", "create 2"]);
  });

  test("knows of likes that the same batch has turned elsewhere", () => {
    const turned = like("1", { action: "put", subject: "at://other" });
    const bytes = encodeDrisl({ other: true });
    const made = plan({ ...turned, bytes, cid: cidOfCbor(bytes) }, like("2"));
    expect(steps(made)).toEqual(["update 1", "create 2"]);
  });
});
