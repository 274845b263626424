/** What all readers of the event stream hold unsent, and how much each may. */
export interface Backlog {
  /** A reader came or went. */
  changeReaders(by: 1 | -1): void;
  /** A reader holds so many bytes more, or less. */
  change(bytes: number): void;
  /** Bytes that one reader may hold before it gets its events from the log. */
  share(): number;
  /** Whether so many bytes more fit for all together. */
  hasRoom(bytes: number): boolean;
  heldBytes(): number;
}

export interface BacklogLimits {
  /** Of one reader while there are few. */
  maxShareBytes: number;
  /** Of one reader however many there are: some messages fit. */
  minShareBytes: number;
  /** Of all together. */
  maxBytes: number;
}

/**
 * Each reader has a share of its own, so that those who read slowly take
 * nothing from others. Half of the whole is shared out; the rest is for single
 * messages that are larger than a share.
 */
export function createBacklog(limits: BacklogLimits): Backlog {
  const { maxShareBytes, minShareBytes, maxBytes } = limits;
  let readers = 0;
  let held = 0;
  return {
    changeReaders(by) {
      readers += by;
    },
    change(bytes) {
      held += bytes;
    },
    share() {
      const even = Math.floor(maxBytes / 2 / Math.max(readers, 1));
      return Math.min(maxShareBytes, Math.max(minShareBytes, even));
    },
    hasRoom: (bytes) => held + bytes <= maxBytes,
    heldBytes: () => held,
  };
}
