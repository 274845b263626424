import { runScenarios } from "./scenario.ts";
import { invitedOnly } from "./scenarios/server-invites.ts";

runScenarios(invitedOnly, { TEMPEST_INVITE_REQUIRED: "true" });
