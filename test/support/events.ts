import { Database } from "bun:sqlite";
import { join } from "node:path";
import { decodeFrame } from "#repo/frame.ts";
import type { Network } from "./network.ts";
import { openStream } from "./firehose.ts";
import { until } from "./until.ts";

export type Event = ReturnType<typeof decodeFrame>;

/** Seq of the host's newest event that readers see; 0 before the first. */
export function lastSeqOf({ config }: Pick<Network, "config">): number {
  // The host itself answers with the floor of its start until there is one above it.
  const path = join(config.dataFolder, "sequencer.sqlite");
  const db = new Database(path, { readonly: true });
  try {
    const sql = "SELECT max(seq) AS seq FROM event WHERE length(frame) > 0";
    return (db.query(sql).get() as { seq: number | null }).seq ?? 0;
  } finally {
    db.close(true);
  }
}

/** All events that the host still has, oldest first. */
export async function readEvents(network: Network): Promise<Event[]> {
  const untilSeq = lastSeqOf(network);
  const events: Event[] = [];
  const stream = await openStream(network.url, 0, (frame) =>
    events.push(decodeFrame(frame)),
  );
  await until("the last event", 30_000, () => {
    const { seq } = (events.at(-1)?.payload ?? {}) as { seq?: number };
    return (seq ?? 0) >= untilSeq;
  });
  stream.close();
  await stream.closed;
  return events;
}

/** The events of one account. */
export function eventsOf(events: readonly Event[], did: string): Event[] {
  return events.filter(({ payload }) => {
    const { repo, did: subject } = payload as { repo?: string; did?: string };
    return (repo ?? subject) === did;
  });
}
