import { CHECKUP, checkupPage } from "#edge/web/account/checkup.tsx";
import { REPO_CHECK } from "#edge/xrpc/limit-rules.ts";
import { seeOther } from "#edge/http/pages.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

export const showCheckup: OwnerHandler = (deps, c, owner) => {
  const checkup = deps.contexts.owner.checkups.find(owner.did);
  return checkupPage(ownerShown(deps, c, owner), checkup);
};

export const startCheckup: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, REPO_CHECK);
  deps.contexts.owner.checkups.start(owner.did);
  return seeOther(CHECKUP);
};

export const stopCheckup: OwnerHandler = async (deps, c, { did }) => {
  await deps.pages.readOwnForm(c);
  deps.contexts.owner.checkups.cancel(did);
  return doneAt(CHECKUP, "checkup-stopped");
};
