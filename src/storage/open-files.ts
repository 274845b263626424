/** What stays open for the next use, until others need the room. */
export interface OpenFiles<T> {
  /** Also marks the file as the one used last. */
  find(key: string): T | null;
  /** Closes the file used longest ago if the bound is reached; to be called before one is opened. */
  makeRoom(): void;
  add(key: string, file: T): void;
  close(key: string): void;
  closeAll(): void;
  count(): number;
}

// Closing can write a WAL back and sync, which takes milliseconds: it starts
// before the bound is reached, between requests, a few at a time.
const CLOSES_PER_TURN = 1;

/** @param options.giveUp closes a file for the room alone; it may be wanted again. */
export function createOpenFiles<T extends { close(): void }>({
  max,
  giveUp,
}: {
  max: number;
  giveUp(file: T): void;
}): OpenFiles<T> {
  // A Map keeps the order of insertion: the first is the one used longest ago.
  const files = new Map<string, T>();
  const spare = Math.floor(max / 8);
  let isClosing = false;

  function closeOldest(): void {
    const oldest = files.entries().next().value;
    if (oldest === undefined) return;
    files.delete(oldest[0]);
    giveUp(oldest[1]);
  }

  function close(key: string): void {
    const file = files.get(key);
    files.delete(key);
    file?.close();
  }

  function closeSome(): void {
    for (let i = 0; i < CLOSES_PER_TURN && files.size > max - spare; i++) {
      closeOldest();
    }
    isClosing = files.size > max - spare;
    if (isClosing) setImmediate(closeSome);
  }

  return {
    find(key) {
      const file = files.get(key);
      if (file === undefined) return null;
      files.delete(key);
      files.set(key, file);
      return file;
    },
    makeRoom() {
      while (files.size >= max) closeOldest();
    },
    add(key, file) {
      files.set(key, file);
      if (!isClosing && files.size > max - spare) {
        isClosing = true;
        setImmediate(closeSome);
      }
    },
    close,
    closeAll() {
      for (const key of files.keys()) close(key);
    },
    count: () => files.size,
  };
}
