import { Faults, Field, hrefWith } from "./parts.tsx";
import { renderPage } from "./shell.tsx";
import type { Shown } from "./sign-in.tsx";
import type { Text } from "./text/catalogue.ts";

/** Where the way leads when it has led back in; empty for the account's own pages. */
export interface Way {
  returnTo: string;
}

const RESET = "/account/reset-password";

function signInUrl({ returnTo }: Way): string {
  return returnTo === "" ? "/account/sign-in" : returnTo;
}

/** What to do when something is lost that a sign-in needs. */
export function recoverPage(
  shown: Shown,
  way: Way,
  operator: { contactEmail: string | null; supportUrl: string | null },
): Response {
  const words = shown.text.recovery.recover;
  const { contactEmail, supportUrl } = operator;
  const signIn = signInUrl(way);
  const reset = hrefWith(RESET, { return_to: way.returnTo });
  const parts: [keyof typeof words & Lost, string][] = [
    ["password", reset],
    ["handle", signIn],
    ["factor", signIn],
    ["mail", signIn],
  ];
  return renderPage(
    { ...shown, title: words.title },
    <>
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      {parts.map(([name, href]) => (
        <section class="lost">
          <h2>{words[name].title}</h2>
          <p>{words[name].text}</p>
          <p>
            <a href={href}>{words[name].link}</a>
          </p>
        </section>
      ))}
      <section class="lost">
        <h2>{words.all.title}</h2>
        <p>{words.all.text}</p>
        {contactEmail !== null && (
          <p>
            <a href={`mailto:${contactEmail}`}>{words.all.contact}</a>
          </p>
        )}
        {supportUrl !== null && (
          <p>
            <a href={supportUrl}>{words.all.support}</a>
          </p>
        )}
        {contactEmail === null && supportUrl === null && (
          <p class="quiet">{words.all.none}</p>
        )}
      </section>
    </>,
  );
}

type Lost = "password" | "handle" | "factor" | "mail";

/** Asks where the code is to be sent. */
export function askResetPage(
  shown: Shown,
  way: Way,
  given: { email: string; isWrong: boolean },
): Response {
  const { text } = shown;
  const words = text.recovery.ask;
  const fault = given.isWrong ? text.recovery.faults.email : null;
  return renderPage(
    { ...shown, title: words.title, status: given.isWrong ? 400 : 200 },
    <>
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      <Faults text={text} faults={fault === null ? [] : [["email", fault]]} />
      <form method="post" action={`${RESET}/send`}>
        <WayField way={way} />
        <Field
          {...{ label: words.email, name: "email", id: "email", fault }}
          type="email"
          value={given.email}
          required
          maxlength={254}
          autocomplete="email"
          autofocus={fault === null}
        />
        <button type="submit">{words.submit}</button>
      </form>
      <ul class="ways">
        <li>
          <a href={hrefWith(RESET, { step: "code", return_to: way.returnTo })}>
            {words.haveCode}
          </a>
        </li>
        <li>
          <a href={hrefWith("/account/recover", { return_to: way.returnTo })}>
            {words.other}
          </a>
        </li>
      </ul>
    </>,
  );
}

export type CodeFault = "code" | "expired" | "password";

/** Takes the code, and the password that it allows to set. */
export function resetPage(
  shown: Shown,
  way: Way,
  given: { code: string; wasSent: boolean; fault: CodeFault | null },
): Response {
  const { text } = shown;
  const words = text.recovery.code;
  const { code, fault } = given;
  const sentence = fault === null ? null : text.recovery.faults[fault];
  const isPassword = fault === "password";
  const field = isPassword ? "password" : "code";
  return renderPage(
    { ...shown, title: words.title, status: fault === null ? 200 : 400 },
    <>
      <h1>{words.title}</h1>
      {given.wasSent && (
        <p class="notice" role="status">
          {words.sent}
        </p>
      )}
      <Faults text={text} faults={sentence ? [[field, sentence]] : []} />
      <form method="post" action={RESET}>
        <WayField way={way} />
        <CodeField
          {...{ text, code }}
          label={words.code}
          fault={isPassword ? null : sentence}
        />
        <Field
          {...{ label: words.password, name: "password", id: "password" }}
          type="password"
          hint={words.passwordHint}
          fault={isPassword ? sentence : null}
          required
          maxlength={256}
          autocomplete="new-password"
          autofocus={fault === null && code !== ""}
        />
        <p class="quiet">{words.ends}</p>
        <button type="submit">{words.submit}</button>
      </form>
      <p>
        <a href={hrefWith(RESET, { return_to: way.returnTo })}>{words.again}</a>
      </p>
    </>,
  );
}

function CodeField(given: {
  text: Text;
  label: string;
  code: string;
  fault: string | null;
}) {
  const { label, code, fault } = given;
  return (
    <Field
      {...{ label, name: "code", id: "code", value: code, fault }}
      hint={given.text.recovery.code.codeHint}
      required
      maxlength={100}
      autocomplete="one-time-code"
      autocapitalize="characters"
      autocorrect="off"
      spellcheck={false}
      autofocus={fault === null && code === ""}
    />
  );
}

function WayField({ way }: { way: Way }) {
  if (way.returnTo === "") return null;
  return <input type="hidden" name="return_to" value={way.returnTo} />;
}

export function resetDonePage(shown: Shown, way: Way): Response {
  const words = shown.text.recovery.done;
  return renderPage(
    { ...shown, title: words.title },
    <>
      <h1>{words.title}</h1>
      <p>{words.text}</p>
      <p>
        <a class="button" href={signInUrl(way)}>
          {words.signIn}
        </a>
      </p>
    </>,
  );
}

export interface VerifyView {
  code: string;
  fault: Exclude<CodeFault, "password"> | "signedOut" | null;
  /** Who is signed in, and what is known of their address. */
  owner: { email: string | null; isConfirmed: boolean } | null;
  wasSent: boolean;
}

/** Takes the code that proves who reads the mail of an address; needs no sign-in. */
export function verifyPage(shown: Shown, view: VerifyView): Response {
  const { text } = shown;
  const words = text.recovery.verify;
  const { owner, code, fault } = view;
  const sentence = fault === null ? null : text.recovery.faults[fault];
  const canSend = owner !== null && owner.email !== null && !owner.isConfirmed;
  return renderPage(
    { ...shown, title: words.title, status: fault === null ? 200 : 400 },
    <>
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      {owner?.isConfirmed && <p class="notice">{words.already}</p>}
      {owner !== null && owner.email === null && (
        <p class="alert mild">{words.none}</p>
      )}
      {view.wasSent && owner?.email && (
        <p class="notice" role="status">
          {words.sent(owner.email)}
        </p>
      )}
      <Faults text={text} faults={sentence ? [["code", sentence]] : []} />
      <form method="post" action="/account/verify-email">
        <CodeField {...{ text, code }} label={words.code} fault={sentence} />
        <button type="submit">{words.submit}</button>
      </form>
      {canSend && (
        <form method="post" action="/account/verify-email/send">
          <button type="submit" class="plain">
            {words.send}
          </button>
        </form>
      )}
      <p>
        <a href="/account">{words.toAccount}</a>
      </p>
    </>,
  );
}

export function verifiedPage(shown: Shown): Response {
  const words = shown.text.recovery.verify;
  return renderPage(
    { ...shown, title: words.confirmed },
    <>
      <h1>{words.confirmed}</h1>
      <p>{words.confirmedText}</p>
      <p>
        <a class="button" href="/account">
          {words.toAccount}
        </a>
      </p>
    </>,
  );
}
