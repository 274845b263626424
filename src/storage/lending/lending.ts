import { existsSync } from "node:fs";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStore, WantedRecord } from "#storage/actor-store.ts";
import type { LeftWals } from "#storage/left-wals.ts";
import { isOpen, noteLent, noteReturned } from "#storage/open-databases.ts";
import { repoKey } from "#storage/repo-paths.ts";
import { createLoans } from "./loans.ts";
import { createLendingRule, type LendingMode } from "./rule.ts";

/**
 * Writes to closed repositories through another thread: it opens the file,
 * reads ahead what the write looks at, applies what comes of it, and closes.
 * Where more accounts write than files stay open, to open and close them is
 * half of this thread's time. Until a file is back nobody else opens it.
 */
export interface Lending {
  /** A file was opened here, and another closed for it. */
  noteOpened(): void;
  /** As `ActorStores.lend`. */
  lend(did: Did, wanted: readonly WantedRecord[]): Promise<Disposable | null>;
  /** Null when the file is not lent, or was not ready and has been taken back. */
  find(did: Did, generation: number): ActorStore | null;
  has(did: Did, generation: number): boolean;
  /** Brings the file back, if it is lent; the thread stands still meanwhile. */
  takeBack(did: Did, generation: number): void;
  takeAllBack(): void;
  /** Resolves when the file is not lent. */
  whenBack(did: Did, generation: number): Promise<void>;
  /** Brings all back and ends the other thread. */
  close(): void;
}

export interface LendingOptions {
  mode: LendingMode;
  maxOpen: number;
  clock: Clock;
  wals: LeftWals;
  generationOf(did: Did): number | null;
  pathOf(did: Did, generation: number): string;
  /** It is open, or nobody may open it. */
  staysHere(did: Did, generation: number): boolean;
  /** Null when there is no file. */
  openHere(did: Did, generation: number): ActorStore | null;
  onApplied(did: Did, generation: number): void;
  /** As `SetBackListener`. */
  onSetBack(did: Did, error: unknown): void;
  onStalled?: (error: unknown) => void;
  log?: Pick<Logger, "error">;
}

/** Larger writes are worth opening the file for. */
const MOST_WANTED = 16;

export function createLending(options: LendingOptions): Lending {
  const { wals, log, pathOf, staysHere } = options;
  const rule = createLendingRule({ ...options, maxRecent: options.maxOpen });
  const loans = createLoans({
    openHere({ did, generation }) {
      const store = options.openHere(did, generation);
      if (store === null) throw new Error("the repository file is gone");
      return store;
    },
    onApplied: ({ did, generation }) => options.onApplied(did, generation),
    onReturned({ path }, left) {
      noteReturned(path);
      wals.noteLeft(path, left);
    },
    onFailed({ path, did }, wasApplied, error) {
      noteReturned(path);
      log?.error("repo.loan_failed", { did, error });
      // To open it here shows what is wrong with it.
      if (wasApplied) options.onSetBack(did, error);
    },
    onBroken: (error) => log?.error("repo.thread_failed", { error }),
    ...(options.onStalled && { onStalled: options.onStalled }),
  });

  function mayLend(did: Did, generation: number, path: string): boolean {
    return (
      loans.hasRoom() &&
      !loans.has(repoKey(did, generation)) &&
      !staysHere(did, generation) &&
      // By an export.
      !isOpen(path) &&
      !wals.isBusy(path) &&
      existsSync(path)
    );
  }

  return {
    noteOpened: rule.noteOpened,
    async lend(did, wanted) {
      if (!rule.isOn() || wanted.length > MOST_WANTED) return null;
      const generation = options.generationOf(did);
      if (generation === null || staysHere(did, generation)) return null;
      const key = repoKey(did, generation);
      if (rule.takeRecent(key)) return null;
      await loans.whenBack(key);
      const path = pathOf(did, generation);
      if (!mayLend(did, generation, path)) return null;
      rule.noteLent(key);
      noteLent(path);
      await loans.lend(key, {
        ...{ path, did, generation, wanted },
        ...wals.take(path),
        mayLeaveWal: !wals.isFull(),
      });
      return { [Symbol.dispose]: () => loans.giveBack(key) };
    },
    find: (did, generation) => loans.find(repoKey(did, generation)),
    has: (did, generation) => loans.has(repoKey(did, generation)),
    takeBack: (did, generation) => loans.takeBack(repoKey(did, generation)),
    takeAllBack: loans.takeAllBack,
    whenBack: (did, generation) => loans.whenBack(repoKey(did, generation)),
    close: loans.close,
  };
}
