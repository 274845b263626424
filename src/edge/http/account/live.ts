import { activityPart } from "#edge/web/account/activity.tsx";
import { type OwnerHandler, ownerShown } from "./owner.ts";

/** What the network is told of the account, as it comes; it ends with the session. */
export const followActivity: OwnerHandler = (deps, c, owner) => {
  const { did } = owner;
  const { activity } = deps.contexts.owner;
  const { text } = ownerShown(deps, c, owner);
  c.env.server.timeout(c.req.raw, 0);
  return deps.live.open(
    {
      read(after) {
        const { events, hasOlder } = activity.listNew({ did }, Number(after));
        if (events.length === 0) return null;
        return activityPart(text, events, hasOlder);
      },
      newest: () =>
        String(activity.list(did, { cursor: null }).events[0]?.seq ?? 0),
    },
    {
      // What a browser that lost its connection has, else what the page shows.
      after: placeOf(c.req.header("last-event-id") ?? c.req.query("after")),
      isAllowed: () => deps.pages.findOwner(c)?.did === did,
      did,
      signal: c.req.raw.signal,
    },
  );
};

const placeOf = (given: string | undefined): string | null =>
  given !== undefined && /^\d{1,16}$/.test(given) ? given : null;
