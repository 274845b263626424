import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import { seeOther } from "#edge/http/pages.ts";
import {
  Act,
  Facts,
  Field,
  Moment,
  State,
  Table,
  type Tone,
} from "#edge/web/parts.tsx";
import { nameIn, type Text } from "#edge/web/text/catalogue.ts";
import { adminRoom, confirmPage, type Handler, type Visit } from "./page.tsx";

const TONES: Record<string, Tone> = {
  active: "good",
  idle: "warn",
  offline: "bad",
  throttled: "warn",
  banned: "bad",
  unknown: "warn",
  unreachable: "warn",
};

/** What each relay believes of this host, and what helps. */
export const showRelays: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.relays;
  const relays = contexts.console.relays.list();
  const host = new URL(visit.settings.publicUrl).hostname;
  const { active } = contexts.console.accounts.countByStatus();
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <p>{relays.length === 0 ? own.none : own.intro}</p>
      {relays.map((relay) => (
        <section class="card">
          <h2>{new URL(relay.url).host}</h2>
          <p>
            <State tone={TONES[relay.status ?? ""] ?? "plain"}>
              {relay.status === null
                ? own.notAsked
                : nameIn(text.named.relays, relay.status)}
            </State>
          </p>
          <Advice text={text} status={relay.status} host={host} />
          <Facts
            rows={[
              [
                own.checked,
                relay.checkedAtMs && <Moment atMs={relay.checkedAtMs} />,
              ],
              [own.asked, relay.askedAtMs && <Moment atMs={relay.askedAtMs} />],
              [
                own.answer,
                relay.answer && <span lang="en">{relay.answer}</span>,
              ],
              [own.seq, relay.seq === null ? null : String(relay.seq)],
              [
                own.behind,
                relay.behindEvents === null
                  ? null
                  : own.behindBy(relay.behindEvents),
              ],
              [
                own.counted,
                relay.accountCount === null
                  ? null
                  : own.countedOf(relay.accountCount, active),
              ],
              [
                own.followed,
                relay.followedAtMs && <Moment atMs={relay.followedAtMs} />,
              ],
            ]}
          />
        </section>
      ))}
      <section class="card">
        <h2>{own.acts}</h2>
        <p>{own.crawlHint}</p>
        <Act action="/admin/relays/crawl">{own.crawl}</Act>
        <p>{own.announceHint}</p>
        <a class="button small plain" href="/admin/relays/announce">
          {own.announce}
        </a>
      </section>
      <section class="card">
        <h2>{own.limit}</h2>
        <p>{own.limitHint}</p>
        <pre class="wraps" lang="en" tabindex={0} aria-label={own.limit}>
          {contexts.console.relays.limitRequest()}
        </pre>
      </section>
      <p class="quiet">{text.admin.relays.set}</p>
    </>,
  );
};

/** What a standing means, and what helps; nothing for one that needs no words. */
function Advice(given: { text: Text; status: string | null; host: string }) {
  const { status, host } = given;
  const advice: Readonly<Record<string, (host: string) => string>> =
    given.text.named.relayAdvice;
  if (status === null || !Object.hasOwn(advice, status)) return null;
  return <p>{advice[status]!(host)}</p>;
}

export const crawl: Handler = ({ contexts, caller }) => {
  contexts.console.relays.crawl(caller);
  return seeOther("/admin/relays?done=crawled");
};

export const showAnnounce: Handler = (visit) => {
  const own = visit.words.relays;
  const { active } = visit.contexts.console.accounts.countByStatus();
  return confirmPage(visit, {
    title: own.announce,
    consequences: own.announceWhat(active),
    action: "/admin/relays/announce",
    back: "/admin/relays",
  });
};

export const announce: Handler = ({ contexts, caller }) =>
  seeOther(`/admin/jobs/${contexts.console.relays.announce(null, caller)}`);

/** The server's own identity, the directory, and the handles of accounts. */
export const showIdentity: Handler = (visit) => identityPage(visit, null);

async function identityPage(
  visit: Visit,
  checked: { title: string; isWell: boolean; words: string } | null,
): Promise<Response> {
  const { contexts, words } = visit;
  const own = words.identity;
  const { identity } = contexts.console;
  return adminRoom(
    visit,
    { title: own.title },
    <>
      {checked !== null && (
        <section class="card" role="status">
          <h2>{checked.title}</h2>
          <p>
            <State tone={checked.isWell ? "good" : "bad"}>
              {checked.isWell ? own.well : own.notWell}
            </State>{" "}
            {checked.words}
          </p>
        </section>
      )}
      <section class="card">
        <h2>{own.server}</h2>
        <Facts
          rows={[
            [own.did, <code>{identity.serviceDid}</code>],
            [own.hostname, identity.hostname],
            [own.domains, identity.handleDomains.join(", ")],
            [own.directory, identity.plcUrl],
          ]}
        />
        <Act action="/admin/identity/directory">{own.checkDirectory}</Act>
      </section>
      <section class="card">
        <h2>{own.handle}</h2>
        <p>{own.handleHint}</p>
        <form class="filter" method="post" action="/admin/identity/handle">
          <Field
            label={own.account}
            name="account"
            value={visit.form.get("account") ?? ""}
            required
            autocapitalize="none"
            spellcheck={false}
          />
          <button type="submit">{own.check}</button>
        </form>
      </section>
      <AllHandles visit={visit} />
    </>,
  );
}

function AllHandles({ visit }: { visit: Visit }) {
  const { contexts, words, text } = visit;
  const own = words.identity;
  const { atMs, checked, broken, count } =
    contexts.console.identity.lastHandleReport();
  return (
    <section class="card">
      <h2>{own.all}</h2>
      <p>{own.allHint}</p>
      <p>
        {atMs === null ? (
          own.neverChecked
        ) : (
          <>
            {own.checked(checked, count)} (<Moment atMs={atMs} />)
          </>
        )}
      </p>
      {broken.length > 0 && (
        <Table
          text={text}
          caption={own.brokenHint}
          rows={broken}
          columns={[
            {
              label: own.handle,
              cell: ({ did, handle }) => (
                <a href={`/admin/accounts/${did}`}>{`@${handle}`}</a>
              ),
            },
            { label: own.why, cell: (row) => row.words },
          ]}
        />
      )}
      <Act action="/admin/identity/all">{own.checkAll}</Act>
    </section>
  );
}

export const checkAllHandles: Handler = ({ contexts }) =>
  seeOther(`/admin/jobs/${contexts.console.identity.checkAllHandles()}`);

export const checkDirectory: Handler = async (visit) => {
  const own = visit.words.identity;
  const { isWell, tookMs, words } =
    await visit.contexts.console.identity.checkPlc();
  return identityPage(visit, {
    ...{ title: own.directory, isWell },
    words: own.took(words, tookMs),
  });
};

export const checkHandle: Handler = async (visit) => {
  const { contexts, form, words } = visit;
  const account = (form.get("account") ?? "").trim().replace(/^@/, "");
  const did = account.startsWith("did:")
    ? (account as Did)
    : contexts.accounts.findByHandle(account as never)?.did;
  if (did === undefined) {
    throw new XrpcError("NotFound", words.account.noneHint);
  }
  const found = await contexts.console.identity.checkHandle(did);
  return identityPage(visit, { title: account, ...found });
};
