import type { Logger } from "#lib/log.ts";
import type { MailTransport } from "./transport.ts";

/**
 * Sends nothing and says so in the log: the operator reads letters and their
 * codes in the outbox, and hands them on. What is in a letter is not logged.
 */
export function createLogTransport(log: Pick<Logger, "info">): MailTransport {
  return {
    async send({ subject }) {
      log.info("mail kept", { subject });
    },
    async trySend() {
      const line = "! Letters are kept in the outbox and sent to nobody.";
      return { isSent: false, lines: [line] };
    },
  };
}
