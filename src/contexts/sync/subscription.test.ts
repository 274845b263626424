import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { decodeFrame, encodeAccountFrame, patchSeq } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import { createEventStream } from "#contexts/sequencer/stream.ts";
import type { EventRow } from "#storage/event-log.ts";
import { createBacklog } from "./backlog.ts";
import { subscribe, type SubscriberSocket } from "./subscription.ts";

const BASE = 1_750_000_000_000_000;
const WINDOW_MS = 24 * 3_600_000;

function frameOf(seq: number): Uint8Array {
  const did = "did:web:a.test" as Did;
  const time = "2026-01-01T00:00:00.000Z";
  const { frame, seqOffset } = encodeAccountFrame({ did, active: true, time });
  patchSeq(frame, seqOffset, seq);
  return frame;
}

/** A log of events, the newest of which are in the ring. */
function setup(options: { ring?: number } = {}) {
  const clock = createFakeClock();
  const backlog = createBacklog({
    maxShareBytes: 1000,
    minShareBytes: 100,
    maxBytes: 3000,
  });
  const rows: Pick<EventRow, "seq" | "frame" | "createdAtMs">[] = [];
  const stream = createEventStream({
    startSeq: BASE,
    ...(options.ring !== undefined && { maxEvents: options.ring }),
  });
  let prunedThrough = 0;
  const sequencer = {
    lastSeq: () => stream.lastSeq(),
    liveSince: (cursor: number) => stream.since(cursor),
    listen: stream.listen,
    read: ({ after, limit }: { after: number; limit: number }) =>
      rows.filter((row) => row.seq > after).slice(0, limit),
    firstSeqSince: (ms: number) =>
      rows.find((row) => row.createdAtMs >= ms)?.seq ?? null,
    prunedThrough: () => prunedThrough,
  } as never;
  return {
    clock,
    backlog,
    sequencer,
    stream,
    add(offset: number) {
      const seq = BASE + offset;
      const frame = frameOf(seq);
      rows.push({ seq, frame, createdAtMs: clock.nowMs() });
      stream.publish(seq, frame);
    },
    prune(offset: number) {
      while (rows.length > 0 && rows[0]!.seq <= BASE + offset) rows.shift();
      prunedThrough = BASE + offset;
    },
    subscribe(socket: SubscriberSocket, cursor: number | null) {
      const limits = { stallMs: 30_000, backfillWindowMs: WINDOW_MS };
      const deps = { sequencer, clock, limits, backlog };
      return subscribe(deps, socket, cursor);
    },
  };
}

