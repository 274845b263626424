import type { LexiconDoc, Lexicons as LexiconSet } from "@atproto/lexicon";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import {
  type Handle,
  isDisallowedTld,
  isNsid,
  type Nsid,
} from "#repo/syntax.ts";
import { parseLexicon, referencesOf } from "./documents.ts";

/** How unknown lexicons are looked up. */
export interface Resolution {
  /** The document that the authority of the name publishes. Rejects when it can't be had. */
  resolve(nsid: Nsid): Promise<object>;
  clock: Clock;
  log: Logger;
  /** Longest that a write waits for a look-up, which goes on without it. */
  waitMs?: number;
}

/** Lexicons that were looked up, for as long as they are good. */
export interface LearnedLexicons {
  /**
   * Looks a lexicon up with all that it refers to, unless it is there. Waits a
   * while and then leaves it; never rejects.
   */
  learn(nsid: Nsid): Promise<void>;
  has(nsid: string): boolean;
}

const HOUR_MS = 60 * 60_000;
/** A lexicon changes seldom, and must not be broken by a change. @see https://atproto.com/specs/lexicon#lexicon-publication-and-resolution */
const STALE_MS = 24 * HOUR_MS;
const MAX_AGE_MS = 90 * 24 * HOUR_MS;
/** What isn't there yet may be published in a moment. */
const FAILURE_MS = 5 * 60_000;
const WAIT_MS = 2000;
const MAX_ENTRIES = 1000;
/** Documents that one lexicon may need beside itself. */
const MAX_REFERENCES = 50;
/** Look-ups at a time; beyond, lexicons stay unknown for now. */
const MAX_LOADING = 16;

/** Of all documents' JSON together. */
const MAX_BYTES = 16 * 1024 * 1024;

interface Entry {
  /** null: it wasn't to be had. */
  references: Nsid[] | null;
  atMs: number;
  sizeBytes: number;
}

/** @param known true for lexicons that need no look-up, and are never replaced. */
export function createLearnedLexicons(
  lexicons: LexiconSet,
  known: (nsid: string) => boolean,
  { resolve, clock, log, waitMs = WAIT_MS }: Resolution,
): LearnedLexicons {
  const entries = new Map<Nsid, Entry>();
  const loading = new Map<Nsid, Promise<void>>();
  let sizeBytes = 0;

  function find(nsid: Nsid): Entry | null {
    const entry = entries.get(nsid);
    if (entry === undefined) return null;
    const maxAgeMs = entry.references === null ? FAILURE_MS : MAX_AGE_MS;
    if (clock.nowMs() - entry.atMs < maxAgeMs) return entry;
    forget(nsid);
    return null;
  }

  function forget(nsid: Nsid): void {
    const entry = entries.get(nsid);
    if (entry?.references) lexicons.remove(nsid);
    sizeBytes -= entry?.sizeBytes ?? 0;
    entries.delete(nsid);
  }

  function keep(nsid: Nsid, document: LexiconDoc | null): void {
    forget(nsid);
    // Before it is added, which rewrites its references.
    const references = document && referencesOf(document);
    if (document !== null) lexicons.add(document);
    const entry = {
      references,
      atMs: clock.nowMs(),
      sizeBytes: nsid.length + JSON.stringify(document).length,
    };
    entries.set(nsid, entry);
    sizeBytes += entry.sizeBytes;
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_ENTRIES && sizeBytes <= MAX_BYTES) break;
      forget(oldest);
    }
  }

  async function load(nsid: Nsid): Promise<void> {
    try {
      const document = parseLexicon(await resolve(nsid));
      if (document.id !== nsid)
        throw new Error(`it calls itself ${document.id}`);
      keep(nsid, document);
    } catch (error) {
      log.debug("lexicon not found", { nsid, reason: error });
      // One that was good is better than none.
      if (!entries.get(nsid)?.references) keep(nsid, null);
    }
  }

  function ensure(nsid: Nsid): Promise<void> {
    const entry = find(nsid);
    const isStale =
      entry?.references != null && clock.nowMs() - entry.atMs >= STALE_MS;
    const isBusy = loading.has(nsid);
    if ((entry === null || isStale) && !isBusy && loading.size < MAX_LOADING) {
      const promise = load(nsid).finally(() => loading.delete(nsid));
      loading.set(nsid, promise);
    }
    return entry === null
      ? (loading.get(nsid) ?? Promise.resolve())
      : Promise.resolve();
  }

  async function ensureAll(root: Nsid): Promise<void> {
    const seen = new Set<Nsid>([root]);
    for (let wave: Nsid[] = [root]; wave.length > 0;) {
      await Promise.all(wave.map(ensure));
      const next = wave
        .flatMap((nsid) => find(nsid)?.references ?? [])
        .filter((nsid) => mayLearn(nsid) && !seen.has(nsid));
      wave = [...new Set(next)].slice(0, MAX_REFERENCES + 1 - seen.size);
      for (const nsid of wave) seen.add(nsid);
    }
  }

  function mayLearn(nsid: Nsid): boolean {
    return isNsid(nsid) && !known(nsid) && isPublic(nsid);
  }

  return {
    has: (nsid) => find(nsid as Nsid)?.references != null,
    async learn(nsid) {
      if (!mayLearn(nsid)) return;
      const { promise, resolve: stop } = Promise.withResolvers<void>();
      const timer = setTimeout(stop, waitMs);
      await Promise.race([ensureAll(nsid), promise]);
      clearTimeout(timer);
    },
  };
}

/** Whether anybody can speak for the domain in a name. */
function isPublic(nsid: Nsid): boolean {
  const [tld = "", domain = ""] = nsid.split(".");
  return !isDisallowedTld(`${domain}.${tld}`.toLowerCase() as Handle);
}
