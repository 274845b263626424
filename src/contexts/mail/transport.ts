import { OperatorError } from "#lib/errors.ts";
import { secretsOf, transcriptLogger } from "./transcript.ts";

export interface OutgoingMail {
  /** Address, or `Name <address>`. */
  from: string;
  /** One address; it is not parsed, so it can't become several. */
  to: string;
  subject: string;
  text: string;
  html: string | null;
}

/** A letter that was not taken. */
export class MailError extends Error {
  override name = "MailError";
  /** True when trying again makes no sense: the address or the letter was refused for good. */
  readonly isPermanent: boolean;

  constructor(message: string, isPermanent: boolean, cause?: unknown) {
    super(message, { cause });
    this.isPermanent = isPermanent;
  }
}

/** What a trial showed: all that was said, without secrets. */
export interface Trial {
  isSent: boolean;
  /** `> ` is what we said, `< ` what the server did, `! ` what went wrong. */
  lines: string[];
}

/** Takes letters to a mail server. */
export interface MailTransport {
  /** Resolves when the server has taken the letter. @throws MailError */
  send(mail: OutgoingMail): Promise<void>;
  /** Sends a letter and tells how it went; where it is missing, `send` says it all. */
  trySend?(mail: OutgoingMail): Promise<Trial>;
}

const TIMEOUT_MS = 15_000;

/**
 * A transport by URL: `smtp://user:pass@host:587`, `smtps://…`, or
 * `smtp:///?sendmail=true` for the machine's own sendmail. Nothing connects
 * before the first letter.
 * @throws OperatorError 78 when the URL is of another kind.
 */
export function createSmtpTransport(smtpUrl: string): MailTransport {
  if (!/^smtps?:\/\//i.test(smtpUrl)) {
    throw new OperatorError("the SMTP URL does not begin with smtp://", {
      hint: "set TEMPEST_SMTP_URL to smtp://user:password@host:587, or smtps:// for TLS from the start",
      exitCode: 78,
    });
  }
  const connect = async (extra: object = {}) => {
    // Loaded with the first letter: most starts send none.
    const { createTransport } = await import("nodemailer");
    return createTransport({
      url: smtpUrl,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // A letter never pulls in a file or a page, whatever is written in it.
      disableFileAccess: true,
      disableUrlAccess: true,
      ...extra,
    });
  };
  let mailer: ReturnType<typeof connect> | null = null;
  return {
    async send(mail) {
      mailer ??= connect();
      try {
        await (await mailer).sendMail(toMessage(mail));
      } catch (error) {
        throw toMailError(error);
      }
    },
    async trySend(mail) {
      const lines: string[] = [];
      const logger = transcriptLogger(lines, secretsOf(smtpUrl));
      try {
        const { sendMail } = await connect({ logger, debug: true }).then(
          (one) => ({ sendMail: one.sendMail.bind(one) }),
        );
        await sendMail(toMessage(mail));
        return { isSent: true, lines };
      } catch (error) {
        lines.push(`! ${toMailError(error).message}`);
        return { isSent: false, lines };
      }
    },
  };
}

function toMessage(mail: OutgoingMail) {
  return {
    from: mail.from,
    to: { name: "", address: mail.to },
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === null ? {} : { html: mail.html }),
  };
}

function toMailError(error: unknown): MailError {
  const { code, responseCode, message } = error as {
    code?: string;
    responseCode?: number;
    message?: string;
  };
  // Refused credentials are 5xx too, but the operator can mend them.
  const isPermanent = code !== "EAUTH" && (responseCode ?? 0) >= 500;
  const text = String(message ?? error).replace(/\s+/g, " ");
  return new MailError(text.slice(0, 500), isPermanent, error);
}
