import { XrpcError } from "#lib/errors.ts";
import { type Logger, silentLogger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";

/** What came since, ready to be put into a page. */
export interface LivePart {
  /** Table rows, the newest first. */
  html: string;
  /** Where the next part begins. */
  last: string;
  /** True when more came than is shown. */
  hasMore: boolean;
}

export interface LiveSource {
  /** @param after `last` of the part before. @returns null when nothing came. */
  read(after: string): LivePart | null;
  /** Where a reader begins who has nothing yet. */
  newest(): string;
}

/**
 * Pages that grow by themselves: streams of server-sent events that ask their
 * source twice a second. What is not shown is skipped and said to be, so that a
 * flood of events costs one page of them each time; who reads too slowly gets
 * nothing until there is room. They end with the session they were opened in.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface LiveStreams {
  /**
   * @param options.after `last` of what the reader has; null for none.
   * @param options.isAllowed asked each time.
   * @param options.did whose pages it is on; null for those of the operator.
   * @throws XrpcError RateLimitExceeded when too many are open.
   */
  open(
    source: LiveSource,
    options: {
      after: string | null;
      isAllowed(): boolean;
      did: Did | null;
      signal: AbortSignal;
    },
  ): Response;
  /** Ends all, for the server stops. */
  closeAll(): void;
}

const INTERVAL_MS = 500;
/** So often something is said, or those between would cut the connection. */
const INTERVALS_TO_BEAT = 20;
/** Parts that a reader may leave untaken. */
const MOST_UNREAD = 4;
/** Operators are few; more would be a fault of a page. */
const MOST_OPEN = 32;
/** Of all owners together, so that they leave operators theirs. */
const MOST_OF_OWNERS = 200;
/** More than one person looks at. */
const MOST_OF_ONE = 4;
const RETRY_SEC = 60;

export function createLiveStreams({
  intervalMs = INTERVAL_MS,
  mostOpen = MOST_OPEN,
  mostOfOwners = MOST_OF_OWNERS,
  log = silentLogger as Pick<Logger, "error">,
} = {}): LiveStreams {
  const streams = new Map<() => void, Did | null>();
  let isClosing = false;

  function assertRoom(did: Did | null): void {
    const all = [...streams.values()];
    const most = did === null ? mostOpen : mostOfOwners;
    const open = all.filter((one) => (one === null) === (did === null));
    const own = open.filter((one) => one !== null && one === did);
    if (open.length < most && own.length < MOST_OF_ONE) return;
    const message = "Too many pages follow what happens";
    const retry = { retryAfterSec: RETRY_SEC };
    throw new XrpcError("RateLimitExceeded", message, retry);
  }

  return {
    open(source, { after, isAllowed, did, signal }) {
      if (isClosing) {
        throw new XrpcError("ServiceUnavailable", "The server stops");
      }
      assertRoom(did);
      const encoder = new TextEncoder();
      let end = () => {};
      const strategy = { highWaterMark: MOST_UNREAD };
      const body = new ReadableStream<Uint8Array>(
        {
          start(controller) {
            const say = (text: string) =>
              controller.enqueue(encoder.encode(`${text}\n\n`));
            let last = after ?? source.newest();
            let quiet = 0;
            function tick(): void {
              if (!isAllowed()) {
                say("event: end\ndata:");
                end();
                return;
              }
              if ((controller.desiredSize ?? 0) <= 0) return;
              const part = source.read(last);
              if (part !== null) {
                const { html, hasMore } = part;
                last = part.last;
                say(
                  `event: part\nid: ${last}\ndata: ${JSON.stringify({ html, hasMore })}`,
                );
                quiet = 0;
              } else if (++quiet % INTERVALS_TO_BEAT === 0) {
                say(":");
              }
            }
            const timer = setInterval(() => {
              try {
                tick();
              } catch (error) {
                // Nobody waits for a timer: thrown on, it would end the process.
                log.error("live.failed", { error });
                end();
              }
            }, intervalMs);
            end = () => {
              if (!streams.delete(end)) return;
              clearInterval(timer);
              try {
                controller.close();
              } catch {
                // The reader has gone.
              }
            };
            streams.set(end, did);
            // Tells the browser that it is connected.
            say(`id: ${last}\nretry: 2000`);
            tick();
          },
          cancel: () => end(),
        },
        strategy,
      );
      signal.addEventListener("abort", () => end());
      return new Response(body, {
        headers: {
          "Content-Type": "text/event-stream; charset=utf-8",
          "Cache-Control": "no-store",
          "X-Accel-Buffering": "no",
          "X-Content-Type-Options": "nosniff",
        },
      });
    },
    closeAll() {
      isClosing = true;
      for (const end of [...streams.keys()]) end();
    },
  };
}
