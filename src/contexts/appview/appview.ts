import type { Did } from "#repo/syntax.ts";
import {
  findFreshRecords,
  type FreshRecords,
  type FreshRecordsDeps,
} from "./fresh-records.ts";
import {
  createFeedGenerators,
  type FeedGeneratorDeps,
  type FeedGenerators,
} from "./feed-generators.ts";
import {
  insertPosts,
  missingPosts,
  passesFilter,
  patchAuthors,
  readFeed,
} from "./feeds.ts";
import { isObject, type Json, objectsAt, textAt } from "./json.ts";
import { findOwnProfile } from "./own-profile.ts";
import { createMedia, type Media, type MediaDeps } from "./pictures.ts";
import { createPostViews } from "./post-views.ts";
import { createProfileViews, type ProfileViews } from "./profile-views.ts";
import type { Ask } from "./quotes.ts";
import {
  buildThread,
  findParents,
  insertReplies,
  missingReplies,
  patchThreadAuthors,
  type ThreadParams,
} from "./threads.ts";

export type { Ask } from "./quotes.ts";
export type { FreshRecords } from "./fresh-records.ts";

/** An answer of an AppView to a call of the account whose fresh records are known. */
export interface AppViewAnswer {
  nsid: string;
  /** Of the call, as its lexicon has them. */
  params: Json;
  /** Parsed JSON; null when the AppView found nothing, which only getPostThread has use for. */
  body: unknown;
  ask: Ask;
}

/**
 * Read after write: an AppView learns of a record a moment after it was
 * written, and people want to see at once what they have done.
 */
export interface AppView {
  /**
   * What the AppView hasn't seen of the account; null when it has all that
   * matters, and its answer is right as it is.
   * @param rev what it says in `atproto-repo-rev`.
   */
  findFresh(did: Did, rev: string): FreshRecords | null;
  /**
   * The answer with the account's own records in it; null when nothing is to be
   * changed, or the answer is not of the shape expected. Never throws for what
   * the AppView says.
   */
  patch(fresh: FreshRecords, answer: AppViewAnswer): Promise<Json | null>;
  /** See own-profile.ts. */
  findOwnProfile(actor: string): Json | null;
  readonly feedGenerators: FeedGenerators;
}

export type AppViewDeps = FreshRecordsDeps & MediaDeps & FeedGeneratorDeps;

/** What a patch works with. */
interface Desk {
  fresh: FreshRecords;
  profiles: ProfileViews;
  media: Media;
}

type Patch = (desk: Desk, answer: AppViewAnswer) => Promise<Json | null>;

/** How each method's answer is patched. */
const PATCHES: Readonly<Record<string, Patch>> = {
  "app.bsky.actor.getProfile": async ({ fresh, profiles }, { body }) =>
    fresh.isProfileFresh && isObject(body) && body.did === fresh.did
      ? profiles.patchDetailed(body)
      : null,
  "app.bsky.actor.getProfiles": patchProfiles,
  "app.bsky.feed.getTimeline": (desk, answer) =>
    patchFeed(desk, answer, () => true),
  "app.bsky.feed.getAuthorFeed"(desk, answer) {
    const { actor, filter } = answer.params;
    const { did } = desk.fresh;
    const isOwn = isSelf(desk.fresh, actor);
    return patchFeed(
      desk,
      answer,
      (post) => isOwn && passesFilter(filter, did, post),
    );
  },
  "app.bsky.feed.getActorLikes": (desk, answer) =>
    patchFeed(desk, answer, () => false),
  // What is in it is for the feed's generator to say.
  "app.bsky.feed.getFeed": (desk, answer) =>
    patchFeed(desk, answer, () => false),
  "app.bsky.feed.getPostThread": patchThread,
};

export function createAppView(deps: AppViewDeps): AppView {
  const media = createMedia(deps);
  return {
    feedGenerators: createFeedGenerators(deps),
    findFresh: (did, rev) => findFreshRecords(deps, did, rev),
    findOwnProfile: (actor) => findOwnProfile(deps, media, actor),
    async patch(fresh, answer) {
      const profiles = createProfileViews(fresh, media);
      const patch = PATCHES[answer.nsid];
      try {
        return (await patch?.({ fresh, profiles, media }, answer)) ?? null;
      } catch (error) {
        // JSON can be nested deeper than a function can call itself.
        if (error instanceof RangeError) return null;
        throw error;
      }
    },
  };
}

function isSelf({ did, handle }: FreshRecords, actor: unknown): boolean {
  return (
    actor === did ||
    (typeof actor === "string" && actor.toLowerCase() === handle)
  );
}

async function patchProfiles(
  { fresh, profiles }: Desk,
  { body }: AppViewAnswer,
): Promise<Json | null> {
  const found = objectsAt(body, "profiles");
  if (found === null || !fresh.isProfileFresh) return null;
  if (!found.some(({ did }) => did === fresh.did)) return null;
  return { ...(body as Json), profiles: found.map(profiles.patchDetailed) };
}

async function patchFeed(
  desk: Desk,
  { body, params, ask }: AppViewAnswer,
  isWanted: (post: FreshRecords["posts"][number]) => boolean,
): Promise<Json | null> {
  const { fresh, profiles } = desk;
  const page = readFeed(body, params);
  if (page === null) return null;
  const missing = missingPosts(page, fresh.posts.filter(isWanted));
  if (missing.length === 0 && !fresh.isProfileFresh) return null;
  const items = patchAuthors(profiles, page.items);
  if (missing.length === 0) return { ...(body as Json), feed: items };
  const views = await createPostViews(desk, ask);
  const feed = insertPosts(items, missing, views.feedItem);
  return { ...(body as Json), feed };
}

async function patchThread(
  desk: Desk,
  answer: AppViewAnswer,
): Promise<Json | null> {
  const { fresh, profiles } = desk;
  const { body, ask } = answer;
  const params = answer.params as unknown as ThreadParams;
  const thread = isObject(body) ? body.thread : null;
  const isFound =
    isObject(thread) && thread.$type === "app.bsky.feed.defs#threadViewPost";
  if (!isFound) return await ownThread(desk, params, answer);
  const missing = missingReplies(thread, fresh.posts);
  if (missing.length === 0 && !fresh.isProfileFresh) return null;
  const tree = patchThreadAuthors(profiles, thread);
  if (missing.length === 0) return { ...(body as Json), thread: tree };
  const views = await createPostViews(desk, ask);
  const { depth } = params;
  return {
    ...(body as Json),
    thread: insertReplies(tree, missing, { views, depth }),
  };
}

/** The thread of a post of the account's own that the AppView doesn't know yet. */
async function ownThread(
  desk: Desk,
  { uri, depth, parentHeight }: ThreadParams,
  { body, ask }: AppViewAnswer,
): Promise<Json | null> {
  const { fresh } = desk;
  const isMissing =
    body === null ||
    textAt(body, "thread", "$type") === "app.bsky.feed.defs#notFoundPost";
  if (!isMissing) return null;
  const [, , authority, ...path] = uri.split("/");
  const wanted = [`at://${fresh.did}`, ...path].join("/");
  const post = isSelf(fresh, authority)
    ? fresh.posts.find((one) => one.uri === wanted)
    : undefined;
  if (post === undefined) return null;
  const views = await createPostViews(desk, ask);
  const above = { views, height: parentHeight, ask };
  const parent = await findParents(fresh, post, above);
  const thread = buildThread(fresh, post, { views, depth });
  return { thread: parent === null ? thread : { ...thread, parent } };
}
