import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  AppBskyEmbedImages,
  type AtpAgent,
  AtUri,
  ComAtprotoRepoPutRecord,
  RichText,
} from "@atproto/api";
import { type Network, startNetwork } from "../support/network.ts";
import { pictureOf, refusalOf, type SignedIn, signUp } from "./agents.ts";

const POST = "app.bsky.feed.post";
const LIKE = "app.bsky.feed.like";

let network: Network;
let alice: SignedIn;
let bob: SignedIn;
beforeAll(async () => {
  network = await startNetwork();
  alice = await signUp(network.url, "alice");
  bob = await signUp(network.url, "bob");
});
afterAll(() => network.stop());

async function list(agent: AtpAgent, repo: string, collection: string) {
  const { data } = await agent.com.atproto.repo.listRecords({
    repo,
    collection,
    limit: 100,
  });
  return data.records;
}

async function postCount(agent: SignedIn): Promise<number> {
  return (await list(agent, agent.did, POST)).length;
}

describe("a post", () => {
  test("carries an image, a mention and a link, and comes back as it was", async () => {
    const picture = pictureOf(48);
    const { data } = await alice.uploadBlob(picture, { encoding: "image/png" });
    expect(data.blob.mimeType).toBe("image/png");
    expect(data.blob.size).toBe(picture.byteLength);

    const text = new RichText({
      text: "Hi @bob.test, see https://atproto.com",
    });
    await text.detectFacets(alice);
    const { uri, cid } = await alice.post({
      text: text.text,
      facets: text.facets,
      langs: ["en"],
      embed: {
        $type: "app.bsky.embed.images",
        images: [{ image: data.blob, alt: "From red to blue" }],
      },
    });

    const { rkey } = new AtUri(uri);
    const post = await bob.getPost({ repo: "alice.test", rkey });
    expect(post.cid).toBe(cid);
    expect(post.value.facets).toEqual(text.facets);
    expect(post.value.facets?.[0]?.features[0]).toMatchObject({ did: bob.did });
    const embed = post.value.embed;
    if (!AppBskyEmbedImages.isMain(embed)) throw new Error("no images");
    expect(embed.images[0]!.image.ref.toString()).toBe(
      data.blob.ref.toString(),
    );

    const blob = { did: alice.did, cid: data.blob.ref.toString() };
    const read = await bob.com.atproto.sync.getBlob(blob);
    expect(read.data).toEqual(picture);
    expect(read.headers["content-type"]).toBe("image/png");
    const listed = await bob.com.atproto.sync.listBlobs({ did: alice.did });
    expect(listed.data.cids).toEqual([blob.cid]);
  });

  test("is deleted, once and again", async () => {
    const count = await postCount(alice);
    const { uri } = await alice.post({ text: "Soon gone" });
    expect(await postCount(alice)).toBe(count + 1);
    await alice.deletePost(uri);
    await alice.deletePost(uri);
    expect(await postCount(alice)).toBe(count);
    const { rkey } = new AtUri(uri);
    const read = bob.getPost({ repo: alice.did, rkey });
    expect(await refusalOf(read)).toEqual({
      status: 400,
      error: "RecordNotFound",
    });
  });

  test("is refused with a field of the wrong kind or a missing blob", async () => {
    const create = (record: Record<string, unknown>) =>
      alice.com.atproto.repo.createRecord({
        repo: alice.did,
        collection: POST,
        record: { createdAt: new Date().toISOString(), ...record },
      });
    expect(await refusalOf(create({ text: 5 }))).toEqual({
      status: 400,
      error: "InvalidRequest",
    });
    const { data } = await bob.uploadBlob(pictureOf(32), {
      encoding: "image/png",
    });
    const images = [{ alt: "", image: data.blob }];
    const embed = { $type: "app.bsky.embed.images", images };
    expect(await refusalOf(create({ text: "Not mine", embed }))).toEqual({
      status: 400,
      error: "BlobNotFound",
    });
  });

  test("is refused in another's repository", async () => {
    const create = alice.com.atproto.repo.createRecord({
      repo: bob.did,
      collection: POST,
      record: { text: "Not mine", createdAt: new Date().toISOString() },
    });
    const { status } = await refusalOf(create);
    expect([400, 403]).toContain(status);
  });
});

describe("a profile", () => {
  test("is made, edited, and loses no edit of many at once", async () => {
    await alice.upsertProfile((old) => {
      expect(old).toBeUndefined();
      return { displayName: "Alice", description: "" };
    });
    const marks = ["a", "b", "c", "d"];
    await Promise.all(
      marks.map((mark) =>
        alice.upsertProfile((old) => ({
          ...old,
          description: `${old?.description ?? ""}${mark}`,
        })),
      ),
    );
    const { value } = await alice.app.bsky.actor.profile.get({
      repo: alice.did,
      rkey: "self",
    });
    expect(value.displayName).toBe("Alice");
    expect([...(value.description ?? "")].toSorted()).toEqual(marks);
  });
});

describe("likes, reposts and follows", () => {
  test("are made and taken back", async () => {
    const post = await bob.post({ text: "Like me" });
    const like = await alice.like(post.uri, post.cid);
    const repost = await alice.repost(post.uri, post.cid);
    const follow = await alice.follow(bob.did);
    const collections = [LIKE, "app.bsky.feed.repost", "app.bsky.graph.follow"];
    const uris = async () =>
      (
        await Promise.all(collections.map((nsid) => list(bob, alice.did, nsid)))
      ).map((records) => records.map(({ uri }) => uri));
    expect(await uris()).toEqual([[like.uri], [repost.uri], [follow.uri]]);
    await alice.deleteLike(like.uri);
    await alice.deleteRepost(repost.uri);
    await alice.deleteFollow(follow.uri);
    expect(await uris()).toEqual([[], [], []]);
  });

  test("are replaced by their duplicates", async () => {
    const post = await bob.post({ text: "Like me twice" });
    await alice.like(post.uri, post.cid);
    const second = await alice.like(post.uri, post.cid);
    const likes = await list(bob, alice.did, LIKE);
    expect(likes.map(({ uri }) => uri)).toEqual([second.uri]);
    await alice.deleteLike(second.uri);
  });
});

