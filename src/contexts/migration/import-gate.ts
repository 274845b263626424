import { XrpcError } from "#lib/errors.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";

/** Uploads that may arrive at once; they wait on disk, so this bounds disk rather than memory. */
const MAX_IMPORTS = 16;
/** A repository of millions of records takes some minutes. */
const MAX_WAIT_MS = 10 * 60_000;

/** Keeps imports from taking all of the server for themselves. */
export function createImportGate() {
  const inside = new Set<Did>();
  const turns = createKeyedMutex({ maxWaitMs: MAX_WAIT_MS });

  return {
    isInside: (did: Did) => inside.has(did),
    /**
     * @returns the way out.
     * @throws XrpcError ServiceUnavailable
     */
    enter(did: Did): () => void {
      if (inside.has(did)) {
        throw unavailable("Another import of this account is under way");
      }
      if (inside.size >= MAX_IMPORTS) {
        throw unavailable("Too many imports are under way");
      }
      inside.add(did);
      return () => void inside.delete(did);
    },
    /** The part that keeps the processor busy, for one account at a time. */
    inTurn: <T>(fn: () => Promise<T>): Promise<T> => turns.run("import", fn),
  };
}

function unavailable(message: string): XrpcError {
  return new XrpcError("ServiceUnavailable", message, { retryAfterSec: 10 });
}
