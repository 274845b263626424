import { closePage, deletePage } from "#edge/web/account/close.tsx";
import { isTypedName } from "#edge/web/parts.tsx";
import {
  ACCOUNT_DELETION,
  ACCOUNT_DELETION_LETTER,
  STATUS_CHANGE,
} from "#edge/xrpc/limit-rules.ts";
import { seeOther } from "#edge/http/pages.ts";
import { attempt, PageFault } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

const PATH = "/account/close";

export const showClose: OwnerHandler = (deps, c, owner) =>
  closePage(ownerShown(deps, c, owner), {
    deleteAfterMs: deps.contexts.owner.account.deleteAfterMs(owner.did),
    fault: null,
  });

export const deactivate: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, STATUS_CHANGE);
  const date = form.get("date") ?? "";
  const shown = ownerShown(deps, c, owner);
  const outcome = await attempt(shown.text, async () => {
    const isPast = date !== "" && Date.parse(date) <= deps.clock.nowMs();
    if (isPast) throw new PageFault(shown.text.account.close.past);
    const input = date === "" ? {} : { deleteAfter: date };
    await deps.contexts.accounts.deactivateAccount(input, owner.caller);
  });
  if (!("fault" in outcome)) return doneAt(PATH, "deactivated");
  const deleteAfterMs = deps.contexts.owner.account.deleteAfterMs(owner.did);
  return closePage(shown, { deleteAfterMs, fault: outcome.fault });
};

export const askToDelete: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, ACCOUNT_DELETION_LETTER);
  const shown = ownerShown(deps, c, owner);
  const outcome = await attempt(shown.text, () =>
    deps.contexts.accounts.requestAccountDelete(owner.caller),
  );
  if (!("fault" in outcome)) return doneAt(`${PATH}/delete`, "code-sent");
  const deleteAfterMs = deps.contexts.owner.account.deleteAfterMs(owner.did);
  return closePage(shown, { deleteAfterMs, fault: outcome.fault });
};

export const showDelete: OwnerHandler = (deps, c, owner) =>
  deletePage(ownerShown(deps, c, owner), null);

export const deleteAccount: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, ACCOUNT_DELETION);
  const { did, handle } = owner;
  const shown = ownerShown(deps, c, owner);
  const outcome = await attempt(shown.text, async () => {
    if (!isTypedName(form, handle)) {
      throw new PageFault(shown.text.account.close.typedWrong);
    }
    const password = form.get("password") ?? "";
    const token = form.get("code") ?? "";
    await deps.contexts.accounts.deleteAccount(
      { did, password, token },
      owner.caller,
    );
  });
  if ("fault" in outcome) return deletePage(shown, outcome.fault);
  return seeOther("/", {}, [deps.pages.cookies.account.clear()]);
};
