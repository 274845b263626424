import type { Context } from "hono";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import {
  devicesPage,
  keepPage,
  passwordPage,
  rulesPage,
  SECURITY,
  securityPage,
} from "#edge/web/account/security.tsx";
import { attempt } from "#edge/web/refusal-words.ts";
import type { EdgeEnv } from "#edge/http/app.ts";
import { PAGES, takeFor } from "#edge/http/oauth-limits.ts";
import {
  type AccountPageDeps,
  doneAt,
  type OwnerHandler,
  ownerShown,
  type PageHandler,
} from "./owner.ts";

/** The password, the rules of sign-in and the devices that are trusted. */

export const settingsOf = (
  { contexts }: AccountPageDeps,
  { did }: BrowserAccount,
) => contexts.factors.settings.getSignInSettings(did);

export const showSecurity: OwnerHandler = (deps, c, owner) =>
  securityPage(ownerShown(deps, c, owner), settingsOf(deps, owner));

export const showPassword: OwnerHandler = (deps, c, owner) =>
  passwordPage(ownerShown(deps, c, owner), settingsOf(deps, owner), null);

export const changePassword: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  const shown = ownerShown(deps, c, owner);
  const refuse = (fault: string) =>
    passwordPage(shown, settingsOf(deps, owner), fault);
  const password = form.get("password") ?? "";
  if (password !== form.get("again")) {
    return refuse(shown.text.security.password.different);
  }
  const outcome = await attempt(shown.text, () =>
    deps.contexts.accounts.changePassword(owner.caller, {
      password,
      deviceId: owner.caller.sessionId,
      endsAppPasswords: form.has("app_passwords"),
    }),
  );
  return "fault" in outcome
    ? refuse(outcome.fault)
    : doneAt(SECURITY, "passwordChanged");
};

export const removePassword: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  const { caller } = owner;
  await deps.contexts.accounts.removePassword(caller, caller.sessionId);
  return doneAt(SECURITY, "passwordRemoved");
};

export const showRules: OwnerHandler = (deps, c, owner) => {
  const settings = settingsOf(deps, owner);
  return rulesPage(ownerShown(deps, c, owner), settings);
};

type Rule = "setEmailFactor" | "setFactorRequired" | "setAppsRefused";

/** Switches one of the rules on or off. */
export function switchRule(rule: Rule): OwnerHandler {
  return async ({ contexts, pages }, c, { caller }) => {
    const form = await pages.readOwnForm(c);
    contexts.factors.settings[rule](caller, form.get("on") === "yes");
    return doneAt(`${SECURITY}/rules`, "signInChanged");
  };
}

export const showDevices: OwnerHandler = (deps, c, owner) => {
  const { trustedDevices } = settingsOf(deps, owner);
  const { sessionId } = owner.caller;
  return devicesPage(ownerShown(deps, c, owner), trustedDevices, sessionId);
};

export const distrustDevice: OwnerHandler = async (deps, c, { did }) => {
  const form = await deps.pages.readOwnForm(c);
  const device = form.get("device") ?? "";
  deps.contexts.factors.settings.distrustDevice(did, device);
  return doneAt(`${SECURITY}/devices`, "deviceDistrusted");
};

/** The owner who is signed in says no to the operator's way. */
export const keepFactors: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  const { did, caller } = owner;
  deps.contexts.factors.recoveries.stopFactorRecovery(did, caller);
  return doneAt(SECURITY, "factorsKept");
};

/** Where the letter's link leads. Opening it changes nothing: programs that check mail do that. */
export const showKeep: PageHandler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const token = c.req.query("token") ?? "";
  const found = deps.contexts.factors.recoveries.findRecoveryByLink(token);
  const shown = deps.pages.shownTo(c);
  if (found === null) return keepPage(shown, { step: "over" });
  return keepPage(shown, { step: "ask", token, ...found });
};

export const keepByLink: PageHandler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  const form = await deps.pages.readOwnForm(c);
  const { ipAddress: ip, userAgent } = deps.pages.visitorOf(c);
  const isStopped = deps.contexts.factors.recoveries.stopRecoveryByLink(
    form.get("token") ?? "",
    { ip, userAgent },
  );
  const step = isStopped ? "done" : "over";
  return keepPage(deps.pages.shownTo(c), { step });
};

export type Visit = Context<EdgeEnv>;
