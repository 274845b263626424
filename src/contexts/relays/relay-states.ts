import type { Clock } from "#lib/clock.ts";
import type { AccountDb } from "#storage/account/account-db.ts";

/** What is known of one relay; outlives the process. */
export interface RelayState {
  /** When it was last asked to crawl, and what it said to that. */
  askedAtMs: number | null;
  answer: string | null;
  /** When it was last asked how this host stands with it. */
  checkedAtMs: number | null;
  /** Its word for us, or ours: `unknown`, `unsupported`, `unreachable`. */
  status: string | null;
  statusSinceMs: number;
  /** Newest event that it has of us. */
  seq: number | null;
  seqSinceMs: number;
  /** Accounts of this host that it counts; null where it does not say. */
  accountCount: number | null;
  /** When it last was active and had all that it should. */
  followedAtMs: number | null;
  /** When it was last taken for lost, and how often since it followed. */
  remindedAtMs: number | null;
  reminders: number;
}

/** What is known of the readers together. */
export interface ReadersState {
  /** When somebody was last seen to read the stream. */
  seenAtMs: number | null;
  /** Accounts changed since `sinceMs` are to be announced once somebody listens. */
  announce: { sinceMs: number; atMs: number } | null;
}

export interface RelayStates {
  get(url: string): RelayState;
  update(url: string, changes: Partial<RelayState>): RelayState;
  readers(): ReadersState;
  updateReaders(changes: Partial<ReadersState>): void;
}

const NOTHING: RelayState = {
  askedAtMs: null,
  answer: null,
  checkedAtMs: null,
  status: null,
  statusSinceMs: 0,
  seq: null,
  seqSinceMs: 0,
  accountCount: null,
  followedAtMs: null,
  remindedAtMs: null,
  reminders: 0,
};
const NOBODY: ReadersState = { seenAtMs: null, announce: null };
const READERS = "relay-readers";

/** Kept as settings: a handful of small rows that change every few minutes. */
export function createRelayStates(deps: {
  db: Pick<AccountDb, "settings">;
  clock: Clock;
}): RelayStates {
  const { settings } = deps.db;
  const known = new Map<string, object>();

  function read<T extends object>(name: string, none: T): T {
    const found = known.get(name) as T | undefined;
    if (found !== undefined) return found;
    const stored = settings.find(name) as Partial<T> | undefined;
    const value = { ...none, ...stored };
    known.set(name, value);
    return value;
  }

  function write<T extends object>(name: string, value: T): T {
    settings.put(name, value, deps.clock.nowMs());
    known.set(name, value);
    return value;
  }

  const get = (url: string) => read(`relay ${url}`, NOTHING);
  const readers = () => read(READERS, NOBODY);
  return {
    get,
    update: (url, changes) =>
      write(`relay ${url}`, { ...get(url), ...changes }),
    readers,
    updateReaders: (changes) =>
      void write(READERS, { ...readers(), ...changes }),
  };
}
