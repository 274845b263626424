import { isDiskFailure } from "#lib/disk-errors.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import { BlockError, InvalidSyntax, PathError } from "#repo/errors.ts";

const DISK_RETRY_AFTER_SEC = 10;

/** What a failed request is known by in answers and logs. */
export interface FailureContext {
  nsid: string;
  requestId: string;
  log: Logger;
}

/**
 * The refusal to send for whatever was thrown. Faults of input become 400;
 * anything unforeseen is logged whole and answered without a detail.
 */
export function toXrpcError(
  error: unknown,
  { nsid, requestId, log }: FailureContext,
): XrpcError {
  const refusal = findRefusal(error);
  if (refusal !== null) return refusal;
  log.error("request failed", { nsid, requestId, reason: error });
  if (isDiskFailure(error)) {
    return new XrpcError(
      "ServiceUnavailable",
      "The server cannot use its disk now; what was asked may have happened or not",
      { cause: error, retryAfterSec: DISK_RETRY_AFTER_SEC },
    );
  }
  return new XrpcError(
    "InternalServerError",
    `Internal server error, request ${requestId}`,
    { cause: error },
  );
}

/** What was thrown, when it is an answer to input; null for anything unforeseen. */
export function findRefusal(error: unknown): XrpcError | null {
  if (error instanceof XrpcError) return error;
  if (error instanceof InvalidSyntax) {
    const { message, kind, value } = error;
    const facts = { kind, value: value.slice(0, 100) };
    return invalidRequest(message, error).because("syntax", facts);
  }
  if (error instanceof BlockError || error instanceof PathError) {
    return invalidRequest(error.message, error);
  }
  return null;
}

export function errorResponse(error: XrpcError): Response {
  return Response.json(
    { error: error.error, message: error.message },
    { status: error.status, headers: error.headers },
  );
}
