import type { AdminFault } from "#contexts/security/admin-sessions.ts";
import type { RemoteFault } from "#contexts/oauth/remote-sign-in.ts";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import { hrefWith } from "#edge/web/parts.tsx";
import { renderPage } from "#edge/web/shell.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";

/** Why nobody was let in, here or by way of another server. */
export type SignInFault = AdminFault | RemoteFault;

/** Asks who comes to the operator's pages. */
export function adminSignInPage(
  shown: Shown,
  given: {
    takesPasswords: boolean;
    /** Whether there are accounts here that may come in. */
    hasAdmins: boolean;
    /** Whether there are some on other servers. */
    hasRemoteAdmins: boolean;
    /** Administrators that are signed in in this browser. */
    administrators: readonly BrowserAccount[];
    to: string;
    fault: SignInFault | null;
  },
): Response {
  const words = shown.text.admin.signIn;
  const { fault, to, administrators } = given;
  return renderPage(
    { ...shown, title: words.title, status: fault === null ? 200 : 400 },
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{words.intro}</p>
      {fault !== null && (
        <p class="alert" role="alert">
          {words.faults[fault]}
        </p>
      )}
      {given.takesPasswords && (
        <form method="post" action="/admin/sign-in">
          <input type="hidden" name="to" value={to} />
          <input
            type="text"
            name="username"
            value="admin"
            autocomplete="username"
            hidden
          />
          <label class="field">
            {words.password}
            <input
              type="password"
              name="password"
              required
              maxlength={512}
              autocomplete="current-password"
              autofocus
            />
          </label>
          <button type="submit">{words.submit}</button>
        </form>
      )}
      {given.hasAdmins && (
        <>
          <h2>{words.asAccount}</h2>
          <p class="quiet">{words.asHint}</p>
          {administrators.map(({ did, handle, isFresh }) =>
            isFresh ? (
              <form method="post" action="/admin/sign-in">
                <input type="hidden" name="to" value={to} />
                <input type="hidden" name="account" value={did} />
                <button type="submit" class="plain">
                  {words.as(handle)}
                </button>
              </form>
            ) : (
              <p>
                <a
                  class="button plain"
                  href={hrefWith("/account/sign-in", {
                    account: did,
                    return_to: "/account",
                  })}
                >
                  {words.as(handle)}
                </a>
              </p>
            ),
          )}
          {administrators.length === 0 && (
            <p>
              <a class="button plain" href="/account/sign-in">
                {words.toAccount}
              </a>
            </p>
          )}
        </>
      )}
      {given.hasRemoteAdmins && (
        <form method="post" action="/admin/sign-in/elsewhere">
          <h2>{words.elsewhere}</h2>
          <p class="quiet">{words.elsewhereHint}</p>
          <input type="hidden" name="to" value={to} />
          <label class="field">
            {words.identifier}
            <input
              type="text"
              name="identifier"
              required
              maxlength={512}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
            />
          </label>
          <button type="submit" class="plain">
            {words.toElsewhere}
          </button>
        </form>
      )}
    </>,
  );
}
