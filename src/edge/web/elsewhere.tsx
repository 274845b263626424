import type {
  AuthorizationStep,
  ElsewhereFault,
} from "#contexts/oauth/view.ts";
import { nameOf } from "./permission-words.ts";
import { renderPage } from "./shell.tsx";
import { authorizeUrl, RequestFields, type Shown } from "./sign-in.tsx";

type Step = Extract<AuthorizationStep, { step: "elsewhere" }>;

/** Asks somebody who acts for an account of ours where their own is. */
export function elsewherePage(
  shown: Shown,
  { request }: Step,
  failed: { fault: ElsewhereFault; identifier: string } | null,
): Response {
  const { text } = shown;
  const words = text.elsewhere;
  return renderPage(
    { ...shown, title: words.title, status: failed ? 400 : 200 },
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{text.signIn.to(nameOf(text, request.client))}</p>
      {failed && (
        <p class="alert" role="alert" id="fault">
          {words.faults[failed.fault]}
        </p>
      )}
      <p>{words.intro}</p>
      <form method="post" action="/oauth/elsewhere">
        <RequestFields request={request} />
        <label class="field">
          {words.identifier}
          <input
            type="text"
            name="identifier"
            value={failed?.identifier}
            required
            maxlength={512}
            autocomplete="username"
            autocapitalize="none"
            autocorrect="off"
            spellcheck={false}
            autofocus
            aria-describedby={failed ? "fault" : undefined}
          />
        </label>
        <button type="submit">{words.submit}</button>
      </form>
      <ul class="ways">
        <li>
          <a href={authorizeUrl(request, { as: "other" })}>{words.back}</a>
        </li>
      </ul>
    </>,
  );
}

/** Leads to another server by a plain request: browsers follow no form out of the site. */
export function leavePage(shown: Shown, url: URL): Response {
  const words = shown.text.elsewhere;
  const headers = { ...shown.headers, Refresh: `0; url=${url.href}` };
  return renderPage(
    { ...shown, headers, title: words.onTheWay },
    <>
      <h1>{words.onTheWay}</h1>
      <p>{words.leaving(url.host)}</p>
      <p>
        <a class="button" href={url.href}>
          {words.leave}
        </a>
      </p>
    </>,
  );
}
