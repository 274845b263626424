import { describeClient } from "#contexts/oauth/client-name.ts";
import type { InviteCodeView } from "#contexts/accounts/invites.ts";
import { eventsPage } from "#edge/web/account/events.tsx";
import { invitesPage } from "#edge/web/account/invites.tsx";
import { REPO_EXPORT } from "#edge/xrpc/limit-rules.ts";
import { csvResponse } from "#edge/http/csv.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

export const showEvents: OwnerHandler = (deps, c, owner) => {
  const cursor = c.req.query("cursor") ?? null;
  const page = deps.contexts.events.list(owner.did, { cursor });
  return eventsPage(ownerShown(deps, c, owner), {
    ...{ rows: page.events, cursor, next: page.cursor },
  });
};

export const downloadEvents: OwnerHandler = (deps, c, owner) => {
  takeForOwner(deps, c, owner, REPO_EXPORT);
  return csvResponse({
    name: `${owner.handle}-security`,
    page(cursor) {
      const page = deps.contexts.events.list(owner.did, { cursor, limit: 100 });
      return { rows: page.events, next: page.cursor };
    },
    columns: {
      first: ({ at }) => at,
      last: ({ lastAt }) => lastAt,
      event: ({ kind }) => kind,
      count: ({ count }) => count,
      actor: ({ actor }) => actor,
      application: ({ clientId }) => clientId && describeClient(clientId).id,
      device: ({ device }) => device,
      address: ({ ipAddress }) => ipAddress,
      detail: ({ detail }) => JSON.stringify(detail),
    },
  });
};

const INVITES = "/account/invites";
const PAGE = 50;

/** Newest first. */
async function listCodes(
  { contexts }: Parameters<OwnerHandler>[0],
  { caller }: Parameters<OwnerHandler>[2],
  createAvailable: boolean,
): Promise<InviteCodeView[]> {
  const params = { includeUsed: true, createAvailable };
  const answer = await contexts.accounts.getAccountInviteCodes(params, caller);
  return (answer as { codes: InviteCodeView[] }).codes.toReversed();
}

export const showInvites: OwnerHandler = async (deps, c, owner) => {
  const codes = await listCodes(deps, owner, false);
  const cursor = c.req.query("cursor") ?? null;
  const start = codes.findIndex(({ code }) => code === cursor) + 1;
  const rows = codes.slice(start, start + PAGE);
  const isLast = start + PAGE >= codes.length;
  const next = isLast ? null : rows.at(-1)!.code;
  return invitesPage(ownerShown(deps, c, owner), {
    list: { rows, cursor: start === 0 ? null : cursor, next },
    origin: deps.pages.origin,
  });
};

export const downloadInvites: OwnerHandler = async (deps, c, owner) => {
  takeForOwner(deps, c, owner, REPO_EXPORT);
  const codes = await listCodes(deps, owner, false);
  const rows = codes.flatMap((code) =>
    (code.uses.length === 0 ? [null] : code.uses).map((use) => ({ code, use })),
  );
  return csvResponse({
    name: `${owner.handle}-invitations`,
    page: () => ({ rows, next: null }),
    columns: {
      code: ({ code }) => code.code,
      made: ({ code }) => code.createdAt,
      uses: ({ code }) => code.available,
      disabled: ({ code }) => code.disabled,
      "used by": ({ use }) => use?.usedBy ?? null,
      used: ({ use }) => use?.usedAt ?? null,
    },
  });
};

/** Makes those that the owner has earned by now, as many as there are. */
export const createInvites: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  const before = await listCodes(deps, owner, false);
  const after = await listCodes(deps, owner, true);
  const isMore = after.length > before.length;
  return doneAt(INVITES, isMore ? "invited" : "no-invites");
};

export const disableInvite: OwnerHandler = async (deps, c, { caller }) => {
  const form = await deps.pages.readOwnForm(c);
  const code = form.get("code") ?? "";
  await deps.contexts.accounts.disableOwnInviteCode({ code }, caller);
  return doneAt(INVITES, "invite-off");
};
