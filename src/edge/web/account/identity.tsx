import type {
  HeldKey,
  IdentityEvent,
  IdentityStep,
  IdentityView,
} from "#contexts/accounts/own-identity.ts";
import { Act, MailedCode, Moment, State, Table } from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** The identity: who may change it, what it says, and what became of it. */
export function identityPage(
  shown: OwnerShown,
  { document, rotationKeys, log }: IdentityView,
  fault: string | null,
): Response {
  const { text } = shown;
  const words = text.account.identity;
  return accountRoom(
    shown,
    { title: words.title, fault },
    <>
      {rotationKeys === null ? (
        <section class="card">
          <h2>{words.web}</h2>
          <p>{words.webHint}</p>
        </section>
      ) : (
        <Keys text={text} keys={rotationKeys} />
      )}
      {log !== null && (
        <section class="card">
          <h2>{words.history}</h2>
          <p class="quiet">{words.historyHint}</p>
          <ol class="timeline">
            {log.map((event) => (
              <Event text={text} event={event} />
            ))}
          </ol>
        </section>
      )}
      <section class="card">
        <h2>{words.document}</h2>
        <pre tabindex={0}>
          <code>{JSON.stringify(document, null, 2)}</code>
        </pre>
      </section>
    </>,
  );
}

function Keys({ text, keys }: { text: Text; keys: readonly HeldKey[] }) {
  const words = text.account.identity;
  const own = keys.filter(({ holder }) => holder !== "server");
  return (
    <section class="card">
      <h2>{words.keys}</h2>
      <p>{words.keysHint}</p>
      <Table
        text={text}
        caption={words.keysCaption}
        columns={[
          { label: words.key, cell: ({ didKey }) => <code>{didKey}</code> },
          {
            label: words.holder,
            cell: ({ holder }) => words.holders[holder],
          },
        ]}
        rows={keys}
      />
      <p class="actions">
        <a class="button" href="/account/identity/key">
          {words.add}
        </a>
      </p>
      {own.length > 0 && (
        <>
          <h3>{words.remove}</h3>
          <p>{words.codeHint}</p>
          <p class="actions">
            <Act action="/account/identity/ask" look="plain">
              {words.ask}
            </Act>
          </p>
          <form method="post" action="/account/identity/remove">
            <label class="field">
              {words.key}
              <select name="key">
                {own.map(({ didKey }) => (
                  <option value={didKey}>{didKey}</option>
                ))}
              </select>
            </label>
            <MailedCode label={text.account.identity.code} />
            <button type="submit" class="danger plain">
              {words.remove}
            </button>
          </form>
        </>
      )}
    </section>
  );
}

function Event({ text, event }: { text: Text; event: IdentityEvent }) {
  const words = text.account.identity;
  const { kind, steps, signedBy, undoableUntilMs } = event;
  return (
    <li>
      <p>
        <strong>{words.kinds[kind]}</strong>{" "}
        <Moment atMs={Date.parse(event.at)} />{" "}
        {event.isNullified && <State tone="bad">{words.nullified}</State>}
      </p>
      <ul>
        {steps.map((step) => (
          <li>{sentenceOf(text, step)}</li>
        ))}
        {signedBy !== null && (
          <li class="quiet">
            {words.signedBy(words.holders[signedBy.holder])}
          </li>
        )}
        {undoableUntilMs !== null && (
          <li class="quiet">
            {words.undoable} <Moment atMs={undoableUntilMs} />
          </li>
        )}
      </ul>
    </li>
  );
}

function sentenceOf(text: Text, { part, from, to }: IdentityStep): string {
  const words = text.account.identity;
  const name = words.parts[part];
  if (part === "other") return name;
  if (from === null) return words.added(name, to!);
  return to === null
    ? words.removed(name, from)
    : words.changed(name, from, to);
}
