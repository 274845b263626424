import type { Context, Hono } from "hono";
import { XrpcError } from "#lib/errors.ts";
import { hrefWith } from "#edge/web/parts.tsx";
import {
  askResetPage,
  type CodeFault,
  recoverPage,
  resetDonePage,
  resetPage,
  verifiedPage,
  verifyPage,
  type VerifyView,
  type Way,
} from "#edge/web/recovery.tsx";
import {
  EMAIL_CONFIRMATION,
  PASSWORD_RESET,
  PASSWORD_RESET_LETTER,
} from "#edge/xrpc/limit-rules.ts";
import { ownPath } from "./account/owner.ts";
import type { EdgeEnv } from "./app.ts";
import { CODES, PAGES, takeFor } from "./oauth-limits.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";

interface Deps extends PageRouteDeps {
  pages: Pages;
}

type Handler = (
  deps: Deps,
  c: Context<EdgeEnv>,
) => Response | Promise<Response>;

const RESET = "/account/reset-password";
const VERIFY = "/account/verify-email";

/** The ways back in, and the pages that letters lead to. */
export function recoveryPages(
  app: Hono<EdgeEnv>,
  given: PageRouteDeps,
  pages: Pages,
): void {
  const deps: Deps = { ...given, pages };
  const page = (handler: Handler) => pages.page((c) => handler(deps, c));
  app.get("/account/recover", page(showWays));
  app.get(RESET, page(showReset));
  app.post(`${RESET}/send`, page(sendResetCode));
  app.post(RESET, page(resetPassword));
  app.get(VERIFY, page(showVerify));
  app.post(`${VERIFY}/send`, page(sendVerifyCode));
  app.post(VERIFY, page(verifyEmail));
  // https://w3c.github.io/webappsec-change-password-url/
  app.get("/.well-known/change-password", () =>
    seeOther("/account/security/password"),
  );
}

const showWays: Handler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const way = wayOf(c.req.query("return_to"));
  return recoverPage(deps.pages.shownTo(c), way, deps.settings);
};

const showReset: Handler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const shown = deps.pages.shownTo(c);
  const way = wayOf(c.req.query("return_to"));
  const code = (c.req.query("code") ?? "").slice(0, 100);
  const step = c.req.query("step") ?? "";
  if (step === "done") return resetDonePage(shown, way);
  if (code === "" && step === "") {
    return askResetPage(shown, way, { email: "", isWrong: false });
  }
  return resetPage(shown, way, { code, wasSent: step === "sent", fault: null });
};

/** Answers alike, and as fast, whether there is such an account or not. */
const sendResetCode: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  const form = await deps.pages.readOwnForm(c);
  const email = (form.get("email") ?? "").trim().slice(0, 300);
  const way = wayOf(form.get("return_to"));
  if (!email.includes("@")) {
    return askResetPage(deps.pages.shownTo(c), way, { email, isWrong: true });
  }
  takeFor(deps, c, PASSWORD_RESET_LETTER);
  await deps.contexts.accounts.requestPasswordReset(
    { email },
    deps.pages.strangerOf(c),
  );
  return seeOther(hrefWith(RESET, { step: "sent", return_to: way.returnTo }));
};

const resetPassword: Handler = async (deps, c) => {
  takeFor(deps, c, CODES);
  takeFor(deps, c, PASSWORD_RESET);
  const form = await deps.pages.readOwnForm(c);
  const code = form.get("code") ?? "";
  const password = form.get("password") ?? "";
  const way = wayOf(form.get("return_to"));
  try {
    await deps.contexts.accounts.resetPassword(
      { token: code, password },
      deps.pages.strangerOf(c),
    );
  } catch (error) {
    const given = { code, wasSent: false, fault: codeFaultOf(error) };
    return resetPage(deps.pages.shownTo(c), way, given);
  }
  return seeOther(hrefWith(RESET, { step: "done", return_to: way.returnTo }));
};

const showVerify: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  const step = c.req.query("step");
  if (step === "done") return verifiedPage(deps.pages.shownTo(c));
  const code = (c.req.query("code") ?? "").slice(0, 100);
  return showVerifyForm(deps, c, {
    ...{ code, fault: null },
    wasSent: step === "sent",
  });
};

const sendVerifyCode: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  await deps.pages.readOwnForm(c);
  const owner = deps.pages.findOwner(c);
  if (owner === null) {
    const fault = "signedOut" as const;
    return showVerifyForm(deps, c, { code: "", wasSent: false, fault });
  }
  takeFor(deps, c, EMAIL_CONFIRMATION, { caller: owner.caller });
  await deps.contexts.accounts.requestEmailConfirmation(owner.caller);
  return seeOther(`${VERIFY}?step=sent`);
};

/** A form, not the link alone: programs that look at letters follow links too. */
const verifyEmail: Handler = async (deps, c) => {
  takeFor(deps, c, CODES);
  const form = await deps.pages.readOwnForm(c);
  const code = form.get("code") ?? "";
  try {
    deps.contexts.accounts.confirmEmailByCode(
      { token: code },
      deps.pages.strangerOf(c),
    );
  } catch (error) {
    const fault = codeFaultOf(error) === "expired" ? "expired" : "code";
    return showVerifyForm(deps, c, { code, wasSent: false, fault });
  }
  return seeOther(`${VERIFY}?step=done`);
};

async function showVerifyForm(
  deps: Deps,
  c: Context<EdgeEnv>,
  view: Omit<VerifyView, "owner">,
): Promise<Response> {
  const owner = deps.pages.findOwner(c);
  const session =
    owner === null
      ? null
      : ((await deps.contexts.accounts.getSession(owner.caller)) as {
          email?: string;
          emailConfirmed?: boolean;
        });
  return verifyPage(deps.pages.shownTo(c), {
    ...view,
    owner: session && {
      email: session.email ?? null,
      isConfirmed: session.emailConfirmed ?? false,
    },
  });
}

function codeFaultOf(error: unknown): CodeFault {
  if (error instanceof XrpcError && error.status < 500) {
    if (error.error === "InvalidPassword") return "password";
    return error.error === "ExpiredToken" ? "expired" : "code";
  }
  throw error;
}

/** Back to the request of an application; anywhere else the account's own pages do. */
function wayOf(returnTo: string | null | undefined): Way {
  const path = ownPath(returnTo);
  return { returnTo: path.startsWith("/oauth/authorize") ? path : "" };
}
