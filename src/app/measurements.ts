import type { Storage } from "./storage.ts";
import {
  createMeasurements,
  type Measurements,
} from "#contexts/admin/measurements.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import type { SubscriberInfo } from "#contexts/sync/subscribers.ts";
import type { Contexts } from "#edge/contexts.ts";
import { type Clock } from "#lib/clock.ts";

/** Where readers of the stream stand, once there is a stream. */
export interface StreamGauges {
  sequencer: Pick<Sequencer, "read" | "listen">;
  listSubscribers(): SubscriberInfo[];
}

/** @param streams is asked later: what is measured is built after this */
export function createMeasurementsOf(
  { accountDb: db }: Storage,
  { clock, streams }: { clock: Clock; streams(): StreamGauges | null },
): Measurements {
  return createMeasurements({
    ...{ db, clock },
    gauges() {
      const lags = listLags(streams(), clock);
      const { blobBytes, repoBytes } = db.usage.totals();
      return {
        subscribers: lags.length,
        subscriberLagMs: Math.max(0, ...lags.map(({ lagMs }) => lagMs)),
        jobsWaiting: db.jobs.countPending(),
        mailWaiting: db.mails.countWaiting(),
        ...{ blobBytes, repoBytes },
      };
    },
  });
}

/** How long each reader has not been sent what is there for it. */
export function listLags(
  streams: StreamGauges | null,
  clock: Clock,
): (SubscriberInfo & { lagMs: number })[] {
  if (streams === null) return [];
  const { sequencer } = streams;
  return streams.listSubscribers().map((reader) => {
    const page = { after: reader.lastSeq, limit: 1, maxBytes: 1 };
    const next = sequencer.read(page)[0];
    const lagMs =
      next === undefined ? 0 : Math.max(0, clock.nowMs() - next.createdAtMs);
    return { ...reader, lagMs };
  });
}

/** A sequencer whose batches are measured from the call to the durable row. */
export function measureCommits(
  sequencer: Sequencer,
  measured: Pick<Measurements, "now" | "commit" | "event">,
): Sequencer {
  sequencer.listen(({ frame }) => measured.event(frame));
  return {
    ...sequencer,
    async submit(events) {
      const startedMs = measured.now();
      const seqs = await sequencer.submit(events);
      if (events.some(({ kind }) => kind === "commit")) {
        measured.commit(measured.now() - startedMs);
      }
      return seqs;
    },
  };
}

/** What callers are given: accounts and blobs are counted as they come. */
export function countedContexts<T extends Pick<Contexts, "accounts" | "blobs">>(
  contexts: T,
  measured: Pick<Measurements, "add">,
): T {
  const { accounts, blobs } = contexts;
  return {
    ...contexts,
    accounts: {
      ...accounts,
      async createAccount(input, caller) {
        const made = await accounts.createAccount(input, caller);
        measured.add("signUps");
        return made;
      },
    },
    blobs: {
      ...blobs,
      async uploadBlob(upload) {
        const answer = await blobs.uploadBlob(upload);
        const { size } = (answer as { blob: { size: number } }).blob;
        measured.add("blobUploads");
        measured.add("blobUploadBytes", size);
        return answer;
      },
    },
  };
}
