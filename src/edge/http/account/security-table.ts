import { SECURITY } from "#edge/web/account/security.tsx";
import {
  addPasskey,
  addTotp,
  makeBackupCodes,
  removePasskey,
  removeTotp,
  renamePasskey,
  showBackupCodes,
  showPasskeys,
  showTotp,
} from "./factors.ts";
import { freshly } from "./owner.ts";
import {
  changePassword,
  distrustDevice,
  keepFactors,
  removePassword,
  showDevices,
  showPassword,
  showRules,
  showSecurity,
  switchRule,
} from "./security.ts";
import type { AccountPage } from "./table.ts";

/** The rows of the pages about signing in; each change asks for a fresh sign-in. */
export const SECURITY_PAGES: readonly AccountPage[] = [
  {
    path: SECURITY,
    menu: ["security", ({ security }) => security.title],
    show: showSecurity,
    acts: { keep: keepFactors },
  },
  {
    path: `${SECURITY}/password`,
    menu: null,
    show: freshly(showPassword),
    acts: { "": freshly(changePassword), remove: freshly(removePassword) },
  },
  {
    path: `${SECURITY}/passkeys`,
    menu: null,
    show: freshly(showPasskeys),
    acts: {
      "": freshly(addPasskey),
      rename: freshly(renamePasskey),
      remove: freshly(removePasskey),
    },
  },
  {
    path: `${SECURITY}/app`,
    menu: null,
    show: freshly(showTotp),
    acts: { "": freshly(addTotp), remove: freshly(removeTotp) },
  },
  {
    path: `${SECURITY}/backup-codes`,
    menu: null,
    show: freshly(showBackupCodes),
    acts: { "": freshly(makeBackupCodes) },
  },
  {
    path: `${SECURITY}/rules`,
    menu: null,
    show: freshly(showRules),
    acts: {
      email: freshly(switchRule("setEmailFactor")),
      factor: freshly(switchRule("setFactorRequired")),
      apps: freshly(switchRule("setAppsRefused")),
    },
  },
  {
    path: `${SECURITY}/devices`,
    menu: null,
    show: showDevices,
    acts: { distrust: distrustDevice },
  },
];
