import { bytesInWords } from "#lib/languages.ts";
import type { Did } from "#repo/syntax.ts";
import {
  Facts,
  hrefWith,
  isTypedName,
  Moment,
  State,
  Table,
} from "#edge/web/parts.tsx";
import { toldFault } from "#edge/web/refusal-words.ts";
import { seeOther } from "#edge/http/pages.ts";
import {
  type Account,
  type AccountActName,
  type Act,
  ACTS,
} from "./account-acts.tsx";
import { ActTable } from "./audit.tsx";
import { TONE_OF_STATUS } from "./accounts.tsx";
import { adminRoom, confirmPage, type Handler, type Visit } from "./page.tsx";

const NAMES = Object.keys(ACTS) as AccountActName[];
const pathOf = (did: string) => `/admin/accounts/${did}`;

export const showAccount: Handler = (visit) => {
  const account = visit.contexts.console.accounts.find(visit.param("did"));
  return account === null ? notHere(visit) : accountPage(visit, account);
};

function notHere(visit: Visit): Response {
  const { words } = visit;
  return adminRoom(
    visit,
    { title: words.account.none, fault: words.account.noneHint, status: 404 },
    <p>
      <a href="/admin/accounts">{words.accounts.title}</a>
    </p>,
  );
}

function accountPage(visit: Visit, account: Account): Response {
  const { words, text } = visit;
  const own = words.account;
  const path = pathOf(account.did);
  return adminRoom(
    visit,
    { title: `@${account.handle}` },
    <>
      <AccountFacts visit={visit} account={account} />
      <section class="card">
        <h2>{own.acts}</h2>
        <p class="quiet">{own.actsHint}</p>
        <div class="actions">
          {NAMES.filter((name) => ACTS[name].fits(account)).map((name) => {
            const act: Act = ACTS[name];
            return (
              <a
                class={`button small plain${act.isGrave ? " danger" : ""}`}
                href={hrefWith(`${path}/act`, { name })}
              >
                {own.names[name]}
              </a>
            );
          })}
          <a
            class="button small plain"
            href={hrefWith("/admin/events", { account: account.did })}
          >
            {words.events.link}
          </a>
          <a class="button small plain" href={`${path}/relays`}>
            {own.relays}
          </a>
          <a
            class="button small plain"
            href={hrefWith("/admin/moderation", { did: account.did })}
          >
            {own.moderate}
          </a>
        </div>
      </section>
      <section class="card">
        <h2>{own.collections}</h2>
        <Table
          text={text}
          caption={own.collectionsHint}
          rows={account.collections}
          columns={[
            { label: own.collection, cell: ({ name }) => <code>{name}</code> },
            {
              label: words.accounts.records,
              isNumber: true,
              cell: (c) => c.records,
            },
          ]}
        />
      </section>
      <section class="card">
        <h2>{own.history}</h2>
        <ActTable visit={visit} acts={account.acts} caption={own.historyHint} />
      </section>
    </>,
  );
}

function AccountFacts({ visit, account }: { visit: Visit; account: Account }) {
  const { words } = visit;
  const own = words.account;
  const { usage, deleteAfterMs, takedownAtMs, deactivatedAtMs } = account;
  const moment = (atMs: number | null) =>
    atMs === null ? null : <Moment atMs={atMs} />;
  return (
    <section class="card">
      <h2>{own.facts}</h2>
      <Facts
        rows={[
          [own.did, <code>{account.did}</code>],
          [
            words.accounts.status,
            <State tone={TONE_OF_STATUS[account.status]}>
              {words.accounts.statuses[account.status]}
            </State>,
          ],
          [
            words.accounts.email,
            account.email === null ? (
              own.noEmail
            ) : (
              <>
                {account.email}{" "}
                {account.emailConfirmedAtMs === null ? (
                  <State tone="warn">{own.unconfirmed}</State>
                ) : (
                  <State tone="good">{own.confirmed}</State>
                )}
              </>
            ),
          ],
          [words.accounts.created, moment(account.createdAtMs)],
          [own.factorsGo, moment(account.factorsGoAtMs)],
          [own.deactivated, moment(deactivatedAtMs)],
          [own.deleteAfter, moment(deleteAfterMs)],
          [own.takenDown, moment(takedownAtMs)],
          [own.ref, account.takedownRef],
          [own.sessions, own.sessionCounts(account)],
          [
            own.usage,
            own.usageWords({
              records: usage.recordCount,
              repo: bytesInWords(usage.repoBytes, visit.text.lang),
              blobs: usage.blobCount,
              blobBytes: bytesInWords(usage.blobBytes, visit.text.lang),
            }),
          ],
          [
            own.invites,
            account.invitesDisabledAtMs === null ? null : own.invitesOff,
          ],
          [own.note, account.inviteNote],
        ]}
      />
    </section>
  );
}

