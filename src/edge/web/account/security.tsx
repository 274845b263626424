import type { Child } from "hono/jsx";
import type {
  SignInSettings,
  TrustedDeviceView,
} from "#contexts/accounts/factors/sign-in-views.ts";
import { momentInWords } from "#lib/languages.ts";
import { describeUserAgent } from "#lib/user-agent.ts";
import { Act, Facts, Field, Moment, State, Table } from "#edge/web/parts.tsx";
import { renderPage } from "#edge/web/shell.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";
import { HeldCodesNote } from "./held-codes.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

export const SECURITY = "/account/security";

/** All ways into an account, and where each is changed. */
export function securityPage(
  shown: OwnerShown,
  settings: SignInSettings,
): Response {
  const { text } = shown;
  const words = text.security.overview;
  const { passkeys, backupCodesLeft: left } = settings;
  const isGuarded = settings.isFactorRequired || settings.email === "on";
  const onOff = (isOn: boolean) => (
    <State tone={isOn ? "good" : "plain"}>{isOn ? words.on : words.off}</State>
  );
  const link = (path: string, label: string) => (
    <a href={`${SECURITY}/${path}`}>{label}</a>
  );
  return accountRoom(
    shown,
    { title: text.security.title },
    <>
      {settings.recoveryDueAtMs !== null && (
        <section class="alert">
          <p>
            {words.recovery(momentInWords(settings.recoveryDueAtMs, text.lang))}
          </p>
          <Act action={`${SECURITY}/keep`}>{words.stop}</Act>
        </section>
      )}
      <HeldCodesNote text={text} held={settings.heldCodes} />
      <section class="card">
        <p>{words.intro}</p>
        <Facts
          rows={[
            [
              link("password", words.password),
              settings.hasPassword ? words.set : words.notSet,
            ],
            [
              link("passkeys", words.passkeys),
              passkeys.length === 0
                ? words.notSet
                : words.count(passkeys.length),
            ],
            [link("app", words.totp), onOff(settings.totp !== null)],
            [link("backup-codes", words.backupCodes), words.left(left)],
            [
              link("rules", words.rules),
              <State tone={isGuarded ? "good" : "warn"}>
                {isGuarded ? words.required : words.notRequired}
              </State>,
            ],
            [
              link("devices", words.devices),
              words.count(settings.trustedDevices.length),
            ],
          ]}
        />
      </section>
    </>,
  );
}

/** A page about one way in, with the way back to all of them. */
export function SecurityBack({ text }: Pick<Shown, "text">) {
  return (
    <p>
      <a href={SECURITY}>{text.security.back}</a>
    </p>
  );
}

export function passwordPage(
  shown: OwnerShown,
  settings: SignInSettings,
  fault: string | null,
): Response {
  const { text, owner } = shown;
  const words = text.security.password;
  return accountRoom(
    shown,
    { title: words.title, status: fault === null ? 200 : 400 },
    <>
      <SecurityBack text={text} />
      <section class="card">
        <p>{settings.hasPassword ? words.intro : words.first}</p>
        <form method="post" action={`${SECURITY}/password`}>
          {/* Password managers look for whom the password is. */}
          <input
            type="text"
            name="username"
            value={owner.handle}
            autocomplete="username"
            readonly
            hidden
          />
          <Field
            label={words.new}
            name="password"
            type="password"
            hint={words.hint}
            fault={fault}
            required
            maxlength={256}
            autocomplete="new-password"
          />
          <Field
            label={words.again}
            name="again"
            type="password"
            required
            maxlength={256}
            autocomplete="new-password"
          />
          <label class="tick">
            <input type="checkbox" name="app_passwords" value="yes" />
            <span>{words.appPasswords}</span>
          </label>
          <button type="submit">{words.submit}</button>
        </form>
      </section>
      {settings.hasPassword && (
        <section class="card">
          <h2>{words.remove}</h2>
          <p>{words.removeHint}</p>
          {settings.passkeys.length === 0 ? (
            <p class="quiet">{words.removeFirst}</p>
          ) : (
            <div class="actions">
              <Act
                action={`${SECURITY}/password/remove`}
                look="danger plain small"
              >
                {words.removeSubmit}
              </Act>
            </div>
          )}
        </section>
      )}
    </>,
  );
}

