import type { ScenarioTable } from "../scenario.ts";
import { actor } from "./actor.ts";
import { adminAccounts } from "./admin-accounts.ts";
import { adminInvites } from "./admin-invites.ts";
import { adminSubjects } from "./admin-subjects.ts";
import { identity } from "./identity.ts";
import { moderation } from "./moderation.ts";
import { repoBatches } from "./repo-batches.ts";
import { repoBlobs } from "./repo-blobs.ts";
import { repoReads } from "./repo-reads.ts";
import { repoWrites } from "./repo-writes.ts";
import { serverAccounts } from "./server-accounts.ts";
import { serverAppPasswords } from "./server-app-passwords.ts";
import { serverInvites } from "./server-invites.ts";
import { serverSessions } from "./server-sessions.ts";
import { sync } from "./sync.ts";

/** The scenarios of every method of the registry. */
export const ALL_SCENARIOS: ScenarioTable = {
  ...serverSessions,
  ...serverAccounts,
  ...serverInvites,
  ...serverAppPasswords,
  ...identity,
  ...repoWrites,
  ...repoBatches,
  ...repoReads,
  ...repoBlobs,
  ...sync,
  ...actor,
  ...adminSubjects,
  ...adminAccounts,
  ...adminInvites,
  ...moderation,
};
