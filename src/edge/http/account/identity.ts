import { identityPage } from "#edge/web/account/identity.tsx";
import { NEW_KEY, newKeyPage } from "#edge/web/account/new-key.tsx";
import { PLC_CODE, PLC_SIGNATURE } from "#edge/xrpc/limit-rules.ts";
import { attempt } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

export const IDENTITY = "/account/identity";

type Given = Parameters<OwnerHandler>;

async function page(
  [deps, c, owner]: Given,
  fault: string | null,
): Promise<Response> {
  const view = await deps.contexts.owner.identity.view(owner.did);
  return identityPage(ownerShown(deps, c, owner), view, fault);
}

export const showIdentity: OwnerHandler = (...given) => page(given, null);

export const showNewKey: OwnerHandler = (deps, c, owner) =>
  newKeyPage(ownerShown(deps, c, owner), { didKey: "", fault: null });

/** Sends the code by which keys are changed, and leads back to where it was asked for. */
async function ask(given: Given): Promise<string | null> {
  const [deps, c, owner] = given;
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, PLC_SIGNATURE);
  const { text } = deps.pages.shownTo(c);
  const { accounts } = deps.contexts;
  const outcome = await attempt(text, () =>
    accounts.requestPlcOperationSignature(owner.caller),
  );
  return "fault" in outcome ? outcome.fault : null;
}

export const askForPlcCode: OwnerHandler = async (...given) => {
  const fault = await ask(given);
  return fault === null ? doneAt(IDENTITY, "code-sent") : page(given, fault);
};

export const askForNewKeyCode: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  const fault = await ask(given);
  if (fault === null) return doneAt(NEW_KEY, "code-sent");
  return newKeyPage(ownerShown(deps, c, owner), { didKey: "", fault });
};

/** Reads the form of a key; why it could not be done, or null. */
async function changeKey(
  [deps, c, owner]: Given,
  act: "addKey" | "removeKey",
): Promise<{ didKey: string; fault: string | null }> {
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, PLC_CODE);
  const didKey = (form.get("key") ?? "").trim();
  const code = form.get("code") ?? "";
  const { text } = deps.pages.shownTo(c);
  const outcome = await attempt(text, () =>
    deps.contexts.owner.identity[act]({ didKey, code }, owner.caller),
  );
  return { didKey, fault: "fault" in outcome ? outcome.fault : null };
}

export const addKey: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  const outcome = await changeKey(given, "addKey");
  if (outcome.fault === null) return doneAt(IDENTITY, "key-added");
  return newKeyPage(ownerShown(deps, c, owner), outcome);
};

export const removeKey: OwnerHandler = async (...given) => {
  const { fault } = await changeKey(given, "removeKey");
  return fault === null ? doneAt(IDENTITY, "key-removed") : page(given, fault);
};
