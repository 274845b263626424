import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { DidDocument } from "./did-document.ts";

export interface DidCacheConfig {
  clock: Clock;
  /** Asks the network. Rejections are remembered for `failureTtlMs` and handed to everyone who asks meanwhile. */
  load: (did: Did) => Promise<LoadedDocument>;
  /** After this an answer is still given, and renewed in the background. */
  staleTtlMs: number;
  /** After this it is not given any more. */
  maxTtlMs: number;
  failureTtlMs: number;
  maxEntries: number;
  /** Of the documents' JSON in all. */
  maxBytes: number;
  /** Told of failures in the background, which nobody waits for. */
  onBackgroundFailure: (did: Did, error: unknown) => void;
  /** The DID has no document any more, so that an old one must not be given out either. */
  isGone: (error: unknown) => boolean;
}

export interface LoadedDocument {
  document: DidDocument;
  sizeBytes: number;
}

// An error with its stack and cause, roughly.
const FAILURE_SIZE_BYTES = 1024;

type Entry =
  | { kind: "found"; document: DidDocument; sizeBytes: number; atMs: number }
  | { kind: "failed"; error: unknown; sizeBytes: number; atMs: number };

/**
 * DID documents in memory, bounded in number and bytes, the least recently
 * used dropped first. At most one request for a DID is under way at a time.
 */
export interface DidCache {
  /** @param refresh asks the network whatever is known. */
  get(did: Did, refresh: boolean): Promise<DidDocument>;
  forget(did: Did): void;
}

export function createDidCache(config: DidCacheConfig): DidCache {
  const { clock } = config;
  const entries = new Map<Did, Entry>();
  const loading = new Map<Did, Promise<DidDocument>>();
  let sizeBytes = 0;

  function forget(did: Did): void {
    sizeBytes -= entries.get(did)?.sizeBytes ?? 0;
    entries.delete(did);
  }

  function keep(did: Did, entry: Entry): void {
    forget(did);
    entries.set(did, entry);
    sizeBytes += entry.sizeBytes;
    for (const oldest of entries.keys()) {
      const fits =
        entries.size <= config.maxEntries && sizeBytes <= config.maxBytes;
      if (fits) break;
      forget(oldest);
    }
  }

  /** Moves an entry to the young end. */
  function find(did: Did): Entry | undefined {
    const entry = entries.get(did);
    if (entry === undefined) return undefined;
    entries.delete(did);
    entries.set(did, entry);
    return entry;
  }

  function load(did: Did): Promise<DidDocument> {
    const known = loading.get(did);
    if (known !== undefined) return known;
    const promise = loadAndKeep(did).finally(() => loading.delete(did));
    loading.set(did, promise);
    return promise;
  }

  async function loadAndKeep(did: Did): Promise<DidDocument> {
    try {
      const found = await config.load(did);
      keep(did, { kind: "found", ...found, atMs: clock.nowMs() });
      return found.document;
    } catch (error) {
      const stillGood =
        entries.get(did)?.kind === "found" && !config.isGone(error);
      if (!stillGood) {
        const sizeBytes = FAILURE_SIZE_BYTES + did.length;
        keep(did, { kind: "failed", error, sizeBytes, atMs: clock.nowMs() });
      }
      throw error;
    }
  }

  return {
    forget,
    async get(did, refresh) {
      const entry = refresh ? undefined : find(did);
      const ageMs = entry === undefined ? 0 : clock.nowMs() - entry.atMs;
      if (entry?.kind === "failed" && ageMs < config.failureTtlMs) {
        throw entry.error;
      }
      if (entry?.kind !== "found" || ageMs >= config.maxTtlMs) {
        return await load(did);
      }
      if (ageMs >= config.staleTtlMs) {
        load(did).catch((error) => config.onBackgroundFailure(did, error));
      }
      return entry.document;
    },
  };
}
