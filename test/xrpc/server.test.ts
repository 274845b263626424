import { runScenarios } from "./scenario.ts";
import { identity } from "./scenarios/identity.ts";
import { serverAccounts } from "./scenarios/server-accounts.ts";
import { serverAppPasswords } from "./scenarios/server-app-passwords.ts";
import { serverInvites } from "./scenarios/server-invites.ts";
import { serverSessions } from "./scenarios/server-sessions.ts";

runScenarios({
  ...serverSessions,
  ...serverAccounts,
  ...serverInvites,
  ...serverAppPasswords,
  ...identity,
});
