import type { ApplicationState } from "#contexts/admin/account-console.ts";
import { REGISTRATION_POLICIES } from "#contexts/settings/live-settings.ts";
import { seeOther } from "#edge/http/pages.ts";
import { Act, Field, Moment, PagedTable, State } from "#edge/web/parts.tsx";
import { toldFault } from "#edge/web/refusal-words.ts";
import { PlotsOf } from "./overview.tsx";
import { listPath } from "./list-path.ts";
import {
  adminRoom,
  type Handler,
  numberAsked,
  numberedPage,
  type Visit,
} from "./page.tsx";

const PATH = "/admin/registration";
const PAGE = 50;
const STATES = [
  "waiting",
  "approved",
  "refused",
] as const satisfies ApplicationState[];

/** Who may make an account, who has asked, and how many came. */
export const showRegistration: Handler = (visit) =>
  registrationPage(visit, null);

function registrationPage(visit: Visit, fault: string | null): Response {
  const { contexts, words } = visit;
  const own = words.registration;
  const view = contexts.registration.view();
  return adminRoom(
    visit,
    { title: own.title, fault },
    <>
      {view.tripped !== null && (
        <section class="card">
          <h2>{own.tripped}</h2>
          <p>{own.trippedHint(view.tripped.count)}</p>
          <Act action={`${PATH}/resume`}>
            {own.resume(own.policies[view.chosen])}
          </Act>
        </section>
      )}
      <PolicyForm visit={visit} />
      {(view.chosen === "approval" ||
        contexts.registration.countWaiting() > 0) && (
        <Applications visit={visit} />
      )}
      <PlotsOf visit={visit} names={["signUps"]} />
    </>,
  );
}

function PolicyForm({ visit }: { visit: Visit }) {
  const { contexts, words } = visit;
  const own = words.registration;
  const view = contexts.registration.view();
  return (
    <section class="card">
      <h2>{own.policy}</h2>
      <p>
        {own.now} <strong>{own.policies[view.policy]}</strong>.{" "}
        {own.rate(view.signUpsLastHour, view.signUpsPerHour)}
      </p>
      {view.mayChange ? (
        <form method="post" action={PATH}>
          <fieldset>
            <legend>{own.choose}</legend>
            {REGISTRATION_POLICIES.map((policy) => (
              <label class="tick">
                <input
                  type="radio"
                  name="policy"
                  value={policy}
                  checked={policy === view.chosen}
                />
                <span>
                  <strong>{own.policies[policy]}</strong>
                  <br />
                  {own.hints[policy]}
                </span>
              </label>
            ))}
          </fieldset>
          <Field
            label={own.confirm}
            name="confirmation"
            hint={own.confirmHint}
            autocomplete="off"
          />
          <button type="submit">{own.save}</button>
        </form>
      ) : (
        <p class="alert mild">{own.locked}</p>
      )}
    </section>
  );
}

function Applications({ visit }: { visit: Visit }) {
  const { contexts, words, text } = visit;
  const own = words.registration;
  const state = STATES.find((one) => one === visit.query("state")) ?? "waiting";
  const after = numberAsked(visit);
  const rows = contexts.registration.list({ state, after, limit: PAGE });
  return (
    <section class="card">
      <h2>{own.applications}</h2>
      <nav class="actions" aria-label={own.applications}>
        {STATES.map((one) => (
          <a
            class="button small plain"
            href={`${PATH}?state=${one}`}
            aria-current={one === state ? "true" : undefined}
          >
            {own.states[one]}
          </a>
        ))}
      </nav>
      <PagedTable
        text={text}
        caption={own.states[state]}
        list={numberedPage(rows, after, PAGE)}
        path={PATH}
        query={{ state }}
        columns={[
          { label: own.handle, cell: ({ handle }) => `@${handle}` },
          { label: own.email, cell: ({ email }) => email },
          { label: own.reason, cell: ({ reason }) => reason || "–" },
          {
            label: own.asked,
            cell: (row) => <Moment atMs={row.createdAtMs} />,
          },
          {
            label: own.decision,
            cell: ({ id, handle, usedBy }) =>
              state === "waiting" ? (
                <>
                  <Act
                    action={`${PATH}/approve`}
                    fields={{ id: String(id) }}
                    look="small"
                    name={own.approveOne(handle)}
                  >
                    {own.approve}
                  </Act>{" "}
                  <Act
                    action={`${PATH}/refuse`}
                    fields={{ id: String(id) }}
                    look="danger plain small"
                    name={own.refuseOne(handle)}
                  >
                    {own.refuse}
                  </Act>
                </>
              ) : usedBy === null ? (
                own.states[state]
              ) : (
                <a href={`/admin/accounts/${usedBy}`}>{own.cameIn}</a>
              ),
          },
        ]}
      />
    </section>
  );
}

export const choosePolicy: Handler = (visit) => {
  const { contexts, form, caller } = visit;
  const policy = form.get("policy") ?? "";
  try {
    contexts.registration.choose(policy, form.get("confirmation") ?? "");
  } catch (error) {
    return registrationPage(visit, toldFault(visit.text, error));
  }
  contexts.console.record(caller, {
    ...{ action: "chooseRegistration", subject: policy },
  });
  return seeOther(`${PATH}?done=saved`);
};

