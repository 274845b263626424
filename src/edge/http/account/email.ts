import { emailPage } from "#edge/web/account/email.tsx";
import {
  EMAIL_CODE,
  EMAIL_CONFIRMATION,
  EMAIL_UPDATE,
} from "#edge/xrpc/limit-rules.ts";
import { attempt } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";
import { settingsOf } from "./security.ts";

const PATH = "/account/email";

type Given = Parameters<OwnerHandler>;

function page(
  [deps, c, owner]: Given,
  fault: string | null = null,
  typed = "",
): Response {
  const { address, isConfirmed } = deps.contexts.owner.account.email(owner.did);
  const shown = ownerShown(deps, c, owner);
  const { heldCodes } = settingsOf(deps, owner);
  return emailPage(shown, { address, isConfirmed, fault, typed, heldCodes });
}

export const showEmail: OwnerHandler = (...given) => page(given);

export const sendConfirmation: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, EMAIL_CONFIRMATION);
  await deps.contexts.accounts.requestEmailConfirmation(owner.caller);
  return doneAt(PATH, "code-sent");
};

export const confirmEmail: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, EMAIL_CODE);
  const email = deps.contexts.owner.account.email(owner.did).address;
  const token = form.get("code") ?? "";
  const { text } = deps.pages.shownTo(c);
  const outcome = await attempt(text, () =>
    deps.contexts.accounts.confirmEmail({ email, token }, owner.caller),
  );
  return "fault" in outcome
    ? page(given, outcome.fault)
    : doneAt(PATH, "email-confirmed");
};

export const askToChangeEmail: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, EMAIL_UPDATE);
  await deps.contexts.accounts.requestEmailUpdate(owner.caller);
  return doneAt(PATH, "code-sent");
};

export const changeEmail: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, EMAIL_CODE);
  const email = (form.get("email") ?? "").trim();
  const token = form.get("code") ?? "";
  const { text } = deps.pages.shownTo(c);
  const outcome = await attempt(text, () =>
    deps.contexts.accounts.updateEmail({ email, token }, owner.caller),
  );
  return "fault" in outcome
    ? page(given, outcome.fault, email)
    : doneAt(PATH, "email-changed");
};
