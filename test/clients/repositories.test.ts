import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AtpAgent, AtUri } from "@atproto/api";
import {
  MemoryBlockstore,
  Repo,
  readCarWithRoot,
  verifyDiffCar,
  verifyProofs,
  verifyRecords,
  verifyRepoCar,
} from "@atproto/repo";
import { type Network, startNetwork } from "../support/network.ts";
import {
  pictureOf,
  refusalOf,
  signingKeyOf,
  type SignedIn,
  signUp,
} from "./agents.ts";

const POST = "app.bsky.feed.post";
const POSTS = 120;

let network: Network;
let writer: SignedIn;
let signingKey: string;
/** A stranger: repositories are public. */
let reader: AtpAgent;
beforeAll(async () => {
  network = await startNetwork();
  writer = await signUp(network.url, "writer");
  signingKey = await signingKeyOf(network.plcUrl, writer.did);
  reader = new AtpAgent({ service: network.url });
  const createdAt = new Date().toISOString();
  await writer.com.atproto.repo.applyWrites({
    repo: writer.did,
    writes: Array.from({ length: POSTS }, (_, index) => ({
      $type: "com.atproto.repo.applyWrites#create" as const,
      collection: POST,
      value: { $type: POST, text: `Post ${index}`, createdAt },
    })),
  });
  const { data } = await writer.uploadBlob(pictureOf(16), {
    encoding: "image/png",
  });
  await writer.upsertProfile(() => ({
    displayName: "Writer",
    avatar: data.blob,
  }));
});
afterAll(() => network.stop());

/** `collection/rkey` and CID of every record, by the methods for records. */
async function recordsOf(did: string): Promise<string[]> {
  const { data } = await reader.com.atproto.repo.describeRepo({ repo: did });
  const found: string[] = [];
  for (const collection of data.collections) {
    let cursor: string | undefined;
    do {
      const page = await reader.com.atproto.repo.listRecords({
        repo: did,
        collection,
        limit: 100,
        cursor,
      });
      for (const { uri, cid } of page.data.records) {
        found.push(`${collection}/${new AtUri(uri).rkey} ${cid}`);
      }
      cursor = page.data.records.length > 0 ? page.data.cursor : undefined;
    } while (cursor !== undefined);
  }
  return found.toSorted();
}

const lineOf = (row: {
  collection: string;
  rkey: string;
  cid: { toString(): string };
}) => `${row.collection}/${row.rkey} ${row.cid}`;

describe("an exported repository", () => {
  test("is verified by the official reader and holds all records", async () => {
    const { did } = writer;
    const { data } = await reader.com.atproto.sync.getRepo({ did });
    const verified = await verifyRepoCar(data, did, signingKey);
    const lines = verified.creates.map(lineOf).toSorted();
    expect(lines).toEqual(await recordsOf(did));
    expect(lines.length).toBe(POSTS + 1);
    const latest = await reader.com.atproto.sync.getLatestCommit({ did });
    expect(verified.commit.cid.toString()).toBe(latest.data.cid);
    expect(verified.commit.rev).toBe(latest.data.rev);
  });

  test("begins with its commit", async () => {
    const { did } = writer;
    const { data } = await reader.com.atproto.sync.getRepo({ did });
    const { root, blocks } = await readCarWithRoot(data);
    expect(blocks.cids()[0]!.toString()).toBe(root.toString());
  });

  test("since a revision is the difference from it", async () => {
    const { did } = writer;
    const whole = await reader.com.atproto.sync.getRepo({ did });
    const { root, blocks } = await readCarWithRoot(whole.data);
    const before = await Repo.load(new MemoryBlockstore(blocks), root);

    const made = await writer.post({ text: "After that" });
    const [oldest] = (
      await reader.com.atproto.repo.listRecords({
        repo: did,
        collection: POST,
        limit: 1,
        reverse: true,
      })
    ).data.records;
    await writer.deletePost(oldest!.uri);

    const since = before.commit.rev;
    const part = await reader.com.atproto.sync.getRepo({ did, since });
    expect(part.data.byteLength).toBeLessThan(whole.data.byteLength / 4);
    const diff = await verifyDiffCar(before, part.data, did, signingKey);
    const writes = diff.writes.map(
      ({ action, rkey }) => `${action} ${POST}/${rkey}`,
    );
    expect(writes.toSorted()).toEqual([
      `create ${POST}/${new AtUri(made.uri).rkey}`,
      `delete ${POST}/${new AtUri(oldest!.uri).rkey}`,
    ]);
  });
});

describe("a proof", () => {
  test("shows a record that is there", async () => {
    const { uri, cid } = await writer.post({ text: "Proven" });
    const { rkey } = new AtUri(uri);
    const { data } = await reader.com.atproto.sync.getRecord({
      did: writer.did,
      collection: POST,
      rkey,
    });
    const claims = await verifyRecords(data, writer.did, signingKey);
    const record = claims.find((claim) => claim.rkey === rkey);
    expect(record?.record?.text).toBe("Proven");

    const parsed = await readCarWithRoot(data);
    const cidOf = parsed.blocks.cids().find((one) => one.toString() === cid)!;
    const found = await verifyProofs(
      data,
      [{ collection: POST, rkey, cid: cidOf }],
      writer.did,
      signingKey,
    );
    expect(found.unverified).toEqual([]);
    expect(found.verified.length).toBe(1);
  });

  test("shows that a record is not there", async () => {
    const rkey = "3kmissingaa22";
    const { data } = await reader.com.atproto.sync.getRecord({
      did: writer.did,
      collection: POST,
      rkey,
    });
    const claims = [{ collection: POST, rkey, cid: null }];
    const found = await verifyProofs(data, claims, writer.did, signingKey);
    expect(found.unverified).toEqual([]);
    expect(found.verified).toEqual(claims);
  });
});

describe("the host", () => {
  test("tells which repositories it has", async () => {
    const { did } = writer;
    const listed = await reader.com.atproto.sync.listRepos();
    const status = await reader.com.atproto.sync.getRepoStatus({ did });
    const latest = await reader.com.atproto.sync.getLatestCommit({ did });
    expect(listed.data.repos).toEqual([
      {
        did,
        head: latest.data.cid,
        rev: latest.data.rev,
        active: true,
      },
    ]);
    expect(status.data).toEqual({ did, active: true, rev: latest.data.rev });
    const byCollection = await reader.com.atproto.sync.listReposByCollection({
      collection: "app.bsky.actor.profile",
    });
    expect(byCollection.data.repos).toEqual([{ did }]);
  });

  test("refuses what it doesn't have", async () => {
    const did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    const answers = [
      reader.com.atproto.sync.getRepo({ did }),
      reader.com.atproto.sync.getLatestCommit({ did }),
      reader.com.atproto.sync.getRepoStatus({ did }),
    ];
    const refusal = { status: 400, error: "RepoNotFound" };
    expect(await Promise.all(answers.map(refusalOf))).toEqual(
      answers.map(() => refusal),
    );
  });
});
