import { runScenarios } from "./scenario.ts";
import { serverEmail } from "./scenarios/server-email.ts";
import { serverPasswords } from "./scenarios/server-passwords.ts";
import { signInFactor } from "./scenarios/sign-in-factor.ts";

runScenarios({
  ...serverEmail,
  ...serverPasswords,
  "com.atproto.server.createSession": signInFactor,
});
