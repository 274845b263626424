import { renderSVG } from "uqr";
import type { TotpSecret } from "#contexts/accounts/factors/totps.ts";
import type {
  PasskeyView,
  SignInSettings,
} from "#contexts/accounts/factors/sign-in-views.ts";
import { Act, Facts, Field, Moment, State, Table } from "#edge/web/parts.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";
import { SECURITY, SecurityBack } from "./security.tsx";

export function passkeysPage(
  shown: OwnerShown,
  passkeys: readonly PasskeyView[],
  adding: { options: object; hasFailed: boolean },
): Response {
  const { text } = shown;
  const words = text.security.passkeys;
  return accountRoom(
    shown,
    {
      title: words.title,
      status: adding.hasFailed ? 400 : 200,
      scripts: ["passkey.client.js"],
    },
    <>
      <SecurityBack text={text} />
      {adding.hasFailed && (
        <p class="alert" role="alert">
          {words.failed}
        </p>
      )}
      <section class="card">
        <p>{words.intro}</p>
        <PasskeyTable shown={shown} passkeys={passkeys} />
      </section>
      <section class="card">
        <h2>{words.add}</h2>
        <form method="post" action={`${SECURITY}/passkeys`}>
          <Field
            label={words.name}
            name="name"
            hint={words.nameHint}
            maxlength={60}
          />
          <input type="hidden" name="passkey" value="" />
          <button
            type="button"
            data-passkey-create={JSON.stringify(adding.options)}
            hidden
          >
            {words.submit}
          </button>
          <noscript>
            <p>{words.script}</p>
          </noscript>
        </form>
        <p class="quiet">{words.moved}</p>
      </section>
    </>,
  );
}

function PasskeyTable({
  shown: { text },
  passkeys,
}: {
  shown: OwnerShown;
  passkeys: readonly PasskeyView[];
}) {
  const words = text.security.passkeys;
  return (
    <Table
      text={text}
      caption={words.caption}
      rows={passkeys}
      columns={[
        { label: words.name, cell: ({ name }) => name },
        {
          label: words.made,
          cell: ({ createdAtMs }) => <Moment atMs={createdAtMs} />,
        },
        {
          label: words.used,
          cell: ({ lastUsedAtMs }) =>
            lastUsedAtMs === null ? (
              words.never
            ) : (
              <Moment atMs={lastUsedAtMs} />
            ),
        },
        {
          label: words.kept,
          cell: ({ isBackedUp }) => (isBackedUp ? words.copied : words.single),
        },
        {
          label: words.actions,
          cell: ({ id, name }) => (
            <>
              <details>
                <summary aria-label={words.renameOf(name)}>
                  {words.rename}
                </summary>
                <form method="post" action={`${SECURITY}/passkeys/rename`}>
                  <input type="hidden" name="id" value={id} />
                  <input
                    type="text"
                    name="name"
                    value={name}
                    required
                    maxlength={60}
                    aria-label={words.newName(name)}
                  />
                  <button type="submit" class="plain small">
                    {words.rename}
                  </button>
                </form>
              </details>
              <Act
                action={`${SECURITY}/passkeys/remove`}
                fields={{ id }}
                look="danger plain small"
                name={words.removeOf(name)}
              >
                {words.remove}
              </Act>
            </>
          ),
        },
      ]}
    />
  );
}

/** The authenticator app: how it is, or how to add one. */
export function totpPage(
  shown: OwnerShown,
  totp: SignInSettings["totp"],
): Response {
  const { text } = shown;
  const words = text.security.totp;
  return accountRoom(
    shown,
    { title: words.title },
    <>
      <SecurityBack text={text} />
      <section class="card">
        <p>
          <State tone="good">{text.security.overview.on}</State> {words.isOn}
        </p>
        <Facts
          rows={[
            [words.since, <Moment atMs={totp!.sinceMs} />],
            [
              words.used,
              totp!.lastUsedAtMs === null ? null : (
                <Moment atMs={totp!.lastUsedAtMs} />
              ),
            ],
          ]}
        />
        <div class="actions">
          <a class="button plain small" href={`${SECURITY}/app?replace=yes`}>
            {words.replace}
          </a>
          <Act action={`${SECURITY}/app/remove`} look="danger plain small">
            {words.remove}
          </Act>
        </div>
      </section>
    </>,
  );
}

export function newTotpPage(
  shown: OwnerShown,
  { secret, uri }: TotpSecret,
  hasFailed: boolean,
): Response {
  const { text } = shown;
  const words = text.security.totp;
  return accountRoom(
    shown,
    { title: words.title, status: hasFailed ? 400 : 200 },
    <>
      <SecurityBack text={text} />
      <section class="card">
        <p>{words.scan}</p>
        <div
          class="qr"
          role="img"
          aria-label={words.picture}
          dangerouslySetInnerHTML={{ __html: renderSVG(uri, { border: 2 }) }}
        />
        <p>{words.type}</p>
        <p>
          <code>{secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
        </p>
        <form method="post" action={`${SECURITY}/app`}>
          <Field
            label={words.code}
            name="code"
            fault={hasFailed ? words.wrong : null}
            required
            maxlength={20}
            inputmode="numeric"
            autocomplete="one-time-code"
          />
          <button type="submit">{words.submit}</button>
        </form>
      </section>
    </>,
  );
}

export function backupCodesPage(
  shown: OwnerShown,
  { backupCodesLeft: left, totp, passkeys }: SignInSettings,
): Response {
  const { text } = shown;
  const words = text.security.codes;
  const hasFactor = totp !== null || passkeys.length > 0;
  return accountRoom(
    shown,
    { title: words.title },
    <>
      <SecurityBack text={text} />
      <section class="card">
        <p>{words.intro}</p>
        {hasFactor ? (
          <>
            <p>
              <State tone={left > 2 ? "good" : "warn"}>
                {left === 0 ? words.none : words.left(left)}
              </State>
            </p>
            <div class="actions">
              <Act action={`${SECURITY}/backup-codes`}>{words.make}</Act>
            </div>
            <p class="quiet">{words.makeHint}</p>
          </>
        ) : (
          <p class="quiet">{words.needsFactor}</p>
        )}
      </section>
    </>,
  );
}

/** The only time that the codes are shown. */
export function newCodesPage(
  shown: OwnerShown,
  codes: readonly string[],
): Response {
  const { text } = shown;
  const words = text.security.codes;
  return accountRoom(
    shown,
    { title: words.title },
    <section class="card">
      <p>{words.intro}</p>
      <p>
        <strong>{words.once}</strong>
      </p>
      <ul class="codes">
        {codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="actions">
        <a class="button" href={SECURITY}>
          {words.done}
        </a>
      </div>
    </section>,
  );
}
