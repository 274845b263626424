import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "bun:test";
import { AppBskyFeedDefs, AtpAgent, AtUri, RichText } from "@atproto/api";
import {
  pictureOf,
  refusalOf,
  type SignedIn,
  signUp,
} from "../clients/agents.ts";
import { type AppViewDouble, startAppView } from "../doubles/app-view.ts";
import { refusal, type View } from "../doubles/app-view-answers.ts";
import { type Network, startNetwork } from "../support/network.ts";

// An ordinary day of somebody with a social app, whose AppView learns of
// nothing until it is told.

const LABELER = "did:plc:labelerlabelerlabelerlab";
const CDN = "https://cdn.test/img/%s/plain/%s/%s@jpeg";

let appView: AppViewDouble;
let network: Network;
let alice: SignedIn;
let bob: SignedIn;
let bobsPost: StrongRef;

beforeAll(async () => {
  appView = startAppView();
  const service = { URL: appView.url, DID: appView.did };
  network = await startNetwork({
    settings: {
      TEMPEST_APPVIEW_URL: service.URL,
      TEMPEST_APPVIEW_DID: service.DID,
      TEMPEST_APPVIEW_CDN_URL_PATTERN: CDN,
      TEMPEST_CHAT_SERVICE_URL: service.URL,
      TEMPEST_CHAT_SERVICE_DID: service.DID,
      TEMPEST_VIDEO_SERVICE_URL: service.URL,
      TEMPEST_VIDEO_SERVICE_DID: service.DID,
      TEMPEST_PROXY_HEADERS_TIMEOUT: "1000",
    },
  });
  await appView.register(network.plcUrl);
  alice = await signUp(network.url, "alice");
  bob = await signUp(network.url, "bob");
  bobsPost = await write(bob, { text: "Good morning" });
  await catchUp();
});
afterAll(async () => {
  await network.stop();
  await appView.stop();
});
beforeEach(() => appView.reset());

async function catchUp(): Promise<void> {
  await appView.catchUp(network.url, bob.did);
  await appView.catchUp(network.url, alice.did);
}

interface StrongRef {
  uri: string;
  cid: string;
}

/** Writes a post; what other records name it by. */
async function write(
  agent: SignedIn,
  record: Parameters<AtpAgent["post"]>[0],
): Promise<StrongRef> {
  const { uri, cid } = await agent.post(record);
  return { uri, cid };
}

const textOf = ({ post }: { post: View }) => post.record.text as string;
const timeline = async (limit = 20) => {
  const { data, headers } = await alice.getTimeline({ limit });
  return { feed: data.feed, lag: headers["atproto-upstream-lag"] };
};
const lastCall = (nsid: string) =>
  appView.received.findLast((seen) => seen.nsid === nsid);

test("the timeline comes from the AppView, by the account's own token", async () => {
  const { feed, lag } = await timeline();
  expect(feed.map(textOf)).toEqual(["Good morning"]);
  expect(lag).toBeUndefined();
  expect(lastCall("app.bsky.feed.getTimeline")?.claims).toMatchObject({
    iss: alice.did,
    aud: appView.did,
    lxm: "app.bsky.feed.getTimeline",
  });
});