/** What each relay says of the account. */
export const showAccountRelays: Handler = async (visit) => {
  const { contexts, words, text } = visit;
  const own = words.account;
  const account = contexts.console.accounts.find(visit.param("did"));
  if (account === null) return notHere(visit);
  const answers = await contexts.console.relays.askAbout(account.did);
  return adminRoom(
    visit,
    { title: text.shell.about(own.relays, `@${account.handle}`) },
    <section class="card">
      <h2>{own.relays}</h2>
      <Table
        text={text}
        caption={own.relaysHint}
        rows={answers}
        columns={[
          { label: own.relay, cell: ({ url }) => new URL(url).host },
          {
            label: words.accounts.status,
            cell: ({ report }) =>
              report.kind !== "known" ? (
                <State tone="warn">{own.relayAnswers[report.kind]}</State>
              ) : report.active ? (
                <State tone="good">{words.accounts.statuses.active}</State>
              ) : (
                <State tone="bad">{report.status ?? own.notActive}</State>
              ),
          },
          {
            label: own.rev,
            cell: ({ report }) =>
              report.kind === "known" ? (report.rev ?? "–") : "–",
          },
        ]}
      />
      <p>
        <a href={pathOf(account.did)}>{own.backToAccount}</a>
      </p>
    </section>,
  );
};

/** Says what an act does, before it is done. */
export const showAccountAct: Handler = (visit) =>
  actPage(visit, visit.query("name"), null);

function actPage(visit: Visit, given: string, fault: string | null): Response {
  const { contexts, words, text } = visit;
  const account = contexts.console.accounts.find(visit.param("did"));
  const name = NAMES.find((one) => one === given);
  if (account === null) return notHere(visit);
  const path = pathOf(account.did);
  if (name === undefined) return seeOther(path);
  const act: Act = ACTS[name];
  const own = words.account;
  return confirmPage(visit, {
    title: text.shell.about(own.names[name], `@${account.handle}`),
    consequences: [own.consequences[name]],
    action: `${path}/act`,
    fields: { name },
    back: path,
    isGrave: act.isGrave,
    typed: act.isTyped ? own.typeHandle(account.handle) : null,
    extra: act.field?.(visit, account),
    fault,
  });
}

export const doAccountAct: Handler = async (visit) => {
  const { contexts, form, words } = visit;
  const account = contexts.console.accounts.find(visit.param("did"));
  const name = NAMES.find((one) => one === form.get("name"));
  if (account === null || name === undefined) return notHere(visit);
  const act: Act = ACTS[name];
  if (act.isTyped && !isTypedName(form, account.handle)) {
    return actPage(visit, name, words.confirm.mistyped);
  }
  try {
    const next = await act.run(visit, account);
    if (typeof next === "string" && next.startsWith("token:")) {
      return tokenPage(visit, account, next.slice("token:".length));
    }
    return seeOther(next ?? hrefWith(pathOf(account.did), { done: name }));
  } catch (error) {
    return actPage(visit, name, toldFault(visit.text, error));
  }
};

/** Shows a one-time code, this once. */
function tokenPage(visit: Visit, account: Account, token: string): Response {
  const { words, text, settings } = visit;
  const own = words.account;
  const link = `${settings.publicUrl}/account/reset-password?code=${token}`;
  return adminRoom(
    visit,
    { title: text.shell.about(own.names.makeReset, `@${account.handle}`) },
    <section class="card">
      <p>{own.tokenHint}</p>
      <Facts
        rows={[
          [own.link, <code>{link}</code>],
          [own.token, <code>{token}</code>],
        ]}
      />
      <p>
        <a href={pathOf(account.did as Did)}>{own.backToAccount}</a>
      </p>
    </section>,
  );
}
