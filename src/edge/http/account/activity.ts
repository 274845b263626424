import type { ActivityEvent } from "#contexts/sync/activity.ts";
import { activityPage } from "#edge/web/account/activity.tsx";
import { REPO_EXPORT } from "#edge/xrpc/limit-rules.ts";
import { csvResponse } from "#edge/http/csv.ts";
import { STREAM_SEC } from "./file.ts";
import { type OwnerHandler, ownerShown, takeForOwner } from "./owner.ts";

export const ACTIVITY = "/account/activity";

export const showActivity: OwnerHandler = (deps, c, owner) => {
  const cursor = c.req.query("cursor") || null;
  const page = deps.contexts.owner.activity.list(owner.did, { cursor });
  return activityPage(ownerShown(deps, c, owner), {
    ...{ rows: page.events, cursor, next: page.cursor },
  });
};

export const downloadActivity: OwnerHandler = (deps, c, owner) => {
  takeForOwner(deps, c, owner, REPO_EXPORT);
  c.env.server.timeout(c.req.raw, STREAM_SEC);
  return csvResponse({
    name: `${owner.handle}-activity`,
    page(cursor) {
      const page = deps.contexts.owner.activity.list(owner.did, { cursor });
      return { rows: page.events.flatMap(linesOf), next: page.cursor };
    },
    columns: {
      seq: ({ event }) => event.seq,
      time: ({ event }) => new Date(event.atMs).toISOString(),
      event: ({ event }) => event.kind,
      rev: ({ event }) => event.rev,
      detail: ({ event }) => event.handle ?? event.status,
      action: ({ op }) => op?.action ?? null,
      path: ({ op }) => op?.path ?? null,
    },
  });
};

/** One for each record; one where there is none. */
function linesOf(event: ActivityEvent) {
  const { ops } = event;
  return (ops.length === 0 ? [null] : ops).map((op) => ({ event, op }));
}
