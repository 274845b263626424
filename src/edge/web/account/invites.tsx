import type { InviteCodeView } from "#contexts/accounts/invites.ts";
import {
  Act,
  type Listed,
  Moment,
  PagedTable,
  State,
} from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

const PATH = "/account/invites";
/** Of those who came with one code. */
const MOST_SHOWN = 20;

/** The codes that an owner may give away, and who came with them. */
export function invitesPage(
  shown: OwnerShown,
  { list, origin }: { list: Listed<InviteCodeView>; origin: string },
): Response {
  const { text } = shown;
  const words = text.account.invites;
  return accountRoom(
    shown,
    { title: words.title },
    <section class="card">
      <p class="quiet">{words.hint}</p>
      <PagedTable
        text={text}
        caption={words.caption}
        columns={[
          {
            label: words.link,
            cell: ({ code }) => {
              const href = `${origin}/invite/${encodeURIComponent(code)}`;
              return <a href={href}>{href}</a>;
            },
          },
          {
            label: words.state,
            cell: (row) => (
              <State tone={isOpen(row) ? "good" : "plain"}>
                {row.disabled
                  ? words.disabled
                  : words.used(row.uses.length, row.available)}
              </State>
            ),
          },
          {
            label: words.usedBy,
            cell: (row) => <Uses text={text} row={row} />,
          },
          {
            label: "",
            cell: (row) =>
              isOpen(row) && (
                <Act
                  action={`${PATH}/disable`}
                  fields={{ code: row.code }}
                  look="danger plain small"
                  name={words.disableName(row.code)}
                >
                  {words.disable}
                </Act>
              ),
          },
        ]}
        list={list}
        path={PATH}
        csv={`${PATH}/codes.csv`}
      />
      <p class="quiet">{words.disableHint}</p>
      <p class="actions">
        <Act action={`${PATH}/create`} look="plain">
          {words.create}
        </Act>
      </p>
    </section>,
  );
}

function Uses({ text, row: { uses } }: { text: Text; row: InviteCodeView }) {
  const words = text.account.invites;
  if (uses.length === 0) return <>{words.nobody}</>;
  return (
    <ul class="plain">
      {uses.slice(0, MOST_SHOWN).map(({ usedBy, usedAt }) => (
        <li>
          <code>{usedBy}</code> <Moment atMs={Date.parse(usedAt)} />
        </li>
      ))}
      {uses.length > MOST_SHOWN && (
        <li>{words.andMore(uses.length - MOST_SHOWN)}</li>
      )}
    </ul>
  );
}

const isOpen = ({ disabled, uses, available }: InviteCodeView) =>
  !disabled && uses.length < available;
