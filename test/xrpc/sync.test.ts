import { runScenarios } from "./scenario.ts";
import { actor } from "./scenarios/actor.ts";
import { syncLists } from "./scenarios/sync-lists.ts";
import { syncRepos } from "./scenarios/sync-repos.ts";

runScenarios({ ...syncRepos, ...syncLists, ...actor });
