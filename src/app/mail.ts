import type { Storage } from "./storage.ts";
import { createMail, type Mail } from "#contexts/mail/mail.ts";
import {
  createSmtpTransport,
  type MailTransport,
} from "#contexts/mail/transport.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import type { Secret } from "#lib/secret.ts";
import type { Config } from "#config.ts";

export function createMailContext(
  config: Config,
  { accountDb }: Storage,
  deps: {
    clock: Clock;
    log: Logger;
    /** Instead of the SMTP servers of the settings. */
    mailTransport: MailTransport | null;
  },
): Mail {
  const { mailTransport, ...shared } = deps;
  const { smtpUrl, moderationSmtpUrl } = config;
  const transport = mailTransport ?? smtpTransport(smtpUrl);
  // Mostly the same server, which then is one transport.
  const isShared =
    mailTransport !== null || moderationSmtpUrl?.reveal() === smtpUrl?.reveal();
  return createMail({
    ...shared,
    outbox: accountDb.mails,
    transport,
    from: config.emailFrom ?? `no-reply@${config.hostname}`,
    moderation: {
      transport: isShared ? transport : smtpTransport(moderationSmtpUrl),
      from: config.moderationEmail,
    },
    serviceName: config.serviceName,
  });
}

function smtpTransport(url: Secret | null): MailTransport | null {
  return url === null ? null : createSmtpTransport(url.reveal());
}
