import { overviewPage } from "#edge/web/account/overview.tsx";
import { type OwnerHandler, ownerShown } from "./owner.ts";

export const showOverview: OwnerHandler = (deps, c, owner) =>
  overviewPage(ownerShown(deps, c, owner));