/** What holds for every sign-in. */
export function rulesPage(
  shown: OwnerShown,
  settings: SignInSettings,
): Response {
  const { text } = shown;
  const words = text.security.rules;
  const hasFactor = settings.totp !== null || settings.passkeys.length > 0;
  return accountRoom(
    shown,
    { title: words.title },
    <>
      <SecurityBack text={text} />
      <HeldCodesNote text={text} held={settings.heldCodes} />
      <Rule
        text={text}
        title={words.email}
        name="email"
        isOn={settings.email === "on"}
        whyNot={
          settings.email === "none" || settings.email === "unconfirmed"
            ? words.emailMissing
            : null
        }
      >
        {words.emailHint(
          settings.heldCodes?.address ?? settings.emailAddress ?? "",
        )}
      </Rule>
      <Rule
        text={text}
        title={words.require}
        name="factor"
        isOn={settings.isFactorRequired}
        whyNot={hasFactor ? null : words.requireFirst}
      >
        {words.requireHint}
      </Rule>
      <Rule
        text={text}
        title={words.apps}
        name="apps"
        isOn={settings.areAppsRefused}
        whyNot={null}
      >
        {words.appsHint}
      </Rule>
    </>,
  );
}

function Rule(props: {
  text: Shown["text"];
  title: string;
  name: string;
  isOn: boolean;
  whyNot: string | null;
  children: Child;
}) {
  const { text, title, name, isOn, whyNot } = props;
  const { rules: words, overview } = text.security;
  return (
    <section class="card">
      <h2>{title}</h2>
      <p>
        <State tone={isOn ? "good" : "plain"}>
          {isOn ? overview.on : overview.off}
        </State>
      </p>
      {whyNot === null ? (
        <>
          <p>{props.children}</p>
          <div class="actions">
            <Act
              action={`${SECURITY}/rules/${name}`}
              fields={{ on: isOn ? "no" : "yes" }}
              name={text.shell.about(
                isOn ? words.turnOff : words.turnOn,
                title,
              )}
            >
              {isOn ? words.turnOff : words.turnOn}
            </Act>
          </div>
        </>
      ) : (
        <p class="quiet">{whyNot}</p>
      )}
    </section>
  );
}

export function devicesPage(
  shown: OwnerShown,
  devices: readonly TrustedDeviceView[],
  hereId: string | null,
): Response {
  const { text } = shown;
  const words = text.security.devices;
  return accountRoom(
    shown,
    { title: words.title },
    <>
      <SecurityBack text={text} />
      <section class="card">
        <p>{words.intro}</p>
        <Table
          text={text}
          caption={words.caption}
          rows={devices}
          columns={[
            {
              label: words.browser,
              cell: ({ userAgent, deviceId }) => (
                <>
                  {describeUserAgent(userAgent, text.lang)}
                  {deviceId === hereId && (
                    <>
                      {" "}
                      <State tone="plain">{words.here}</State>
                    </>
                  )}
                </>
              ),
            },
            { label: words.address, cell: ({ ipAddress }) => ipAddress },
            {
              label: words.until,
              cell: ({ untilMs }) => <Moment atMs={untilMs} />,
            },
            {
              label: words.actions,
              cell: ({ deviceId, userAgent }) => (
                <Act
                  action={`${SECURITY}/devices/distrust`}
                  fields={{ device: deviceId }}
                  name={text.shell.about(
                    words.distrust,
                    describeUserAgent(userAgent, text.lang),
                  )}
                >
                  {words.distrust}
                </Act>
              ),
            },
          ]}
        />
      </section>
    </>,
  );
}

/** Where the link of a letter leads; nobody has to be signed in. */
export function keepPage(
  shown: Shown,
  state:
    | { step: "ask"; token: string; handle: string; dueAtMs: number }
    | { step: "done" | "over" },
): Response {
  const words = shown.text.security.keep;
  return renderPage(
    { ...shown, title: words.title, status: state.step === "over" ? 404 : 200 },
    <>
      <h1>{words.title}</h1>
      {state.step === "ask" ? (
        <>
          <p>
            {words.question(
              state.handle,
              momentInWords(state.dueAtMs, shown.text.lang),
            )}
          </p>
          <form method="post" action="/account/keep-factors">
            <input type="hidden" name="token" value={state.token} />
            <button type="submit">{words.submit}</button>
          </form>
        </>
      ) : (
        <>
          <p>{words[state.step]}</p>
          <p>
            <a href={SECURITY}>{words.account}</a>
          </p>
        </>
      )}
    </>,
  );
}
