import { Act, EXACT, Field, MailedCode } from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

export const NEW_KEY = "/account/identity/key";

/** A key of one's own: made here, in the browser, or elsewhere. */
export function newKeyPage(
  shown: OwnerShown,
  given: { didKey: string; fault: string | null },
): Response {
  const { text } = shown;
  const words = text.account.identity;
  return accountRoom(
    shown,
    {
      ...{ title: words.add, fault: given.fault },
      scripts: ["new-key.client.js"],
    },
    <>
      <p>
        <a href="/account/identity">{words.back}</a>
      </p>
      <section class="card">
        <h2>{words.code}</h2>
        <p>{words.codeHint}</p>
        <div class="actions">
          <Act action={`${NEW_KEY}/ask`} look="plain" id="ask-code">
            {words.ask}
          </Act>
        </div>
        <p id="code-sent" role="status"></p>
      </section>
      <Maker shown={shown} />
      <section class="card">
        <h2>{words.give}</h2>
        <form method="post" action={NEW_KEY} id="add-key">
          <Field
            label={words.newKey}
            name="key"
            value={given.didKey}
            hint={words.newKeyHint}
            required
            {...EXACT}
          />
          <MailedCode label={text.account.identity.code} />
          <button type="submit">{words.addNow}</button>
        </form>
      </section>
    </>,
  );
}

/** Shown by its script, which does the work. */
function Maker({ shown: { text, owner, serviceName } }: { shown: OwnerShown }) {
  const words = text.account.identity.maker;
  const { handle, did } = owner;
  return (
    <section
      class="card"
      id="new-key"
      hidden
      data-title={words.kit(handle, did, serviceName)}
      data-public={words.public}
      data-secret={words.secret}
      data-hex={words.hex}
      data-warning={words.warning}
      data-file={`${handle}-recovery-key.txt`}
      data-sent={words.sent}
      data-not-sent={words.notSent}
    >
      <h2>{words.title}</h2>
      <p>{words.hint}</p>
      <p class="actions">
        <button type="button" id="make-key">
          {words.make}
        </button>
      </p>
      <div id="made-key" hidden tabindex={-1}>
        <p class="alert mild">{words.once}</p>
        <p>{words.kit(handle, did, serviceName)}</p>
        <Halves text={text} />
        <p class="actions">
          <button type="button" id="save-key">
            {words.save}
          </button>
          <button type="button" class="plain" id="print-key">
            {words.print}
          </button>
        </p>
        <label class="tick">
          <input type="checkbox" id="kept-key" form="add-key" />
          <span>{words.kept}</span>
        </label>
      </div>
    </section>
  );
}

function Halves({ text }: { text: Text }) {
  const words = text.account.identity.maker;
  const rows = [
    [words.public, "didKey"],
    [words.secret, "secret"],
    [words.hex, "hex"],
  ] as const;
  return (
    <dl>
      {rows.map(([label, name]) => (
        <div>
          <dt>{label}</dt>
          <dd>
            <code data-is={name}></code>
          </dd>
        </div>
      ))}
    </dl>
  );
}