describe("a list", () => {
  test("comes in pages, newest first or oldest first", async () => {
    const writer = await signUp(network.url, "lister");
    const texts = ["one", "two", "three", "four", "five"];
    for (const text of texts) await writer.post({ text });
    const pagesOf = async (reverse: boolean) => {
      const found: unknown[] = [];
      let cursor: string | undefined;
      do {
        const { data } = await bob.com.atproto.repo.listRecords({
          repo: "lister.test",
          collection: POST,
          limit: 2,
          reverse,
          cursor,
        });
        found.push(...data.records.map(({ value }) => value.text));
        cursor = data.records.length > 0 ? data.cursor : undefined;
      } while (cursor !== undefined);
      return found;
    };
    expect(await pagesOf(true)).toEqual(texts);
    expect(await pagesOf(false)).toEqual(texts.toReversed());
  });
});

describe("swaps and batches", () => {
  test("a write of many is answered in order, and is one commit", async () => {
    const createdAt = new Date().toISOString();
    const before = await alice.com.atproto.sync.getLatestCommit({
      did: alice.did,
    });
    const write = (rkey: string, text: string) => ({
      collection: POST,
      rkey,
      value: { $type: POST, text, createdAt },
    });
    const create = "com.atproto.repo.applyWrites#create" as const;
    const update = "com.atproto.repo.applyWrites#update" as const;
    const remove = "com.atproto.repo.applyWrites#delete" as const;
    const first = await alice.com.atproto.repo.applyWrites({
      repo: "alice.test",
      swapCommit: before.data.cid,
      writes: [
        { $type: create, ...write("3kbatchaaaa22", "one") },
        { $type: create, ...write("3kbatchaaaa23", "two") },
      ],
    });
    const second = await alice.com.atproto.repo.applyWrites({
      repo: alice.did,
      swapCommit: first.data.commit!.cid,
      writes: [
        { $type: remove, collection: POST, rkey: "3kbatchaaaa22" },
        { $type: update, ...write("3kbatchaaaa23", "two, edited") },
        { $type: create, ...write("3kbatchaaaa24", "three") },
      ],
    });
    expect(second.data.results?.map(({ $type }) => $type)).toEqual([
      "com.atproto.repo.applyWrites#deleteResult",
      "com.atproto.repo.applyWrites#updateResult",
      "com.atproto.repo.applyWrites#createResult",
    ]);
    const latest = await alice.com.atproto.sync.getLatestCommit({
      did: alice.did,
    });
    expect(latest.data).toEqual(second.data.commit!);
    const edited = await bob.getPost({
      repo: alice.did,
      rkey: "3kbatchaaaa23",
    });
    expect(edited.value.text).toBe("two, edited");

    const stale = alice.com.atproto.repo.applyWrites({
      repo: alice.did,
      swapCommit: before.data.cid,
      writes: [{ $type: create, ...write("3kbatchaaaa25", "never") }],
    });
    expect(await refusalOf(stale)).toEqual({
      status: 400,
      error: "InvalidSwap",
    });
  });

  test("a record is put only over the one that was meant", async () => {
    const createdAt = new Date().toISOString();
    const put = (text: string, swapRecord?: string | null) =>
      bob.com.atproto.repo.putRecord({
        repo: bob.did,
        collection: POST,
        rkey: "3kswapaaaaa22",
        record: { $type: POST, text, createdAt },
        ...(swapRecord !== undefined && { swapRecord }),
      });
    const made = await put("first", null);
    expect(made.data.validationStatus).toBe("valid");
    const same = await put("first");
    expect(same.data.cid).toBe(made.data.cid);
    expect(same.data.commit).toBeUndefined();
    const changed = await put("second", made.data.cid);
    for (const swap of [made.data.cid, null]) {
      await expect(put("third", swap)).rejects.toBeInstanceOf(
        ComAtprotoRepoPutRecord.InvalidSwapError,
      );
    }
    const remove = bob.com.atproto.repo.deleteRecord({
      repo: bob.did,
      collection: POST,
      rkey: "3kswapaaaaa22",
      swapRecord: changed.data.cid,
    });
    expect((await remove).data.commit?.rev).toBeString();
  });
});

describe("a repository", () => {
  test("is described, by handle and by DID", async () => {
    for (const repo of [bob.did, "bob.test"]) {
      const { data } = await alice.com.atproto.repo.describeRepo({ repo });
      expect(data).toMatchObject({
        did: bob.did,
        handle: "bob.test",
        handleIsCorrect: true,
      });
      expect(data.collections).toContain(POST);
      expect(data.didDoc).toMatchObject({
        alsoKnownAs: ["at://bob.test"],
        service: [{ serviceEndpoint: network.url }],
      });
    }
  });

  test("is found by its handle", async () => {
    const { data } = await alice.resolveHandle({ handle: "bob.test" });
    expect(data.did).toBe(bob.did);
    const nobody = alice.resolveHandle({ handle: "nobody.test" });
    expect((await refusalOf(nobody)).status).toBe(400);
  });
});
