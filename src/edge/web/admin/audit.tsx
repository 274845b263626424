import type { AccountDetail } from "#contexts/admin/account-console.ts";
import { isDid } from "#repo/syntax.ts";
import {
  Act,
  type Column,
  Moment,
  PagedTable,
  Table,
} from "#edge/web/parts.tsx";
import { seeOther } from "#edge/http/pages.ts";
import { actInWords } from "./act-words.ts";
import { listPath } from "./list-path.ts";
import {
  adminRoom,
  numberAsked,
  type Handler,
  numberedPage,
  type Visit,
} from "./page.tsx";

type ActRow = AccountDetail["acts"][number];

const PATH = "/admin/security";
const PAGE = 50;

/** Who did what in the operator's name. */
export function ActTable({
  visit,
  acts,
  caption,
}: {
  visit: Visit;
  acts: readonly ActRow[];
  caption: string;
}) {
  return (
    <Table
      {...{ text: visit.text, caption, rows: acts }}
      columns={actColumns(visit)}
    />
  );
}

function actColumns({ words, text }: Visit): Column<ActRow>[] {
  const own = words.security;
  return [
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
  ];
}

/** Who did it: the password, a program or an account. */
function Actor({ actor }: { actor: string }) {
  return isDid(actor) ? <code>{actor}</code> : <>{actor}</>;
}

/** The audit, and who is signed in here. */
export const showSecurity: Handler = (visit) => {
  const { contexts, words, text, session, settings } = visit;
  const own = words.security;
  const before = numberAsked(visit);
  const sessions = contexts.admins.listAdminSessions();
  const acts = contexts.console.accounts.listActs(before);
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <section class="card">
        <h2>{own.sessions}</h2>
        <PagedTable
          {...{ text, path: PATH, caption: own.sessionsHint }}
          list={{ rows: sessions, cursor: null, next: null }}
          csv={listPath("sessions")}
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
        <PagedTable
          {...{ text, path: PATH, caption: own.auditHint }}
          columns={actColumns(visit)}
          list={numberedPage(acts, before, PAGE)}
          csv={listPath("acts")}
        />
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
