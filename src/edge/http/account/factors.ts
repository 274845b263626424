import { XrpcError } from "#lib/errors.ts";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import {
  backupCodesPage,
  newCodesPage,
  newTotpPage,
  passkeysPage,
  totpPage,
} from "#edge/web/account/factors.tsx";
import { SECURITY } from "#edge/web/account/security.tsx";
import {
  type AccountPageDeps,
  doneAt,
  type OwnerHandler,
  ownerShown,
} from "./owner.ts";
import { settingsOf, type Visit } from "./security.ts";

/** Passkeys, authenticator apps and backup codes. */

const PASSKEYS = `${SECURITY}/passkeys`;

async function listPasskeys(
  deps: AccountPageDeps,
  c: Visit,
  owner: BrowserAccount,
  hasFailed: boolean,
): Promise<Response> {
  const { settings } = deps.contexts.factors;
  const { did, caller } = owner;
  const options = await settings.beginPasskey(did, caller.sessionId);
  const { passkeys } = settingsOf(deps, owner);
  const shown = ownerShown(deps, c, owner);
  return passkeysPage(shown, passkeys, { options, hasFailed });
}

export const showPasskeys: OwnerHandler = (deps, c, owner) =>
  listPasskeys(deps, c, owner, false);

export const addPasskey: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  const { caller } = owner;
  const added = await deps.contexts.factors.settings.addPasskey(caller, {
    deviceId: caller.sessionId,
    response: form.get("passkey") ?? "",
    name: form.get("name") ?? "",
  });
  if (added === null) return listPasskeys(deps, c, owner, true);
  if (added.backupCodes === null) return doneAt(PASSKEYS, "passkeyAdded");
  return newCodesPage(ownerShown(deps, c, owner), added.backupCodes);
};

export const renamePasskey: OwnerHandler = async (deps, c, { did }) => {
  const form = await deps.pages.readOwnForm(c);
  deps.contexts.factors.settings.renamePasskey(
    did,
    form.get("id") ?? "",
    form.get("name") ?? "",
  );
  return doneAt(PASSKEYS, "passkeyRenamed");
};

export const removePasskey: OwnerHandler = async (deps, c, { caller }) => {
  const form = await deps.pages.readOwnForm(c);
  const id = form.get("id") ?? "";
  deps.contexts.factors.settings.removePasskey(caller, id);
  return doneAt(PASSKEYS, "passkeyRemoved");
};

export const showTotp: OwnerHandler = (deps, c, owner) => {
  const { totp } = settingsOf(deps, owner);
  const shown = ownerShown(deps, c, owner);
  if (totp !== null && c.req.query("replace") === undefined) {
    return totpPage(shown, totp);
  }
  const secret = deps.contexts.factors.settings.beginTotp(owner.did);
  return newTotpPage(shown, secret, false);
};

export const addTotp: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  const { settings } = deps.contexts.factors;
  const added = settings.confirmTotp(owner.caller, form.get("code") ?? "");
  const shown = ownerShown(deps, c, owner);
  if (added === null) {
    return newTotpPage(shown, settings.beginTotp(owner.did), true);
  }
  if (added.backupCodes === null) return doneAt(SECURITY, "totpAdded");
  return newCodesPage(shown, added.backupCodes);
};

export const removeTotp: OwnerHandler = async (deps, c, { caller }) => {
  await deps.pages.readOwnForm(c);
  deps.contexts.factors.settings.removeTotp(caller);
  return doneAt(SECURITY, "totpRemoved");
};

export const showBackupCodes: OwnerHandler = (deps, c, owner) =>
  backupCodesPage(ownerShown(deps, c, owner), settingsOf(deps, owner));

export const makeBackupCodes: OwnerHandler = async (deps, c, owner) => {
  await deps.pages.readOwnForm(c);
  const { totp, passkeys } = settingsOf(deps, owner);
  if (totp === null && passkeys.length === 0) {
    throw new XrpcError(
      "InvalidRequest",
      "The account has no second factor",
    ).because("factorNone");
  }
  const codes = deps.contexts.factors.settings.makeBackupCodes(owner.caller);
  return newCodesPage(ownerShown(deps, c, owner), codes);
};
