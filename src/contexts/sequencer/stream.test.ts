import { expect, test } from "bun:test";
import { createEventStream, type LiveEvent } from "./stream.ts";

const frame = (size: number) => new Uint8Array(size);

test("hands each event to every listener, in order and with the one before", () => {
  const stream = createEventStream({ startSeq: 10 });
  const seen: LiveEvent[] = [];
  const leave = stream.listen((event) => seen.push(event));
  stream.publish(11, frame(1));
  stream.publish(15, frame(1));
  leave();
  stream.publish(16, frame(1));
  expect(seen.map(({ seq, prevSeq }) => [seq, prevSeq])).toEqual([
    [11, 10],
    [15, 11],
  ]);
  expect(stream.lastSeq()).toBe(16);
});

test("gives the events after any cursor that it still covers, and no others", () => {
  const stream = createEventStream({ startSeq: 100, maxEvents: 3 });
  expect(stream.since(99)).toBeNull();
  expect(stream.since(100)).toEqual([]);
  for (const seq of [103, 104, 107, 108, 120]) stream.publish(seq, frame(1));
  const seqs = (cursor: number) =>
    stream.since(cursor)?.map(({ seq }) => seq) ?? null;
  expect(seqs(103)).toBeNull();
  expect(seqs(104)).toEqual([107, 108, 120]);
  expect(seqs(106)).toEqual([107, 108, 120]);
  expect(seqs(108)).toEqual([120]);
  expect(seqs(120)).toEqual([]);
  expect(seqs(999)).toEqual([]);
});

test("keeps no more bytes than allowed, but always the newest event", () => {
  const stream = createEventStream({ startSeq: 0, maxBytes: 100 });
  stream.publish(1, frame(60));
  stream.publish(2, frame(60));
  expect(stream.since(0)).toBeNull();
  expect(stream.since(1)?.length).toBe(1);
  stream.publish(3, frame(500));
  expect(stream.since(2)?.length).toBe(1);
  expect(stream.since(1)).toBeNull();
});

test("stays within its bounds over many events", () => {
  const stream = createEventStream({ startSeq: 0, maxEvents: 50 });
  for (let seq = 1; seq <= 10_000; seq++) stream.publish(seq, frame(8));
  expect(stream.since(9_950)?.length).toBe(50);
  expect(stream.since(9_949)).toBeNull();
});

test("lets go of events, but not of those that come after", () => {
  const stream = createEventStream({ startSeq: 0 });
  for (const seq of [1, 2, 5, 9]) stream.publish(seq, frame(10));
  stream.forget(5);
  expect(stream.since(4)).toBeNull();
  expect(stream.since(5)!.map(({ seq }) => seq)).toEqual([9]);
  stream.forget(100);
  expect(stream.since(8)).toBeNull();
  expect(stream.since(9)).toEqual([]);
  stream.publish(12, frame(10));
  expect(stream.since(9)!.map(({ seq }) => seq)).toEqual([12]);
});

test("holds a megabyte and a thousand events unless told otherwise", () => {
  const fill = (sizeBytes: number) => {
    const stream = createEventStream({ startSeq: 0 });
    for (let seq = 1; seq <= 5000; seq++) stream.publish(seq, frame(sizeBytes));
    let held = 0;
    while (stream.since(4999 - held) !== null) held++;
    return held;
  };
  expect(fill(1)).toBe(1024);
  expect(fill(4096)).toBe(256);
});
