import {
  scopesOfForm,
  passwordMadePage,
  newPasswordPage,
} from "#edge/web/account/new-password.tsx";
import { appsPage } from "#edge/web/account/apps.tsx";
import { APP_PASSWORD } from "#edge/xrpc/limit-rules.ts";
import { attempt } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

const PATH = "/account/apps";

export const showApps: OwnerHandler = async (deps, c, owner) => {
  const { oauth, owner: own } = deps.contexts;
  const { did, caller } = owner;
  return appsPage(ownerShown(deps, c, owner), {
    apps: await oauth.access.listApps(did),
    sessions: oauth.access.listSessions(did),
    browsers: oauth.access.listBrowsers(did),
    thisBrowser: caller.sessionId,
    passwords: own.appPasswords.listLimitedAppPasswords(caller),
  });
};

export const revokeApp: OwnerHandler = async (deps, c, { did }) => {
  const form = await deps.pages.readOwnForm(c);
  deps.contexts.oauth.access.revokeApp(did, form.get("client") ?? "");
  return doneAt(PATH, "revoked");
};

export const endSession: OwnerHandler = async (deps, c, { did }) => {
  const form = await deps.pages.readOwnForm(c);
  deps.contexts.oauth.access.endSession(did, form.get("session") ?? "");
  return doneAt(PATH, "ended");
};

export const endSessions: OwnerHandler = async (deps, c, { did }) => {
  await deps.pages.readOwnForm(c);
  deps.contexts.oauth.access.endAllSessions(did);
  return doneAt(PATH, "ended");
};

export const signOutBrowser: OwnerHandler = async (deps, c, { did }) => {
  const form = await deps.pages.readOwnForm(c);
  deps.contexts.oauth.access.signOutBrowser(did, form.get("browser") ?? "");
  return doneAt(PATH, "signed-out");
};

export const signOutOthers: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  const { access } = deps.contexts.oauth;
  access.signOutOthers(owner.did, owner.caller.sessionId);
  return doneAt(PATH, "signed-out");
};

export const revokePassword: OwnerHandler = async (deps, c, { caller }) => {
  const form = await deps.pages.readOwnForm(c);
  const name = form.get("name") ?? "";
  deps.contexts.owner.appPasswords.revokeAppPassword({ name }, caller);
  return doneAt(PATH, "password-deleted");
};

export const showNewPassword: OwnerHandler = (deps, c, owner) =>
  newPasswordPage(ownerShown(deps, c, owner), null, null);

/** Answers with the password itself: nothing else ever shows it. */
export const createPassword: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, APP_PASSWORD);
  const shown = ownerShown(deps, c, owner);
  const { appPasswords } = deps.contexts.owner;
  const name = (form.get("name") ?? "").trim();
  const kind = form.get("kind") ?? "plain";
  const made = await attempt(shown.text, () =>
    kind === "limited"
      ? appPasswords.createLimitedAppPassword(
          {
            name,
            scopes: scopesOfForm(form, deps.settings.appView?.did ?? null),
          },
          owner.caller,
        )
      : appPasswords.createAppPassword(
          { name, privileged: kind === "privileged" },
          owner.caller,
        ),
  );
  return "fault" in made
    ? newPasswordPage(shown, form, made.fault)
    : passwordMadePage(shown, made.value);
};
