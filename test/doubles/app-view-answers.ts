import type { ServiceClaims } from "./service-token.ts";

// oxlint-disable-next-line typescript/no-explicit-any
export type View = Record<string, any>;

/** A call that came to the AppView, with who made it. */
export interface AppViewCall {
  nsid: string;
  method: string;
  params: URLSearchParams;
  headers: Record<string, string>;
  body: string;
  /** null when the call came without a token. */
  claims: ServiceClaims | null;
}

/** What the AppView has of an account. */
export interface KnownAccount {
  did: string;
  handle: string;
  /** The record, as JSON. */
  profile: View;
  /** Revision up to which it has seen the repository. */
  rev: string | null;
}

export interface Knowledge {
  accounts: Map<string, KnownAccount>;
  /** Views by AT-URI, in the order in which they came. */
  posts: Map<string, View>;
  /** Views of feed generators by AT-URI. */
  feeds: Map<string, View>;
}

/** A refusal by name, or an object to be sent as JSON, or any answer at all. */
export type Answerer = (
  call: AppViewCall,
  knowledge: Knowledge,
) => object | Response | Promise<object | Response>;

/** What the AppView answers as long as no test says otherwise; by method. */
export const defaultAnswers: Readonly<Record<string, Answerer>> = {
  "app.bsky.actor.getProfile": ({ params }, knowledge) =>
    profileOf(knowledge, params.get("actor")) ??
    refusal(400, "InvalidRequest", "Profile not found"),
  "app.bsky.actor.getProfiles": ({ params }, knowledge) => ({
    profiles: params
      .getAll("actors")
      .map((actor) => profileOf(knowledge, actor))
      .filter((profile) => profile !== null),
  }),
  "app.bsky.feed.getTimeline": ({ params }, { posts }) =>
    pageOf([...posts.values()], params),
  "app.bsky.feed.getAuthorFeed": ({ params }, knowledge) => {
    const account = findAccount(knowledge, params.get("actor"));
    if (account === null) return refusal(400, "InvalidRequest", "no profile");
    const own = [...knowledge.posts.values()].filter(
      ({ author }) => author.did === account.did,
    );
    return pageOf(own, params);
  },
  "app.bsky.feed.getActorLikes": () => ({ feed: [] }),
  "app.bsky.feed.getPosts": ({ params }, { posts }) => ({
    posts: params
      .getAll("uris")
      .map((uri) => posts.get(uri))
      .filter((post) => post !== undefined),
  }),
  "app.bsky.feed.getPostThread": ({ params }, { posts }) => {
    const post = posts.get(params.get("uri") ?? "");
    if (post === undefined) {
      return refusal(400, "NotFound", "Post not found");
    }
    return {
      thread: {
        ...threadOf(post),
        ...parentOf(post, posts),
        ...(params.get("depth") !== "0" && {
          replies: repliesOf(post, posts),
        }),
      },
    };
  },
  "app.bsky.feed.getFeedGenerator": ({ params }, { feeds }) => {
    const view = feeds.get(params.get("feed") ?? "");
    return view === undefined
      ? refusal(400, "InvalidRequest", "could not find feed")
      : { view, isOnline: true, isValid: true };
  },
  "app.bsky.feed.getFeed": ({ params }, { posts }) =>
    pageOf([...posts.values()], params),
  "app.bsky.notification.listNotifications": () => ({ notifications: [] }),
  "app.bsky.notification.getUnreadCount": () => ({ count: 3 }),
  "app.bsky.notification.registerPush": empty,
  "app.bsky.notification.unregisterPush": empty,
  "app.bsky.video.getUploadLimits": () => ({ canUpload: true }),
  "chat.bsky.convo.listConvos": () => ({ convos: [] }),
  "com.atproto.repo.getRecord": ({ params }, { posts }) => {
    const [repo, collection, rkey] = ["repo", "collection", "rkey"].map(
      (name) => params.get(name),
    );
    const post = posts.get(`at://${repo}/${collection}/${rkey}`);
    if (post === undefined) return refusal(400, "RecordNotFound");
    return { uri: post.uri, cid: post.cid, value: post.record };
  },
};

function empty(): Response {
  return new Response(null);
}

function findAccount(
  { accounts }: Knowledge,
  actor: string | null,
): KnownAccount | null {
  const all = [...accounts.values()];
  return (
    all.find(({ did, handle }) => did === actor || handle === actor) ?? null
  );
}

function profileOf(knowledge: Knowledge, actor: string | null): View | null {
  const account = findAccount(knowledge, actor);
  if (account === null) return null;
  const { did, handle, profile } = account;
  const { displayName, description } = profile;
  const count = [...knowledge.posts.values()].filter(
    ({ author }) => author.did === did,
  ).length;
  return { did, handle, displayName, description, postsCount: count };
}

/** Newest first; the cursor is the number of posts before the page. */
function pageOf(posts: View[], params: URLSearchParams): View {
  const limit = Number(params.get("limit") ?? 50);
  const from = Number(params.get("cursor") ?? 0);
  const sorted = posts.toSorted((a, b) => (a.indexedAt < b.indexedAt ? 1 : -1));
  const page = sorted.slice(from, from + limit);
  const isLast = from + limit >= sorted.length;
  return {
    ...(!isLast && { cursor: String(from + limit) }),
    feed: page.map((post) => ({ post })),
  };
}

function threadOf(post: View): View {
  return { $type: "app.bsky.feed.defs#threadViewPost", post };
}

function parentOf(post: View, posts: Knowledge["posts"]): View {
  const parent = posts.get(post.record.reply?.parent.uri ?? "");
  if (parent === undefined) return {};
  return { parent: { ...threadOf(parent), ...parentOf(parent, posts) } };
}

function repliesOf(post: View, posts: Knowledge["posts"]): View[] {
  return [...posts.values()]
    .filter(({ record }) => record.reply?.parent.uri === post.uri)
    .map((reply) => ({
      ...threadOf(reply),
      replies: repliesOf(reply, posts),
    }));
}

export function refusal(
  status: number,
  error: string,
  message = error,
): Response {
  return Response.json({ error, message }, { status });
}
