import type { FreshRecords } from "./fresh-records.ts";
import { type Json, isObject } from "./json.ts";
import type { Media } from "./pictures.ts";

/** How AppViews show a person, made from the person's own profile record. */
export interface ProfileViews {
  /** The account as the author of its posts. */
  author(): Json;
  /** A short view with what the profile says now; the views of others are left as they are. */
  patchBasic(view: Json): Json;
  /** The same for the view of a profile page. */
  patchDetailed(view: Json): Json;
}

export function createProfileViews(
  fresh: FreshRecords,
  media: Media,
): ProfileViews {
  const { did, handle, profile } = fresh;

  function basic(): Json {
    return {
      displayName: profile?.displayName,
      pronouns: profile?.pronouns,
      avatar: media.picture("avatar", did, profile?.avatar) ?? undefined,
    };
  }

  function detailed(): Json {
    return {
      ...basic(),
      description: profile?.description,
      website: profile?.website,
      pinnedPost: profile?.pinnedPost,
      banner: media.picture("banner", did, profile?.banner) ?? undefined,
    };
  }

  const patch = (view: Json, values: () => Json) =>
    fresh.isProfileFresh && profile !== null && view.did === did
      ? { ...view, ...values() }
      : view;

  return {
    author: () => ({ did, handle, ...basic() }),
    patchBasic: (view) => patch(view, basic),
    patchDetailed: (view) => patch(view, detailed),
  };
}

/** A post, or whatever stands for one, with its author patched. */
export function patchAuthor(views: ProfileViews, post: Json): Json {
  return isObject(post.author)
    ? { ...post, author: views.patchBasic(post.author) }
    : post;
}
