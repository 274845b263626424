import type { Child } from "hono/jsx";
import type { AccountDetail } from "#contexts/admin/account-console.ts";
import { Field } from "#edge/web/parts.tsx";
import type { Visit } from "./page.tsx";

export type Account = AccountDetail;

export interface Act {
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
  removeFactors: {
    fits: ({ hasFactor, factorsGoAtMs }) => hasFactor && factorsGoAtMs === null,
    isGrave: true,
    isTyped: true,
    run({ contexts, caller }, { did }) {
      contexts.admin.removeFactors({ did }, caller);
    },
  },
  keepFactors: {
    fits: ({ factorsGoAtMs }) => factorsGoAtMs !== null,
    run({ contexts, caller }, { did }) {
      contexts.admin.keepFactors({ did }, caller);
    },
  },
  announce: {
    fits: () => true,
    run: ({ contexts, caller }, { did }) =>
      `/admin/jobs/${contexts.console.relays.announce([did], caller)}`,
  },
  checkRepo: {
    fits: () => true,
    run: ({ contexts, caller }, { did }) =>
      `/admin/jobs/${contexts.console.checks.start(did, caller)}`,
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
