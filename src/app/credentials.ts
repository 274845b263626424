import type { Storage } from "./storage.ts";
import { createFactors } from "#contexts/accounts/factors/factors.ts";
import { type Identity } from "#contexts/identity/identity.ts";
import { createSecurityEvents } from "#contexts/security/events.ts";
import {
  createEmailTokens,
  type EmailTokenPurpose,
} from "#contexts/accounts/email-tokens.ts";
import { type Mail } from "#contexts/mail/mail.ts";
import type { LiveSettings } from "#contexts/settings/live-settings.ts";
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
  deps: {
    clock: Clock;
    log: Logger;
    mail: Mail;
    identity: Identity;
    live: LiveSettings;
  },
) {
  const { clock, log, mail, identity, live } = deps;
  const random = systemRandom;
  const emailTokens = createEmailTokens({
    ...{ db, mail, clock, random },
    linkOf: (purpose, token) => linkOf(config, purpose, token),
  });
  const rotationSigner = openRotationSigner({
    hex: config.plcRotationKey?.reveal() ?? null,
    db,
    keyStore,
    clock,
  });
  const { recoveryDidKey, publicUrl } = config;
  const events = createSecurityEvents({
    ...{ db, mail, clock, log },
    publicUrl: new URL(publicUrl).origin,
  });
  return {
    passwords: createPasswords(),
    events,
    emailTokens,
    rotationSigner,
    factors: createFactors({
      ...{ db, keyStore, events, emailTokens, clock, random, log },
      ...{ publicUrl, plc: identity.plc },
      getServiceName: () => live.get("serviceName"),
      serverDidKeys: () => [
        rotationSigner.didKey,
        ...(recoveryDidKey === null ? [] : [recoveryDidKey]),
      ],
    }),
  };
}

/** Pages that take a code out of their address. */
const PAGE_BY_PURPOSE: Partial<Record<EmailTokenPurpose, string>> = {
  confirmEmail: "/account/verify-email",
  resetPassword: "/account/reset-password",
};

function linkOf(
  { publicUrl, emailDisableConfirmationLink }: Config,
  purpose: EmailTokenPurpose,
  token: string,
): string | null {
  const path = PAGE_BY_PURPOSE[purpose];
  if (path === undefined || emailDisableConfirmationLink) return null;
  return `${publicUrl}${path}?code=${token}`;
}
