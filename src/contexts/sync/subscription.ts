import type { Clock } from "#lib/clock.ts";
import { encodeErrorFrame, encodeInfoFrame } from "#repo/frame.ts";
import type { LiveEvent } from "#contexts/sequencer/stream.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import type { Backlog } from "./backlog.ts";

/** One subscriber's connection, as the edge provides it. */
export interface SubscriberSocket {
  /** Bytes taken, -1 when they wait in the buffer, 0 when they were dropped. */
  send(bytes: Uint8Array): number;
  bufferedBytes(): number;
  close(code: number, reason: string): void;
}

export interface Subscription {
  /** The socket has room again. */
  onDrain(): void;
  onClose(): void;
  /** Seq of the last event sent. */
  lastSeq(): number;
  bufferedBytes(): number;
  /** Called from time to time; closes a reader that takes nothing. */
  checkStalled(): void;
  /** Ends the connection because of what it costs others. */
  drop(reason: string): void;
}

export interface SubscriptionLimits {
  /** A reader that takes nothing for this long is closed. */
  stallMs: number;
  /** How far back the log is shown. */
  backfillWindowMs: number;
}

interface SubscriptionDeps {
  sequencer: Sequencer;
  clock: Clock;
  limits: SubscriptionLimits;
  backlog: Backlog;
}

const PAGE_ROWS = 100;
const PAGE_BYTES = 1024 * 1024;
/** How long a message waits that fits in nobody's share, while all hold too much. */
const ROOM_POLL_MS = 100;
const CLOSE_POLICY = 1008;
const OUTDATED_CURSOR = encodeInfoFrame(
  "OutdatedCursor",
  "The cursor is older than the events kept; some were missed",
);

/**
 * Sends the log to one reader: first what it missed, then what happens. The
 * log itself is the buffer of a slow reader, so a subscriber holds at most its
 * share of the backlog, or one larger message, and is never given a stream with
 * a hole: every event after the cursor is sent in order, or the connection
 * ends with an error frame.
 * @param cursor Seq of the last event that the reader has; null for live only.
 * @see https://atproto.com/specs/event-stream
 */
export function subscribe(
  deps: SubscriptionDeps,
  socket: SubscriberSocket,
  cursor: number | null,
): Subscription {
  const { sequencer, clock, limits, backlog } = deps;
  let sent = cursor ?? sequencer.lastSeq();
  let stopListening: (() => void) | null = null;
  let isClosed = false;
  let isWaiting = false; // for the socket to drain
  let progressAtMs = clock.nowMs();
  let heldBytes = 0; // as the backlog has it

  function account(): void {
    const now = isClosed ? 0 : socket.bufferedBytes();
    backlog.change(now - heldBytes);
    heldBytes = now;
  }

  function end(code: number, reason: string): void {
    if (isClosed) return;
    isClosed = true;
    stopListening?.();
    socket.close(code, reason);
    account();
  }

  function refuse(error: string, message: string): void {
    if (isClosed) return;
    socket.send(encodeErrorFrame(error, message));
    end(CLOSE_POLICY, error);
  }

  /** Whether a message may be sent now. Who holds nothing may go beyond its share for one message. */
  function hasRoom({ length }: Uint8Array): boolean {
    const held = socket.bufferedBytes();
    if (held + length <= backlog.share()) return true;
    return held === 0 && backlog.hasRoom(length);
  }

  /** False when it was not sent, or was the last for now. */
  function sendFrame(seq: number, frame: Uint8Array): boolean {
    if (!hasRoom(frame)) return false;
    const status = socket.send(frame);
    account();
    if (status === 0) {
      // Dropped by the socket: the stream would have a hole.
      end(CLOSE_POLICY, "ConsumerTooSlow");
      return false;
    }
    sent = seq;
    return true;
  }

  function onLive(event: LiveEvent): void {
    if (isClosed || event.seq <= sent) return;
    if (event.prevSeq > sent || !sendFrame(event.seq, event.frame)) fallBack();
  }

  /** Leaves the live set; the rest comes from the log once there is room. */
  function fallBack(): void {
    stopListening?.();
    stopListening = null;
    if (socket.bufferedBytes() > 0) waitForDrain();
    else setImmediate(replay);
  }

  function replay(): void {
    while (!isClosed) {
      const live = sequencer.liveSince(sent);
      if (live !== null) {
        // No await between the last of the ring and joining: nothing falls between.
        for (const event of live) {
          if (!sendFrame(event.seq, event.frame)) return waitForDrain();
        }
        stopListening = sequencer.listen(onLive);
        return;
      }
      if (!replayPage()) return waitForDrain();
      if (sequencer.liveSince(sent) === null) {
        // Others get their turn between pages.
        setImmediate(replay);
        return;
      }
    }
  }

  function replayPage(): boolean {
    if (sent < sequencer.prunedThrough()) {
      refuse("ConsumerTooSlow", "The events to send next are no longer kept");
      return false;
    }
    const rows = sequencer.read({
      after: sent,
      limit: PAGE_ROWS,
      maxBytes: Math.min(PAGE_BYTES, backlog.share()),
    });
    if (rows.length === 0) sent = Math.max(sent, sequencer.lastSeq());
    for (const row of rows) {
      if (row.frame.length === 0) sent = row.seq;
      else if (!sendFrame(row.seq, row.frame)) return false;
    }
    return true;
  }

  function waitForDrain(): void {
    if (isClosed) return;
    progressAtMs = clock.nowMs();
    // A socket that holds nothing has nothing to drain.
    if (socket.bufferedBytes() > 0) isWaiting = true;
    else setTimeout(replay, ROOM_POLL_MS);
  }

  function start(): void {
    if (cursor === null) {
      stopListening = sequencer.listen(onLive);
      return;
    }
    if (cursor > sequencer.lastSeq()) {
      refuse("FutureCursor", "The cursor is ahead of the newest event");
      return;
    }
    const windowStart = startOfWindow();
    if (cursor < windowStart && isMissingEvents(cursor, windowStart)) {
      // Zero asks for all there is, and gets that without a warning.
      if (cursor > 0) socket.send(OUTDATED_CURSOR);
      sent = windowStart;
    }
    replay();
  }

  /** Every event after this seq may be shown. */
  function startOfWindow(): number {
    const first = sequencer.firstSeqSince(
      clock.nowMs() - limits.backfillWindowMs,
    );
    return first === null ? sequencer.lastSeq() : first - 1;
  }

  /** Numbers are skipped at each start of the server, so a gap alone is no loss. */
  function isMissingEvents(after: number, windowStart: number): boolean {
    if (after < sequencer.prunedThrough()) return true;
    const next = sequencer.read({ after, limit: 1, maxBytes: 1 })[0];
    return next !== undefined && next.seq <= windowStart;
  }

  start();
  return {
    onDrain() {
      progressAtMs = clock.nowMs();
      account();
      if (!isWaiting || isClosed) return;
      isWaiting = false;
      replay();
    },
    onClose() {
      isClosed = true;
      stopListening?.();
      account();
    },
    lastSeq: () => sent,
    bufferedBytes: () => (isClosed ? 0 : socket.bufferedBytes()),
    checkStalled() {
      if (!isWaiting || isClosed) return;
      const before = heldBytes;
      account();
      // A narrow line takes long to empty a buffer; that it gets emptier is progress.
      if (heldBytes < before) progressAtMs = clock.nowMs();
      else if (clock.nowMs() - progressAtMs > limits.stallMs) {
        refuse("ConsumerTooSlow", "The consumer reads too slowly");
      }
    },
    drop: (reason) => refuse("ConsumerTooSlow", reason),
  };
}
