import { identityPage } from "#edge/web/account/identity.tsx";
import { PLC_CODE, PLC_SIGNATURE } from "#edge/xrpc/limit-rules.ts";
import {
  type Attempt,
  attempt,
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

const PATH = "/account/identity";

type Given = Parameters<OwnerHandler>;

async function page(
  [deps, c, owner]: Given,
  form: { didKey: string; fault: string | null },
): Promise<Response> {
  const view = await deps.contexts.owner.identity.view(owner.did);
  return identityPage(ownerShown(deps, c, owner), view, form);
}

export const showIdentity: OwnerHandler = (...given) =>
  page(given, { didKey: "", fault: null });

export const askForPlcCode: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, PLC_SIGNATURE);
  const { text } = deps.pages.shownTo(c);
  const { accounts } = deps.contexts;
  const outcome = await attempt(text, () =>
    accounts.requestPlcOperationSignature(owner.caller),
  );
  return "fault" in outcome
    ? page(given, { didKey: "", fault: outcome.fault })
    : doneAt(PATH, "code-sent");
};

/** Reads the form of a key, and answers with what became of it. */
async function changeKey(
  given: Given,
  done: string,
  run: (key: { didKey: string; code: string }) => Promise<void>,
): Promise<Response> {
  const [deps, c, owner] = given;
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, PLC_CODE);
  const didKey = (form.get("key") ?? "").trim();
  const code = form.get("code") ?? "";
  const { text } = deps.pages.shownTo(c);
  const outcome: Attempt<void> = await attempt(text, () =>
    run({ didKey, code }),
  );
  return "fault" in outcome
    ? page(given, { didKey, fault: outcome.fault })
    : doneAt(PATH, done);
}

export const addKey: OwnerHandler = (...given) => {
  const [{ contexts }, , { caller }] = given;
  return changeKey(given, "key-added", (key) =>
    contexts.owner.identity.addKey(key, caller),
  );
};

export const removeKey: OwnerHandler = (...given) => {
  const [{ contexts }, , { caller }] = given;
  return changeKey(given, "key-removed", (key) =>
    contexts.owner.identity.removeKey(key, caller),
  );
};