describe("a post", () => {
  let mine: StrongRef;

  test("is in the timeline, the own feed and a thread of its own at once", async () => {
    const text = new RichText({ text: "Hello https://example.com" });
    await text.detectFacets(alice);
    const { data } = await alice.uploadBlob(pictureOf(32), {
      encoding: "image/png",
    });
    mine = await write(alice, {
      text: text.text,
      facets: text.facets,
      embed: {
        $type: "app.bsky.embed.images",
        images: [
          {
            image: data.blob,
            alt: "A square",
            aspectRatio: { width: 1, height: 1 },
          },
        ],
      },
    });
    const { feed, lag } = await timeline();
    expect(feed.map(textOf)).toEqual([text.text, "Good morning"]);
    expect(Number(lag)).toBeWithin(0, 60_000);
    const { post } = feed[0]!;
    expect(post).toMatchObject({
      ...mine,
      author: { did: alice.did, handle: "alice.test" },
      likeCount: 0,
    });
    const cid = data.blob.ref.toString();
    expect((post.embed as View).images[0]).toMatchObject({
      alt: "A square",
      fullsize: `https://cdn.test/img/feed_fullsize/plain/${alice.did}/${cid}@jpeg`,
    });
    const own = await alice.getAuthorFeed({ actor: "alice.test" });
    expect(own.data.feed.map(({ post }) => post.uri)).toEqual([mine.uri]);
    const others = await alice.getAuthorFeed({ actor: bob.did });
    expect(others.data.feed.map(textOf)).toEqual(["Good morning"]);
    const thread = await alice.getPostThread({ uri: mine.uri });
    expect(thread.data.thread).toMatchObject({ post: mine });
  });

  test("is nobody else's before the AppView has it", async () => {
    const { data } = await bob.getTimeline();
    expect(data.feed.map(textOf)).toEqual(["Good morning"]);
    expect(await refusalOf(bob.getPostThread({ uri: mine.uri }))).toEqual({
      status: 400,
      error: "NotFound",
    });
  });

  test("stays where it is when the AppView has caught up", async () => {
    const before = await timeline();
    await catchUp();
    const after = await timeline();
    expect(after.lag).toBeUndefined();
    const places = ({ feed }: typeof before) =>
      feed.map(({ post }) => post.uri);
    expect(places(after)).toEqual(places(before));
  });

  test("that is deleted before the AppView has it is nowhere", async () => {
    const { uri } = await alice.post({ text: "A slip" });
    expect((await timeline()).feed.map(textOf)).toContain("A slip");
    await alice.deletePost(uri);
    expect((await timeline()).feed.map(textOf)).not.toContain("A slip");
    expect(await refusalOf(alice.getPostThread({ uri }))).toMatchObject({
      error: "NotFound",
    });
  });
});

describe("an answer to somebody", () => {
  let reply: StrongRef;

  test("stands below what it answers, at once", async () => {
    reply = await write(alice, {
      text: "Good morning, Bob",
      reply: { root: bobsPost, parent: bobsPost },
    });
    const { data } = await alice.getPostThread({ uri: bobsPost.uri });
    const thread = data.thread as AppBskyFeedDefs.ThreadViewPost;
    expect(thread.replies).toMatchObject([
      { post: { ...reply, record: { text: "Good morning, Bob" } } },
    ]);
  });

  test("has what it answers above it, in its thread and in the timeline", async () => {
    const { data } = await alice.getPostThread({ uri: reply.uri });
    expect(data.thread).toMatchObject({
      post: reply,
      parent: { post: { uri: bobsPost.uri, author: { did: bob.did } } },
    });
    const { feed } = await timeline();
    expect(feed[0]).toMatchObject({
      post: reply,
      reply: { root: { uri: bobsPost.uri }, parent: { uri: bobsPost.uri } },
    });
  });

  test("can quote", async () => {
    await alice.post({
      text: "As Bob says",
      embed: { $type: "app.bsky.embed.record", record: bobsPost },
    });
    const { feed } = await timeline();
    expect(feed[0]!.post.embed).toMatchObject({
      $type: "app.bsky.embed.record#view",
      record: {
        uri: bobsPost.uri,
        author: { handle: "bob.test" },
        value: { text: "Good morning" },
      },
    });
  });
});

