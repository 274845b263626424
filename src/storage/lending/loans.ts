import type { ActorStore, RepoChange } from "#storage/actor-store.ts";
import type { LeftBehind } from "#storage/repo-file.ts";
import {
  FAILED,
  leftBehindOf,
  OUT,
  type Answer,
  type LentFile,
} from "./messages.ts";
import { createLentStore } from "./store.ts";
import { createThread, type ThreadLimits } from "./thread.ts";

/**
 * Closed repositories, lent to another thread for one write each: it opens the
 * file, reads ahead what the write looks at, applies what comes of it, and
 * closes. Until the file is back nobody else opens it.
 */
export interface Loans {
  hasRoom(): boolean;
  has(key: string): boolean;
  /** Resolves when `find` can answer without the file, or the file is back. */
  lend(key: string, file: LentFile): Promise<void>;
  /** Null when it is not lent, or just was. */
  find(key: string): ActorStore | null;
  /** Brings a file back that is lent; the thread stands still meanwhile. */
  takeBack(key: string): void;
  /** Needs the file no more; does not wait. */
  giveBack(key: string): void;
  /** Resolves when the file is not lent. */
  whenBack(key: string): Promise<void>;
  takeAllBack(): void;
  /** Brings all back and ends the thread. */
  close(): void;
}

export interface LoansOptions extends ThreadLimits {
  /** Opens a file that is back. */
  openHere(file: LentFile): ActorStore;
  onApplied(file: LentFile): void;
  onReturned(file: LentFile, left: LeftBehind): void;
  /** What was applied, if anything, may not be in the file. Told at once, also inside of `takeBack`. */
  onFailed(file: LentFile, wasApplied: boolean, error: Error): void;
  /** The other thread is gone; nothing is lent any more. */
  onBroken(error: Error): void;
  /** The other thread does not answer: its disk doesn't. */
  onStalled?: (error: Error) => void;
  /** A disk that takes longer for a page has failed. A minute unless said. */
  longestWaitMs?: number;
}

interface Loan {
  id: number;
  key: string;
  slot: number;
  file: LentFile;
  store: ActorStore | null;
  wasApplied: boolean;
  isGivenBack: boolean;
  ready: PromiseWithResolvers<void>;
  back: PromiseWithResolvers<void>;
}

/** As many files are open there at most. */
const MOST_LENT = 32;
const LONGEST_WAIT_MS = 60_000;

export function createLoans(options: LoansOptions): Loans {
  const { longestWaitMs = LONGEST_WAIT_MS } = options;
  const slots = new Int32Array(new SharedArrayBuffer(4 * MOST_LENT));
  const free = [...slots.keys()];
  const loans = new Map<string, Loan>();
  const byId = new Map<number, Loan>();
  const thread = createThread({
    ...options,
    onAnswer: receive,
    onEnd: breakOff,
    isIdle: () => loans.size === 0,
    start: (send) => send({ kind: "begin", slots }),
  });
  let isBroken = false;
  let lastId = 0;

  function receive(answer: Answer): void {
    // A loan that was waited for has ended before its messages came.
    const loan = byId.get(answer.id);
    if (loan === undefined) return;
    if (answer.kind === "ended") {
      end(loan, answer.error);
      return;
    }
    loan.store = createLentStore(loan.file, answer.read, {
      isLent: () => byId.has(loan.id) && !loan.isGivenBack,
      here() {
        takeBack(loan.key);
        return options.openHere(loan.file);
      },
      apply: (change) => apply(loan, change),
    });
    loan.ready.resolve();
  }

  function apply(loan: Loan, change: RepoChange): void {
    loan.wasApplied = true;
    thread.send({ kind: "apply", id: loan.id, change: compact(change) });
    options.onApplied(loan.file);
  }

  function end(loan: Loan, error: string | null): void {
    const left = leftBehindOf(Atomics.load(slots, loan.slot));
    loans.delete(loan.key);
    byId.delete(loan.id);
    free.push(loan.slot);
    loan.ready.resolve();
    loan.back.resolve();
    if (left !== null) options.onReturned(loan.file, left);
    else {
      const failure = new Error(error ?? "the file could not be written");
      options.onFailed(loan.file, loan.wasApplied, failure);
    }
  }

  /** Its files are closed or will be; those who waited go on without it. */
  function breakOff(error: Error): void {
    if (isBroken) return;
    isBroken = true;
    options.onBroken(error);
    for (const loan of [...loans.values()]) {
      Atomics.store(slots, loan.slot, FAILED);
      end(loan, error.message);
    }
  }

  function giveBack(loan: Loan): void {
    if (loan.wasApplied || loan.isGivenBack) return;
    loan.isGivenBack = true;
    thread.send({ kind: "close", id: loan.id });
  }

  function takeBack(key: string): void {
    const loan = loans.get(key);
    if (loan === undefined) return;
    giveBack(loan);
    const isOut = () => Atomics.load(slots, loan.slot) === OUT;
    if (isOut()) Atomics.wait(slots, loan.slot, OUT, longestWaitMs);
    if (isOut()) {
      const error = new Error(`${loan.file.path} does not come back`);
      options.onStalled?.(error);
      throw error;
    }
    end(loan, null);
  }

  function takeAllBack(): void {
    for (const key of [...loans.keys()]) takeBack(key);
  }

  return {
    hasRoom: () => free.length > 0 && !isBroken,
    has: (key) => loans.has(key),
    lend(key, file) {
      const slot = free.pop()!;
      Atomics.store(slots, slot, OUT);
      const id = ++lastId;
      const loan: Loan = {
        ...{ id, key, slot, file, store: null },
        ...{ wasApplied: false, isGivenBack: false },
        ready: Promise.withResolvers(),
        back: Promise.withResolvers(),
      };
      loans.set(key, loan);
      byId.set(id, loan);
      thread.send({ kind: "open", id, slot, file });
      return loan.ready.promise;
    },
    find(key) {
      const loan = loans.get(key);
      if (loan === undefined) return null;
      // Somebody else than who waits for it.
      if (loan.store === null || loan.isGivenBack) takeBack(key);
      return loans.has(key) ? loan.store : null;
    },
    takeBack,
    giveBack(key) {
      const loan = loans.get(key);
      if (loan !== undefined) giveBack(loan);
    },
    whenBack: (key) => loans.get(key)?.back.promise ?? Promise.resolve(),
    takeAllBack,
    close() {
      try {
        takeAllBack();
      } finally {
        thread.stop();
      }
    },
  };
}

/** Bytes that are part of something larger would be sent with all of it. */
function compact(change: RepoChange): RepoChange {
  const own = (bytes: Uint8Array) => new Uint8Array(bytes);
  const ownOrNull = (bytes: Uint8Array | null) => bytes && own(bytes);
  return {
    ...change,
    commit: own(change.commit),
    data: own(change.data),
    prevData: ownOrNull(change.prevData),
    blocks: change.blocks.map(({ cid, bytes }) => ({
      cid: own(cid),
      bytes: own(bytes),
    })),
    removed: change.removed.map(own),
    records: change.records.map((record) => ({
      ...record,
      cid: ownOrNull(record.cid),
      blobs: record.blobs.map(own),
    })),
  };
}
