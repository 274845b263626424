import { Field } from "#edge/web/parts.tsx";
import { renderPage } from "#edge/web/shell.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";

export interface Wish {
  handle: string;
  email: string;
  reason: string;
}

/** Asks for an account where the operator decides. */
export function applyPage(
  shown: Shown,
  given: { wish: Wish; domains: readonly string[]; fault: string | null },
): Response {
  const words = shown.text.apply;
  const { wish, domains, fault } = given;
  return renderPage(
    { ...shown, title: words.title, status: fault === null ? 200 : 400 },
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{words.intro(shown.serviceName)}</p>
      {fault !== null && (
        <p class="alert" role="alert">
          {fault}
        </p>
      )}
      <form method="post" action="/apply">
        <Field
          label={words.handle}
          name="handle"
          value={wish.handle}
          hint={words.handleHint(domains.join(", "))}
          required
          maxlength={253}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
        />
        <Field
          label={words.email}
          name="email"
          type="email"
          value={wish.email}
          hint={words.emailHint}
          required
          maxlength={254}
          autocomplete="email"
        />
        <label class="field">
          {words.reason}
          <textarea name="reason" maxlength={2000}>
            {wish.reason}
          </textarea>
        </label>
        <button type="submit">{words.submit}</button>
      </form>
    </>,
  );
}

/** Says that somebody looks at it; or that nobody does here. */
export function applyAnswerPage(shown: Shown, kind: "asked" | "off"): Response {
  const words = shown.text.apply;
  return renderPage(
    {
      ...{ ...shown, title: words.title },
      status: kind === "off" ? 404 : 200,
    },
    <>
      <h1>{words.title}</h1>
      <p role="status">{kind === "off" ? words.off : words.asked}</p>
      {kind === "off" && (
        <p>
          <a href="/account/sign-up">{shown.text.signUp.title}</a>
        </p>
      )}
    </>,
  );
}
