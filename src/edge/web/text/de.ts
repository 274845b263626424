import type { Translation } from "./catalogue.ts";
import { account } from "./de/account.ts";
import { apply } from "./de/apply.ts";
import { publicPages } from "./de/public.ts";
import { recovery } from "./de/recovery.ts";
import { security } from "./de/security.ts";
import { shell } from "./de/shell.ts";
import { signInPages } from "./de/sign-in.ts";
import { signUp } from "./de/sign-up.ts";

export const de: Translation = {
  lang: "de",
  name: "Deutsch",
  shell,
  ...signInPages,
  account,
  apply,
  signUp,
  recovery,
  security,
  public: publicPages,
};
