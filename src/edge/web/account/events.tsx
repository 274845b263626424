import { describeUserAgent } from "#lib/user-agent.ts";
import { describeClient } from "#contexts/oauth/client-name.ts";
import type { EventKind } from "#contexts/security/event-kinds.ts";
import type { SecurityEvent } from "#contexts/security/events.ts";
import { type Listed, Moment, PagedTable } from "#edge/web/parts.tsx";
import { nameOf } from "#edge/web/permission-words.ts";
import { nameIn, type Text } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

const PATH = "/account/events";

/** What happened to the account, the newest first. */
export function eventsPage(
  shown: OwnerShown,
  list: Listed<SecurityEvent>,
): Response {
  const { text } = shown;
  const words = text.account.events;
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
            label: words.what,
            cell: (event) => <EventWords {...{ text, event }} />,
          },
          { label: words.who, cell: (event) => whoOf(text, event, words.you) },
          {
            label: words.from,
            cell: (event) => whereOf(text, event),
          },
          {
            label: words.when,
            cell: ({ lastAt }) => <Moment atMs={Date.parse(lastAt)} />,
          },
        ]}
        list={list}
        path={PATH}
        csv={`${PATH}/log.csv`}
      />
    </section>,
  );
}

/** What happened, how often, and what else is known of it. */
export function EventWords({
  text,
  event,
  kinds = text.account.events.kinds,
}: {
  text: Text;
  event: SecurityEvent;
  kinds?: Readonly<Record<EventKind, string>>;
}) {
  const words = text.account.events;
  const details = Object.entries(event.detail)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => detailInWords(text, name, value));
  return (
    <>
      {kinds[event.kind]}
      {event.count > 1 && ` (${words.times(event.count)})`}
      {details.length > 0 && <div class="quiet">{details.join(" · ")}</div>}
    </>
  );
}

function detailInWords(
  { named }: Text,
  name: string,
  value: SecurityEvent["detail"][string],
): string {
  const all: Readonly<Record<string, Record<string, string>>> =
    named.detailValues;
  const names = Object.hasOwn(all, name) ? all[name]! : {};
  const parts = String(value).split(" ");
  const isNamed = parts.every((part) => Object.hasOwn(names, part));
  const said =
    typeof value === "boolean"
      ? value
        ? named.yes
        : named.no
      : isNamed
        ? parts.map((part) => names[part]).join(", ")
        : String(value);
  return named.detail(nameIn(named.details, name), said);
}

/** The browser or program, and its address. */
export function whereOf(
  text: Text,
  { device, userAgent, ipAddress }: SecurityEvent,
): string {
  return [device && describeUserAgent(userAgent, text.lang), ipAddress]
    .filter(Boolean)
    .join(", ");
}

/** @param owner what the owner is called here. */
export function whoOf(
  text: Text,
  { actor, clientId }: SecurityEvent,
  owner: string,
): string {
  const words = text.account.events;
  const person =
    actor === null ? owner : actor === "admin" ? words.operator : actor;
  if (clientId === null) return person;
  return words.with(person, nameOf(text, describeClient(clientId)));
}
