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
    add: (key, file) => void files.set(key, file),
    close,
    closeAll() {
      for (const key of files.keys()) close(key);
    },
    count: () => files.size,
  };
}
