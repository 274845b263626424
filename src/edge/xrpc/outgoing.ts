import type { Logger } from "#lib/log.ts";

/**
 * The same stream, whose failure is logged and ends the connection. The error
 * itself is kept back for one turn of the event loop, because Bun prints those
 * that come at once to standard error, past every log.
 */
export function guardStream(
  stream: ReadableStream<Uint8Array>,
  { log, nsid }: { log: Logger; nsid: string },
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          log.warn("answer broke off", { nsid, reason: error });
          await new Promise((resolve) => setImmediate(resolve));
          controller.error(error);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
