import { afterEach, beforeEach, expect, test } from "bun:test";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { silentLogger } from "#lib/log.ts";
import {
  createPermissionSets,
  type PermissionSets,
} from "./permission-sets.ts";

const NSID = "dev.somewhere.authBasic";
const SCOPE = `include:${NSID}`;
const DAY_MS = 24 * 3_600_000;

let clock: FakeClock;
let stored: Map<string, string>;
/** The collection that the published set names now; null while it can't be had. */
let published: string | null;
let asked: number;
let sets: PermissionSets;

const open = () =>
  createPermissionSets({
    rows: {
      find: (nsid) => stored.get(nsid) ?? null,
      put: (nsid, json) => void stored.set(nsid, json),
      remove: (nsid) => void stored.delete(nsid),
    },
    lexicons: { find: () => null } as never,
    async resolveLexicon({ nsid }) {
      asked++;
      if (published === null) throw new XrpcError("LexiconNotFound", "gone");
      const permissions = [
        ...[published, "app.bsky.feed.post"].map((collection) => ({
          ...{ type: "permission", resource: "repo" },
          collection: [collection],
        })),
      ];
      const main = { type: "permission-set", permissions };
      const schema = { lexicon: 1, id: nsid, defs: { main } };
      return { uri: `at://did:plc:a/x/${nsid}`, cid: "", schema } as never;
    },
    ...{ clock, log: silentLogger },
  });

/** What was begun and not waited for is done. */
const settle = () => new Promise<void>((done) => setImmediate(done));

beforeEach(() => {
  clock = createFakeClock();
  stored = new Map();
  published = "dev.somewhere.note";
  asked = 0;
  sets = open();
});
afterEach(settle);

test("a set stands for what is in it, as far as it is its author's", async () => {
  await sets.resolve(`${SCOPE} blob:*/*`);
  expect(sets.expand(`${SCOPE} blob:*/*`)).toBe(
    "repo:dev.somewhere.note blob:*/*",
  );
  expect(sets.expand("repo:a.b.c")).toBe("repo:a.b.c");
});

test("it is asked for once, and known after a new start", async () => {
  await sets.resolve(SCOPE);
  await sets.resolve(SCOPE);
  expect(open().expand(SCOPE)).toBe("repo:dev.somewhere.note");
  expect(asked).toBe(1);
});

test("what its author changes counts a day later, without anybody waiting", async () => {
  await sets.resolve(SCOPE);
  published = "dev.somewhere.page";
  clock.advance(DAY_MS - 1);
  sets.expand(SCOPE);
  await settle();
  expect(sets.expand(SCOPE)).toBe("repo:dev.somewhere.note");
  clock.advance(2);
  expect(sets.expand(SCOPE)).toBe("repo:dev.somewhere.note");
  await settle();
  expect(sets.expand(SCOPE)).toBe("repo:dev.somewhere.page");
});

test("one that can't be had any more goes on for 90 days, and is asked for once an hour", async () => {
  await sets.resolve(SCOPE);
  published = null;
  clock.advance(90 * DAY_MS);
  for (let n = 0; n < 5; n++) {
    expect(sets.expand(SCOPE)).toBe("repo:dev.somewhere.note");
    await settle();
  }
  expect(asked).toBe(2);
  clock.advance(1);
  expect(sets.expand(SCOPE)).toBe("");
  published = "dev.somewhere.page";
  clock.advance(3_600_000);
  sets.expand(SCOPE);
  await settle();
  expect(sets.expand(SCOPE)).toBe("repo:dev.somewhere.page");
});

test("one that nobody publishes is refused, and stands for nothing", async () => {
  published = null;
  await expect(sets.resolve(SCOPE)).rejects.toMatchObject({
    error: "InvalidRequest",
    message: expect.stringContaining(NSID),
  });
  expect(sets.expand(`${SCOPE} blob:*/*`)).toBe("blob:*/*");
});
