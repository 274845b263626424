import type { Clock } from "#lib/clock.ts";
import { isLanguage, type Language, LANGUAGES } from "#lib/languages.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { MailRow, MailRows, NewMail } from "#storage/account/mails.ts";
import { renderNotice, type NoticeFacts, type NoticeKind } from "./notices.ts";
import { renderNote } from "./note.ts";
import {
  lifeOfMailMs,
  type MailKind,
  renderMail,
  type RenderedMail,
  type TemplateInput,
} from "./templates.ts";
import type { en } from "./text/en.ts";
import { fillIn, LETTER_TEXTS } from "./texts.ts";
import { MailError, type MailTransport, type Trial } from "./transport.ts";

/** What the outbox must be able to do; its rows live in account.sqlite. */
export type MailOutbox = Pick<
  MailRows,
  "add" | "listDue" | "nextDueAtMs" | "markSent" | "markFailed"
>;

export interface MailDeps {
  outbox: MailOutbox;
  /** null while no mail server is set: letters wait where the operator can read them. */
  transport: MailTransport | null;
  /** Address, or `Name <address>`. */
  from: string;
  /** How moderators' letters go, where they go another way. */
  moderation?: { transport: MailTransport | null; from: string | null };
  /** Read for each letter; the operator may change it. */
  serviceName: string;
  /** What the owner of an account reads; for null, or one who never said, the server's own. English unless given. */
  languageOf?(did: Did | null): Language;
  /** Of buttons, `#rrggbb`. */
  accentColor?: string | null;
  clock: Clock;
  log: Logger;
}

/** Letters to people who have no account, and to the operator. */
export type MessageKind = keyof typeof en.messages;

export interface NewLetter extends TemplateInput {
  kind: MailKind;
  did: Did;
  to: string;
}

/** A letter that tells of something. */
export interface NewNotice {
  kind: NoticeKind;
  did: Did;
  to: string;
  handle: string;
  facts: NoticeFacts;
}

/** A letter to somebody who has no account, or to the operator. */
export interface NewMessage {
  kind: MessageKind;
  to: string;
  /** The server's own unless said. */
  language?: string | null;
  /** What the letter's words name. */
  values: Readonly<Record<string, string>>;
  /** Below the letter's own words: text or HTML. */
  note?: string;
}

/** A letter in the words of a moderator. */
export interface NewNote {
  did: Did;
  to: string;
  subject: string;
  /** Text or HTML. */
  content: string;
}

/**
 * Letters to account owners. A letter is a row first and is sent after it, so
 * none is lost when the process ends or the mail server is away; it may arrive
 * twice if the process dies right after sending.
 */
export interface Mail {
  /** False: letters are kept and not sent. */
  readonly isConfigured: boolean;
  /**
   * Writes a letter and returns its id at once; part of the caller's
   * transaction, if there is one.
   */
  send(letter: NewLetter): number;
  /** The same for a letter without a code. */
  sendNotice(notice: NewNotice): number;
  /** The same for any other letter. */
  sendMessage(message: NewMessage): number;
  /** The same for a letter from the moderators. */
  sendNote(note: NewNote): number;
  /** Sends a letter of no consequence now, past the outbox, and tells how it went. */
  sendTrial(to: string): Promise<Trial>;
  /** Looks at the outbox again, which somebody else has changed. */
  wake(): void;
  /** Sends what is due, in order. Called twice, the second call waits for the first. */
  deliverDue(): Promise<{ sent: number; failed: number }>;
  /** Delivers from now on, as letters come and fall due. */
  start(): void;
  /** Ends delivery after the letter under way. */
  stop(): Promise<void>;
}

/** Waits before each further attempt; the last one repeats. */
const RETRY_DELAYS_MS = [5, 30, 120, 300, 900, 3600].map((sec) => sec * 1000);
const BATCH = 20;
const NOTE = "moderation";