function createSocket() {
  const seen: (number | string)[] = [];
  let buffered = 0;
  let dropsNext = false;
  const socket = {
    seen,
    closed: null as [number, string] | null,
    isStuck: false,
    send(bytes: Uint8Array) {
      if (dropsNext) return 0;
      const { op, t, payload } = decodeFrame(bytes);
      if (op === -1) seen.push(String(payload.error));
      else if (t === "#info") seen.push(String(payload.name));
      else seen.push(Number(payload.seq) - BASE);
      if (socket.isStuck) buffered += bytes.length;
      return socket.isStuck ? -1 : bytes.length;
    },
    bufferedBytes: () => buffered,
    close(code: number, reason: string) {
      socket.closed = [code, reason];
    },
    drain(bytes = buffered) {
      buffered -= bytes;
    },
    dropNext() {
      dropsNext = true;
    },
  };
  return socket;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function turns(count: number) {
  for (let i = 0; i < count; i++) await turn();
}

test("without a cursor sends only what happens from now on", () => {
  const log = setup();
  log.add(1);
  const socket = createSocket();
  log.subscribe(socket, null);
  log.add(2);
  log.add(5);
  expect(socket.seen).toEqual([2, 5]);
});

test("from every cursor sends each later event once, in order, and goes live", async () => {
  const offsets = [1, 2, 3, 7, 8, 9, 20, 21, 22, 23];
  for (const ring of [1, 3, 100]) {
    for (let cursor = 0; cursor <= 23; cursor++) {
      const log = setup({ ring });
      for (const offset of offsets) log.add(offset);
      const socket = createSocket();
      log.subscribe(socket, BASE + cursor);
      log.add(30);
      await turns(20);
      log.add(31);
      const expected = [...offsets.filter((at) => at > cursor), 30, 31];
      expect(socket.seen).toEqual(expected);
    }
  }
});

test("refuses a cursor ahead of the log", () => {
  const log = setup();
  log.add(1);
  const socket = createSocket();
  log.subscribe(socket, BASE + 2);
  expect(socket.seen).toEqual(["FutureCursor"]);
  expect(socket.closed?.[1]).toBe("FutureCursor");
});

test("warns that a cursor is older than the window, then starts at its edge", async () => {
  const log = setup();
  log.add(1);
  log.add(2);
  log.clock.advance(WINDOW_MS + 1);
  log.add(3);
  const socket = createSocket();
  log.subscribe(socket, BASE + 1);
  await turns(3);
  expect(socket.seen).toEqual(["OutdatedCursor", 3]);
});

test("does not warn when only numbers were skipped", async () => {
  const log = setup();
  log.add(1);
  log.clock.advance(WINDOW_MS + 1);
  log.add(1000);
  const socket = createSocket();
  log.subscribe(socket, BASE + 1);
  await turns(3);
  expect(socket.seen).toEqual([1000]);
});

test("cursor zero gets all there is without a warning", async () => {
  const log = setup();
  log.add(1);
  log.prune(1);
  log.add(2);
  const socket = createSocket();
  log.subscribe(socket, 0);
  await turns(3);
  expect(socket.seen).toEqual([2]);
});

test("warns a reader whose events were pruned", async () => {
  const log = setup({ ring: 1 });
  for (const offset of [1, 2, 3, 4]) log.add(offset);
  log.prune(2);
  const socket = createSocket();
  log.subscribe(socket, BASE + 1);
  await turns(3);
  expect(socket.seen).toEqual(["OutdatedCursor", 3, 4]);
});

test("a slow reader gets the rest from the log, without gap or duplicate", async () => {
  const log = setup({ ring: 5 });
  const socket = createSocket();
  const subscription = log.subscribe(socket, BASE);
  socket.isStuck = true;
  for (let offset = 1; offset <= 200; offset++) log.add(offset);
  const held = socket.seen.length;
  expect(held).toBeLessThan(30);
  expect(socket.bufferedBytes()).toBeLessThan(1000 + 200);
  socket.isStuck = false;
  socket.drain();
  subscription.onDrain();
  await turns(20);
  log.add(201);
  expect(socket.seen).toEqual(Array.from({ length: 201 }, (_, i) => i + 1));
});

test("readers share what may be held, and each gets all in the end", async () => {
  const log = setup({ ring: 5 });
  const sockets = Array.from({ length: 20 }, createSocket);
  const subscriptions = sockets.map((socket) => {
    log.backlog.changeReaders(1);
    socket.isStuck = true;
    return log.subscribe(socket, BASE);
  });
  for (let offset = 1; offset <= 60; offset++) log.add(offset);
  await turns(3);
  let held = 0;
  for (const socket of sockets) {
    expect(socket.bufferedBytes()).toBeLessThanOrEqual(log.backlog.share());
    held += socket.bufferedBytes();
  }
  expect(log.backlog.heldBytes()).toBe(held);
  expect(held).toBeLessThanOrEqual(3000);
  for (const [index, socket] of sockets.entries()) {
    socket.isStuck = false;
    socket.drain();
    subscriptions[index]!.onDrain();
  }
  await turns(100);
  const all = Array.from({ length: 60 }, (_, i) => i + 1);
  for (const socket of sockets) expect(socket.seen).toEqual(all);
  expect(log.backlog.heldBytes()).toBe(0);
});

test("a message beyond all room waits until others have gone", async () => {
  const log = setup();
  const socket = createSocket();
  log.subscribe(socket, null);
  log.backlog.change(3000);
  const shares = log.backlog.share;
  log.backlog.share = () => 10;
  log.add(1);
  await turns(3);
  expect(socket.seen).toEqual([]);
  log.backlog.change(-3000);
  const startedMs = performance.now();
  while (socket.seen.length === 0 && performance.now() - startedMs < 5000) {
    await turn();
  }
  expect(socket.seen).toEqual([1]);
  log.backlog.share = shares;
});

test("closes a reader that takes nothing, and one whose message was dropped", () => {
  const log = setup();
  const stalled = createSocket();
  const subscription = log.subscribe(stalled, BASE);
  stalled.isStuck = true;
  for (let offset = 1; offset <= 50; offset++) log.add(offset);
  subscription.checkStalled();
  expect(stalled.closed).toBeNull();
  log.clock.advance(30_001);
  subscription.checkStalled();
  expect(stalled.seen.at(-1)).toBe("ConsumerTooSlow");
  expect(stalled.closed).not.toBeNull();

  const dropped = createSocket();
  log.subscribe(dropped, null);
  dropped.dropNext();
  log.add(51);
  expect(dropped.closed).not.toBeNull();
  log.add(52);
  expect(dropped.seen).toEqual([]);
});

test("keeps a reader whose line is narrow, as long as it takes something", () => {
  const log = setup();
  const socket = createSocket();
  const subscription = log.subscribe(socket, BASE);
  socket.isStuck = true;
  for (let offset = 1; offset <= 50; offset++) log.add(offset);
  const held = socket.bufferedBytes();
  expect(held).toBeGreaterThan(100);
  for (let look = 0; look < 10; look++) {
    log.clock.advance(20_000);
    socket.drain(10);
    subscription.checkStalled();
  }
  expect(socket.closed).toBeNull();
  expect(log.backlog.heldBytes()).toBe(held - 100);
  log.clock.advance(30_001);
  subscription.checkStalled();
  expect(socket.closed).not.toBeNull();
});

test("closes a slow reader that the log no longer covers", async () => {
  const log = setup({ ring: 2 });
  const socket = createSocket();
  const subscription = log.subscribe(socket, BASE);
  socket.isStuck = true;
  for (let offset = 1; offset <= 50; offset++) log.add(offset);
  log.prune(40);
  socket.isStuck = false;
  socket.drain();
  subscription.onDrain();
  await turns(3);
  expect(socket.seen.at(-1)).toBe("ConsumerTooSlow");
  expect(socket.closed).not.toBeNull();
});
