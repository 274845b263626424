import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Nsid, RecordKey } from "#repo/syntax.ts";
import {
  ALICE,
  BLOB_CID,
  BOB,
  bobsPost,
  createStage,
  image,
  picture,
  POST,
  PROFILE,
  ref,
  type Stage,
} from "./appview-fixture.ts";
import type { Json } from "./json.ts";

const TIMELINE = "app.bsky.feed.getTimeline";
const AUTHOR_FEED = "app.bsky.feed.getAuthorFeed";

let stage: Stage;
beforeEach(() => {
  stage = createStage();
});
afterEach(() => stage.close());

const urisOf = (body: { feed: { post: { uri: string } }[] }) =>
  body.feed.map(({ post }) => post.uri);
const itemOf = (uri: string, agoSec: number, more: Json = {}) => ({
  post: stage.view(uri, agoSec),
  ...more,
});

describe("what is fresh", () => {
  const find = () => stage.appview.findFresh(ALICE, stage.rev);

  test("is nothing once the AppView has caught up", () => {
    expect(find()).toBeNull();
    stage.post("one");
    expect(find()?.posts.length).toBe(1);
    stage.index();
    expect(find()).toBeNull();
  });

  test("is nothing for what is no revision, and for strangers", () => {
    stage.post("one");
    for (const rev of ["", "x", "222"]) {
      expect(stage.appview.findFresh(ALICE, rev)).toBeNull();
    }
    expect(stage.appview.findFresh(BOB, stage.rev)).toBeNull();
  });

  test("is posts and the profile, not likes", () => {
    stage.put("app.bsky.feed.like", { subject: ref(bobsPost("1")) });
    stage.put(PROFILE, {}, "not-self");
    expect(find()?.isProfileFresh ?? false).toBe(false);
    stage.put(PROFILE, { displayName: "Alice" }, "self");
    expect(find()).toMatchObject({ isProfileFresh: true, posts: [] });
  });

  test("is the newest ten, with the time since the oldest of them", () => {
    for (let n = 0; n < 12; n++) stage.post(`${n}`);
    const texts = find()?.posts.map(({ record }) => record.text);
    expect(texts).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map(String));
    expect(find()?.lagMs).toBe(9000);
  });

  test("is not what was taken down, nor what doesn't fit its lexicon", () => {
    const uri = stage.post("gone", {}, "3jzfcijpj2z2a");
    stage.put(POST, { text: 5 });
    stage.putBytes(POST, Uint8Array.of(0xff));
    stage.post("stays");
    stage.accountDb.takedowns.putRecord(
      {
        did: ALICE,
        collection: POST as Nsid,
        rkey: uri.split("/").at(-1) as RecordKey,
      },
      { ref: "1", createdAtMs: 1 },
    );
    expect(find()?.posts.map(({ record }) => record.text)).toEqual(["stays"]);
  });
});

describe("profiles", () => {
  const GET = "app.bsky.actor.getProfile";
  const view = (did: string) => ({
    did,
    handle: "x.test",
    displayName: "Old",
    description: "Old words",
    avatar: "https://cdn.test/old",
    followersCount: 5,
    labels: [],
  });

  test("say what they say now, and keep the rest", async () => {
    stage.put(
      PROFILE,
      { displayName: "New", banner: image(), avatar: image("image/jpeg") },
      "self",
    );
    expect(await stage.patch(GET, { actor: ALICE }, view(ALICE))).toEqual({
      did: ALICE,
      handle: "x.test",
      displayName: "New",
      avatar: picture(),
      banner: picture(),
      followersCount: 5,
      labels: [],
    });
  });

  test("of others stay as they are", async () => {
    stage.put(PROFILE, { displayName: "New" }, "self");
    expect(await stage.patch(GET, { actor: BOB }, view(BOB))).toBeNull();
    const many = { profiles: [view(BOB), view(ALICE)] };
    const nsid = "app.bsky.actor.getProfiles";
    const patched = await stage.patch(nsid, {}, many);
    expect(patched.profiles[0]).toEqual(view(BOB));
    expect(patched.profiles[1].displayName).toBe("New");
    expect(await stage.patch(nsid, {}, { profiles: [view(BOB)] })).toBeNull();
  });

  test("stay as they are while only posts are new", async () => {
    stage.put(PROFILE, { displayName: "New" }, "self");
    stage.index();
    stage.post("hi");
    expect(await stage.patch(GET, {}, view(ALICE))).toBeNull();
  });

  test("have pictures where the pattern says", async () => {
    stage.close();
    stage = createStage("https://cdn.test/%s/plain/%s/%s@jpeg");
    stage.put(PROFILE, { avatar: image() }, "self");
    const { avatar } = await stage.patch(GET, {}, view(ALICE));
    expect(avatar).toBe(
      `https://cdn.test/avatar/plain/${ALICE}/${BLOB_CID}@jpeg`,
    );
  });
});

