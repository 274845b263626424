import { XrpcError } from "#lib/errors.ts";

/** Bounds the bytes of bodies that are being received into memory, those of all clients together. */
export interface BodyBudget {
  /**
   * Sets bytes aside for a body of that size.
   * @returns gives them back; to be called once.
   * @throws XrpcError ServiceUnavailable when too much is under way.
   */
  take(sizeBytes: number): () => void;
}

const RETRY_SEC = 1;

export function createBodyBudget(maxBytes: number): BodyBudget {
  let takenBytes = 0;
  return {
    take(sizeBytes) {
      // One body alone always fits, however small the budget.
      if (takenBytes > 0 && takenBytes + sizeBytes > maxBytes) {
        const message = "The server is receiving too much at a time";
        throw new XrpcError("ServiceUnavailable", message, {
          retryAfterSec: RETRY_SEC,
        });
      }
      takenBytes += sizeBytes;
      return () => {
        takenBytes -= sizeBytes;
      };
    },
  };
}
