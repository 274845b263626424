import type { Storage } from "./storage.ts";
import { createEmailTokens } from "#contexts/accounts/email-tokens.ts";
import { createSecurityEvents } from "#contexts/security/events.ts";
import { type Mail } from "#contexts/mail/mail.ts";
import { createPasswords } from "#contexts/security/passwords.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { openRotationSigner } from "#contexts/security/server-key.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import type { Config } from "#config.ts";

export type Credentials = ReturnType<typeof createCredentials>;

/** By what owners prove who they are, and the server in the PLC directory. */
export function createCredentials(
  config: Config,
  { accountDb: db, keyStore }: Storage,
  { clock, log, mail }: { clock: Clock; log: Logger; mail: Mail },
) {
  return {
    passwords: createPasswords(),
    events: createSecurityEvents({
      ...{ db, mail, clock, log },
      publicUrl: new URL(config.publicUrl).origin,
    }),
    emailTokens: createEmailTokens({ db, mail, clock, random: systemRandom }),
    rotationSigner: openRotationSigner({
      hex: config.plcRotationKey?.reveal() ?? null,
      db,
      keyStore,
      clock,
    }),
  };
}
