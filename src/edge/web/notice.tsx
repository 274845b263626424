import type { Child } from "hono/jsx";
import type { ClientRedirect } from "#contexts/oauth/view.ts";
import { Facts } from "./parts.tsx";
import { renderPage } from "./shell.tsx";
import type { Shown } from "./sign-in.tsx";

/** Why there is no page, and what to do about it. */
export interface Fault {
  status: number;
  sentence: string;
  /** What to do next; null where the sentence says it. */
  next: string | null;
  /** The exact words, for who can mend it; null when there are none that may be told. */
  detail?: string | null;
  /** Whose fault it is: the address of an application. */
  client?: string | null;
  /** Where the rule is told that was broken. */
  more?: string | null;
  /** By which the operator finds it in the log. */
  requestId?: string | null;
}

/** Says that something did not work, and why, as far as it may be told. */
export function errorPage(
  shown: Shown,
  fault: Fault,
  action: Child = null,
): Response {
  const words = shown.text.error;
  const { detail = null, client = null, more = null } = fault;
  const { requestId = null } = fault;
  const rows = [
    [
      words.detail,
      detail === null ? null : (
        <span lang="en">{detail.slice(0, LONGEST_DETAIL)}</span>
      ),
    ],
    [words.rules, more && <a href={more}>{more}</a>],
    [words.client, client],
    [words.requestId, requestId && <code>{requestId}</code>],
  ] as const;
  return renderPage(
    { ...shown, title: words.title, status: fault.status },
    <>
      <h1>{words.title}</h1>
      <p class="alert" role="alert">
        {fault.sentence}
      </p>
      {fault.next !== null && <p>{fault.next}</p>}
      {action}
      {rows.some(([, value]) => value !== null) && <Facts rows={rows} />}
    </>,
  );
}

const LONGEST_DETAIL = 300;

/**
 * Told to a browser that kept no cookie. The form begins anew with a click,
 * after which some browsers keep cookies that they would not keep before.
 */
export function cookiesPage(
  shown: Shown,
  fields: readonly (readonly [name: string, value: string])[],
): Response {
  const words = shown.text.error;
  return errorPage(
    shown,
    { status: 400, sentence: words.cookies, next: words.cookiesNext },
    <form method="get" action="/oauth/authorize">
      {fields.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit">{words.cookiesAgain}</button>
    </form>,
  );
}

/**
 * Hands the answer over by a form, for applications that ask for it so. It is
 * there once, so that no way leads back to it in another language.
 */
export function handOverPage(shown: Shown, redirect: ClientRedirect): Response {
  const words = shown.text.handOver;
  const frame = { ...shown.frame, here: null };
  return renderPage(
    { ...shown, frame, title: words.title, formTarget: redirect.uri },
    <>
      <h1>{words.title}</h1>
      <form method="post" action={redirect.uri}>
        {redirect.params.map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit">{words.submit}</button>
      </form>
    </>,
  );
}
