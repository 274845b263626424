import type { Translation } from "./catalogue.ts";
import { account } from "./fr/account.ts";
import { apply } from "./fr/apply.ts";
import { publicPages } from "./fr/public.ts";
import { recovery } from "./fr/recovery.ts";
import { security } from "./fr/security.ts";
import { shell } from "./fr/shell.ts";
import { signInPages } from "./fr/sign-in.ts";
import { signUp } from "./fr/sign-up.ts";

export const fr: Translation = {
  lang: "fr",
  name: "Français",
  shell,
  ...signInPages,
  account,
  apply,
  signUp,
  recovery,
  security,
  public: publicPages,
};