export const resumePolicy: Handler = ({ contexts, caller }) => {
  contexts.registration.resume();
  contexts.console.record(caller, {
    ...{ action: "resumeRegistration", subject: "registration" },
  });
  return seeOther(`${PATH}?done=saved`);
};

/** What each decision is called in the audit. */
const DECISIONS = {
  approve: "approveApplication",
  refuse: "refuseApplication",
} as const;

const decide =
  (name: "approve" | "refuse"): Handler =>
  (visit) => {
    const { contexts, form, caller, session } = visit;
    try {
      const id = Number(form.get("id"));
      const { email } = contexts.registration[name](id, session.actor);
      contexts.console.record(caller, {
        ...{ action: DECISIONS[name], subject: email },
      });
    } catch (error) {
      return registrationPage(visit, toldFault(visit.text, error));
    }
    return seeOther(`${PATH}?done=${name}d`);
  };
export const approve = decide("approve");
export const refuse = decide("refuse");

/** Invite codes, the newest first. */
export const showInvites: Handler = (visit) => invitesPage(visit, null, []);

interface Codes {
  codes: {
    code: string;
    available: number;
    disabled: boolean;
    forAccount: string;
    createdBy: string;
    createdAt: string;
    uses: { usedBy: string }[];
  }[];
  cursor?: string;
}

/** Newest first. */
export async function listInvites(
  { admin }: Visit["contexts"],
  { cursor, limit }: { cursor: string | null; limit: number },
): Promise<Codes> {
  const page = { sort: "recent", limit, ...(cursor !== null && { cursor }) };
  return (await admin.getInviteCodes(page)) as Codes;
}

async function invitesPage(
  visit: Visit,
  fault: string | null,
  made: readonly string[],
): Promise<Response> {
  const { contexts, words, text, settings } = visit;
  const own = words.invites;
  const cursor = visit.query("cursor") || null;
  const page = await listInvites(contexts, { cursor, limit: PAGE });
  return adminRoom(
    visit,
    { title: own.title, fault },
    <>
      {made.length > 0 && (
        <section class="card" role="status">
          <h2>{own.made}</h2>
          <ul>
            {made.map((code) => (
              <li>
                <code>{`${settings.publicUrl}/invite/${code}`}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="card">
        <h2>{own.make}</h2>
        <form class="filter" method="post" action="/admin/invites">
          <Field
            label={own.count}
            name="count"
            type="number"
            value="1"
            min="1"
            max="100"
            required
          />
          <Field
            label={own.uses}
            name="uses"
            type="number"
            value="1"
            min="1"
            max="1000"
            required
          />
          <button type="submit">{own.submit}</button>
        </form>
      </section>
      <section class="card">
        <h2>{own.list}</h2>
        <PagedTable
          text={text}
          caption={own.caption}
          list={{ rows: page.codes, cursor, next: page.cursor ?? null }}
          path="/admin/invites"
          csv={listPath("invites")}
          columns={[
            { label: own.code, cell: ({ code }) => <code>{code}</code> },
            {
              label: own.used,
              isNumber: true,
              cell: ({ uses, available }) => `${uses.length} / ${available}`,
            },
            {
              label: own.by,
              cell: ({ uses }) =>
                uses.length === 0
                  ? "–"
                  : uses.slice(0, 5).map(({ usedBy }) => (
                      <>
                        <a href={`/admin/accounts/${usedBy}`}>{usedBy}</a>{" "}
                      </>
                    )),
            },
            { label: own.of, cell: ({ forAccount }) => forAccount },
            {
              label: own.when,
              cell: (row) => <Moment atMs={Date.parse(row.createdAt)} />,
            },
            {
              label: own.state,
              cell: ({ code, disabled, uses, available }) =>
                disabled ? (
                  <State tone="plain">{own.disabled}</State>
                ) : uses.length >= available ? (
                  <State tone="plain">{own.usedUp}</State>
                ) : (
                  <Act
                    action="/admin/invites/disable"
                    fields={{ code }}
                    name={own.disableOne(code)}
                  >
                    {own.disable}
                  </Act>
                ),
            },
          ]}
        />
      </section>
    </>,
  );
}

export const makeInvites: Handler = async (visit) => {
  const { contexts, form, caller } = visit;
  const codeCount = Number(form.get("count"));
  const useCount = Number(form.get("uses"));
  try {
    const made = (await contexts.accounts.createInviteCodes({
      ...{ codeCount, useCount },
    })) as { codes: { codes: string[] }[] };
    contexts.console.record(caller, {
      ...{ action: "createInviteCodes", subject: "admin" },
      detail: { codeCount, useCount },
    });
    return await invitesPage(
      visit,
      null,
      made.codes.flatMap(({ codes }) => codes),
    );
  } catch (error) {
    return invitesPage(visit, toldFault(visit.text, error), []);
  }
};

export const disableInvite: Handler = async ({ contexts, form, caller }) => {
  await contexts.admin.disableInviteCodes(
    { codes: [form.get("code") ?? ""] },
    caller,
  );
  return seeOther("/admin/invites?done=disabled");
};
