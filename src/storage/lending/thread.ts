import { join } from "node:path";
import type { Answer, Order } from "./messages.ts";

/** The other thread. It takes some memory, and is made again in 5 ms: it ends when it has nothing to do. */
export interface Thread {
  /** Begins the thread where there is none. */
  send(order: Order): void;
  stop(): void;
}

export interface ThreadLimits {
  /** Where its code lies. */
  workerPath?: string;
  /** Without an order for as long, and twice as long at most, it ends. Half a second unless said. */
  restMs?: number;
}

const REST_MS = 500;
/** As lists of threads show it, which is 15 letters long at most. */
const NAME = "tempest-repos";
const PACKED = "/$bunfs/root/";
const WORKER_PATH = import.meta.path.startsWith(PACKED)
  ? `${PACKED}storage/lending/worker.js`
  : join(import.meta.dir, "worker.ts");

export function createThread(
  options: ThreadLimits & {
    /** The first orders. */
    start(send: (order: Order) => void): void;
    onAnswer(answer: Answer): void;
    /** It ended by itself, or could not begin. */
    onEnd(error: Error): void;
    isIdle(): boolean;
  },
): Thread {
  const { workerPath = WORKER_PATH, restMs = REST_MS } = options;
  let worker: Worker | null = null;
  let resting: ReturnType<typeof setInterval> | null = null;
  let wasUsed = false;

  function begin(): Worker {
    const begun = new Worker(workerPath, { name: NAME });
    begun.onmessage = ({ data }: MessageEvent<Answer>) =>
      options.onAnswer(data);
    begun.onerror = ({ message }) => options.onEnd(new Error(message));
    begun.addEventListener("close", () => {
      if (worker === begun) options.onEnd(new Error("the thread has ended"));
    });
    // Typed as a browser's, which has no such method.
    (begun as unknown as Bun.Worker).unref();
    resting = setInterval(rest, restMs);
    resting.unref();
    options.start((order) => begun.postMessage(order));
    return begun;
  }

  function rest(): void {
    if (!wasUsed && options.isIdle()) stop();
    wasUsed = false;
  }

  function stop(): void {
    const stopped = worker;
    worker = null;
    if (resting !== null) clearInterval(resting);
    stopped?.terminate();
  }

  return {
    send(order) {
      wasUsed = true;
      try {
        worker ??= begin();
        worker.postMessage(order);
      } catch (error) {
        options.onEnd(
          error instanceof Error ? error : new Error(String(error)),
        );
      }
    },
    stop,
  };
}
