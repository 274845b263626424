import type { MailState } from "#contexts/admin/account-console.ts";
import type { Trial } from "#contexts/mail/transport.ts";
import { seeOther } from "#edge/http/pages.ts";
import {
  Act,
  Facts,
  Field,
  hrefWith,
  Moment,
  PagedTable,
  State,
  type Tone,
} from "#edge/web/parts.tsx";
import { listPath } from "./list-path.ts";
import { nameIn } from "#edge/web/text/catalogue.ts";
import {
  adminRoom,
  numberAsked,
  type Handler,
  numberedPage,
  type Visit,
} from "./page.tsx";

const PATH = "/admin/mail";
const PAGE = 50;
const STATES = ["waiting", "failed", "sent"] as const satisfies MailState[];
const TONES: Record<MailState, Tone> = {
  waiting: "plain",
  sent: "good",
  failed: "bad",
};

/** What was written to people, with codes for those whom no letter reaches. */
export const showMail: Handler = (visit) => mailPage(visit, null);

/** The state that the list is narrowed to; null for all. */
export const stateAsked = (read: (name: string) => string): MailState | null =>
  STATES.find((one) => one === read("state")) ?? null;

function mailPage(visit: Visit, trial: Trial | null): Response {
  const { contexts, words, text, settings } = visit;
  const own = words.mail;
  const { mail } = contexts.console;
  const state = stateAsked(visit.query);
  const query = { state: state ?? "" };
  const before = numberAsked(visit);
  const letters = mail.list({ state, before });
  const counts = mail.counts();
  return adminRoom(
    visit,
    { title: own.title },
    <>
      {!mail.isConfigured && <p class="alert mild">{own.off}</p>}
      {trial !== null && (
        <section class="card" role="status">
          <h2>{own.trial}</h2>
          <p>
            <State tone={trial.isSent ? "good" : "bad"}>
              {trial.isSent ? own.trialSent : own.trialFailed}
            </State>
          </p>
          <pre tabindex={0} aria-label={own.transcript}>
            {trial.lines.join("\n")}
          </pre>
        </section>
      )}
      <section class="card">
        <h2>{own.way}</h2>
        <p>
          {mail.way === "none"
            ? own.noWay
            : own.by(nameIn(visit.text.named.mailWays, mail.way))}{" "}
          {own.counts(counts.waiting, counts.failed)}
        </p>
        <form class="filter" method="post" action={`${PATH}/trial`}>
          <Field
            label={own.trialTo}
            name="to"
            type="email"
            value={settings.contactEmail ?? ""}
            required
          />
          <button type="submit" class="plain">
            {own.tryIt}
          </button>
        </form>
      </section>
      <section class="card">
        <h2>{own.outbox}</h2>
        <nav class="actions" aria-label={own.outbox}>
          <a
            class="button small plain"
            href={PATH}
            aria-current={state === null ? "true" : undefined}
          >
            {own.all}
          </a>
          {STATES.map((one) => (
            <a
              class="button small plain"
              href={`${PATH}?state=${one}`}
              aria-current={state === one ? "true" : undefined}
            >
              {own.states[one]}
            </a>
          ))}
        </nav>
        <PagedTable
          text={text}
          caption={own.caption}
          list={numberedPage(letters, before, PAGE)}
          path={PATH}
          query={query}
          csv={hrefWith(listPath("letters"), query)}
          columns={[
            {
              label: own.subject,
              cell: ({ id, subject }) => (
                <a lang="" href={`${PATH}/${id}`}>
                  {subject}
                </a>
              ),
            },
            { label: own.to, cell: ({ toAddress }) => toAddress },
            {
              label: own.state,
              cell: (one) => (
                <State tone={TONES[one.state]}>{own.states[one.state]}</State>
              ),
            },
            {
              label: own.code,
              cell: ({ code }) => (code === null ? "–" : <code>{code}</code>),
            },
            {
              label: own.when,
              cell: (one) => <Moment atMs={one.createdAtMs} />,
            },
          ]}
        />
      </section>
    </>,
  );
}

/** One letter, whole. */
export const showLetter: Handler = (visit) => {
  const { contexts, words } = visit;
  const own = words.mail;
  const letter = contexts.console.mail.find(Number(visit.param("id")));
  if (letter === null) {
    return adminRoom(
      visit,
      { title: own.gone, fault: own.goneHint, status: 404 },
      null,
    );
  }
  const { id, did, lastError, sentAtMs, attempts } = letter;
  return adminRoom(
    visit,
    { title: letter.subject, titleLang: "" },
    <>
      <section class="card">
        <h2>{own.facts}</h2>
        <Facts
          rows={[
            [own.to, letter.toAddress],
            [
              own.state,
              <State tone={TONES[letter.state]}>
                {own.states[letter.state]}
              </State>,
            ],
            [own.account, did && <a href={`/admin/accounts/${did}`}>{did}</a>],
            [own.code, letter.code && <code>{letter.code}</code>],
            [own.when, <Moment atMs={letter.createdAtMs} />],
            [own.sentAt, sentAtMs && <Moment atMs={sentAtMs} />],
            [own.tries, String(attempts)],
            [own.error, lastError && <span lang="en">{lastError}</span>],
          ]}
        />
        <Act action={`${PATH}/resend`} fields={{ id: String(id) }}>
          {own.resend}
        </Act>
      </section>
      <section class="card">
        <h2>{own.text}</h2>
        <pre class="wraps" lang="" tabindex={0} aria-label={own.text}>
          {letter.textBody}
        </pre>
      </section>
      <p>
        <a href={PATH}>{own.back}</a>
      </p>
    </>,
  );
};

export const resend: Handler = ({ contexts, form, caller }) => {
  const id = Number(form.get("id"));
  contexts.console.mail.resend(id, caller);
  return seeOther(`${PATH}/${id}?done=resent`);
};

export const tryMail: Handler = async (visit) => {
  const { contexts, form, caller } = visit;
  const to = (form.get("to") ?? "").trim();
  return mailPage(visit, await contexts.console.mail.sendTrial(to, caller));
};
