import type { Text } from "./en.ts";
import { account } from "./fr/account.ts";
import { admin } from "./fr/admin.ts";
import { apply } from "./fr/apply.ts";
import { findings, misfits } from "./fr/findings.ts";
import { named } from "./fr/named.ts";
import { publicPages } from "./fr/public.ts";
import { recovery } from "./fr/recovery.ts";
import { refusals } from "./fr/refusals.ts";
import { security } from "./fr/security.ts";
import { shell } from "./fr/shell.ts";
import { signInPages } from "./fr/sign-in.ts";
import { signUp } from "./fr/sign-up.ts";

export const fr: Text = {
  lang: "fr",
  name: "Français",
  shell,
  ...signInPages,
  account,
  admin,
  apply,
  signUp,
  recovery,
  refusals,
  security,
  public: publicPages,
  named,
  findings,
  misfits,
};