describe("feeds", () => {
  test("get the account's posts in their places", async () => {
    stage.put(PROFILE, { displayName: "Alice" }, "self");
    stage.index();
    const first = stage.post("first");
    const second = stage.post("second");
    const feed = {
      cursor: "more",
      feed: [
        itemOf(bobsPost("new"), 0),
        itemOf(bobsPost("between"), 0.5),
        itemOf(bobsPost("old"), 100),
      ],
    };
    const patched = await stage.patch(TIMELINE, { limit: 50 }, feed);
    expect(urisOf(patched)).toEqual([
      bobsPost("new"),
      second,
      bobsPost("between"),
      first,
      bobsPost("old"),
    ]);
    expect(patched.cursor).toBe("more");
    expect(patched.feed[1].post).toEqual({
      uri: second,
      cid: expect.any(String),
      author: { did: ALICE, handle: "alice.test", displayName: "Alice" },
      record: {
        $type: POST,
        text: "second",
        createdAt: expect.any(String),
      },
      bookmarkCount: 0,
      replyCount: 0,
      repostCount: 0,
      likeCount: 0,
      quoteCount: 0,
      indexedAt: new Date(stage.clock.nowMs()).toISOString(),
    });
    expect(stage.asked).toEqual([]);
  });

  test("get no post twice", async () => {
    const uri = stage.post("one");
    const own = { feed: [itemOf(uri, 0)] };
    expect(await stage.patch(TIMELINE, {}, own)).toBeNull();
    const by = { did: BOB, handle: "bob.test" };
    const indexedAt = new Date(stage.clock.nowMs()).toISOString();
    const reason = {
      $type: "app.bsky.feed.defs#reasonRepost",
      by,
      indexedAt,
    };
    const reposted = { feed: [itemOf(uri, 0, { reason })] };
    const patched = await stage.patch(TIMELINE, {}, reposted);
    expect(
      patched.feed.map(({ reason }: Json) => reason !== undefined),
    ).toEqual([true, false]);
  });

  test("get a post on the page where it belongs", async () => {
    const uri = stage.post("one");
    stage.clock.advance(60_000);
    const page = (from: number, to: number, cursor?: string) => ({
      feed: [itemOf(bobsPost("a"), from), itemOf(bobsPost("b"), to)],
      ...(cursor !== undefined && { cursor }),
    });
    const patch = (params: Json, body: unknown) =>
      stage.patch(TIMELINE, params, body);
    // The first page ends before the post; the second has it; the third is older.
    expect(await patch({}, page(5, 10, "1"))).toBeNull();
    const second = await patch({ cursor: "1" }, page(20, 100, "2"));
    expect(urisOf(second)).toEqual([bobsPost("a"), uri, bobsPost("b")]);
    expect(await patch({ cursor: "2" }, page(200, 300, "3"))).toBeNull();
    const last = await patch({}, page(5, 10));
    expect(urisOf(last).at(-1)).toBe(uri);
    expect(urisOf(await patch({}, { feed: [] }))).toEqual([uri]);
    expect(await patch({}, { feed: [], cursor: "1" })).toBeNull();
  });

  test("keep pinned posts on top", async () => {
    const uri = stage.post("one");
    const reason = { $type: "app.bsky.feed.defs#reasonPin" };
    const feed = [
      itemOf(`at://${ALICE}/${POST}/pinned`, 9999, { reason }),
      itemOf(`at://${ALICE}/${POST}/old`, 100),
    ];
    const patched = await stage.patch(AUTHOR_FEED, { actor: ALICE }, { feed });
    expect(urisOf(patched)[1]).toBe(uri);
  });

  test("go by when a post was written, if that was before it came", async () => {
    const createdAt = new Date(stage.clock.nowMs() - 3_600_000).toISOString();
    const uri = stage.post("from a queue", { createdAt });
    const feed = [itemOf(bobsPost("a"), 60), itemOf(bobsPost("b"), 7200)];
    const patched = await stage.patch(TIMELINE, {}, { feed, cursor: "1" });
    expect(urisOf(patched)).toEqual([bobsPost("a"), uri, bobsPost("b")]);
  });

  test("of somebody else get none", async () => {
    stage.post("one");
    const body = { feed: [itemOf(bobsPost("a"), 60)] };
    expect(await stage.patch(AUTHOR_FEED, { actor: BOB }, body)).toBeNull();
    for (const nsid of ["app.bsky.feed.getActorLikes", "app.bsky.feed.getFeed"])
      expect(await stage.patch(nsid, { actor: ALICE }, body)).toBeNull();
  });

  test("show the fresh profile wherever the account is the author", async () => {
    const own = `at://${ALICE}/${POST}/old`;
    stage.put(PROFILE, { displayName: "New" }, "self");
    const by = { did: ALICE, handle: "alice.test" };
    const feed = [
      itemOf(own, 60),
      itemOf(bobsPost("a"), 70, {
        reply: { root: stage.view(own), parent: stage.view(bobsPost("b")) },
        reason: {
          $type: "app.bsky.feed.defs#reasonRepost",
          by,
          indexedAt: new Date(stage.clock.nowMs() - 5000).toISOString(),
        },
      }),
    ];
    for (const nsid of [
      TIMELINE,
      AUTHOR_FEED,
      "app.bsky.feed.getActorLikes",
      "app.bsky.feed.getFeed",
    ]) {
      const patched = await stage.patch(nsid, { actor: ALICE }, { feed });
      const [first, second] = patched.feed;
      expect(first.post.author.displayName).toBe("New");
      expect(second.post.author.displayName).toBeUndefined();
      expect(second.reply.root.author.displayName).toBe("New");
      expect(second.reply.parent.author.displayName).toBeUndefined();
      expect(second.reason.by.displayName).toBe("New");
    }
  });

  test("of one's own leave out what they are asked to", async () => {
    const plain = stage.post("plain");
    const own = { root: ref(plain), parent: ref(plain) };
    const others = { root: ref(bobsPost("1")), parent: ref(bobsPost("1")) };
    const thread = stage.post("thread", { reply: own });
    const reply = stage.post("reply", { reply: others });
    const images = { $type: "app.bsky.embed.images", images: [] };
    const seen = stage.post("image", { embed: images });
    const video = {
      $type: "app.bsky.embed.recordWithMedia",
      record: { $type: "app.bsky.embed.record", record: ref(bobsPost("1")) },
      media: { $type: "app.bsky.embed.video", video: image("video/mp4") },
    };
    const moving = stage.post("video", { embed: video });
    stage.answers["app.bsky.feed.getPosts"] = () => ({ posts: [] });
    const kept = async (filter?: string) => {
      const params = { actor: "Alice.test", ...(filter && { filter }) };
      return urisOf(await stage.patch(AUTHOR_FEED, params, { feed: [] }));
    };
    expect(await kept()).toEqual([moving, seen, reply, thread, plain]);
    expect(await kept("posts_with_replies")).toEqual(await kept());
    expect(await kept("posts_no_replies")).toEqual([moving, seen, plain]);
    expect(await kept("posts_and_author_threads")).toEqual([
      moving,
      seen,
      thread,
      plain,
    ]);
    expect(await kept("posts_with_media")).toEqual([moving, seen]);
    expect(await kept("posts_with_video")).toEqual([moving]);
  });

  const misfits: [string, unknown][] = [
    ["nothing", null],
    ["a text", "feed"],
    ["no feed", { posts: [] }],
    ["a feed of texts", { feed: ["x"] }],
    ["posts without author", { feed: [{ post: { uri: "at://x" } }] }],
    ["a map", { feed: { 0: {} } }],
    [
      "posts without time",
      { feed: [{ post: { uri: "at://x/y/z", author: { did: BOB } } }] },
    ],
  ];
  test.each(misfits)("of %s are left alone", async (_name, body) => {
    stage.post("one");
    stage.put(PROFILE, { displayName: "New" }, "self");
    expect(await stage.patch(TIMELINE, {}, body)).toBeNull();
    expect(
      await stage.patch("app.bsky.actor.getProfiles", {}, body),
    ).toBeNull();
    expect(await stage.patch("app.bsky.actor.getProfile", {}, body)).toBeNull();
    expect(
      await stage.patch("app.bsky.feed.getPostThread", { uri: "" }, body),
    ).toBeNull();
  });

  test("nested deeper than anybody nests are left alone", async () => {
    stage.put(PROFILE, { displayName: "New" }, "self");
    const thread: Json = JSON.parse(
      `${'{"$type":"app.bsky.feed.defs#threadViewPost","post":{"uri":"x"},"parent":'.repeat(50_000)}{}${"}".repeat(50_000)}`,
    );
    const nsid = "app.bsky.feed.getPostThread";
    expect(await stage.patch(nsid, { uri: "x" }, { thread })).toBeNull();
  });
});
