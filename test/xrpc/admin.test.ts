import { runScenarios } from "./scenario.ts";
import { adminAccounts } from "./scenarios/admin-accounts.ts";
import { adminInvites } from "./scenarios/admin-invites.ts";
import { adminSubjects } from "./scenarios/admin-subjects.ts";
import { moderation } from "./scenarios/moderation.ts";

runScenarios({
  ...adminSubjects,
  ...adminAccounts,
  ...adminInvites,
  ...moderation,
});
