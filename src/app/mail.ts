import type { Storage } from "./storage.ts";
import { createHttpTransport } from "#contexts/mail/http-transport.ts";
import { createLogTransport } from "#contexts/mail/log-transport.ts";
import { createMail, type Mail } from "#contexts/mail/mail.ts";
import {
  createSmtpTransport,
  type MailTransport,
} from "#contexts/mail/transport.ts";
import type { LiveSettings } from "#contexts/settings/live-settings.ts";
import { type Clock } from "#lib/clock.ts";
import { isLanguage } from "#lib/languages.ts";
import { type Logger } from "#lib/log.ts";
import { type SafeFetch } from "#lib/safe-fetch.ts";
import type { Secret } from "#lib/secret.ts";
import type { Config } from "#config.ts";

interface MailContextDeps {
  live: LiveSettings;
  clock: Clock;
  log: Logger;
  fetch: SafeFetch;
  /** Instead of the ways that the settings name. */
  mailTransport: MailTransport | null;
  /** Called with what became of each letter. */
  onDelivery(result: "mailSent" | "mailFailed"): void;
}

export function createMailContext(
  config: Config,
  { accountDb }: Storage,
  deps: MailContextDeps,
): Mail {
  const { clock, log, mailTransport, live, onDelivery } = deps;
  const { smtpUrl, moderationSmtpUrl } = config;
  const transport = mailTransport ?? transportOf(config, deps);
  // Mostly the same server, which then is one transport.
  const isShared =
    mailTransport !== null ||
    config.emailLogOnly ||
    moderationSmtpUrl === null ||
    moderationSmtpUrl.reveal() === smtpUrl?.reveal();
  return createMail({
    ...{ clock, log },
    outbox: accountDb.mails,
    transport: transport && counted(transport, onDelivery),
    from: config.emailFrom ?? `no-reply@${config.hostname}`,
    moderation: {
      transport: isShared
        ? transport && counted(transport, onDelivery)
        : smtpTransport(moderationSmtpUrl),
      from: config.moderationEmail,
    },
    get serviceName() {
      return live.get("serviceName");
    },
    languageOf(did) {
      const own = did === null ? null : accountDb.languages.find(did);
      return own !== null && isLanguage(own) ? own : config.language;
    },
    accentColor: config.primaryColor,
  });
}

function transportOf(
  { emailLogOnly, emailApi, smtpUrl }: Config,
  { log, fetch }: Pick<MailContextDeps, "log" | "fetch">,
): MailTransport | null {
  if (emailLogOnly) return createLogTransport(log);
  if (emailApi === null) return smtpTransport(smtpUrl);
  const { url, key } = emailApi;
  return createHttpTransport({ url, key: key.reveal(), fetch });
}

function smtpTransport(url: Secret | null): MailTransport | null {
  return url === null ? null : createSmtpTransport(url.reveal());
}

function counted(
  transport: MailTransport,
  tell: MailContextDeps["onDelivery"],
): MailTransport {
  return {
    ...transport,
    async send(mail) {
      try {
        await transport.send(mail);
      } catch (error) {
        tell("mailFailed");
        throw error;
      }
      tell("mailSent");
    },
  };
}
