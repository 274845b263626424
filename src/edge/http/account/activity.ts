import { activityPage } from "#edge/web/account/activity.tsx";
import { type OwnerHandler, ownerShown } from "./owner.ts";

export const ACTIVITY = "/account/activity";

export const showActivity: OwnerHandler = (deps, c, owner) => {
  const cursor = c.req.query("cursor") || null;
  const page = deps.contexts.owner.activity.list(owner.did, { cursor });
  return activityPage(ownerShown(deps, c, owner), {
    ...{ events: page.events, cursor, next: page.cursor },
  });
};
