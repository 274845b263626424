import type { Delegation } from "#contexts/accounts/delegations.ts";
import { LEVELS } from "#contexts/accounts/delegation-levels.ts";
import {
  Act,
  type Column,
  Field,
  Moment,
  State,
  Table,
} from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

const GRANT = "/account/delegation/new";

/** What was typed into the form, as it was typed. */
export interface GrantTyped {
  delegate: string;
  level: string;
  scopes: string;
  until: string;
}

export interface DelegationShown {
  /** Who may act for the owner. */
  granted: readonly Delegation[];
  /** For whom the owner may act. */
  received: readonly Delegation[];
  nowMs: number;
}

/** Who may act for the owner, and for whom the owner may. */
export function delegationPage(
  shown: OwnerShown,
  delegation: DelegationShown,
): Response {
  const { text } = shown;
  const words = text.account.delegation;
  return accountRoom(
    shown,
    { title: words.title },
    <>
      <section class="card">
        <h2>{words.granted}</h2>
        <p class="quiet">{words.grantedHint}</p>
        <Granted text={text} delegation={delegation} />
        <p class="actions">
          <a class="button plain" href={GRANT}>
            {words.grant}
          </a>
        </p>
      </section>
      <section class="card">
        <h2>{words.received}</h2>
        <p class="quiet">{words.receivedHint}</p>
        <Received text={text} received={delegation.received} />
      </section>
    </>,
  );
}

/** Asks who, how much and how long. `typed` is what was there before `fault`. */
export function grantPage(
  shown: OwnerShown,
  { fault, typed }: { fault: string | null; typed: GrantTyped },
): Response {
  const { text } = shown;
  const words = text.account.delegation;
  return accountRoom(
    shown,
    { title: words.grant, fault },
    <section class="card">
      <p>{words.never}</p>
      <GrantForm text={text} typed={typed} />
    </section>,
  );
}

function GrantForm({ text, typed }: { text: Text; typed: GrantTyped }) {
  const words = text.account.delegation;
  return (
    <form method="post" action={GRANT}>
      <Field
        label={words.who}
        name="delegate"
        hint={words.whoHint}
        value={typed.delegate}
        required
        maxlength={2048}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      <fieldset>
        <legend>{words.level}</legend>
        {LEVELS.map((level) => (
          <label class="tick">
            <input
              type="radio"
              name="level"
              value={level}
              required
              checked={typed.level === level}
            />
            <span>
              <strong>{words.levels[level].name}</strong>
              {` ${words.levels[level].may}`}
            </span>
          </label>
        ))}
        <div class="inset">
          <Field
            label={words.scopes}
            name="scopes"
            hint={words.scopesHint}
            value={typed.scopes}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        </div>
      </fieldset>
      <Field
        label={words.until}
        name="until"
        type="date"
        hint={words.untilHint}
        value={typed.until}
      />
      <div class="actions">
        <button type="submit">{words.submit}</button>
        <a class="button plain" href="/account/delegation">
          {words.cancel}
        </a>
      </div>
    </form>
  );
}

function Granted({
  text,
  delegation: { granted, nowMs },
}: {
  text: Text;
  delegation: DelegationShown;
}) {
  const words = text.account.delegation;
  return (
    <Table
      text={text}
      caption={words.granted}
      columns={[
        {
          label: words.delegate,
          cell: ({ delegateHandle, delegateDid }) => (
            <Person handle={delegateHandle} did={delegateDid} />
          ),
        },
        ...termsOf(text, nowMs),
        {
          label: "",
          cell: ({ delegateHandle, delegateDid }) => (
            <Act
              action="/account/delegation/revoke"
              fields={{ delegate: delegateDid }}
              look="danger plain small"
              name={words.revokeName(delegateHandle ?? delegateDid)}
            >
              {words.revoke}
            </Act>
          ),
        },
      ]}
      rows={granted}
    />
  );
}

function Received({
  text,
  received,
}: {
  text: Text;
  received: readonly Delegation[];
}) {
  const words = text.account.delegation;
  return (
    <Table
      text={text}
      caption={words.received}
      columns={[
        {
          label: words.account,
          cell: ({ handle, did }) => <Person handle={handle} did={did} />,
        },
        ...termsOf(text, null),
        {
          label: "",
          cell: ({ handle, did }) => (
            <Act
              action="/account/delegation/renounce"
              fields={{ account: did }}
              look="danger plain small"
              name={words.renounceName(handle ?? did)}
            >
              {words.renounce}
            </Act>
          ),
        },
      ]}
      rows={received}
    />
  );
}

/** What both sides see of a grant. `nowMs` is null where none is over. */
function termsOf(text: Text, nowMs: number | null): Column<Delegation>[] {
  const words = text.account.delegation;
  return [
    {
      label: words.may,
      cell: ({ level, scopes }) => (
        <>
          <strong>{words.levels[level].name}</strong>
          <div class="quiet">
            {level === "custom" ? (
              <code>{scopes.join(" ")}</code>
            ) : (
              words.levels[level].may
            )}
          </div>
        </>
      ),
    },
    {
      label: words.expires,
      cell: ({ expiresAt }) => {
        if (expiresAt === null) return words.noEnd;
        const atMs = Date.parse(expiresAt);
        const isOver = nowMs !== null && atMs <= nowMs;
        return (
          <>
            <Moment atMs={atMs} />
            {isOver && (
              <>
                {" "}
                <State tone="plain">{words.over}</State>
              </>
            )}
          </>
        );
      },
    },
    {
      label: words.since,
      cell: ({ createdAt }) => <Moment atMs={Date.parse(createdAt)} />,
    },
  ];
}

/** A handle is what people know; the identifier says for certain who it is. */
function Person({ handle, did }: { handle: string | null; did: string }) {
  if (handle === null) return <code>{did}</code>;
  return (
    <>
      {`@${handle}`}
      <div class="quiet">
        <code>{did}</code>
      </div>
    </>
  );
}
