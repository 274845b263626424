import type { FreshPost } from "./fresh-records.ts";
import { isObject, type Json, objectAt, objectsAt, textAt } from "./json.ts";
import { patchAuthor, type ProfileViews } from "./profile-views.ts";

/** A page of a feed that an AppView answered, checked as far as it is looked at. */
export interface FeedPage {
  items: Json[];
  /** The page begins at the newest. */
  isFirst: boolean;
  /** Nothing follows. */
  isLast: boolean;
}

/** @returns null for anything that is no page of posts. */
export function readFeed(body: unknown, params: Json): FeedPage | null {
  const items = objectsAt(body, "feed");
  if (items === null || !items.every(isFeedItem)) return null;
  return {
    items,
    isFirst: params.cursor === undefined,
    isLast: textAt(body, "cursor") === null,
  };
}

function isFeedItem(item: Json): boolean {
  return (
    textAt(item, "post", "uri") !== null &&
    textAt(item, "post", "author", "did") !== null &&
    !Number.isNaN(sortMsOf(item))
  );
}

/** Puts the fresh profile on all that the account wrote or reposted. */
export function patchAuthors(views: ProfileViews, items: Json[]): Json[] {
  return items.map((item) => {
    const { post, reply, reason } = item;
    return {
      ...item,
      post: patchAuthor(views, post as Json),
      ...(isObject(reply) && { reply: patchReply(views, reply) }),
      ...(isObject(reason) && { reason: patchReason(views, reason) }),
    };
  });
}

function patchReply(views: ProfileViews, reply: Json): Json {
  const { root, parent } = reply;
  return {
    ...reply,
    ...(isObject(root) && { root: patchAuthor(views, root) }),
    ...(isObject(parent) && { parent: patchAuthor(views, parent) }),
  };
}

function patchReason(views: ProfileViews, reason: Json): Json {
  return isObject(reason.by)
    ? { ...reason, by: views.patchBasic(reason.by) }
    : reason;
}

/** The posts that belong on the page and are not there, newest first. */
export function missingPosts(
  { items, isFirst, isLast }: FeedPage,
  posts: readonly FreshPost[],
): FreshPost[] {
  const shown = new Set(
    items.filter(isOriginal).map((item) => textAt(item, "post", "uri")),
  );
  const ordered = items.filter((item) => !isPin(item));
  const newestMs = isFirst ? Infinity : sortMsOf(ordered[0] ?? {});
  const oldestMs = isLast ? -Infinity : sortMsOf(ordered.at(-1) ?? {});
  return posts.filter(
    ({ uri, sortMs }) =>
      !shown.has(uri) && sortMs <= newestMs && sortMs > oldestMs,
  );
}

/** Puts posts among the items of a page by their time; those that are pinned stay on top. */
export function insertPosts(
  items: readonly Json[],
  posts: readonly FreshPost[],
  show: (post: FreshPost) => Json,
): Json[] {
  const result = [...items];
  for (const post of posts) {
    const at = result.findIndex(
      (item) => !isPin(item) && sortMsOf(item) < post.sortMs,
    );
    result.splice(at < 0 ? result.length : at, 0, show(post));
  }
  return result;
}

const isPin = (item: Json) =>
  textAt(item, "reason", "$type") === "app.bsky.feed.defs#reasonPin";
const isOriginal = (item: Json) => item.reason === undefined;

/** What a feed is ordered by: when it was reposted, else when it was written, but not after it came. */
function sortMsOf(item: Json): number {
  const reposted = textAt(item, "reason", "indexedAt");
  if (reposted !== null) return Date.parse(reposted);
  const cameMs = Date.parse(textAt(item, "post", "indexedAt") ?? "");
  const createdMs = Date.parse(
    textAt(item, "post", "record", "createdAt") ?? "",
  );
  return Number.isNaN(createdMs) ? cameMs : Math.min(createdMs, cameMs);
}

/** Whether a post belongs to a list of somebody's posts that leaves some out. */
export function passesFilter(
  filter: unknown,
  did: string,
  { record }: FreshPost,
): boolean {
  const embed = objectAt(record, "embed");
  const media = objectAt(embed, "media") ?? embed;
  const kind = textAt(media, "$type")?.slice("app.bsky.embed.".length) ?? "";
  const isReply = isObject(record.reply);
  switch (filter) {
    case "posts_no_replies":
      return !isReply;
    case "posts_with_media":
      return ["images", "gallery", "video"].includes(kind);
    case "posts_with_video":
      return kind === "video";
    case "posts_and_author_threads": {
      const isOwn = (end: string) =>
        textAt(record, "reply", end, "uri")?.startsWith(`at://${did}/`);
      return !isReply || (isOwn("root") === true && isOwn("parent") === true);
    }
    default:
      return true;
  }
}
