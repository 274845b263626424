import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ALICE,
  bobsPost,
  CID,
  createStage,
  POST,
  PROFILE,
  ref,
  type Stage,
} from "./appview-fixture.ts";
import type { Json } from "./json.ts";

let stage: Stage;
beforeEach(() => {
  stage = createStage();
});
afterEach(() => stage.close());

describe("threads", () => {
  const GET = "app.bsky.feed.getPostThread";
  const root = bobsPost("root");
  const params = (uri: string, more: Json = {}) => ({
    uri,
    depth: 6,
    parentHeight: 80,
    ...more,
  });
  const node = (uri: string, more: Json = {}): Json => ({
    $type: "app.bsky.feed.defs#threadViewPost",
    post: stage.view(uri, 60),
    ...more,
  });
  const replyTo = (parent: string) => ({
    reply: { root: ref(root), parent: ref(parent) },
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  const shape = (thread: any): unknown => [
    thread.post.uri,
    ...(thread.replies ?? []).map(shape),
  ];

  test("get the account's replies, and the replies to those", async () => {
    const theirs = bobsPost("reply");
    const one = stage.post("1", replyTo(root));
    const two = stage.post("2", replyTo(one));
    const three = stage.post("3", replyTo(theirs));
    stage.post("elsewhere", replyTo(bobsPost("other")));
    const thread = node(root, { replies: [node(theirs)] });
    const body = { thread, threadgate: { uri: root } };
    const patched = await stage.patch(GET, params(root), body);
    expect(shape(patched.thread)).toEqual([
      root,
      [one, [two]],
      [theirs, [three]],
    ]);
    expect(patched.threadgate).toEqual({ uri: root });
    const flat = await stage.patch(GET, params(root, { depth: 1 }), body);
    expect(shape(flat.thread)).toEqual([root, [one], [theirs]]);
  });

  test("get no reply twice", async () => {
    const one = stage.post("1", replyTo(root));
    const thread = node(root, { replies: [node(one)] });
    expect(await stage.patch(GET, params(root), { thread })).toBeNull();
  });

  test("show the fresh profile up and down", async () => {
    const own = `at://${ALICE}/${POST}/old`;
    stage.put(PROFILE, { displayName: "New" }, "self");
    const notFound = {
      $type: "app.bsky.feed.defs#notFoundPost",
      uri: root,
      notFound: true,
    };
    const thread = node(own, {
      parent: node(own, { parent: notFound }),
      replies: [node(bobsPost("1"), { replies: [node(own)] }), notFound],
    });
    const patched = await stage.patch(GET, params(own), { thread });
    const name = (at: { post: { author: { displayName?: string } } }) =>
      at.post.author.displayName;
    expect(name(patched.thread)).toBe("New");
    expect(name(patched.thread.parent)).toBe("New");
    expect(patched.thread.parent.parent).toEqual(notFound);
    expect(name(patched.thread.replies[0])).toBeUndefined();
    expect(name(patched.thread.replies[0].replies[0])).toBe("New");
    expect(patched.thread.replies[1]).toEqual(notFound);
  });

  test("of a post that the AppView lacks are built here", async () => {
    const post = stage.post("mine");
    const reply = stage.post("and more", {
      reply: { root: ref(post), parent: ref(post) },
    });
    for (const body of [
      null,
      {
        thread: {
          $type: "app.bsky.feed.defs#notFoundPost",
          uri: post,
          notFound: true,
        },
      },
    ]) {
      for (const uri of [post, post.replace(ALICE, "alice.test")]) {
        const { thread } = await stage.patch(GET, params(uri), body);
        expect(shape(thread)).toEqual([post, [reply]]);
        expect(thread.parent).toBeUndefined();
      }
    }
    const gone = bobsPost("gone");
    expect(await stage.patch(GET, params(gone), null)).toBeNull();
    const none = `at://${ALICE}/${POST}/none`;
    expect(await stage.patch(GET, params(none), null)).toBeNull();
  });

  test("that are built here have what is above", async () => {
    stage.answers["app.bsky.feed.getPosts"] = () => ({ posts: [] });
    stage.answers[GET] = ({ uri }) => ({ thread: node(uri as string) });
    const one = stage.post("1", replyTo(root));
    const two = stage.post("2", replyTo(one));
    const { thread } = await stage.patch(GET, params(two), null);
    expect(thread.parent.post.uri).toBe(one);
    expect(thread.parent.parent.post.uri).toBe(root);
    expect(stage.asked.find(({ nsid }) => nsid === GET)?.params).toEqual({
      uri: root,
      depth: "0",
      parentHeight: "78",
    });
    const low = params(two, { parentHeight: 1 });
    const { thread: short } = await stage.patch(GET, low, null);
    expect(short.parent.post.uri).toBe(one);
    expect(short.parent.parent).toBeUndefined();
    stage.answers = {};
    const alone = await stage.patch(GET, params(one), null);
    expect(alone.thread.parent).toBeUndefined();
    expect(alone.thread.post.cid).not.toBe(CID);
  });
});
