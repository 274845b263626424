import type { SignUpFaults } from "#contexts/accounts/sign-up.ts";
import type { Puzzle } from "#contexts/accounts/human-check.ts";
import type { RegistrationView } from "#contexts/accounts/registration.ts";
import type { AssetName } from "./assets.ts";
import { Faults, Field } from "./parts.tsx";
import { renderPage } from "./shell.tsx";
import {
  authorizeUrl,
  type Named,
  RequestFields,
  type Shown,
} from "./sign-in.tsx";
import type { Text } from "./text/catalogue.ts";

/** What the page knows, and what was typed before. */
export interface SignUpView {
  registration: Pick<RegistrationView, "policy" | "check">;
  handleDomains: readonly string[];
  termsUrl: string | null;
  privacyUrl: string | null;
  /** Of an application, to which the way leads back. */
  request: Named | null;
  /** By whom a code that is filled in was given; null without one. */
  invite: { invitedBy: string | null } | null;
  typed: {
    name: string;
    domain: string;
    email: string;
    inviteCode: string;
    isRemembered: boolean;
    hasAgreed: boolean;
  };
  faults: SignUpFaults & { agree?: "missing"; cookies?: true };
  /** Other names that are free, where the one typed is not. */
  suggestions: readonly string[];
  puzzle: Puzzle | null;
}

/** Asks for all that an account needs, on one page. */
export function signUpPage(shown: Shown, view: SignUpView): Response {
  const { text, serviceName } = shown;
  const words = text.signUp;
  const { registration, request, invite, faults } = view;
  const list = listFaults(text, view);
  const asksHcaptcha = registration.check?.kind === "hcaptcha";
  const scripts: AssetName[] = ["sign-up.client.js"];
  if (view.puzzle !== null) scripts.push("puzzle.client.js");
  const page = {
    ...shown,
    title: words.title,
    status: list.length > 0 ? 400 : 200,
    scripts,
    ...(asksHcaptcha && { foreignScript: HCAPTCHA }),
  };
  if (registration.policy === "closed") return closedPage(shown);
  return renderPage(
    page,
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{words.at(serviceName)}</p>
      {invite !== null && (
        <p class="notice">
          {invite.invitedBy === null
            ? words.invited
            : words.invitedBy(invite.invitedBy)}
        </p>
      )}
      <p>{words.about}</p>
      <Faults text={text} faults={list} />
      <form method="post" action="/account/sign-up">
        {request !== null && <RequestFields request={request} />}
        <InviteField text={text} view={view} />
        <HandleField text={text} view={view} hasFaults={list.length > 0} />
        <Field
          {...{ label: words.email, name: "email", id: "email" }}
          type="email"
          value={view.typed.email}
          hint={words.emailHint}
          fault={faults.email ? words.faults.email[faults.email] : null}
          required
          maxlength={254}
          autocomplete="email"
        />
        <Field
          {...{ label: words.password, name: "password", id: "password" }}
          type="password"
          hint={words.passwordHint}
          fault={
            faults.password ? words.faults.password[faults.password] : null
          }
          required
          maxlength={256}
          autocomplete="new-password"
        />
        <Check text={text} view={view} />
        <Policies text={text} view={view} />
        <label class="tick">
          <input
            type="checkbox"
            name="remember"
            value="yes"
            checked={view.typed.isRemembered}
          />
          <span>{text.signIn.remember}</span>
        </label>
        <button type="submit">{words.submit}</button>
      </form>
      <p>
        <a
          href={
            request
              ? authorizeUrl(request, { as: "other" })
              : "/account/sign-in"
          }
        >
          {words.haveOne}
        </a>
      </p>
    </>,
  );
}

const HCAPTCHA = {
  href: "https://js.hcaptcha.com/1/api.js",
  sources: "https://hcaptcha.com https://*.hcaptcha.com",
};

interface Part {
  text: Text;
  view: SignUpView;
}

function InviteField({ text, view }: Part) {
  const words = text.signUp;
  const { registration, faults, typed } = view;
  const { policy } = registration;
  if (policy === "open" && typed.inviteCode === "") return null;
  const isNeeded = policy === "invite" || policy === "approval";
  const fault = faults.inviteCode;
  return (
    <div>
      <Field
        {...{ label: words.inviteCode, name: "invite", id: "invite" }}
        value={typed.inviteCode}
        hint={
          isNeeded
            ? words.inviteNeeded
            : policy === "captcha" && words.inviteMayBe
        }
        fault={fault ? words.faults.inviteCode[fault] : null}
        required={isNeeded}
        maxlength={300}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      {policy === "approval" && (
        <p class="quiet">
          {words.approval} <a href="/apply">{words.apply}</a>
        </p>
      )}
    </div>
  );
}

