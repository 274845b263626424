import { expect } from "bun:test";
import { type AppViewDouble, startAppView } from "../../doubles/app-view.ts";
import { type Answerer, refusal } from "../../doubles/app-view-answers.ts";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";
import type { Identity, World } from "../world.ts";

const PROFILE = "app.bsky.actor.getProfile";
const PROFILES = "app.bsky.actor.getProfiles";
const TIMELINE = "app.bsky.feed.getTimeline";
const AUTHOR_FEED = "app.bsky.feed.getAuthorFeed";
const LIKES = "app.bsky.feed.getActorLikes";
const THREAD = "app.bsky.feed.getPostThread";
const FEED = "app.bsky.feed.getFeed";
const REGISTER = "app.bsky.notification.registerPush";
const UNREGISTER = "app.bsky.notification.unregisterPush";

const GENERATOR = "did:web:feeds.example.com";
const CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";

const doubles = new WeakMap<World, Promise<AppViewDouble>>();

/** The AppView of a world, which knows bob and his one post. */
function appViewOf(world: World): Promise<AppViewDouble> {
  const known = doubles.get(world);
  if (known !== undefined) return known;
  const made = start(world);
  doubles.set(world, made);
  return made;
}

async function start({
  network,
  accounts,
  clock,
}: World): Promise<AppViewDouble> {
  const appView = startAppView(clock);
  await appView.register(network.plcUrl);
  await appView.catchUp(network.url, accounts.bob.did);
  await appView.catchUp(network.url, accounts.alice.did);
  const uri = bobsPost(accounts.bob.did);
  const { did, handle } = accounts.bob;
  appView.knowledge.posts.set(uri, {
    ...{ uri, cid: CID, author: { did, handle } },
    record: { $type: "app.bsky.feed.post", text: "I am Bob" },
    indexedAt: "2026-01-01T00:00:00.000Z",
  });
  appView.knowledge.feeds.set(feedOf(did), { did: GENERATOR });
  appView.addAudience(GENERATOR);
  return appView;
}

const bobsPost = (did: string) => `at://${did}/app.bsky.feed.post/bobs`;
const feedOf = (did: string) => `at://${did}/app.bsky.feed.generator/cats`;

type Params = Record<string, string | string[]>;

/** A call to the AppView by name, whose answer the test may replace for this once. */
const ask =
  (
    as: Identity,
    paramsOf: Params | ((did: string) => Params) = {},
    answerer?: [nsid: string, Answerer],
  ) =>
  async (world: World): Promise<Made> => {
    const appView = await appViewOf(world);
    appView.reset();
    if (answerer !== undefined) appView.answer(...answerer);
    const { did } = world.accounts.bob;
    const params = typeof paramsOf === "function" ? paramsOf(did) : paramsOf;
    const headers = { "atproto-proxy": `${appView.did}#bsky_appview` };
    return { as, params, headers };
  };

const refuses = (
  nsid: string,
  error: string,
  params: (did: string) => Params,
): Scenario => ({
  name: `passes on that it is refused for ${error}`,
  call: ask("alice", params, [nsid, () => refusal(400, error)]),
  status: 400,
  error,
});

/** Who may call, which is the same for all. */
const callers = (params: (did: string) => Params): Scenario[] => [
  { name: "is called with an app password", call: ask("alice:app", params) },
  { name: "is called while deactivated", call: ask("dora", params) },
  {
    name: "ends when the account is taken down",
    call: ask("tara", params),
    status: 401,
    error: "AccountTakedown",
  },
  {
    name: "is not for the session with which one may only leave",
    call: ask("tara:takendown", params),
    status: 400,
    error: "InvalidToken",
  },
];

/** What an AppView may do wrong, and what becomes of it. */
const faults = (nsid: string, params: (did: string) => Params): Scenario[] => [
  {
    name: "tells that the AppView failed",
    call: ask("alice", params, [
      nsid,
      () => refusal(500, "InternalServerError"),
    ]),
    status: 502,
    error: "UpstreamFailure",
  },
  {
    name: "passes on that the AppView is busy",
    call: ask("alice", params, [
      nsid,
      () => refusal(503, "ServiceUnavailable"),
    ]),
    status: 503,
    error: "ServiceUnavailable",
  },
  {
    name: "passes on what is no JSON",
    call: ask("alice", params, [
      nsid,
      () => new Response("<p>", { headers: { "content-type": "text/html" } }),
    ]),
    check({ headers, body }) {
      expect(headers.get("content-type")).toBe("text/html");
      expect(Buffer.from(body).toString()).toBe("<p>");
    },
  },
];

const actor = (did: string): Params => ({ actor: did });
const none = (): Params => ({});
const thread = (did: string): Params => ({ uri: bobsPost(did) });
const feed = (did: string): Params => ({ feed: feedOf(did) });

