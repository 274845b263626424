import type { Database } from "bun:sqlite";
import { nest, transact } from "#storage/sqlite.ts";

/**
 * Runs some work in a transaction together with all that comes before the next
 * turn of the event loop: one sync for all of it, which is most of what a small
 * transaction takes. Work that throws undoes itself alone.
 * @returns what the work answers, once it is durable.
 */
export type GroupCommit = <T>(work: () => T) => Promise<T>;

interface Waiting {
  work(): unknown;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Tells the outcome to whoever waits for it; to be called once all is durable. */
type Tell = () => void;

export function createGroupCommit(db: Database): GroupCommit {
  let waiting: Waiting[] = [];

  function commit(): void {
    const group = waiting;
    waiting = [];
    let outcomes: Tell[];
    try {
      outcomes = transact(db, () => group.map((one) => runAlone(db, one)));
    } catch (error) {
      for (const one of group) one.reject(error);
      return;
    }
    for (const tell of outcomes) tell();
  }

  return <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(commit);
      waiting.push({ work, resolve: resolve as Waiting["resolve"], reject });
    });
}

/** @throws the work's own error where it has ended the transaction, and what others did with it. */
function runAlone(db: Database, { work, resolve, reject }: Waiting): Tell {
  try {
    const answer = nest(db, work);
    return () => resolve(answer);
  } catch (error) {
    if (!db.inTransaction) throw error;
    return () => reject(error);
  }
}
