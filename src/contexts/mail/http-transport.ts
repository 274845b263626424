import type { FetchedResponse, FetchOptions } from "#lib/safe-fetch.ts";
import {
  MailError,
  type MailTransport,
  type OutgoingMail,
} from "./transport.ts";

const MOST_WORDS = 500;
const TIMEOUT_MS = 15_000;
/** Refusals that trying again does not mend. */
const PERMANENT = new Set([400, 404, 405, 413, 422]);

/**
 * A mail service that takes letters over HTTP, in the form of Resend's API:
 * for machines whose network lets no SMTP out.
 * @see https://resend.com/docs/api-reference/emails/send-email
 */
export function createHttpTransport(deps: {
  /** Where letters are posted: `https://api.resend.com/emails`. */
  url: string;
  key: string;
  fetch(href: string, options: FetchOptions): Promise<FetchedResponse>;
}): MailTransport {
  const { url, key } = deps;

  async function post({ from, to, subject, text, html }: OutgoingMail) {
    const letter = { from, to: [to], subject, text };
    return deps.fetch(url, {
      method: "POST",
      timeoutMs: TIMEOUT_MS,
      redirect: "manual",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(html === null ? letter : { ...letter, html }),
    });
  }

  const wordsOf = ({ body }: FetchedResponse) =>
    new TextDecoder().decode(body).replace(/\s+/g, " ").slice(0, MOST_WORDS);

  return {
    async send(mail) {
      let answer: FetchedResponse;
      try {
        answer = await post(mail);
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        throw new MailError(words, false, error);
      }
      const { status } = answer;
      if (status >= 200 && status < 300) return;
      const words = `${status} ${wordsOf(answer)}`;
      throw new MailError(words, PERMANENT.has(status));
    },
    async trySend(mail) {
      const lines = [
        `> POST ${url}`,
        "> Authorization: Bearer [hidden]",
        `> From: ${mail.from}`,
        `> To: ${mail.to}`,
      ];
      try {
        const answer = await post(mail);
        const { status } = answer;
        lines.push(
          `< ${status}`,
          `< ${wordsOf(answer).replaceAll(key, "[hidden]")}`,
        );
        return { isSent: status >= 200 && status < 300, lines };
      } catch (error) {
        lines.push(
          `! ${error instanceof Error ? error.message : String(error)}`,
        );
        return { isSent: false, lines };
      }
    },
  };
}
