import type { InviteCodeView } from "#contexts/accounts/invites.ts";
import { Act, Moment, State, Table } from "#edge/web/parts.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** The codes that an owner may give away, and who came with them. */
export function invitesPage(
  shown: OwnerShown,
  { codes, origin }: { codes: readonly InviteCodeView[]; origin: string },
): Response {
  const { text } = shown;
  const words = text.account.invites;
  return accountRoom(
    shown,
    { title: words.title },
    <section class="card">
      <p class="quiet">{words.hint}</p>
      <Table
        text={text}
        caption={words.title}
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
            cell: ({ uses }) => (
              <ul class="plain">
                {uses.map(({ usedBy, usedAt }) => (
                  <li>
                    <code>{usedBy}</code> <Moment atMs={Date.parse(usedAt)} />
                  </li>
                ))}
              </ul>
            ),
          },
        ]}
        rows={codes}
      />
      <p class="actions">
        <Act action="/account/invites/create" look="plain">
          {words.create}
        </Act>
      </p>
    </section>,
  );
}

const isOpen = ({ disabled, uses, available }: InviteCodeView) =>
  !disabled && uses.length < available;
