import type { Storage } from "./storage.ts";
import {
  createHcaptchaCheck,
  createPuzzleCheck,
} from "#contexts/accounts/human-check.ts";
import {
  createRegistration,
  type Registration,
} from "#contexts/accounts/registration.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import { systemRandom } from "#contexts/security/random.ts";
import type { LiveSettings } from "#contexts/settings/live-settings.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { type SafeFetch } from "#lib/safe-fetch.ts";
import type { Config } from "#config.ts";

/** Who may make an account by themselves. */
export function createRegistrationOf(
  config: Config,
  { accountDb: db }: Storage,
  deps: {
    live: LiveSettings;
    mail: Mail;
    serviceFetch: SafeFetch;
    clock: Clock;
    log: Logger;
  },
): Registration {
  const { hcaptcha, publicUrl } = config;
  const humanCheck =
    hcaptcha === null
      ? createPuzzleCheck({
          key: systemRandom(32),
          clock: deps.clock,
          random: systemRandom,
        })
      : createHcaptchaCheck({
          siteKey: hcaptcha.siteKey,
          secretKey: hcaptcha.secretKey.reveal(),
          fetch: deps.serviceFetch,
        });
  return createRegistration({ ...deps, db, humanCheck, publicUrl });
}