test("a new name is shown at once, on the profile and on every post", async () => {
  await catchUp();
  const { data } = await alice.uploadBlob(pictureOf(16), {
    encoding: "image/png",
  });
  await alice.upsertProfile((old) => ({
    ...old,
    displayName: "Alice A.",
    description: "Hello",
    avatar: data.blob,
  }));
  const { data: profile } = await alice.getProfile({ actor: alice.did });
  const cid = data.blob.ref.toString();
  expect(profile).toMatchObject({
    displayName: "Alice A.",
    description: "Hello",
    avatar: `https://cdn.test/img/avatar/plain/${alice.did}/${cid}@jpeg`,
    postsCount: 3,
  });
  const both = await alice.getProfiles({ actors: [bob.did, alice.did] });
  expect(both.data.profiles.map(({ displayName }) => displayName)).toEqual([
    undefined,
    "Alice A.",
  ]);
  const { feed } = await timeline();
  const names = feed
    .filter(({ post }) => post.author.did === alice.did)
    .map(({ post }) => post.author.displayName);
  expect(names).toEqual(["Alice A.", "Alice A.", "Alice A."]);
  const { data: seen } = await bob.getProfile({ actor: alice.did });
  expect(seen.displayName).toBeUndefined();
});

test("a feed of somebody's making is asked for in their service's name", async () => {
  const feed = `at://${bob.did}/app.bsky.feed.generator/cats`;
  const generator = "did:web:feeds.example.com";
  appView.knowledge.feeds.set(feed, { did: generator });
  appView.addAudience(generator);
  const { data } = await alice.app.bsky.feed.getFeed({ feed });
  expect(data.feed.map(textOf)).toContain("Good morning");
  expect(lastCall("app.bsky.feed.getFeed")?.claims?.aud).toBe(generator);
  const unknown = alice.app.bsky.feed.getFeed({ feed: `${feed}2` });
  expect(await refusalOf(unknown)).toEqual({
    status: 400,
    error: "UnknownFeed",
  });
});

test("preferences never leave the host", async () => {
  await alice.setAdultContentEnabled(true);
  await alice.addSavedFeeds([{ type: "timeline", value: "x", pinned: true }]);
  const { moderationPrefs, savedFeeds } = await alice.getPreferences();
  expect(moderationPrefs.adultContentEnabled).toBe(true);
  expect(savedFeeds).toMatchObject([{ value: "x" }]);
  expect(appView.received).toEqual([]);
});

test("notifications are read at the AppView, and sent by the service named", async () => {
  expect((await alice.countUnreadNotifications()).data.count).toBe(3);
  expect((await alice.listNotifications()).data.notifications).toEqual([]);
  const device = {
    ...{ serviceDid: appView.did, token: "t", platform: "ios" },
    appId: "xyz.blueskyweb.app",
  };
  await alice.app.bsky.notification.registerPush(device);
  const call = lastCall("app.bsky.notification.registerPush");
  expect(JSON.parse(call!.body)).toEqual(device);
  expect(call?.headers["content-type"]).toContain("application/json");
  await alice.app.bsky.notification.unregisterPush(device);
  expect(lastCall("app.bsky.notification.unregisterPush")).toBeDefined();
});

test("messages and videos have services of their own, named or not", async () => {
  const named = alice.withProxy("bsky_chat", appView.did);
  for (const agent of [alice, named] as AtpAgent[]) {
    const { data } = await agent.chat.bsky.convo.listConvos();
    expect(data.convos).toEqual([]);
  }
  expect(appView.received.map(({ claims }) => claims?.lxm)).toEqual([
    "chat.bsky.convo.listConvos",
    "chat.bsky.convo.listConvos",
  ]);
  const { data } = await alice.app.bsky.video.getUploadLimits();
  expect(data.canUpload).toBe(true);
});

test("an app password reads the timeline and no messages", async () => {
  const { data } = await alice.com.atproto.server.createAppPassword({
    name: "reader",
  });
  const reader = new AtpAgent({ service: network.url });
  await reader.login({ identifier: "alice.test", password: data.password });
  expect((await reader.getTimeline()).data.feed.length).toBeGreaterThan(0);
  const messages = reader.chat.bsky.convo.listConvos();
  expect(await refusalOf(messages)).toEqual({
    status: 400,
    error: "InvalidToken",
  });
});

