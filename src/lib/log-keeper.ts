import { LOG_LEVELS, type LogEntry, type LogLevel } from "./log.ts";

/** An entry with its number, which only rises. */
export interface KeptEntry extends LogEntry {
  id: number;
}

export interface LogFilter {
  /** Least severe level that is wanted. */
  level: Exclude<LogLevel, "silent">;
  /** Has to be somewhere in the entry, in any case. */
  text?: string;
  /** Only entries with a lower number. */
  before?: number | null;
  /** Only entries with a higher number. */
  after?: number;
  limit: number;
}

/**
 * The last lines of the log, in memory and without the secrets that the log
 * never has; and how much is written, which can be changed at any time.
 */
export interface LogKeeper {
  level(): LogLevel;
  setLevel(level: LogLevel): void;
  keep(entry: LogEntry): void;
  /** Newest first. */
  list(filter: LogFilter): KeptEntry[];
}

/** About a megabyte. */
const MOST_ENTRIES = 3000;

export function createLogKeeper(
  first: LogLevel,
  { maxEntries = MOST_ENTRIES } = {},
): LogKeeper {
  let level = first;
  const ring: KeptEntry[] = [];
  let next = 0;

  return {
    level: () => level,
    setLevel(wanted) {
      level = wanted;
    },
    keep(entry) {
      ring[next % maxEntries] = { ...entry, id: next + 1 };
      next++;
    },
    list({ level: least, text = "", before = null, after = 0, limit }) {
      const threshold = LOG_LEVELS.indexOf(least);
      const wanted = text.trim().toLowerCase();
      const found: KeptEntry[] = [];
      const newest = Math.min(next, (before ?? Infinity) - 1);
      const oldest = Math.max(1, next - maxEntries + 1, after + 1);
      for (let id = newest; id >= oldest && found.length < limit; id--) {
        const entry = ring[(id - 1) % maxEntries]!;
        if (LOG_LEVELS.indexOf(entry.level) < threshold) continue;
        if (wanted !== "" && !textOf(entry).includes(wanted)) continue;
        found.push(entry);
      }
      return found;
    },
  };
}

function textOf({ event, fields }: LogEntry): string {
  return `${event} ${JSON.stringify(fields)}`.toLowerCase();
}
