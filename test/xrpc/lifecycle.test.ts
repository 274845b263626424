import { runScenarios } from "./scenario.ts";
import { repoImport } from "./scenarios/repo-import.ts";
import { serverLifecycle } from "./scenarios/server-lifecycle.ts";

runScenarios({ ...serverLifecycle, ...repoImport });
