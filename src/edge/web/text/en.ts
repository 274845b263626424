import type { Language } from "#lib/languages.ts";
import type { accountData } from "./en/account-data.ts";
import type { accountSelf } from "./en/account-self.ts";
import { account } from "./en/account.ts";
import type { adminHost } from "./en/admin-host.ts";
import type { adminPeople } from "./en/admin-people.ts";
import { admin } from "./en/admin.ts";
import { apply } from "./en/apply.ts";
import { findings, misfits } from "./en/findings.ts";
import { named } from "./en/named.ts";
import { publicPages } from "./en/public.ts";
import { recovery } from "./en/recovery.ts";
import { refusals } from "./en/refusals.ts";
import { security } from "./en/security.ts";
import { shell } from "./en/shell.ts";
import { signInPages } from "./en/sign-in.ts";
import { signUp } from "./en/sign-up.ts";

/** Every sentence of the pages, in English, a file for each family of pages. */
export const en = {
  lang: "en" as Language,
  /** Of the language, in itself. */
  name: "English",
  shell,
  ...signInPages,
  signUp,
  recovery,
  refusals,
  account,
  apply,
  admin,
  security,
  public: publicPages,
  named,
  findings,
  misfits,
};

export type Text = typeof en;
export type SignInText = typeof signInPages;
export type AccountDataText = typeof accountData;
export type AccountSelfText = typeof accountSelf;
export type AdminHostText = typeof adminHost;
export type AdminPeopleText = typeof adminPeople;
