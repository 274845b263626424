import { runScenarios } from "./scenario.ts";
import { adminSubjects } from "./scenarios/admin-subjects.ts";

runScenarios(adminSubjects);
