import type { ScenarioTable } from "../scenario.ts";
import { actor } from "./actor.ts";
import { appview } from "./appview.ts";
import { adminAccountChanges } from "./admin-account-changes.ts";
import { adminAccounts } from "./admin-accounts.ts";
import { adminInvites } from "./admin-invites.ts";
import { adminSubjects } from "./admin-subjects.ts";
import { host } from "./host.ts";
import { identity } from "./identity.ts";
import { identityHandles } from "./identity-handles.ts";
import { identityLookups } from "./identity-lookups.ts";
import { identityOperations } from "./identity-operations.ts";
import { moderation } from "./moderation.ts";
import { repoBatches } from "./repo-batches.ts";
import { repoBlobs } from "./repo-blobs.ts";
import { repoImport } from "./repo-import.ts";
import { repoDeletes } from "./repo-deletes.ts";
import { repoReads } from "./repo-reads.ts";
import { repoWrites } from "./repo-writes.ts";
import { serverAccounts } from "./server-accounts.ts";
import { serverAppPasswords } from "./server-app-passwords.ts";
import { serverEmail } from "./server-email.ts";
import { serverInvites } from "./server-invites.ts";
import { serverLifecycle } from "./server-lifecycle.ts";
import { serverPasswords } from "./server-passwords.ts";
import { serverSessions } from "./server-sessions.ts";
import { signInFactor } from "./sign-in-factor.ts";
import { syncLists } from "./sync-lists.ts";
import { syncRepos } from "./sync-repos.ts";

/** The scenarios of every method of the registry. */
export const ALL_SCENARIOS: ScenarioTable = {
  ...serverSessions,
  "com.atproto.server.createSession": [
    ...serverSessions["com.atproto.server.createSession"]!,
    ...signInFactor,
  ],
  ...serverAccounts,
  ...serverInvites,
  ...serverAppPasswords,
  ...serverEmail,
  ...serverLifecycle,
  ...serverPasswords,
  ...identity,
  ...identityHandles,
  ...identityOperations,
  ...identityLookups,
  ...host,
  ...repoWrites,
  ...repoDeletes,
  ...repoBatches,
  ...repoReads,
  ...repoBlobs,
  ...repoImport,
  ...syncRepos,
  ...syncLists,
  ...actor,
  ...appview,
  ...adminSubjects,
  ...adminAccounts,
  ...adminAccountChanges,
  ...adminInvites,
  ...moderation,
};