const bobsFeed = ({ accounts }: World) => ({
  feed: [{ post: { uri: bobsPost(accounts.bob.did) } }],
});

const device = (change: object = {}) =>
  async function call(world: World): Promise<Made> {
    const appView = await appViewOf(world);
    appView.reset();
    const serviceDid = appView.did;
    const input = { serviceDid, token: "t", platform: "ios", appId: "a" };
    return { as: "alice", input: { ...input, ...change } };
  };

const push = (nsid: string): Scenario[] => [
  {
    name: "goes to the service that the input names",
    call: device(),
    async check({ body }, world) {
      const { received, did } = await appViewOf(world);
      expect(received.map((seen) => seen.nsid)).toEqual([nsid]);
      expect(received[0]?.claims).toMatchObject({
        iss: world.accounts.alice.did,
        aud: did,
        lxm: nsid,
      });
      expect(JSON.parse(received[0]!.body).token).toBe("t");
      expect(body.length).toBe(0);
    },
  },
  {
    name: "refuses a service that is not to be found",
    call: device({ serviceDid: `did:plc:${"a".repeat(24)}` }),
    status: 400,
    error: "InvalidRequest",
  },
  {
    name: "refuses a service that sends no notifications",
    call: async (world) =>
      device({ serviceDid: world.accounts.bob.did })(world),
    status: 400,
    error: "InvalidRequest",
  },
];

export const appview: ScenarioTable = {
  [PROFILE]: [
    {
      name: "shows what the AppView shows",
      call: ask("alice", actor),
      body: ({ accounts }) => ({ did: accounts.bob.did, postsCount: 1 }),
    },
    ...callers(actor),
    ...faults(PROFILE, actor),
  ],
  [PROFILES]: [
    {
      name: "takes a list",
      call: ask("alice", (did) => ({ actors: [did, "nobody.test"] })),
      body: ({ accounts }) => ({ profiles: [{ did: accounts.bob.did }] }),
    },
    {
      name: "takes a list as forms write it",
      call: ask("alice", (did) => ({ "actors[]": [did] }), [
        PROFILES,
        ({ params }) => ({ profiles: [], asked: params.getAll("actors[]") }),
      ]),
      body: ({ accounts }) => ({ asked: [accounts.bob.did] }),
    },
    {
      name: "wants somebody",
      call: ask("alice"),
      status: 400,
      error: "InvalidRequest",
    },
    ...callers((did) => ({ actors: [did] })),
    ...faults(PROFILES, (did) => ({ actors: [did] })),
  ],
  [TIMELINE]: [
    {
      name: "shows what the AppView shows",
      call: ask("alice", { limit: "10" }),
      body: bobsFeed,
    },
    ...callers(none),
    ...faults(TIMELINE, none),
  ],
  [AUTHOR_FEED]: [
    {
      name: "shows what the AppView shows",
      call: ask("alice", actor),
      body: bobsFeed,
    },
    refuses(AUTHOR_FEED, "BlockedActor", actor),
    refuses(AUTHOR_FEED, "BlockedByActor", actor),
    ...callers(actor),
    ...faults(AUTHOR_FEED, actor),
  ],
  [LIKES]: [
    {
      name: "shows what the AppView shows",
      call: ask("alice", actor),
      body: { feed: [] },
    },
    refuses(LIKES, "BlockedActor", actor),
    refuses(LIKES, "BlockedByActor", actor),
    ...callers(actor),
    ...faults(LIKES, actor),
  ],
  [THREAD]: [
    {
      name: "shows what the AppView shows",
      call: ask("alice", thread),
      body: ({ accounts }) => ({
        thread: { post: { uri: bobsPost(accounts.bob.did) } },
      }),
    },
    {
      name: "passes on that there is none",
      call: ask("alice", (did) => ({ uri: `${bobsPost(did)}2` })),
      status: 400,
      error: "NotFound",
    },
    ...callers(thread),
    ...faults(THREAD, thread),
  ],
  [FEED]: [
    {
      name: "goes with a token for the service behind the feed",
      call: ask("alice", feed),
      body: bobsFeed,
      async check(_answer, world) {
        const { received } = await appViewOf(world);
        expect(received.at(-1)?.claims).toMatchObject({
          aud: GENERATOR,
          lxm: "app.bsky.feed.getFeedSkeleton",
        });
      },
    },
    {
      name: "tells that there is no such feed",
      call: ask("alice", (did) => ({ feed: `${feedOf(did)}2` })),
      status: 400,
      error: "UnknownFeed",
    },
    {
      name: "passes on what the feed's service refuses",
      call: ask("alice", feed, [FEED, () => refusal(400, "UnknownFeed")]),
      status: 400,
      error: "UnknownFeed",
    },
    ...callers(feed),
    ...faults(FEED, feed),
  ],
  [REGISTER]: push(REGISTER),
  [UNREGISTER]: push(UNREGISTER),
};
