import type { ClientRedirect } from "#contexts/oauth/view.ts";
import { renderPage } from "./shell.tsx";
import type { Shown } from "./sign-in.tsx";

/** Says that something did not work, and why, as far as it may be told. */
export function errorPage(
  shown: Shown,
  fault: { status: number; sentence: string; detail: string | null },
): Response {
  const words = shown.text.error;
  return renderPage(
    { ...shown, title: words.title, status: fault.status },
    <>
      <h1>{words.title}</h1>
      <p class="alert" role="alert">
        {fault.sentence}
      </p>
      <p>{words.back}</p>
      {fault.detail !== null && (
        <dl>
          <div>
            <dt>{words.detail}</dt>
            <dd>{fault.detail}</dd>
          </div>
        </dl>
      )}
    </>,
  );
}

/** Hands the answer over by a form, for applications that ask for it so. */
export function handOverPage(shown: Shown, redirect: ClientRedirect): Response {
  const words = shown.text.handOver;
  return renderPage(
    { ...shown, title: words.title, formTarget: redirect.uri },
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
