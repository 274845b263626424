import type { AccountDetail } from "#contexts/admin/account-console.ts";
import { isDid } from "#repo/syntax.ts";
import { Act, Moment, Pager, Table } from "#edge/web/parts.tsx";
import { seeOther } from "#edge/http/pages.ts";
import { actInWords } from "./act-words.ts";
import { ListLink } from "./list-link.tsx";
import { adminRoom, type Handler, type Visit } from "./page.tsx";

type ActRow = AccountDetail["acts"][number];

const PAGE = 50;

/** Who did what in the operator's name. */
export function ActTable({
  visit: { words, text },
  acts,
  caption,
}: {
  visit: Visit;
  acts: readonly ActRow[];
  caption: string;
}) {
  const own = words.security;
  return (
    <Table
      text={text}
      caption={caption}
      rows={acts}
      columns={[
        { label: own.when, cell: (act) => <Moment atMs={act.createdAtMs} /> },
        { label: own.who, cell: ({ actor }) => <Actor actor={actor} /> },
        {
          label: own.what,
          cell: (act) => (
            <>
              {actInWords(text, act)}
              <details>
                <summary>
                  <code>{act.action}</code>
                </summary>
                <code>{act.detailJson}</code>
              </details>
            </>
          ),
        },
        {
          label: own.toWhom,
          cell: ({ subject }) =>
            isDid(subject) ? (
              <a href={`/admin/accounts/${subject}`}>{subject}</a>
            ) : (
              subject
            ),
        },
      ]}
    />
  );
}

/** Who did it: the password, a program or an account. */
function Actor({ actor }: { actor: string }) {
  return isDid(actor) ? <code>{actor}</code> : <>{actor}</>;
}

/** The audit, and who is signed in here. */
export const showSecurity: Handler = (visit) => {
  const { contexts, words, text, session, settings } = visit;
  const own = words.security;
  const cursor = visit.query("cursor");
  const before = /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
  const acts = contexts.console.accounts.listActs(before);
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <section class="card">
        <h2>{own.sessions}</h2>
        <Table
          text={text}
          caption={own.sessionsHint}
          rows={contexts.admins.listAdminSessions()}
          columns={[
            {
              label: own.who,
              cell: ({ actor }) => (actor === "password" ? "admin" : actor),
            },
            { label: own.device, cell: ({ device }) => device },
            { label: own.address, cell: ({ ipAddress }) => ipAddress },
            {
              label: own.lastSeen,
              cell: (one) => <Moment atMs={Date.parse(one.lastSeenAt)} />,
            },
            {
              label: own.end,
              cell: ({ id, device }) =>
                id === session.id ? (
                  own.thisOne
                ) : (
                  <Act
                    action="/admin/security/end"
                    fields={{ id }}
                    name={own.endOf(device)}
                  >
                    {own.end}
                  </Act>
                ),
            },
          ]}
        />
        <ListLink visit={visit} name="sessions" />
        <Act action="/admin/security/end-all" look="danger plain small">
          {own.endAll}
        </Act>
      </section>
      <section class="card">
        <h2>{own.limits}</h2>
        <p>{settings.rateLimitsEnabled ? own.limitsOn : own.limitsOff}</p>
        <p class="quiet">
          {own.proxies(settings.trustedProxies.join(", "))}{" "}
          {own.seen(session.ipAddress)}
        </p>
      </section>
      <section class="card">
        <h2>{own.audit}</h2>
        <ActTable visit={visit} acts={acts} caption={own.auditHint} />
        <Pager
          text={text}
          path="/admin/security"
          query={{}}
          cursor={before === null ? null : cursor}
          next={acts.length === PAGE ? String(acts.at(-1)!.id) : null}
        />
        <ListLink visit={visit} name="acts" />
      </section>
    </>,
  );
};

export const endSession: Handler = ({ contexts, form, caller }) => {
  const id = form.get("id") ?? "";
  if (contexts.admins.revokeAdminSession(id)) {
    contexts.console.record(caller, { action: "endAdminSession", subject: id });
  }
  return seeOther("/admin/security?done=ended");
};

export const endAllSessions: Handler = ({ contexts, caller }) => {
  contexts.admins.revokeAllAdminSessions();
  contexts.console.record(caller, {
    ...{ action: "endAdminSessions", subject: "all" },
  });
  return seeOther("/admin");
};
