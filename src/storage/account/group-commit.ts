import type { Database } from "bun:sqlite";

/**
 * Runs some work in a transaction together with all that comes before the next
 * turn of the event loop: one sync for all of it, which is most of what a small
 * transaction takes. Work that throws undoes itself alone.
 * @returns what the work answers, once it is durable.
 */
export type GroupCommit = <T>(work: () => T) => Promise<T>;

interface Waiting {
  /** Never throws; tells the outcome once all is durable. */
  run(): () => void;
  fail(error: unknown): void;
}

export function createGroupCommit(db: Database): GroupCommit {
  let waiting: Waiting[] = [];

  function commit(): void {
    const group = waiting;
    waiting = [];
    let outcomes: (() => void)[];
    try {
      const runAll = db.transaction(() => group.map((one) => one.run()));
      outcomes = runAll.immediate();
    } catch (error) {
      for (const one of group) one.fail(error);
      return;
    }
    for (const tell of outcomes) tell();
  }

  return (work) =>
    new Promise((resolve, reject) => {
      // Inside another transaction this is a savepoint.
      const alone = db.transaction(work);
      if (waiting.length === 0) setImmediate(commit);
      waiting.push({
        run() {
          try {
            const answer = alone();
            return () => resolve(answer);
          } catch (error) {
            return () => reject(error);
          }
        },
        fail: reject,
      });
    });
}
