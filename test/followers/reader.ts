/** CIDs by path. */
export type Records = ReadonlyMap<string, string>;

/** Somebody else's program that reads our events and keeps the repositories. */
export interface Reader {
  /** Has it taken in that revision of that repository? */
  hasReached(did: string, rev: string): boolean | Promise<boolean>;
  recordsOf(did: string): Records;
  /** Was it told that the account is deleted? */
  hasForgotten(did: string): boolean;
  /** All that it found wrong, in its own words. */
  failures(): string[];
  stop(): Promise<void>;
}
