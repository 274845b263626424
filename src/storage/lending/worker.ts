import type { Block } from "#repo/block.ts";
import { cidKey } from "#repo/cid.ts";
import { readAround } from "#repo/mst/read.ts";
import type { ActorReader, WantedRecord } from "#storage/actor-store.ts";
import {
  openRepoFile,
  type LeftBehind,
  type RepoFile,
} from "#storage/repo-file.ts";
import {
  endOf,
  FAILED,
  mostPaths,
  type Answer,
  type LentFile,
  type Order,
  type ReadAhead,
} from "./messages.ts";

// A thread of its own: opens files, reads ahead, applies, closes. No order
// waits for anything, so each is over before the next begins.

declare const self: Worker;

interface Loan {
  id: number;
  slot: number;
  lent: LentFile;
  file: RepoFile | null;
}

const loans = new Map<number, Loan>();
let slots: Int32Array;

self.onmessage = ({ data: order }: MessageEvent<Order>) => {
  switch (order.kind) {
    case "begin":
      slots = order.slots;
      return;
    case "open": {
      const { id, slot, file: lent } = order;
      return open({ id, slot, lent, file: null });
    }
    case "apply":
      return finish(order.id, ({ store }) => {
        store.apply(order.change);
        store.flush();
      });
    case "close":
      return finish(order.id, () => undefined);
  }
};

function open(loan: Loan): void {
  try {
    const file = openRepoFile({
      ...loan.lent,
      guard: (access) => access(),
      onApplied: () => undefined,
      // Whoever lent it is told that the loan failed.
      onSetBack: () => undefined,
    });
    loan.file = file;
    const read = readAhead(file.store, loan.lent.wanted);
    loans.set(loan.id, loan);
    answer({ kind: "read", id: loan.id, read });
  } catch (error) {
    fail(loan, error);
  }
}

function readAhead(
  store: ActorReader,
  wanted: readonly WantedRecord[],
): ReadAhead {
  const head = store.head();
  const nodes = new Map<string, Block>();
  const records = wanted.map(({ collection, rkey, subject }) => {
    const around =
      head === null
        ? []
        : readAround(store, head.data, `${collection}/${rkey}`);
    for (const block of around) nodes.set(cidKey(block.cid), block);
    const cid = store.findRecordCid(collection, rkey);
    return {
      cid,
      paths:
        cid === null ? [] : store.listPathsOfRecord(cid, mostPaths(wanted)),
      sameSubject:
        subject === null ? [] : store.listRecordsOfSubject(collection, subject),
    };
  });
  return { head, nodes: [...nodes.values()], records };
}

/** Does the work, if the file is still here, and closes it in any case. */
function finish(id: number, work: (file: RepoFile) => void): void {
  const loan = loans.get(id);
  if (loan?.file == null) return;
  loans.delete(id);
  try {
    work(loan.file);
    end(loan, endOf(close(loan.file, loan.lent)), null);
  } catch (error) {
    fail(loan, error);
  }
}

function close(file: RepoFile, { mayLeaveWal }: LentFile): LeftBehind {
  if (mayLeaveWal) return file.setAside();
  file.close();
  return "nothing";
}

function fail(loan: Loan, error: unknown): void {
  try {
    loan.file?.close();
  } catch {
    // The first failure says more.
  }
  end(loan, FAILED, error instanceof Error ? error.message : String(error));
}

function end({ id, slot }: Loan, how: number, error: string | null): void {
  Atomics.store(slots, slot, how);
  Atomics.notify(slots, slot);
  answer({ kind: "ended", id, error });
}

function answer(message: Answer): void {
  self.postMessage(message);
}
