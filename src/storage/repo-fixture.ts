import { Database } from "bun:sqlite";
import { cidOfCbor, cidOfRaw, type CidBytes } from "#repo/cid.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import { tidFromMicros } from "#repo/tid.ts";
import type { ActorReader, RepoChange } from "./actor-store.ts";

// What the tests of repository files share. The blocks are not real commits and
// trees: storage looks at none of them.

export const alice = "did:plc:alice" as Did;
export const POST = "app.bsky.feed.post" as Nsid;
export const LIKE = "app.bsky.feed.like" as Nsid;

export const rkey = (text: string) => text as RecordKey;
export const revOf = (n: number) => tidFromMicros(1e15 + n, 0);
export const block = (text: string) => {
  const bytes = new Uint8Array(Buffer.from(text));
  return { cid: cidOfCbor(bytes), bytes };
};
export const blob = (text: string) => cidOfRaw(Buffer.from(text));

export interface Wish {
  put?: [collection: Nsid, rkey: string, text: string][];
  remove?: [collection: Nsid, rkey: string][];
  removed?: CidBytes[];
  blobs?: CidBytes[];
  subject?: string;
}

/** The n-th change of a repository that has had n - 1. */
export function change(n: number, wish: Wish = {}): RepoChange {
  const { put = [], remove = [], blobs = [], subject = null } = wish;
  const commit = block(`commit ${n}`);
  const data = block(`tree ${n}`);
  const records = put.map(([, , text]) => block(text));
  return {
    seq: n * 10,
    rev: revOf(n),
    since: n === 1 ? null : revOf(n - 1),
    commit: commit.cid,
    data: data.cid,
    prevData: n === 1 ? null : block(`tree ${n - 1}`).cid,
    blocks: [commit, data, ...records],
    removed: wish.removed ?? [],
    records: [
      ...put.map(([collection, key], i) => ({
        collection,
        rkey: rkey(key),
        cid: records[i]!.cid,
        blobs,
        subject,
      })),
      ...remove.map(([collection, key]) => ({
        collection,
        rkey: rkey(key),
        cid: null,
        blobs: [],
        subject: null,
      })),
    ],
  };
}

/** All that a reader shows, to compare before and after. */
export function view(reader: ActorReader): unknown {
  const listing = { limit: 1000, cursor: null, reverse: true };
  return {
    head: reader.head(),
    counts: reader.counts(),
    records: reader
      .listCollections()
      .map((collection) => reader.listRecords({ collection, ...listing })),
    blobs: reader.listBlobs({ after: null, since: null, limit: 1000 }),
  };
}

/** As on a full disk: until disposed, each commit to the files ends in a rollback. */
export function failCommits(isMeant: (path: string) => boolean): Disposable {
  const real = Database.prototype.query;
  const fail = (db: Database) => {
    db.run("ROLLBACK");
    throw Object.assign(new Error("full"), { code: "SQLITE_FULL" });
  };
  Database.prototype.query = function (this: Database, sql: string) {
    const isBroken = sql === "COMMIT" && isMeant(this.filename);
    return isBroken ? { run: () => fail(this) } : real.call(this, sql);
  } as typeof real;
  return { [Symbol.dispose]: () => void (Database.prototype.query = real) };
}