test("labelers are asked for, and named in the answer", async () => {
  const agent = alice.clone() as AtpAgent;
  agent.configureLabelers([LABELER]);
  const { headers } = await agent.getTimeline();
  const sent = lastCall("app.bsky.feed.getTimeline")?.headers;
  expect(sent?.["atproto-accept-labelers"]).toContain(LABELER);
  expect(headers["atproto-content-labelers"]).toContain(LABELER);
});

test("an app that names its AppView with every call may write all the same", async () => {
  const agent = alice.withProxy("bsky_appview", appView.did) as AtpAgent;
  const { uri } = await agent.post({ text: "From an app" });
  const { data } = await agent.getTimeline();
  expect(data.feed.map(textOf)[0]).toBe("From an app");
  await agent.deletePost(uri);
  expect(lastCall("com.atproto.repo.createRecord")).toBeUndefined();
});

test("a record of somebody elsewhere is asked for at the AppView", async () => {
  const repo = "did:plc:elsewhereelsewhereelsewh";
  const uri = `at://${repo}/app.bsky.feed.post/x`;
  const record = { $type: "app.bsky.feed.post", text: "From afar" };
  appView.knowledge.posts.set(uri, {
    ...{ ...bobsPost, uri, record, author: { did: repo, handle: "x.test" } },
    indexedAt: "2020-01-01T00:00:00.000Z",
  });
  const reader = new AtpAgent({ service: network.url });
  const { rkey } = new AtUri(uri);
  const { value } = await reader.getPost({ repo, rkey });
  expect(value.text).toBe("From afar");
  expect(lastCall("com.atproto.repo.getRecord")?.claims).toBeNull();
});

describe("an AppView that does not do its work", () => {
  const nsid = "app.bsky.feed.getTimeline";
  const slow = Promise.withResolvers<Response>();
  afterAll(() => slow.resolve(new Response()));

  const faults: [string, () => Response | Promise<Response>, string][] = [
    ["fails", () => refusal(500, "Oops"), "502 UpstreamFailure"],
    ["is overloaded", () => refusal(503, "Overloaded"), "503 Overloaded"],
    ["is slow", () => slow.promise, "504 UpstreamTimeout"],
    [
      "limits",
      () => refusal(429, "RateLimitExceeded"),
      "429 RateLimitExceeded",
    ],
    [
      "sends too much",
      () => new Response(new Uint8Array(11 * 1024 * 1024)),
      "502 UpstreamFailure",
    ],
    [
      "sends us away",
      () => Response.redirect("https://elsewhere.example.com"),
      "502 UpstreamFailure",
    ],
  ];
  test.each(faults)(
    "%s, and that is what is said",
    async (_name, answer, said) => {
      appView.answer(nsid, answer);
      const { status, error } = await refusalOf(alice.getTimeline());
      expect(`${status} ${error}`).toBe(said);
    },
  );

  test("sends nonsense, and that is passed on", async () => {
    await alice.post({ text: "Is anybody there?" });
    for (const body of ["[]", "{", "null", '{"feed":7}', '{"feed":[{}]}']) {
      const headers = { "content-type": "application/json" };
      appView.answer(nsid, () => new Response(body, { headers }));
      const answer = await fetch(`${network.url}/xrpc/${nsid}`, {
        headers: { authorization: `Bearer ${alice.session!.accessJwt}` },
      });
      expect([answer.status, await answer.text()]).toEqual([200, body]);
    }
  });

  test("is gone, and people can still write", async () => {
    await appView.stop();
    const { status, error } = await refusalOf(alice.getTimeline());
    expect([status, error]).toEqual([502, "UpstreamFailure"]);
    const { uri } = await alice.post({ text: "To nobody" });
    const { rkey } = new AtUri(uri);
    const { value } = await alice.getPost({ repo: alice.did, rkey });
    expect(value.text).toBe("To nobody");
  });
});
