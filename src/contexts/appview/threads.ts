import type { FreshPost, FreshRecords } from "./fresh-records.ts";
import { isObject, type Json, objectsAt, textAt } from "./json.ts";
import type { PostViews } from "./post-views.ts";
import { patchAuthor, type ProfileViews } from "./profile-views.ts";
import type { Ask } from "./quotes.ts";

const THREAD = "app.bsky.feed.defs#threadViewPost";

/** Parameters of app.bsky.feed.getPostThread. */
export interface ThreadParams {
  uri: string;
  depth: number;
  parentHeight: number;
}

const uriOf = (node: Json) => textAt(node, "post", "uri");
const parentOf = ({ record }: FreshPost) =>
  textAt(record, "reply", "parent", "uri");
const isThread = (value: unknown): value is Json =>
  isObject(value) && value.$type === THREAD && uriOf(value) !== null;

/** The tree with the fresh profile on all posts of the account, downwards and upwards. */
export function patchThreadAuthors(views: ProfileViews, node: Json): Json {
  const { post, parent } = node;
  const replies = objectsAt(node, "replies");
  return {
    ...node,
    ...(isObject(post) && { post: patchAuthor(views, post) }),
    ...(isThread(parent) && { parent: patchThreadAuthors(views, parent) }),
    ...(replies !== null && {
      replies: replies.map((reply) =>
        isThread(reply) ? patchThreadAuthors(views, reply) : reply,
      ),
    }),
  };
}

/** The posts that answer something in the tree and are not in it, oldest first. */
export function missingReplies(
  thread: Json,
  posts: readonly FreshPost[],
): FreshPost[] {
  const shown = new Set<string>();
  collect(thread, shown);
  const missing: FreshPost[] = [];
  for (const post of posts.toReversed()) {
    const parent = parentOf(post);
    if (parent === null || !shown.has(parent) || shown.has(post.uri)) continue;
    // A reply to this one, which is newer, finds its place in turn.
    shown.add(post.uri);
    missing.push(post);
  }
  return missing;
}

function collect(node: Json, uris: Set<string>): void {
  const uri = uriOf(node);
  if (uri !== null) uris.add(uri);
  for (const reply of objectsAt(node, "replies") ?? []) collect(reply, uris);
}

/** Hangs posts, oldest first, under what they answer, `depth` levels down at most. */
export function insertReplies(
  thread: Json,
  posts: readonly FreshPost[],
  { views, depth }: { views: PostViews; depth: number },
): Json {
  return posts.reduce(
    (tree, post) => insertReply(tree, post, { views, depth }),
    thread,
  );
}

function insertReply(
  node: Json,
  post: FreshPost,
  options: { views: PostViews; depth: number },
): Json {
  const { views, depth } = options;
  if (depth <= 0) return node;
  const replies = objectsAt(node, "replies");
  if (uriOf(node) === parentOf(post)) {
    const reply = { $type: THREAD, post: views.post(post), replies: [] };
    return { ...node, replies: [reply, ...(replies ?? [])] };
  }
  if (replies === null) return node;
  const below = { views, depth: depth - 1 };
  return {
    ...node,
    replies: replies.map((reply) =>
      isThread(reply) ? insertReply(reply, post, below) : reply,
    ),
  };
}

/** The tree below one of the account's own fresh posts, without what is above it. */
export function buildThread(
  fresh: FreshRecords,
  post: FreshPost,
  { views, depth }: { views: PostViews; depth: number },
): Json {
  const thread = { $type: THREAD, post: views.post(post), replies: [] };
  const replies = missingReplies(thread, fresh.posts);
  return insertReplies(thread, replies, { views, depth });
}

/**
 * What is above a fresh post: fresh posts as long as there are, then what the
 * AppView has; null when there is nothing, or it isn't to be had.
 */
export async function findParents(
  fresh: FreshRecords,
  post: FreshPost,
  { views, height, ask }: { views: PostViews; height: number; ask: Ask },
): Promise<Json | null> {
  const uri = parentOf(post);
  if (uri === null || height <= 0) return null;
  const own = fresh.posts.find((other) => other.uri === uri);
  if (own === undefined) return await askForParents(ask, uri, height);
  const above = { views, height: height - 1, ask };
  const parent = await findParents(fresh, own, above);
  const node = { $type: THREAD, post: views.post(own) };
  return parent === null ? node : { ...node, parent };
}

async function askForParents(
  ask: Ask,
  uri: string,
  height: number,
): Promise<Json | null> {
  try {
    const body = await ask("app.bsky.feed.getPostThread", {
      uri,
      depth: "0",
      parentHeight: String(height - 1),
    });
    return isObject(body) && isObject(body.thread) ? body.thread : null;
  } catch {
    return null;
  }
}
