import { handlePolicyOf } from "./accounts.ts";
import { createAdminContext } from "./admin.ts";
import { createAppViewContext } from "./appview.ts";
import type { Credentials } from "./credentials.ts";
import type { createLifecycleContexts } from "./lifecycle.ts";
import { createOwnerContexts } from "./owner.ts";
import { createPublicContexts } from "./public.ts";
import type { createRepositoryContexts } from "./repositories.ts";
import type { Storage } from "./storage.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import type { Admin } from "#contexts/admin/admin.ts";
import { createApplications } from "#contexts/accounts/applications.ts";
import type { Delegations } from "#contexts/accounts/delegations.ts";
import type { Registration } from "#contexts/accounts/registration.ts";
import { checkNewHandle } from "#contexts/identity/handle-policy.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import { createIdentityLookups } from "#contexts/identity/lookups.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { LexiconResolver } from "#contexts/lexicons/resolver.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { OAuth } from "#contexts/oauth/oauth.ts";
import type { CleanUps } from "#contexts/blobs/clean-up.ts";
import type { Checkups } from "#contexts/checks/checkup.ts";
import type { BulkDeletions } from "#contexts/records/bulk-delete.ts";
import { createPreferences } from "#contexts/records/preferences.ts";
import type { Announcer } from "#contexts/relays/announce.ts";
import { createHost } from "#contexts/relays/host.ts";
import type { Relays } from "#contexts/relays/relays.ts";
import type { AdminSessions } from "#contexts/security/admin-sessions.ts";
import type { Security } from "#contexts/security/security.ts";
import type { LiveSettings } from "#contexts/settings/live-settings.ts";
import type { Contexts } from "#edge/contexts.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Config } from "#config.ts";

type Parts = Credentials &
  ReturnType<typeof createRepositoryContexts> &
  ReturnType<typeof createLifecycleContexts> & {
    accounts: Accounts;
    registration: Registration;
    live: LiveSettings;
    mail: Mail;
    relays: Relays;
    announcer: Announcer;
    bulkDeletions: BulkDeletions;
    cleanUps: CleanUps;
    checkups: Checkups;
    security: Security;
    admins: AdminSessions;
    oauth: OAuth;
    delegations: Delegations;
    identity: Identity;
    lexicons: Lexicons;
    lexiconResolver: LexiconResolver;
    clock: Clock;
    log: Logger;
  };

/** All but the operator's pages, which know of work that these may start. */
export type BaseContexts = Omit<Contexts, "console" | "admin"> & {
  admin: Admin;
};

/** What of the domain the edge may call. */
export function toContexts(
  config: Config,
  storage: Storage,
  parts: Parts,
): BaseContexts {
  const { accountDb } = storage;
  const { accounts, registration, live, mail, relays, security, oauth } = parts;
  const { identity, lexicons, sequencer, clock, log, locks, events } = parts;
  const { activations, deletions, keyRotations, passwords } = parts;
  return {
    accounts: { ...accounts, ...parts.lifecycle },
    migration: parts.imports,
    admin: createAdminContext(config, storage, {
      ...{ clock, log, locks, mail, passwords, events },
      ...{ accounts, activations, deletions, keyRotations },
      recoveries: parts.factors.recoveries,
    }),
    registration: {
      ...registration,
      ...createApplications({
        ...{ db: accountDb, live, mail, clock },
        publicUrl: config.publicUrl,
        checkNewHandle: (text) => checkNewHandle(text, handlePolicyOf(config)),
        createInviteCode: accounts.createInviteCode,
      }),
    },
    factors: parts.factors,
    ...{ security, admins: parts.admins, events },
    delegations: parts.delegations,
    ...{ oauth, identity, relays },
    owner: createOwnerContexts(config, storage, {
      ...{ identity, relays, clock, keys: parts.keys, blobs: parts.blobs },
      sync: parts.sync,
      ...{ announcer: parts.announcer, accounts, events },
      bulkDeletions: parts.bulkDeletions,
      ...{ cleanUps: parts.cleanUps, checkups: parts.checkups },
      rotationSigner: parts.rotationSigner,
      collector: parts.collector,
    }),
    records: {
      ...parts.records,
      ...createPreferences({ accountDb, clock }),
    },
    blobs: parts.blobs,
    sync: parts.sync,
    appview: createAppViewContext(config, storage, { clock, lexicons }),
    lookups: createIdentityLookups(identity),
    lexicons: parts.lexiconResolver,
    ...createPublicContexts(storage, { clock, sequencer }),
    space: storage.space,
    host: createHost({
      publicUrl: config.publicUrl,
      lastSeq: sequencer.lastSeq,
      countAccounts: accountDb.accounts.count,
      notifyRelays: relays.notifyActivity,
    }),
  };
}
