/** What stays open for the next use, until others need the room. */
export interface OpenFiles<T> {
  /** Also marks the file as the one used last. */
  find(key: string): T | null;
  has(key: string): boolean;
  /** Closes the files used longest ago if the bound is reached; to be called before one is opened. */
  makeRoom(): void;
  add(key: string, file: T): void;
  close(key: string): void;
  closeAll(): void;
  count(): number;
}

/**
 * @param options.max bound of the files that are open, but for those that
 *   can't be closed.
 * @param options.giveUp closes a file for the room alone; it may be wanted
 *   again. False when it has to stay open.
 */
export function createOpenFiles<T extends { close(): void }>({
  max,
  giveUp,
}: {
  max: number;
  giveUp(file: T): boolean;
}): OpenFiles<T> {
  // A Map keeps the order of insertion: the first is the one used longest ago.
  const files = new Map<string, T>();

  function giveUpOldest(): void {
    const [key, file] = files.entries().next().value!;
    // One that stays is the last to be asked again.
    files.delete(key);
    files.set(key, file);
    let isClosed = true;
    try {
      isClosed = giveUp(file);
    } finally {
      if (isClosed) files.delete(key);
    }
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
    has: (key) => files.has(key),
    makeRoom() {
      for (let tries = files.size; tries > 0 && files.size >= max; tries--) {
        giveUpOldest();
      }
    },
    add: (key, file) => void files.set(key, file),
    close,
    closeAll() {
      for (const key of files.keys()) close(key);
    },
    count: () => files.size,
  };
}
