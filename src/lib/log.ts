import { type Clock, systemClock } from "./clock.ts";

/** Levels from the chattiest to the most severe. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Record<string, unknown>;

/** Structured log of events; `event` is a fixed phrase, everything variable is a field. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

/** `json`: one object a line. `text`: for a person at a terminal. */
export type LogFormat = "json" | "text";

/** One line as it was before it became text; secrets are gone already. */
export interface LogEntry {
  time: string;
  level: Level;
  event: string;
  fields: LogFields;
}

export interface LoggerOptions {
  /** A function is asked for each line, so that the level can change. */
  level: LogLevel | (() => LogLevel);
  /** Takes each line too. */
  keep?: (entry: LogEntry) => void;
  format?: LogFormat;
  clock?: Clock;
  /** Takes one finished line with its line feed; standard error by default. */
  write?: (line: string) => void;
}

type Level = Exclude<LogLevel, "silent">;

/** Field names whose values never reach a log, whoever passes them. */
const SECRET_NAME =
  /pass(word|phrase)?$|secret|token$|jwt$|authorization|cookie|dpop|private.?key|rotation.?key|master.?key/i;
const REDACTED = "[redacted]";
const MAX_DEPTH = 6;
const MAX_TEXT = 2000;

/** Writes each event as one line; lines below `level` cost one comparison. */
export function createLogger(options: LoggerOptions): Logger {
  const clock = options.clock ?? systemClock;
  const write = options.write ?? ((line) => void process.stderr.write(line));
  const format = options.format === "text" ? formatText : formatJson;
  const { level: given, keep } = options;
  const isWritten =
    typeof given === "function"
      ? (level: Level) =>
          LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(given())
      : null;
  const threshold =
    isWritten === null ? LOG_LEVELS.indexOf(given as LogLevel) : 0;

  const build = (base: LogFields): Logger => {
    const at = (level: Level) => {
      if (LOG_LEVELS.indexOf(level) < threshold) return () => {};
      return (event: string, fields?: LogFields) => {
        if (isWritten !== null && !isWritten(level)) return;
        const time = new Date(clock.nowMs()).toISOString();
        const shown = redact({ ...base, ...fields }, 0) as LogFields;
        write(format(time, level, event, shown));
        keep?.({ time, level, event, fields: shown });
      };
    };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => build({ ...base, ...fields }),
    };
  };
  return build({});
}

/** A logger that drops everything. */
export const silentLogger: Logger = createLogger({
  level: "silent",
  write: () => {},
});

function formatJson(
  time: string,
  level: Level,
  event: string,
  fields: LogFields,
): string {
  return `${JSON.stringify({ ...fields, time, level, event })}\n`;
}

function formatText(
  time: string,
  level: Level,
  event: string,
  fields: LogFields,
): string {
  const pairs = Object.entries(fields).map(
    ([name, value]) =>
      ` ${name}=${typeof value === "string" ? quoteIfNeeded(value) : JSON.stringify(value)}`,
  );
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${event}${pairs.join("")}\n`;
}

function quoteIfNeeded(value: string): string {
  return /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}

/** A copy that JSON can carry: errors become objects, secrets go, bytes become their length. */
function redact(value: unknown, depth: number): unknown {
  if (typeof value === "string") return shorten(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[deep]";
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return redact(value.toJSON(), depth + 1);
  }
  const shown: LogFields = {};
  for (const [name, item] of Object.entries(value)) {
    const hide = SECRET_NAME.test(name) && item !== null && item !== undefined;
    shown[name] = hide ? REDACTED : redact(item, depth + 1);
  }
  return shown;
}

function describeError(error: Error, depth: number): LogFields {
  const shown: LogFields = {
    name: error.name,
    message: shorten(error.message),
  };
  if ("error" in error) shown.error = error.error;
  if ("code" in error) shown.code = error.code;
  if (error.stack) shown.stack = shorten(error.stack);
  if (error.cause !== undefined) shown.cause = redact(error.cause, depth + 1);
  return shown;
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
