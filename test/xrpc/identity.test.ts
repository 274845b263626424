import { runScenarios } from "./scenario.ts";
import { host } from "./scenarios/host.ts";
import { identityHandles } from "./scenarios/identity-handles.ts";
import { identityLookups } from "./scenarios/identity-lookups.ts";
import { identityOperations } from "./scenarios/identity-operations.ts";

runScenarios({
  ...identityHandles,
  ...identityOperations,
  ...identityLookups,
  ...host,
});
