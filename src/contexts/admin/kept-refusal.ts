import { XrpcError } from "#lib/errors.ts";
import type { Reason } from "#lib/reasons.ts";

/** Why something was refused, kept until somebody reads it in a language that nobody knows yet. */
export interface KeptRefusal {
  error: string;
  /** In English. */
  message: string;
  reason: Reason | null;
}

/** As text for a row. What is our own fault is in the log, and here only that it was. */
export function keepRefusal(thrown: unknown): string {
  const isOfInput = thrown instanceof XrpcError && thrown.status < 500;
  const { error, message, reason } = isOfInput
    ? thrown
    : new XrpcError("InternalServerError", "The server failed");
  return JSON.stringify({ error, message, reason } satisfies KeptRefusal);
}

/** Rows of before have the message alone. */
export function readRefusal(kept: string): KeptRefusal {
  try {
    return JSON.parse(kept) as KeptRefusal;
  } catch {
    return { error: "", message: kept, reason: null };
  }
}
