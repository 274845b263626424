import type { Child } from "hono/jsx";
import type { AccountDetail } from "#contexts/admin/account-console.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import {
  bytesInWords,
  Facts,
  Field,
  hrefWith,
  Moment,
  State,
  Table,
} from "#edge/web/parts.tsx";
import { seeOther } from "#edge/http/pages.ts";
import { ActTable } from "./audit.tsx";
import { TONE_OF_STATUS } from "./accounts.tsx";
import { adminRoom, confirmPage, type Handler, type Visit } from "./page.tsx";

type Account = AccountDetail;

interface Act {
  /** Whether it makes sense for the account as it is. */
  fits(account: Account): boolean;
  isGrave?: boolean;
  /** The handle has to be typed. */
  isTyped?: boolean;
  /** A field that the act needs, on the page that asks once more. */
  field?: (visit: Visit, account: Account) => Child;
  /** Where to go on, if not back to the account. */
  run(visit: Visit, account: Account): Promise<string | void> | string | void;
}

const isActive = ({ status }: Account) => status === "active";
const repoOf = ({ did }: Account) =>
  ({ $type: "com.atproto.admin.defs#repoRef", did }) as const;
const judge =
  (change: object): Act["run"] =>
  async ({ contexts, caller }, account) => {
    const subject = repoOf(account);
    await contexts.admin.updateSubjectStatus({ subject, ...change }, caller);
  };

/** The table of what the operator can do to an account, in the order of the page. */
export const ACTS = {
  sendReset: {
    fits: ({ email }) => email !== null,
    run: ({ contexts, caller }, { did }) =>
      contexts.console.accounts.sendReset(did, caller),
  },
  makeReset: {
    fits: () => true,
    run({ contexts, caller }, { did }) {
      const { token } = contexts.console.accounts.makeReset(did, caller);
      // Shown once; not in the address, which browsers and proxies remember.
      return `token:${token}`;
    },
  },
  verifyEmail: {
    fits: ({ email, emailConfirmedAtMs }) =>
      email !== null && emailConfirmedAtMs === null,
    run: ({ contexts, caller }, { did }) =>
      contexts.console.accounts.verifyEmail(did, caller),
  },
  changeEmail: {
    fits: () => true,
    field: ({ words }) => (
      <Field
        label={words.account.newEmail}
        name="email"
        type="email"
        required
      />
    ),
    async run({ contexts, caller, form }, { did: account }) {
      const email = form.get("email") ?? "";
      await contexts.admin.updateAccountEmail({ account, email }, caller);
    },
  },
  changeHandle: {
    fits: () => true,
    field: ({ words, settings }) => (
      <Field
        label={words.account.newHandle}
        name="handle"
        hint={words.newAccount.handleHint(settings.handleDomains.join(", "))}
        required
        autocapitalize="none"
        spellcheck={false}
      />
    ),
    async run({ contexts, caller, form }, { did }) {
      const handle = form.get("handle") ?? "";
      await contexts.admin.updateAccountHandle({ did, handle }, caller);
    },
  },
  signOut: {
    fits: ({ sessions, applications }) => sessions + applications > 0,
    run: ({ contexts, caller }, { did }) =>
      contexts.console.accounts.signOut(did, caller),
  },
  announce: {
    fits: () => true,
    run: ({ contexts, caller }, { did }) =>
      `/admin/jobs/${contexts.console.relays.announce([did], caller)}`,
  },
  rotateKey: {
    fits: isActive,
    isGrave: true,
    run: ({ contexts, caller }, { did }) =>
      contexts.console.accounts.rotateKey(did, caller),
  },
  disableInvites: {
    fits: ({ invitesDisabledAtMs }) => invitesDisabledAtMs === null,
    async run({ contexts, caller }, { did: account }) {
      await contexts.admin.disableAccountInvites({ account }, caller);
    },
  },
  enableInvites: {
    fits: ({ invitesDisabledAtMs }) => invitesDisabledAtMs !== null,
    async run({ contexts, caller }, { did: account }) {
      await contexts.admin.enableAccountInvites({ account }, caller);
    },
  },
  deactivate: {
    fits: isActive,
    run: judge({ deactivated: { applied: true } }),
  },
  activate: {
    fits: ({ status }) => status === "deactivated",
    run: judge({ deactivated: { applied: false } }),
  },
  takeDown: {
    fits: ({ status }) => status !== "takendown",
    isGrave: true,
    field: ({ words }) => (
      <Field
        label={words.account.ref}
        name="ref"
        hint={words.account.refHint}
      />
    ),
    run(visit, account) {
      const ref = visit.form.get("ref")?.trim();
      const takedown = { applied: true, ...(ref ? { ref } : {}) };
      return judge({ takedown })(visit, account);
    },
  },
  restore: {
    fits: ({ status }) => status === "takendown",
    run: judge({ takedown: { applied: false } }),
  },
  delete: {
    fits: () => true,
    isGrave: true,
    isTyped: true,
    async run({ contexts, caller }, { did }) {
      await contexts.admin.deleteAccount({ did }, caller);
      return "/admin/accounts?done=deleted";
    },
  },
} as const satisfies Record<string, Act>;

export type AccountActName = keyof typeof ACTS;

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
          [own.deactivated, moment(deactivatedAtMs)],
          [own.deleteAfter, moment(deleteAfterMs)],
          [own.takenDown, moment(takedownAtMs)],
          [own.ref, account.takedownRef],
          [own.sessions, own.sessionCounts(account)],
          [
            own.usage,
            usage === null
              ? null
              : own.usageWords({
                  records: usage.recordCount,
                  repo: bytesInWords(usage.repoBytes),
                  blobs: usage.blobCount,
                  blobBytes: bytesInWords(usage.blobBytes),
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

/** Says what an act does, before it is done. */
export const showAccountAct: Handler = (visit) =>
  actPage(visit, visit.query("name"), null);

function actPage(visit: Visit, given: string, fault: string | null): Response {
  const { contexts, words } = visit;
  const account = contexts.console.accounts.find(visit.param("did"));
  const name = NAMES.find((one) => one === given);
  if (account === null) return notHere(visit);
  const path = pathOf(account.did);
  if (name === undefined) return seeOther(path);
  const act: Act = ACTS[name];
  const own = words.account;
  return confirmPage(visit, {
    title: `${own.names[name]}: @${account.handle}`,
    consequences: [own.consequences[name]],
    action: `${path}/act`,
    fields: { name },
    back: path,
    isGrave: act.isGrave,
    typed: act.isTyped
      ? { word: account.handle, label: own.typeHandle(account.handle) }
      : null,
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
  const typed = form.get("typed")?.trim().toLowerCase().replace(/^@/, "");
  if (act.isTyped && typed !== account.handle) {
    return actPage(visit, name, words.confirm.mistyped);
  }
  try {
    const next = await act.run(visit, account);
    if (typeof next === "string" && next.startsWith("token:")) {
      return tokenPage(visit, account, next.slice("token:".length));
    }
    return seeOther(next ?? hrefWith(pathOf(account.did), { done: name }));
  } catch (error) {
    if (!(error instanceof XrpcError) || error.status >= 500) throw error;
    return actPage(visit, name, error.message);
  }
};

/** Shows a one-time code, this once. */
function tokenPage(visit: Visit, account: Account, token: string): Response {
  const { words, settings } = visit;
  const own = words.account;
  const link = `${settings.publicUrl}/account/reset-password?code=${token}`;
  return adminRoom(
    visit,
    { title: `${own.names.makeReset}: @${account.handle}` },
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
