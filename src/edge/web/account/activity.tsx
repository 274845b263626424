import type { ActivityEvent } from "#contexts/sync/activity.ts";
import type { LivePart } from "#edge/http/live-streams.ts";
import { Following, livePart } from "#edge/web/live.tsx";
import {
  type Column,
  type Listed,
  Moment,
  PagedTable,
  State,
} from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { hrefOfPath } from "./json.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

const PATH = "/account/activity";
/** A commit may change hundreds of records; the rest is folded away. */
const OPS_SHOWN = 5;

type Op = ActivityEvent["ops"][number];

/** What the network was told of the account, the newest first. */
export function activityPage(
  shown: OwnerShown,
  list: Listed<ActivityEvent>,
): Response {
  const { text } = shown;
  const words = text.account.activity;
  const isNewest = list.cursor === null;
  const table = (
    <PagedTable
      text={text}
      caption={words.caption}
      columns={columnsOf(text)}
      list={list}
      path={PATH}
      csv={`${PATH}/events.csv`}
      isGrowing={isNewest}
    />
  );
  return accountRoom(
    shown,
    { title: words.title, scripts: isNewest ? ["live.client.js"] : [] },
    <section class="card">
      <p class="quiet">
        {words.hint} <a href="/account/apps">{words.access}</a>
      </p>
      {isNewest ? (
        <Following
          words={words.live}
          path={PATH}
          last={String(list.rows[0]?.seq ?? 0)}
        >
          {table}
        </Following>
      ) : (
        table
      )}
    </section>,
  );
}

function columnsOf(text: Text): Column<ActivityEvent>[] {
  const words = text.account.activity;
  return [
    { label: words.number, cell: ({ seq }) => <code>{seq}</code> },
    { label: words.what, cell: (event) => <What {...{ text, event }} /> },
    {
      label: words.rev,
      cell: ({ rev }) => (rev === null ? "–" : <code>{rev}</code>),
    },
    { label: words.when, cell: ({ atMs }) => <Moment atMs={atMs} /> },
  ];
}

/** What came later, newest first, as rows of that table. */
export const activityPart = (
  text: Text,
  rows: readonly ActivityEvent[],
  hasMore: boolean,
): LivePart =>
  livePart(columnsOf(text), { rows, hasMore, last: String(rows[0]!.seq) });

/** What an event says; the records lead to where `hrefOf` says, if anywhere. */
export function What({
  text,
  event,
  hrefOf = hrefOfPath,
}: {
  text: Text;
  event: ActivityEvent;
  hrefOf?: (path: string) => string | null;
}) {
  const words = text.account.activity;
  const { kind, ops, handle, status, isReadable } = event;
  const statuses: Readonly<Record<string, string>> =
    text.account.overview.statuses;
  const isEmpty = kind === "commit" && ops.length === 0 && isReadable;
  const rest = ops.slice(OPS_SHOWN);
  return (
    <>
      {isEmpty ? words.empty : words.kinds[kind]}
      {!isReadable && (
        <>
          {" "}
          <State tone="bad">{words.unreadable}</State>
        </>
      )}
      {handle !== null && <div class="quiet">{`@${handle}`}</div>}
      {status !== null && <div class="quiet">{statuses[status] ?? status}</div>}
      <Ops {...{ text, hrefOf }} ops={ops.slice(0, OPS_SHOWN)} />
      {rest.length > 0 && (
        <details>
          <summary>{words.more(rest.length)}</summary>
          <Ops {...{ text, hrefOf }} ops={rest} />
        </details>
      )}
    </>
  );
}

function Ops({
  text,
  ops,
  hrefOf,
}: {
  text: Text;
  ops: readonly Op[];
  hrefOf: (path: string) => string | null;
}) {
  if (ops.length === 0) return null;
  const { actions } = text.account.activity;
  return (
    <ul class="plain">
      {ops.map(({ action, path }) => {
        const href = action === "delete" ? null : hrefOf(path);
        return (
          <li>
            {`${actions[action]} `}
            {href === null ? (
              <code>{path}</code>
            ) : (
              <a class="mono" href={href}>
                {path}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
