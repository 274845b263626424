import type { InviteCodeView } from "#contexts/accounts/invites.ts";
import { eventsPage } from "#edge/web/account/events.tsx";
import { invitesPage } from "#edge/web/account/invites.tsx";
import { doneAt, type OwnerHandler, ownerShown } from "./owner.ts";

export const showEvents: OwnerHandler = (deps, c, owner) => {
  const cursor = c.req.query("cursor") ?? null;
  const page = deps.contexts.events.list(owner.did, { cursor });
  return eventsPage(ownerShown(deps, c, owner), {
    ...{ events: page.events, cursor, next: page.cursor },
  });
};

async function listCodes(
  { contexts }: Parameters<OwnerHandler>[0],
  { caller }: Parameters<OwnerHandler>[2],
  createAvailable: boolean,
): Promise<InviteCodeView[]> {
  const params = { includeUsed: true, createAvailable };
  const answer = await contexts.accounts.getAccountInviteCodes(params, caller);
  return (answer as { codes: InviteCodeView[] }).codes;
}

export const showInvites: OwnerHandler = async (deps, c, owner) =>
  invitesPage(ownerShown(deps, c, owner), {
    codes: await listCodes(deps, owner, false),
    origin: deps.pages.origin,
  });

/** Makes those that the owner has earned by now, as many as there are. */
export const createInvites: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  const before = await listCodes(deps, owner, false);
  const after = await listCodes(deps, owner, true);
  const isMore = after.length > before.length;
  return doneAt("/account/invites", isMore ? "invited" : "no-invites");
};
