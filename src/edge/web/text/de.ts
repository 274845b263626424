import type { Text } from "./en.ts";
import { account } from "./de/account.ts";
import { admin } from "./de/admin.ts";
import { apply } from "./de/apply.ts";
import { findings, misfits } from "./de/findings.ts";
import { named } from "./de/named.ts";
import { publicPages } from "./de/public.ts";
import { recovery } from "./de/recovery.ts";
import { refusals } from "./de/refusals.ts";
import { security } from "./de/security.ts";
import { shell } from "./de/shell.ts";
import { signInPages } from "./de/sign-in.ts";
import { signUp } from "./de/sign-up.ts";

export const de: Text = {
  lang: "de",
  name: "Deutsch",
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
