import type { AuthorizationStep, SignInFault } from "#contexts/oauth/view.ts";
import { nameOf } from "./permission-words.ts";
import { renderPage } from "./shell.tsx";
import type { Text } from "./text/catalogue.ts";

type Step<Name> = Extract<AuthorizationStep, { step: Name }>;

export interface Shown {
  text: Text;
  serviceName: string;
  headers?: Record<string, string>;
}

/** Faults after which the password is known and a code is what's missing. */
const CODE_FAULTS = new Set<SignInFault>(["code-needed", "code-wrong"]);

/** What did not work, and what need not be filled in again. */
export interface Failed {
  fault: SignInFault;
  identifier: string;
  isRemembered: boolean;
}

/** Asks for name and password, or for a code when those were right. */
export function signInPage(
  shown: Shown,
  { request, identifier, isFixed, canChoose }: Step<"sign-in">,
  failed: Failed | null,
): Response {
  const { text } = shown;
  const words = text.signIn;
  const asksCode = failed !== null && CODE_FAULTS.has(failed.fault);
  const isKept = isFixed || asksCode;
  const value = isFixed ? identifier : (failed?.identifier ?? identifier);
  const page = { ...shown, title: words.title, status: failed ? 400 : 200 };
  return renderPage(
    { ...page, formTarget: request.redirectUri },
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{words.to(nameOf(text, request.client))}</p>
      {failed && (
        <p class="alert" role="alert" id="fault">
          {words.faults[failed.fault]}
        </p>
      )}
      <form method="post" action="/oauth/authorize/sign-in">
        <RequestFields request={request} />
        <label class="field">
          {words.identifier}
          <input
            type="text"
            name="identifier"
            value={value}
            required
            readonly={isKept}
            autocomplete="username"
            autocapitalize="none"
            autocorrect="off"
            spellcheck={false}
            autofocus={value === ""}
            aria-describedby={isFixed ? "fixed" : undefined}
          />
        </label>
        {isFixed && (
          <p class="quiet" id="fixed">
            {words.fixed}
          </p>
        )}
        {asksCode ? (
          <CodeField text={text} />
        ) : (
          <PasswordField text={text} isFirst={value !== ""} />
        )}
        <label class="tick">
          <input
            type="checkbox"
            name="remember"
            value="yes"
            checked={failed?.isRemembered}
          />
          <span>{words.remember}</span>
        </label>
        <button type="submit">{words.submit}</button>
      </form>
      {canChoose && (
        <p>
          <a href={authorizeUrl(request)}>{words.back}</a>
        </p>
      )}
    </>,
  );
}

function PasswordField({ text, isFirst }: { text: Text; isFirst: boolean }) {
  return (
    <label class="field">
      {text.signIn.password}
      <input
        type="password"
        name="password"
        required
        maxlength={512}
        autocomplete="current-password"
        autofocus={isFirst}
      />
    </label>
  );
}

function CodeField({ text }: { text: Text }) {
  return (
    <label class="field">
      {text.signIn.code}
      <input
        type="text"
        name="code"
        required
        autocomplete="one-time-code"
        autocapitalize="characters"
        spellcheck={false}
        autofocus
      />
      <span class="quiet">{text.signIn.codeHint}</span>
    </label>
  );
}

/** The accounts that are signed in in this browser. */
export function chooserPage(
  shown: Shown,
  { request, accounts }: Step<"choose">,
): Response {
  const { text } = shown;
  const words = text.choose;
  return renderPage(
    { ...shown, title: words.title },
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{words.to(nameOf(text, request.client))}</p>
      <ul class="accounts">
        {accounts.map(({ did, handle }) => (
          <li>
            <a class="button" href={authorizeUrl(request, { account: did })}>
              {`@${handle}`}
            </a>
          </li>
        ))}
        <li>
          <a class="button plain" href={authorizeUrl(request, { as: "other" })}>
            {words.other}
          </a>
        </li>
      </ul>
    </>,
  );
}

interface Named {
  clientId: string;
  requestUri: string;
}

export function RequestFields({ request }: { request: Named }) {
  return (
    <>
      <input type="hidden" name="client_id" value={request.clientId} />
      <input type="hidden" name="request_uri" value={request.requestUri} />
    </>
  );
}

/** The page of a request, with what was chosen on the one before. */
export function authorizeUrl(
  { clientId, requestUri }: Named,
  choice: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    client_id: clientId,
    request_uri: requestUri,
    ...choice,
  });
  return `/oauth/authorize?${query}`;
}
