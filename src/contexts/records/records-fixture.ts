import { afterEach, beforeEach } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import { cidOfCbor, equalCids, formatCid } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import { createTestHost, type TestHost } from "#contexts/blobs/test-host.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import type { Caller, SessionScope } from "#contexts/security/caller.ts";
import { planWrites } from "./plan.ts";
import { createRecords, type Records } from "./records.ts";

export const POST = "app.bsky.feed.post";
export const LIKE = "app.bsky.feed.like";
export const FOLLOW = "app.bsky.graph.follow";
export const createdAt = "2026-01-02T03:04:05.678Z";
export const alice = "did:plc:alice" as Did;
export const bob = "did:plc:bob" as Did;
export const otherCid = formatCid(cidOfCbor(new Uint8Array([9])));
const lexicons = createLexicons();

export let host: TestHost;
export let records: Records;
export let commits: number;

/** Plans as the real writer does; the tree and the log are left out. */
function createPlainWriter(): Parameters<typeof createRecords>[0]["writer"] {
  return {
    async commit({ did, writes, swapCommit }) {
      const store = host.stores.find(did)!;
      if (swapCommit != null && !equalCids(swapCommit, store.head()!.commit)) {
        throw new XrpcError("InvalidSwap", "Commit is another");
      }
      const plan = planWrites(store, writes);
      if (plan.writes.length === 0) {
        return { commit: null, results: plan.results };
      }
      commits++;
      const commit = host.apply(did, [...plan.records.values()], plan.bytes);
      return { commit, results: plan.results };
    },
  };
}

/** As they are in a server, but for what is given. */
export const createPlainRecords = (
  more: Partial<Parameters<typeof createRecords>[0]> = {},
): Records =>
  createRecords({
    ...host,
    lexicons,
    blobs: { assertReference: () => {}, findStored: () => null },
    writer: createPlainWriter(),
    tids: createTidClock({ clock: host.clock }),
    resolveDid: async () => ({}),
    ...more,
  });

/** Gives each test of a file two accounts, and records whose writer makes no tree. */
export function useRecords(): void {
  beforeEach(() => {
    host = createTestHost();
    host.addAccount({ did: alice, handle: "alice.test" });
    host.addAccount({ did: bob, handle: "bob.test" });
    commits = 0;
    records = createPlainRecords();
  });
  afterEach(() => host.close());
}

export const as = (did: Did, scope: SessionScope = "access"): Caller => ({
  kind: "session",
  did,
  scope,
  sessionId: "s",
});
export const owner = as(alice);
export const post = (text: string) => ({ $type: POST, text, createdAt });
export const create = (record: object, more: object = {}, caller = owner) =>
  records.createRecord(
    { repo: alice, collection: POST, record, ...more },
    caller,
  );
export const put = (record: object, more: object = {}) =>
  records.putRecord(
    { repo: alice, collection: POST, rkey: "3jzfcijpj2z2a", record, ...more },
    owner,
  );
export const listPosts = (params: object = {}) =>
  records.listRecords({ repo: alice, collection: POST, ...params });
export const keyOf = (uri: string) => uri.split("/").at(-1)!;
