import { decodeFrame } from "#repo/frame.ts";
import type { Network } from "./network.ts";
import { openStream } from "./firehose.ts";
import { until } from "./until.ts";

export type Event = ReturnType<typeof decodeFrame>;

/** Seq of the host's newest event. */
export async function lastSeqOf({ call, url }: Network): Promise<number> {
  const hostname = new URL(url).host;
  const answer = await call("com.atproto.sync.getHostStatus", {
    params: { hostname },
  });
  return answer.body.seq;
}

/** All events that the host still has, oldest first. */
export async function readEvents(network: Network): Promise<Event[]> {
  const untilSeq = await lastSeqOf(network);
  const events: Event[] = [];
  const stream = await openStream(network.url, 0, (frame) =>
    events.push(decodeFrame(frame)),
  );
  await until("the last event", 10_000, () => {
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
