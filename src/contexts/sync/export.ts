import { XrpcError } from "#lib/errors.ts";
import type { RepoCar } from "./repo-car.ts";

/** How long a CAR will be. Makes all of it, and lets others have their turn meanwhile. */
export async function measureCar(car: RepoCar): Promise<number> {
  let sizeBytes = 0;
  for (let part = car.read(); part !== null; part = car.read()) {
    sizeBytes += part.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sizeBytes;
}

/** Limits on exports, which hold a snapshot open and so keep the WAL from shrinking. */
export interface ExportLimits {
  maxConcurrent: number;
  /** An export that takes longer is cut off. */
  maxDurationMs: number;
}

/** Counts the exports under way. */
export function createExportGate(limits: ExportLimits) {
  let open = 0;
  return {
    limits,
    openCount: () => open,
    /** @throws XrpcError ServiceUnavailable when too many are under way. */
    enter(): () => void {
      if (open >= limits.maxConcurrent) {
        throw new XrpcError(
          "ServiceUnavailable",
          "Too many repository exports at once",
          { retryAfterSec: 5 },
        );
      }
      open++;
      let isLeft = false;
      return () => {
        if (!isLeft) open--;
        isLeft = true;
      };
    },
  };
}

/**
 * A CAR as a stream that is made as fast as it is read. Ends the snapshot when
 * it is read to the end, cancelled, or takes too long.
 */
export function streamCar(options: {
  car: RepoCar;
  maxDurationMs: number;
  onEnd(): void;
}): ReadableStream<Uint8Array> {
  const { car, onEnd } = options;
  let isEnded = false;
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(deadline);
    onEnd();
  };
  let fail: (error: unknown) => void = () => {};
  const deadline = setTimeout(() => {
    end();
    fail(new XrpcError("RequestTimeout", "The export took too long"));
  }, options.maxDurationMs);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = (error) => controller.error(error);
      },
      pull(controller) {
        if (isEnded) return;
        try {
          const part = car.read();
          if (part !== null) return controller.enqueue(part);
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}
