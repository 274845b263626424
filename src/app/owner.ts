import type { Storage } from "./storage.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import type { createSigningKeys } from "#contexts/accounts/signing-keys.ts";
import { createOwnIdentities } from "#contexts/accounts/own-identity.ts";
import { createMedia } from "#contexts/blobs/media.ts";
import type { CleanUps } from "#contexts/blobs/clean-up.ts";
import type { BlobCollector } from "#contexts/blobs/collect.ts";
import type { Blobs } from "#contexts/blobs/blobs.ts";
import type { Checkups } from "#contexts/checks/checkup.ts";
import { createOwnAccounts } from "#contexts/checks/own-account.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import type { BulkDeletions } from "#contexts/records/bulk-delete.ts";
import { createPreferences } from "#contexts/records/preferences.ts";
import { createExplorer } from "#contexts/records/explorer.ts";
import type { Announcer } from "#contexts/relays/announce.ts";
import type { Relays } from "#contexts/relays/relays.ts";
import { createActivity } from "#contexts/sync/activity.ts";
import { createArchives } from "#contexts/sync/archive.ts";
import type { Sync } from "#contexts/sync/sync.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import { createLetterChoices } from "#contexts/security/letter-choices.ts";
import type { OwnerContexts } from "#edge/owner-contexts.ts";
import type { Signer } from "#repo/signer.ts";
import type { Clock } from "#lib/clock.ts";
import type { Config } from "#config.ts";

/** As long as an export of a repository may take. */
const MAX_FILE_MS = 30 * 6e4;

/** What the pages of owners are made of. */
export function createOwnerContexts(
  config: Config,
  { accountDb: db, stores, eventLog }: Storage,
  deps: {
    accounts: Accounts;
    rotationSigner: Signer;
    collector: BlobCollector;
    identity: Identity;
    keys: ReturnType<typeof createSigningKeys>;
    blobs: Blobs;
    sync: Sync;
    relays: Relays;
    announcer: Announcer;
    bulkDeletions: BulkDeletions;
    cleanUps: CleanUps;
    checkups: Checkups;
    events: SecurityEvents;
    clock: Clock;
  },
): OwnerContexts {
  const shared = { ...deps, db, stores, eventLog };
  const media = createMedia(shared);
  return {
    account: createOwnAccounts({ ...shared, publicUrl: config.publicUrl }),
    activity: createActivity({ eventLog }),
    appPasswords: deps.accounts,
    identity: createOwnIdentities({
      ...{ plc: deps.identity.plc, methods: deps.accounts, clock: deps.clock },
      resolveDid: (did) => deps.identity.resolveDid(did, { refresh: true }),
      // Not taken out here: to work it out loads the library for signatures.
      rotationKey: () => deps.rotationSigner.didKey,
      recoveryKey: config.recoveryDidKey,
    }),
    media,
    explorer: createExplorer({ ...shared, accountDb: db }),
    ...{ bulkDeletions: deps.bulkDeletions, cleanUps: deps.cleanUps },
    checkups: deps.checkups,
    archives: createArchives({
      ...{ ...shared, media, maxFileMs: MAX_FILE_MS },
      preferences: createPreferences({ accountDb: db, clock: deps.clock }),
    }),
    letters: createLetterChoices(shared),
    announce: (did) => void deps.announcer.announceAccounts({ dids: [did] }),
  };
}