/** The name and the end that this server puts to it. A script says at once whether it is free. */
function HandleField({ text, view, hasFaults }: Part & { hasFaults: boolean }) {
  const words = text.signUp;
  const { faults, typed, handleDomains, suggestions } = view;
  const fault = faults.handle;
  return (
    <div>
      <label class="field" for="handle">
        {words.handle}
      </label>
      <div class="joined">
        <input
          type="text"
          id="handle"
          name="handle"
          value={typed.name}
          required
          maxlength={253}
          autocomplete="username"
          autocapitalize="none"
          autocorrect="off"
          spellcheck={false}
          autofocus={!hasFaults}
          aria-invalid={fault ? "true" : undefined}
          aria-describedby={`${fault ? "handle-fault " : ""}handle-hint handle-status`}
        />
        {handleDomains.length > 1 ? (
          <select id="handle-end" name="domain" aria-label={words.domain}>
            {handleDomains.map((domain) => (
              <option value={domain} selected={domain === typed.domain}>
                {domain}
              </option>
            ))}
          </select>
        ) : (
          <span id="handle-end">{handleDomains[0]}</span>
        )}
      </div>
      {fault && (
        <p class="alert" id="handle-fault">
          {words.faults.handle[fault]}
        </p>
      )}
      <p class="quiet" id="handle-hint">
        {words.handleHint}
      </p>
      <p
        class="quiet"
        id="handle-status"
        role="status"
        data-free={words.free}
        data-taken={words.taken}
        data-alone={words.faults.handle.taken}
        data-form={words.faults.handle.form}
      >
        {suggestions.length > 0 && `${words.taken} ${suggestions.join(", ")}`}
      </p>
    </div>
  );
}

function Policies({ text, view }: Part) {
  const words = text.signUp;
  const { termsUrl, privacyUrl, faults, typed } = view;
  const links = [
    [text.shell.terms, termsUrl],
    [text.shell.privacy, privacyUrl],
  ].filter((link): link is [string, string] => link[1] !== null);
  if (links.length === 0) return null;
  return (
    <fieldset>
      <legend>{words.policies}</legend>
      <ul class="plain">
        {links.map(([label, href]) => (
          <li>
            <a href={href} target="_blank" rel="noreferrer">
              {label}
            </a>
          </li>
        ))}
      </ul>
      <label class="tick">
        <input
          type="checkbox"
          id="agree"
          name="agree"
          value="yes"
          required
          checked={typed.hasAgreed}
          aria-describedby={faults.agree ? "agree-fault" : undefined}
        />
        <span>{words.agree}</span>
      </label>
      {faults.agree && (
        <p class="alert" id="agree-fault">
          {words.faults.agree.missing}
        </p>
      )}
    </fieldset>
  );
}

/** Shows that somebody is a person; the browser does the work while they type. */
function Check({ text, view }: Part) {
  const words = text.signUp.check;
  const { puzzle, registration } = view;
  if (registration.check === null) return null;
  return (
    <fieldset id="check">
      <legend>{words.title}</legend>
      {puzzle !== null && (
        <>
          <input
            type="hidden"
            id="puzzle-answer"
            name="verification"
            value=""
          />
          <p
            id="puzzle"
            role="status"
            data-working={words.working}
            data-challenge={puzzle.challenge}
            data-bits={String(puzzle.bits)}
            data-expires={String(puzzle.expiresAtMs)}
            data-done={words.done}
            data-failed={words.failed}
          >
            {words.script}
          </p>
        </>
      )}
      {registration.check.kind === "hcaptcha" && (
        <>
          <div class="h-captcha" data-sitekey={registration.check.siteKey} />
          <p class="without-scripts">{words.script}</p>
        </>
      )}
    </fieldset>
  );
}

/** In the order of the page. */
function listFaults(
  text: Text,
  { faults }: SignUpView,
): [field: string, sentence: string][] {
  const words = text.signUp.faults;
  const { whole, inviteCode, handle, email, password } = faults;
  const { verificationCode: check, agree } = faults;
  const list: [string, string | null][] = [
    ["", faults.cookies ? words.whole.cookies : null],
    ["", whole ? words.whole[whole] : null],
    ["invite", inviteCode ? words.inviteCode[inviteCode] : null],
    ["handle", handle ? words.handle[handle] : null],
    ["email", email ? words.email[email] : null],
    ["password", password ? words.password[password] : null],
    ["check", check ? words.verificationCode[check] : null],
    ["agree", agree ? words.agree[agree] : null],
  ];
  return list.filter((one): one is [string, string] => one[1] !== null);
}

function closedPage(shown: Shown): Response {
  const words = shown.text.signUp;
  return renderPage(
    { ...shown, title: words.title },
    <>
      <h1>{words.title}</h1>
      <p class="alert mild">{words.closed.text}</p>
      <p>{words.closed.next}</p>
      <p>
        <a href="/account/sign-in">{words.haveOne}</a>
      </p>
    </>,
  );
}

/** Says what is wrong with an invitation that lets nobody in. */
export function spentInvitePage(
  shown: Shown,
  kind: "unknown" | "used",
): Response {
  const words = shown.text.signUp.invite;
  const isUsed = kind === "used";
  const title = isUsed ? words.usedTitle : words.unknownTitle;
  return renderPage(
    { ...shown, title, status: isUsed ? 410 : 404 },
    <>
      <h1>{title}</h1>
      <p class="alert mild">{isUsed ? words.used : words.unknown}</p>
      <p>{words.mine}</p>
      <p>
        <a class="button" href="/account/sign-in">
          {shown.text.signIn.submit}
        </a>
      </p>
    </>,
  );
}