export function createMail(deps: MailDeps): Mail {
  const { outbox, transport, clock, languageOf = () => LANGUAGES[0] } = deps;
  let delivering: Promise<{ sent: number; failed: number }> | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isRunning = false;

  async function deliverAll() {
    const count = { sent: 0, failed: 0 };
    if (transport === null) return count;
    for (;;) {
      const rows = outbox.listDue(clock.nowMs(), BATCH);
      if (rows.length === 0) return count;
      for (const row of rows) {
        count[await deliver(deps, senderOf(deps, transport, row), row)]++;
      }
    }
  }

  function deliverDue() {
    delivering ??= deliverAll().finally(() => {
      delivering = null;
    });
    return delivering;
  }

  function arm(): void {
    if (timer !== null) clearTimeout(timer);
    const dueAtMs = isRunning ? outbox.nextDueAtMs() : null;
    if (dueAtMs === null || transport === null) return;
    timer = setTimeout(run, Math.max(0, dueAtMs - clock.nowMs()));
    timer.unref();
  }

  function run(): void {
    deliverDue()
      .catch((error) => deps.log.error("mail delivery failed", { error }))
      .finally(arm);
  }

  function write(mail: Omit<NewMail, "createdAtMs">): number {
    const id = outbox.add({ ...mail, createdAtMs: clock.nowMs() });
    // Not now: the caller's transaction may still be open.
    if (isRunning) setImmediate(arm);
    return id;
  }

  function sendMessage(message: NewMessage): number {
    const { kind, to, note } = message;
    const { subject, content } = wordsOf(deps, message);
    const whole = note ? `${content}\n\n${note}` : content;
    const links = Object.values(message.values).filter(isLink);
    const body = renderNote(whole, links);
    const rendered = { subject: oneLine(subject), ...body };
    return write({ kind, did: null, toAddress: to, ...bodiesOf(rendered) });
  }

  return {
    isConfigured: transport !== null,
    deliverDue,
    send(letter) {
      const { kind, did, to, ...input } = letter;
      const { serviceName, accentColor } = deps;
      const language = languageOf(did);
      const look = { serviceName, accentColor, language };
      const rendered = renderMail(kind, input, look);
      return write({ kind, did, toAddress: to, ...bodiesOf(rendered) });
    },
    sendNotice({ kind, did, to, handle, facts }) {
      const service = deps.serviceName;
      const language = languageOf(did);
      const input = { handle, service, language, facts };
      const rendered = renderNotice(kind, input);
      return write({ kind, did, toAddress: to, ...bodiesOf(rendered) });
    },
    sendMessage,
    sendNote({ did, to, subject, content }) {
      const rendered = { subject: oneLine(subject), ...renderNote(content) };
      return write({ kind: NOTE, did, toAddress: to, ...bodiesOf(rendered) });
    },
    async sendTrial(to) {
      if (transport === null) {
        return { isSent: false, lines: ["! No way to send mail is set."] };
      }
      const words = wordsOf(deps, { kind: "trial", values: {} });
      const trial = {
        ...{ from: deps.from, to, html: null },
        ...{ subject: words.subject, text: words.content },
      };
      if (transport.trySend !== undefined) return transport.trySend(trial);
      return transport.send(trial).then(
        () => ({ isSent: true, lines: ["< taken"] }),
        (error: unknown) => ({ isSent: false, lines: [`! ${String(error)}`] }),
      );
    },
    wake: arm,
    start() {
      isRunning = true;
      arm();
    },
    async stop() {
      isRunning = false;
      if (timer !== null) clearTimeout(timer);
      await delivering?.catch(() => undefined);
    },
  };
}

const isLink = (value: string) => /^https?:\/\//.test(value);

/** Of a letter to somebody without an account; names of values are filled in. */
function wordsOf(
  deps: Pick<MailDeps, "serviceName" | "languageOf">,
  {
    kind,
    language = null,
    values,
  }: Pick<NewMessage, "kind" | "language" | "values">,
): { subject: string; content: string } {
  const isKnown = language !== null && isLanguage(language);
  const { messages } =
    LETTER_TEXTS[
      isKnown ? language : (deps.languageOf?.(null) ?? LANGUAGES[0])
    ];
  const all = { service: deps.serviceName, ...values };
  const { subject, content } = messages[kind];
  return { subject: fillIn(subject, all), content: fillIn(content, all) };
}

interface Sender {
  transport: MailTransport;
  from: string;
}

function senderOf(
  { from, moderation }: MailDeps,
  transport: MailTransport,
  { kind }: MailRow,
): Sender {
  if (kind !== NOTE || moderation === undefined) return { transport, from };
  return {
    transport: moderation.transport ?? transport,
    from: moderation.from ?? from,
  };
}

function bodiesOf(rendered: RenderedMail) {
  const { subject, text, html } = rendered;
  return { subject, textBody: text, htmlBody: html };
}

/** A line break would begin another header; spaces that break no line stay as they are. */
function oneLine(text: string): string {
  return text.replace(/(?:[^\S\u{a0}\u{202f}]|\p{Cc})+/gu, " ").trim();
}

async function deliver(
  { outbox, clock, log }: MailDeps,
  { transport, from }: Sender,
  row: MailRow,
): Promise<"sent" | "failed"> {
  const { id, kind } = row;
  try {
    await transport.send({
      from,
      to: row.toAddress,
      subject: row.subject,
      text: row.textBody,
      html: row.htmlBody,
    });
  } catch (failure) {
    const nowMs = clock.nowMs();
    const dueAtMs = nextAttemptMs(row, failure, nowMs);
    const error = failure instanceof Error ? failure.message : String(failure);
    outbox.markFailed(id, { error, nowMs, dueAtMs });
    const event = dueAtMs === null ? "mail given up" : "mail not sent yet";
    log.warn(event, { id, kind, attempts: row.attempts + 1, error });
    return "failed";
  }
  outbox.markSent(id, clock.nowMs());
  log.info("mail sent", { id, kind });
  return "sent";
}

/** When to try again; null when it makes no sense any more. */
function nextAttemptMs(
  row: MailRow,
  failure: unknown,
  nowMs: number,
): number | null {
  if (failure instanceof MailError && failure.isPermanent) return null;
  const delayMs = RETRY_DELAYS_MS[row.attempts] ?? RETRY_DELAYS_MS.at(-1)!;
  const isTooLate = nowMs + delayMs > row.createdAtMs + lifeOfMailMs(row.kind);
  return isTooLate ? null : nowMs + delayMs;
}
