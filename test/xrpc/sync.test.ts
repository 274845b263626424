import { runScenarios } from "./scenario.ts";
import { actor } from "./scenarios/actor.ts";
import { sync } from "./scenarios/sync.ts";

runScenarios({ ...sync, ...actor });
