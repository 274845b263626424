import { statusOf } from "#storage/account/accounts.ts";
import { isDid, type Handle } from "#repo/syntax.ts";
import { readProfile, type FreshRecordsDeps } from "./fresh-records.ts";
import type { Json } from "./json.ts";
import type { Media } from "./pictures.ts";
import { createProfileViews } from "./profile-views.ts";

/**
 * An account of this host as an AppView would show it, for servers that have
 * none. What others did to it, such as follows, is not known here.
 * @param actor DID or handle.
 * @returns null when it is no active account here.
 */
export function findOwnProfile(
  deps: FreshRecordsDeps,
  media: Media,
  actor: string,
): Json | null {
  const { accounts } = deps.accountDb;
  const row = isDid(actor)
    ? accounts.find(actor)
    : accounts.findByHandle(actor.toLowerCase() as Handle);
  if (row === null || statusOf(row) !== "active") return null;
  const { did, handle } = row;
  const views = createProfileViews(
    {
      did,
      handle,
      profile: readProfile(deps, did),
      isProfileFresh: true,
      posts: [],
      lagMs: 0,
    },
    media,
  );
  return views.patchDetailed({ did, handle });
}
