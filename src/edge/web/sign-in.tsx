import type {
  AuthorizationStep,
  FactorStep,
  KnownAccount,
  SignInFault,
} from "#contexts/oauth/view.ts";
import { FactorForm, PasskeyButton } from "./factor-step.tsx";
import { nameOf } from "./permission-words.ts";
import { hrefWith } from "./parts.tsx";
import { type Frame, renderPage } from "./shell.tsx";
import type { Text } from "./text/catalogue.ts";

type Step<Name> = Extract<AuthorizationStep, { step: Name }>;

export interface Shown {
  text: Text;
  serviceName: string;
  assetSources: string;
  frame: Frame;
  headers?: Record<string, string>;
}

/** What a sign-in is for, and where its form goes. */
export interface SignInForm {
  action: string;
  /** Fields that the form carries along. */
  fields: readonly (readonly [name: string, value: string])[];
  /** Under the heading. */
  purpose: string;
  identifier: string;
  /** No other account may be typed; says why. */
  fixed: string | null;
  /** Not asked when the answer is known. */
  asksToRemember: boolean;
  /** Where else one may go. */
  links: readonly (readonly [label: string, href: string])[];
  formTarget: string | null;
  /** For a passkey in place of name and password. */
  passkeyOptions: object;
}

/** The form for a request of an application. */
export function requestForm(text: Text, step: Step<"sign-in">): SignInForm {
  const { request, identifier, isFixed, passkeyOptions } = step;
  const { canChoose, canActFor, canComeFromElsewhere } = step;
  const words = text.signIn;
  return {
    action: "/oauth/authorize/sign-in",
    fields: [
      ["client_id", request.clientId],
      ["request_uri", request.requestUri],
    ],
    purpose: words.to(nameOf(text, request.client)),
    identifier,
    fixed: isFixed ? words.fixed : null,
    asksToRemember: true,
    links: [
      ...(canChoose ? [[words.back, authorizeUrl(request)] as const] : []),
      ...(canActFor
        ? [[words.actFor, authorizeUrl(request, { as: "other" })] as const]
        : []),
      ...(canComeFromElsewhere
        ? [
            [
              words.fromElsewhere,
              authorizeUrl(request, { as: "elsewhere" }),
            ] as const,
          ]
        : []),
      [
        words.lost,
        hrefWith("/account/recover", { return_to: authorizeUrl(request) }),
      ],
      ...(isFixed
        ? []
        : [
            [
              words.create,
              signUpUrl(request, request.languages && text.lang),
            ] as const,
          ]),
    ],
    formTarget: request.redirectUri,
    passkeyOptions,
  };
}

/** What did not work, and what need not be filled in again. */
export interface Failed {
  fault: SignInFault;
  identifier: string;
  isRemembered: boolean;
  /** The second step; null while the first is not done. */
  factor: FactorStep | null;
}

/** Asks for name and password, or a passkey; then for the second factor. */
export function signInPage(
  shown: Shown,
  form: SignInForm,
  failed: Failed | null,
): Response {
  return failed?.factor
    ? factorPage(shown, form, { ...failed, factor: failed.factor })
    : firstPage(shown, form, failed);
}

function factorPage(
  shown: Shown,
  form: SignInForm,
  { fault, factor, identifier, isRemembered }: Failed & { factor: FactorStep },
): Response {
  const { formTarget } = form;
  // Nothing has failed where only the next step is shown.
  const status = fault === "factor-needed" ? 200 : 400;
  const { title } = shown.text.factor;
  return renderPage(
    { ...shown, title, status, formTarget, scripts: ["passkey.client.js"] },
    <FactorForm
      text={shown.text}
      action={form.action}
      identifier={identifier}
      step={factor}
      fault={fault}
      canTrust={form.asksToRemember}
    >
      <HiddenFields fields={form.fields} />
      {isRemembered && <input type="hidden" name="remember" value="yes" />}
    </FactorForm>,
  );
}

function HiddenFields({ fields }: Pick<SignInForm, "fields">) {
  return (
    <>
      {fields.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

function firstPage(
  shown: Shown,
  form: SignInForm,
  failed: Failed | null,
): Response {
  const { text } = shown;
  const words = text.signIn;
  const { identifier, formTarget } = form;
  const isFixed = form.fixed !== null;
  const value = isFixed ? identifier : (failed?.identifier ?? identifier);
  const page = { ...shown, title: words.title, status: failed ? 400 : 200 };
  return renderPage(
    { ...page, formTarget, scripts: ["passkey.client.js"] },
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{form.purpose}</p>
      {failed && (
        <p class="alert" role="alert" id="fault">
          {words.faults[failed.fault]}
        </p>
      )}
      <form method="post" action={form.action}>
        <HiddenFields fields={form.fields} />
        <label class="field">
          {words.identifier}
          <input
            type="text"
            name="identifier"
            value={value}
            required
            readonly={isFixed}
            autocomplete="username webauthn"
            autocapitalize="none"
            autocorrect="off"
            spellcheck={false}
            autofocus={value === ""}
            aria-describedby={isFixed ? "fixed" : undefined}
          />
        </label>
        {isFixed && (
          <p class="quiet" id="fixed">
            {form.fixed}
          </p>
        )}
        <PasswordField text={text} isFirst={value !== ""} />
        {form.asksToRemember && (
          <label class="tick">
            <input
              type="checkbox"
              name="remember"
              value="yes"
              checked={failed?.isRemembered}
            />
            <span>{words.remember}</span>
          </label>
        )}
        <button type="submit">{words.submit}</button>
        <PasskeyButton
          options={form.passkeyOptions}
          label={words.passkey}
          isPlain={true}
        />
      </form>
      <ul class="ways">
        {form.links.map(([label, href]) => (
          <li>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ul>
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
        {accounts.map(({ did, handle, actor }) => (
          <li>
            <a class="button" href={authorizeUrl(request, { account: did })}>
              {`@${handle}`}
              {actor && ` ${words.actingAs(nameOfActor(actor))}`}
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

/** Somebody from elsewhere whose handle leads nowhere is known by the DID. */
export function nameOfActor({
  did,
  handle,
}: NonNullable<KnownAccount["actor"]>): string {
  return handle === null ? did : `@${handle}`;
}

export interface Named {
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

/** The page that makes an account, with the request of an application. */
export function signUpUrl(
  { clientId, requestUri }: Named,
  language: string | null = null,
): string {
  const query = {
    ...{ client_id: clientId, request_uri: requestUri },
    ...(language !== null && { lang: language }),
  };
  return hrefWith("/account/sign-up", query);
}
