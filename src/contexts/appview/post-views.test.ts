import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ALICE,
  BLOB_CID,
  BOB,
  bobsPost,
  createStage,
  image,
  picture,
  ref,
  type Stage,
} from "./appview-fixture.ts";
import type { Json } from "./json.ts";

const TIMELINE = "app.bsky.feed.getTimeline";

let stage: Stage;
beforeEach(() => {
  stage = createStage();
});
afterEach(() => stage.close());

describe("posts", () => {
  const show = async () => {
    const { feed } = await stage.patch(TIMELINE, {}, { feed: [] });
    return feed[0];
  };
  const quote = (uri: string) => ({
    $type: "app.bsky.embed.record",
    record: ref(uri),
  });

  test("show images, galleries, videos and cards", async () => {
    const aspectRatio = { width: 2, height: 1 };
    const shown = { alt: "A", aspectRatio };
    stage.post("", {
      embed: {
        $type: "app.bsky.embed.images",
        images: [{ image: image(), ...shown }],
      },
    });
    expect((await show()).post.embed).toEqual({
      $type: "app.bsky.embed.images#view",
      images: [{ thumb: picture(), fullsize: picture(), ...shown }],
    });
    stage.post("", {
      embed: {
        $type: "app.bsky.embed.gallery",
        items: [
          { $type: "app.bsky.embed.gallery#image", image: image(), ...shown },
          { $type: "com.example.other" },
        ],
      },
    });
    expect((await show()).post.embed.items).toEqual([
      {
        $type: "app.bsky.embed.gallery#viewImage",
        thumbnail: picture(),
        fullsize: picture(),
        ...shown,
      },
    ]);
    stage.post("", {
      embed: {
        $type: "app.bsky.embed.video",
        video: image("video/mp4"),
        ...shown,
      },
    });
    const folder = `https://video.test/watch/${encodeURIComponent(ALICE)}/${BLOB_CID}`;
    expect((await show()).post.embed).toEqual({
      $type: "app.bsky.embed.video#view",
      cid: BLOB_CID,
      playlist: `${folder}/playlist.m3u8`,
      thumbnail: `${folder}/thumbnail.jpg`,
      ...shown,
    });
    const external = {
      uri: "https://example.com",
      title: "T",
      description: "D",
    };
    stage.post("", {
      embed: {
        $type: "app.bsky.embed.external",
        external: { ...external, thumb: image() },
      },
    });
    expect((await show()).post.embed).toEqual({
      $type: "app.bsky.embed.external#view",
      external: { ...external, thumb: picture() },
    });
    stage.post("", { embed: { $type: "com.example.embed", x: 1 } });
    expect((await show()).post.embed).toBeUndefined();
  });

  test("show what they quote, asking the AppView once for all", async () => {
    stage.answers["app.bsky.feed.getPosts"] = ({ uris }) => ({
      posts: (uris as string[])
        .filter((uri) => uri !== bobsPost("gone"))
        .map((uri) => stage.view(uri, 60, { likeCount: 3 })),
    });
    stage.post("gone", { embed: quote(bobsPost("gone")) });
    stage.post("there", { embed: quote(bobsPost("there")) });
    const { feed } = await stage.patch(TIMELINE, {}, { feed: [] });
    const [there, gone] = feed.map(({ post }: Json) => (post as Json).embed);
    expect(there).toMatchObject({
      $type: "app.bsky.embed.record#view",
      record: {
        $type: "app.bsky.embed.record#viewRecord",
        uri: bobsPost("there"),
        author: { did: BOB },
        value: { text: bobsPost("there") },
        likeCount: 3,
        embeds: [],
      },
    });
    expect(gone.record).toEqual({
      $type: "app.bsky.embed.record#viewNotFound",
      uri: bobsPost("gone"),
      notFound: true,
    });
    expect(stage.asked.length).toBe(1);
  });

  test("show feeds, lists and starter packs that they quote", async () => {
    const at = (collection: string) => `at://${BOB}/${collection}/x`;
    const creator = { did: BOB, handle: "bob.test" };
    const indexedAt = "2026-01-01T00:00:00.000Z";
    const feed = {
      ...ref(at("app.bsky.feed.generator")),
      ...{ did: BOB, creator, displayName: "Feed", indexedAt },
    };
    const list = {
      ...ref(at("app.bsky.graph.list")),
      ...{ creator, name: "List", indexedAt },
      purpose: "app.bsky.graph.defs#curatelist",
    };
    const pack = {
      ...ref(at("app.bsky.graph.starterpack")),
      ...{ record: {}, creator, indexedAt },
    };
    stage.answers["app.bsky.feed.getFeedGenerators"] = () => ({
      feeds: [feed],
    });
    stage.answers["app.bsky.graph.getList"] = () => ({ list, items: [] });
    stage.answers["app.bsky.graph.getStarterPacks"] = () => ({
      starterPacks: [pack],
    });
    for (const [view, $type] of [
      [feed, "app.bsky.feed.defs#generatorView"],
      [list, "app.bsky.graph.defs#listView"],
      [pack, "app.bsky.graph.defs#starterPackViewBasic"],
    ] as const) {
      stage.post("", { embed: quote(view.uri) });
      expect((await show()).post.embed.record).toEqual({ ...view, $type });
    }
  });

  test("show themselves without what the AppView fails to answer", async () => {
    stage.post("", { embed: quote(bobsPost("1")) });
    expect((await show()).post.embed).toBeUndefined();
    stage.answers["app.bsky.feed.getPosts"] = () => ({ posts: "none" });
    expect((await show()).post.embed).toBeUndefined();
    stage.post("", {
      embed: {
        $type: "app.bsky.embed.recordWithMedia",
        record: quote(bobsPost("1")),
        media: { $type: "app.bsky.embed.images", images: [] },
      },
    });
    expect((await show()).post.embed.$type).toBe("app.bsky.embed.images#view");
    stage.post("", { embed: quote(`at://${BOB}/com.example.thing/1`) });
    expect((await show()).post.embed).toBeUndefined();
  });

  test("quote fresh posts of their own, and go round in no circle", async () => {
    const inner = stage.post("inner");
    const outer = stage.post("outer", { embed: quote(inner) });
    const { record } = (await show()).post.embed;
    expect(record).toMatchObject({ uri: inner, value: { text: "inner" } });
    // A record may be changed after it was quoted.
    stage.post("inner", { embed: quote(outer) }, inner.split("/").at(-1));
    expect((await show()).post.embed.record.embeds[0].record.uri).toBe(inner);
    expect(stage.asked).toEqual([]);
  });

  test("show what they reply to", async () => {
    stage.answers["app.bsky.feed.getPosts"] = ({ uris }) => ({
      posts: (uris as string[]).map((uri) => stage.view(uri, 60)),
    });
    const root = ref(bobsPost("root"));
    const first = stage.post("1", { reply: { root, parent: root } });
    expect((await show()).reply).toMatchObject({
      root: { uri: root.uri },
      parent: { uri: root.uri },
    });
    stage.post("2", { reply: { root, parent: ref(first) } });
    const { reply, post } = await show();
    expect(reply).toMatchObject({
      root: { uri: root.uri },
      parent: { uri: first, record: { text: "1" } },
    });
    expect(post.record.reply.parent.uri).toBe(first);
    stage.answers = {};
    expect((await show()).reply).toBeUndefined();
  });
});
