import type { Context, Hono } from "hono";
import { XrpcError } from "#lib/errors.ts";
import type { Text } from "#edge/web/text/en.ts";
import { applyAnswerPage, applyPage, type Wish } from "#edge/web/apply.tsx";
import type { EdgeEnv } from "./app.ts";
import { PAGES, SIGN_UPS, takeFor } from "./oauth-limits.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";

const PATH = "/apply";
const NOTHING: Wish = { handle: "", email: "", reason: "" };

/** The pages on which people ask the operator for an account. */
export function applyPages(
  app: Hono<EdgeEnv>,
  deps: PageRouteDeps,
  pages: Pages,
): void {
  const { contexts, settings } = deps;
  const isOn = () => contexts.registration.view().chosen === "approval";
  const show = (c: Context<EdgeEnv>, wish: Wish, fault: string | null) =>
    applyPage(pages.shownTo(c), {
      ...{ wish, fault, domains: settings.handleDomains },
    });

  app.get(
    PATH,
    pages.page((c) => {
      takeFor(deps, c, PAGES);
      const shown = pages.shownTo(c);
      if (c.req.query("asked") !== undefined)
        return applyAnswerPage(shown, "asked");
      return isOn() ? show(c, NOTHING, null) : applyAnswerPage(shown, "off");
    }),
  );
  app.post(
    PATH,
    pages.page(async (c) => {
      takeFor(deps, c, SIGN_UPS);
      const form = await pages.readOwnForm(c);
      const read = (name: string) => (form.get(name) ?? "").trim();
      const wish = {
        handle: read("handle").replace(/^@/, ""),
        ...{ email: read("email"), reason: read("reason") },
      };
      const shown = pages.shownTo(c);
      // Switched off while somebody wrote.
      if (!isOn()) return applyAnswerPage(shown, "off");
      const { text } = shown;
      const fault = faultOf(deps, text, wish);
      if (fault !== null) return show(c, wish, fault);
      try {
        contexts.registration.apply({ ...wish, language: text.lang });
      } catch (error) {
        if (!(error instanceof XrpcError) || error.status >= 500) throw error;
        return show(c, wish, text.apply.full);
      }
      // What is asked is told alike whoever asked before.
      return seeOther(`${PATH}?asked`);
    }),
  );
}

/** As on the page that makes an account, but for an address that has one: nobody learns of it here. */
function faultOf(
  { contexts }: PageRouteDeps,
  { signUp }: Text,
  wish: Wish,
): string | null {
  const rest = { password: "", inviteCode: "", verificationCode: "" };
  const faults = contexts.accounts.checkSignUp({ ...wish, ...rest });
  if (faults.handle !== undefined) return signUp.faults.handle[faults.handle];
  return faults.email === "form" ? signUp.faults.email.form : null;
}
