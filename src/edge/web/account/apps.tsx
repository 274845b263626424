import type { LimitedAppPasswordView } from "#contexts/accounts/app-passwords.ts";
import type {
  GrantedApp,
  PasswordSession,
  SignedInBrowser,
} from "#contexts/oauth/access.ts";
import { Act, Moment, State, Table } from "#edge/web/parts.tsx";
import { describeAsked, nameOf } from "#edge/web/permission-words.ts";
import type { Text } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

export interface AccessShown {
  apps: readonly GrantedApp[];
  sessions: readonly PasswordSession[];
  browsers: readonly SignedInBrowser[];
  /** Id of the browser that looks at the page. */
  thisBrowser: string;
  passwords: readonly LimitedAppPasswordView[];
}

/** Who has access to the account, and the way to end it. */
export function appsPage(shown: OwnerShown, access: AccessShown): Response {
  const { text } = shown;
  const words = text.account.apps;
  return accountRoom(
    shown,
    { title: words.title },
    <>
      <section class="card">
        <h2>{words.apps}</h2>
        <p class="quiet">{words.appsHint}</p>
        <Apps text={text} apps={access.apps} />
      </section>
      <section class="card">
        <h2>{words.passwords}</h2>
        <p class="quiet">{words.passwordsHint}</p>
        <Passwords text={text} passwords={access.passwords} />
        <p class="actions">
          <a class="button plain" href="/account/apps/new">
            {words.newPassword}
          </a>
        </p>
      </section>
      <section class="card">
        <h2>{words.sessions}</h2>
        <p class="quiet">{words.sessionsHint}</p>
        <Sessions text={text} sessions={access.sessions} />
      </section>
      <section class="card">
        <h2>{words.browsers}</h2>
        <p class="quiet">{words.browsersHint}</p>
        <Browsers text={text} access={access} />
      </section>
    </>,
  );
}

function Apps({ text, apps }: { text: Text; apps: readonly GrantedApp[] }) {
  const words = text.account.apps;
  return (
    <Table
      text={text}
      caption={words.apps}
      columns={[
        {
          label: words.app,
          cell: ({ client }) => (
            <span title={client.id}>{nameOf(text, client)}</span>
          ),
        },
        { label: words.may, cell: (app) => <Asked text={text} app={app} /> },
        {
          label: words.lastUsed,
          cell: (app) => <Moment atMs={app.lastAtMs} />,
        },
        { label: words.since, cell: (app) => <Moment atMs={app.firstAtMs} /> },
        {
          label: "",
          cell: (app) => (
            <Act
              action="/account/apps/revoke-app"
              fields={{ client: app.id }}
              look="danger plain small"
              name={words.revokeName(nameOf(text, app.client))}
            >
              {words.revoke}
            </Act>
          ),
        },
      ]}
      rows={apps}
    />
  );
}

function Asked({ text, app }: { text: Text; app: GrantedApp }) {
  const items = app.asked.map((one) => describeAsked(text, one));
  if (items.length === 0) return <>{text.account.apps.onlyName}</>;
  return (
    <ul class="plain">
      {items.map(({ sentence }) => (
        <li>{sentence}</li>
      ))}
    </ul>
  );
}

function Passwords({
  text,
  passwords,
}: {
  text: Text;
  passwords: readonly LimitedAppPasswordView[];
}) {
  const words = text.account.apps;
  return (
    <Table
      text={text}
      caption={words.passwords}
      columns={[
        { label: words.name, cell: ({ name }) => name },
        {
          label: words.kind,
          cell: ({ scopes, privileged }) =>
            scopes === null ? (
              words.kinds[privileged ? "privileged" : "plain"]
            ) : (
              <code>{scopes.join(" ")}</code>
            ),
        },
        {
          label: words.created,
          cell: ({ createdAt }) => <Moment atMs={Date.parse(createdAt)} />,
        },
        {
          label: "",
          cell: ({ name }) => (
            <Act
              action="/account/apps/revoke-password"
              fields={{ name }}
              look="danger plain small"
              name={words.deleteName(name)}
            >
              {words.delete}
            </Act>
          ),
        },
      ]}
      rows={passwords}
    />
  );
}

function Sessions({
  text,
  sessions,
}: {
  text: Text;
  sessions: readonly PasswordSession[];
}) {
  const words = text.account.apps;
  const nameOfSession = ({ appPassword }: PasswordSession) =>
    appPassword === null ? words.mainPassword : words.appPassword(appPassword);
  return (
    <>
      <Table
        text={text}
        caption={words.sessions}
        columns={[
          { label: words.by, cell: nameOfSession },
          {
            label: words.lastUsed,
            cell: (row) => <Moment atMs={row.lastAtMs} />,
          },
          {
            label: words.since,
            cell: (row) => <Moment atMs={row.startedAtMs} />,
          },
          {
            label: "",
            cell: (row) => (
              <Act
                action="/account/apps/end-session"
                fields={{ session: row.id }}
                look="danger plain small"
                name={words.endName(nameOfSession(row))}
              >
                {words.end}
              </Act>
            ),
          },
        ]}
        rows={sessions}
      />
      {sessions.length > 1 && (
        <p class="actions">
          <Act action="/account/apps/end-sessions" look="danger plain">
            {words.endAll}
          </Act>
        </p>
      )}
    </>
  );
}

function Browsers({ text, access }: { text: Text; access: AccessShown }) {
  const words = text.account.apps;
  const { browsers, thisBrowser } = access;
  return (
    <>
      <Table
        text={text}
        caption={words.browsers}
        columns={[
          {
            label: words.browser,
            cell: ({ id, device, isRemembered }) => (
              <>
                {device}
                {id === thisBrowser && (
                  <>
                    {" "}
                    <State tone="good">{words.thisOne}</State>
                  </>
                )}
                {!isRemembered && (
                  <span class="quiet">{`, ${words.untilClosed}`}</span>
                )}
              </>
            ),
          },
          { label: words.from, cell: ({ ipAddress }) => ipAddress },
          {
            label: words.seen,
            cell: ({ lastSeenAtMs }) => <Moment atMs={lastSeenAtMs} />,
          },
          {
            label: "",
            cell: ({ id, device }) =>
              id === thisBrowser ? null : (
                <Act
                  action="/account/apps/sign-out"
                  fields={{ browser: id }}
                  look="danger plain small"
                  name={words.signOutName(device)}
                >
                  {words.signOut}
                </Act>
              ),
          },
        ]}
        rows={browsers}
      />
      {browsers.length > 1 && (
        <p class="actions">
          <Act action="/account/apps/sign-out-others" look="danger plain">
            {words.signOutOthers}
          </Act>
        </p>
      )}
    </>
  );
}
