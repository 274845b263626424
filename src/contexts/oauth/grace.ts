import type { Clock } from "#lib/clock.ts";

/** How long the answer to a refresh is kept for whoever did not get it. */
const KEPT_MS = 30_000;
const MOST = 10_000;

interface Kept<Answer> {
  answer: Answer;
  /** Names the access token in it. */
  successor: string;
  expiresAtMs: number;
}

/**
 * Answers to refreshes, kept in memory for a short while: an answer may be lost
 * on the way, and the application's only token with it. An answer is forgotten
 * as soon as a token in it is used, for then it was not lost.
 */
export interface Grace<Answer> {
  keep(refreshHash: string, kept: { answer: Answer; successor: string }): void;
  find(refreshHash: string): Answer | null;
  /** The access token of that name was used, or its refresh token. */
  forget(successor: string): void;
}

export function createGrace<Answer>(clock: Clock): Grace<Answer> {
  const byRefresh = new Map<string, Kept<Answer>>();
  const refreshBySuccessor = new Map<string, string>();

  function remove(refreshHash: string): void {
    const kept = byRefresh.get(refreshHash);
    if (kept === undefined) return;
    byRefresh.delete(refreshHash);
    refreshBySuccessor.delete(kept.successor);
  }

  function sweep(nowMs: number): void {
    for (const [refreshHash, { expiresAtMs }] of byRefresh) {
      if (expiresAtMs > nowMs && byRefresh.size <= MOST) break;
      remove(refreshHash);
    }
  }

  return {
    keep(refreshHash, { answer, successor }) {
      const nowMs = clock.nowMs();
      sweep(nowMs);
      const expiresAtMs = nowMs + KEPT_MS;
      byRefresh.set(refreshHash, { answer, successor, expiresAtMs });
      refreshBySuccessor.set(successor, refreshHash);
    },
    find(refreshHash) {
      const kept = byRefresh.get(refreshHash);
      const isKept = kept !== undefined && kept.expiresAtMs > clock.nowMs();
      return isKept ? kept.answer : null;
    },
    forget(successor) {
      const refreshHash = refreshBySuccessor.get(successor);
      if (refreshHash !== undefined) remove(refreshHash);
    },
  };
}
