import type { Did } from "#repo/syntax.ts";

/**
 * What an account may write in a time. Its owner spends from it, and so does
 * what is done in the owner's name for hours; that leaves a part to the owner,
 * who wants to post meanwhile.
 */
export interface WriteBudget {
  /** Takes the points of so many deletions, or says when there are enough again. */
  take(
    did: Did,
    deletions: number,
  ): { kind: "go" } | { kind: "later"; atMs: number };
  /** How long each time is that has so many points. */
  readonly windowsMs: readonly number[];
  /** Takes them in any case, from one of the times: they were spent before this process began. */
  charge(
    did: Did,
    deletions: number,
    window: { windowMs: number; endsAtMs: number },
  ): void;
  /** When there will have been enough for so many, if the owner writes nothing. */
  forecastMs(did: Did, deletions: number): number;
}
