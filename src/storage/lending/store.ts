import { cidKey } from "#repo/cid.ts";
import type { ActorStore } from "#storage/actor-store.ts";
import {
  mostPaths,
  type FoundRecord,
  type LentFile,
  type ReadAhead,
} from "./messages.ts";

type Method = Exclude<keyof ActorStore, "did" | "generation">;

/**
 * A repository whose file is lent, and what was read of it before. Whatever
 * else is asked brings the file back: it costs time and is never wrong.
 * @param loan.isLent false once the file is back
 * @param loan.here brings it back and opens it
 * @param loan.apply hands a row over, after which only the head is known
 */
export function createLentStore(
  { did, generation, wanted }: LentFile,
  read: ReadAhead,
  loan: {
    isLent(): boolean;
    here(): ActorStore;
    apply: ActorStore["apply"];
  },
): ActorStore {
  let head = read.head;
  let isApplied = false;
  const nodes = new Map(
    read.nodes.map(({ cid, bytes }) => [cidKey(cid), bytes]),
  );
  const isKnown = () => loan.isLent() && !isApplied;

  function find(isIt: (index: number) => boolean): FoundRecord | null {
    if (!isKnown()) return null;
    return read.records.find((_, index) => isIt(index)) ?? null;
  }

  /** No Proxy: code that meets one is slower from then on, for every store. */
  function bring<Name extends Method>(name: Name): ActorStore[Name] {
    const call = (...args: unknown[]) => {
      const method = loan.here()[name] as (...args: unknown[]) => unknown;
      return method(...args);
    };
    return call as ActorStore[Name];
  }

  return {
    ...{ did, generation },
    head: () => (loan.isLent() ? head : loan.here().head()),
    getBlock(cid) {
      const bytes = isKnown() ? nodes.get(cidKey(cid)) : undefined;
      return bytes ?? loan.here().getBlock(cid);
    },
    hasBlock: bring("hasBlock"),
    isBlockNewerThan: bring("isBlockNewerThan"),
    findRecord: bring("findRecord"),
    findRecordCid(collection, rkey) {
      const found = find((index) => {
        const one = wanted[index]!;
        return one.collection === collection && one.rkey === rkey;
      });
      if (found === null) return loan.here().findRecordCid(collection, rkey);
      return found.cid;
    },
    listRecords: bring("listRecords"),
    listRecordBlocks: bring("listRecordBlocks"),
    listRecordsSince: bring("listRecordsSince"),
    listCollections: bring("listCollections"),
    listPathsOfRecord(cid, limit) {
      const key = cidKey(cid);
      const found = find((index) => {
        const one = read.records[index]!;
        return one.cid !== null && cidKey(one.cid) === key;
      });
      if (found === null || limit > mostPaths(wanted)) {
        return loan.here().listPathsOfRecord(cid, limit);
      }
      return found.paths.slice(0, limit);
    },
    listRecordsOfSubject(collection, subject) {
      const found = find((index) => {
        const one = wanted[index]!;
        return one.collection === collection && one.subject === subject;
      });
      if (found === null) {
        return loan.here().listRecordsOfSubject(collection, subject);
      }
      return [...found.sameSubject];
    },
    listBlobs: bring("listBlobs"),
    listRecordsOfBlob: bring("listRecordsOfBlob"),
    isBlobReferenced: bring("isBlobReferenced"),
    counts: bring("counts"),
    sizeBytes: bring("sizeBytes"),
    apply(change) {
      if (!isKnown()) return loan.here().apply(change);
      loan.apply(change);
      isApplied = true;
      const { rev, commit, data, seq } = change;
      head = { rev, commit, data, appliedSeq: seq };
    },
    adopt: bring("adopt"),
  };
}
