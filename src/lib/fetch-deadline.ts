import { SafeFetchError } from "./fetch-target.ts";

export interface Deadline {
  signal: AbortSignal;
  /** Settles with the work, or fails when the time is up or the caller gives up. */
  race<T>(work: Promise<T>): Promise<T>;
  abort(reason: unknown): void;
  /** Stops the clock; the caller's signal still counts. */
  clearTimer(): void;
  close(): void;
}

/** A time limit and the caller's own signal, joined in one. Call `close` when done. */
export function createDeadline(
  timeoutMs: number,
  href: string,
  outer: AbortSignal | undefined,
): Deadline {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const abort = (reason: unknown) => {
    controller.abort(reason);
    reject(reason);
  };
  const onOuter = () =>
    abort(new SafeFetchError("aborted", "the request was given up", href));
  const timer = setTimeout(
    () => abort(new SafeFetchError("timeout", "no answer in time", href)),
    timeoutMs,
  );
  if (outer?.aborted) onOuter();
  outer?.addEventListener("abort", onOuter, { once: true });
  return {
    signal: controller.signal,
    race: (work) => Promise.race([work, promise]),
    abort: (reason) => controller.abort(reason),
    clearTimer: () => clearTimeout(timer),
    close() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onOuter);
    },
  };
}
