import { overviewPage } from "#edge/web/account/overview.tsx";
import { ANNOUNCEMENT, STATUS_CHANGE } from "#edge/xrpc/limit-rules.ts";
import {
  doneAt,
  HOME,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

export const showOverview: OwnerHandler = async (deps, c, owner) => {
  const refresh = c.req.query("check") !== undefined;
  const { account } = deps.contexts.owner;
  const report = await account.report(owner.did, { refresh });
  const isListed = deps.contexts.statistics.isListed(owner.did);
  return overviewPage(ownerShown(deps, c, owner), { ...report, isListed });
};

export const activate: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, STATUS_CHANGE);
  await deps.contexts.accounts.activateAccount(owner.caller);
  return doneAt(HOME, "activated");
};

export const list: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  deps.contexts.statistics.setListed(owner.did, form.get("show") === "yes");
  return doneAt(HOME, "listing");
};

export const announce: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, ANNOUNCEMENT);
  deps.contexts.owner.announce(owner.did);
  return doneAt(HOME, "announced");
};
