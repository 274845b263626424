import type { Child } from "hono/jsx";
import type {
  HostStatistics,
  ListedAccount,
} from "#contexts/admin/statistics.ts";
import { VERSION } from "#lib/version.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { Facts, Moment, hrefWith, State } from "#edge/web/parts.tsx";
import { publicRoom, type PublicShown } from "./room.tsx";

export type HomeSettings = Pick<
  EdgeSettings,
  | "serviceName"
  | "publicUrl"
  | "handleDomains"
  | "homeUrl"
  | "privacyPolicyUrl"
  | "termsOfServiceUrl"
  | "supportUrl"
  | "contactEmail"
>;

/** How new accounts come to be. */
export type Door = "open" | "invite" | "closed" | "approval" | "captcha";

export interface HomeView {
  settings: HomeSettings;
  door: Door;
  statistics: HostStatistics;
  /** The operator's own words, as HTML; null when there are none. */
  words: string | null;
}

const TONES = { ok: "good", degraded: "warn", unhealthy: "bad" } as const;

/** The first page of the server: who runs it, how it is, and the ways in. */
export function homePage(shown: PublicShown, view: HomeView): Response {
  const { settings, statistics, door, words: own } = view;
  const { home, status } = shown.text.public;
  const { users, latestRecord } = statistics;
  return publicRoom(
    shown,
    { title: settings.serviceName },
    <>
      {own === null ? (
        <p>{home.about}</p>
      ) : (
        <div dangerouslySetInnerHTML={{ __html: own }} />
      )}
      <p>
        <a class="plain-link" href="/status">
          <State tone={TONES[statistics.status]}>
            {status.words[statistics.status]}
          </State>
        </a>
      </p>
      <div class="actions">
        <a class="button" href="/account">
          {home.signIn}
        </a>
        {door !== "closed" && (
          <a class="button plain" href="/account/sign-up">
            {home.signUp}
          </a>
        )}
      </div>
      <section class="card">
        <Facts rows={factsOf(shown, view)} />
      </section>
      {users.length > 0 && (
        <>
          <h2>{home.people}</h2>
          <ul class="cards people">
            {users.map((user) => (
              <Person user={user} records={home.records(user.recordCount)} />
            ))}
          </ul>
          {latestRecord !== null && (
            <p class="quiet">
              {`${home.latest}: @${latestRecord.handle}, ${latestRecord.collection}, `}
              <Moment atMs={Date.parse(latestRecord.indexedAt)} />
            </p>
          )}
        </>
      )}
      <p class="quiet">Tempest {VERSION}</p>
    </>,
  );
}

function Person({ user, records }: { user: ListedAccount; records: string }) {
  const { did, handle, displayName, avatarCid } = user;
  return (
    <li class="card">
      {avatarCid !== null && (
        <img
          class="face"
          src={hrefWith("/xrpc/com.atproto.sync.getBlob", {
            did,
            cid: avatarCid,
          })}
          alt=""
          width="48"
          height="48"
          loading="lazy"
        />
      )}
      {displayName !== null && <strong>{displayName}</strong>}
      <span>{`@${handle}`}</span>
      <span class="quiet">{records}</span>
    </li>
  );
}

/** What somebody types into an application to sign in or sign up here. */
function factsOf(
  { text }: PublicShown,
  { settings, door }: HomeView,
): [name: string, value: Child][] {
  const { home } = text.public;
  const handles = settings.handleDomains.map((end) => `you${end}`).join(", ");
  const links = linksOf(settings, home);
  return [
    [home.address, <code>{settings.publicUrl}</code>],
    [home.handles, handles === "" ? null : <code>{handles}</code>],
    [home.accounts, home.registration[door]],
    [
      home.links,
      <span class="links">
        {links.map(([label, href]) => (
          <a href={href}>{label}</a>
        ))}
      </span>,
    ],
  ];
}

function linksOf(
  settings: HomeSettings,
  words: PublicShown["text"]["public"]["home"],
): [label: string, href: string][] {
  const links: [string, string | null][] = [
    [words.homePage, settings.homeUrl],
    [words.terms, settings.termsOfServiceUrl],
    [words.privacy, settings.privacyPolicyUrl],
    [words.support, settings.supportUrl],
    [words.contact, settings.contactEmail && `mailto:${settings.contactEmail}`],
    [words.protocol, "https://atproto.com"],
  ];
  return links.filter((link): link is [string, string] => link[1] !== null);
}

/** The same for who asks for plain text, as `curl` does with a word. */
export function homeText({ settings, door, statistics }: HomeView): string {
  const lines = [
    settings.serviceName,
    "",
    `An AT Protocol Personal Data Server at ${settings.publicUrl}`,
    `Status: ${statistics.status}. New accounts: ${door}.`,
    `XRPC is at ${settings.publicUrl}/xrpc/, the manual at ${settings.publicUrl}/docs`,
    `Tempest ${VERSION}`,
  ];
  return `${lines.join("\n")}\n`;
}
