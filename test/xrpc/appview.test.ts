import { runScenarios } from "./scenario.ts";
import { appview } from "./scenarios/appview.ts";

runScenarios(appview);
