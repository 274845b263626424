import { XrpcError } from "#lib/errors.ts";
import type { Reason } from "#lib/reasons.ts";
import { findRefusal } from "#edge/xrpc/errors.ts";
import type { Text } from "./text/catalogue.ts";

/** Says on a page, in its language, why something was refused. */

/** What a page refuses by itself; the sentence is in its language already. */
export class PageFault extends Error {
  override name = "PageFault";
}

/** The words for a refusal; null where there are none but its message, which is English. */
export function findRefusalWords(
  { refusals }: Text,
  { error, reason }: Pick<XrpcError, "error" | "reason">,
): string | null {
  if (reason !== null) return reasonWords(refusals.reasons, reason);
  const names: Readonly<Record<string, string>> = refusals.names;
  return Object.hasOwn(names, error) ? names[error]! : null;
}

function reasonWords(
  reasons: Text["refusals"]["reasons"],
  { name, facts }: Reason,
): string {
  const words = reasons[name];
  if (typeof words === "string") return words;
  // Each reason comes with the facts of its own words: the type says so.
  return (words as (given: typeof facts) => string)(facts);
}

/** The same, with what can be done in any case where there are no words. */
export function refusalWords(
  text: Text,
  refusal: Pick<XrpcError, "error" | "message" | "reason">,
): string {
  return (
    findRefusalWords(text, refusal) ?? text.refusals.other(refusal.message)
  );
}

/** What a form said, or why it could not be done, in words for a person. */
export type Attempt<T> = { value: T } | { fault: string };

/** Tries what a form asks for. Faults of the input are told; our own are thrown on. */
export async function attempt<T>(
  text: Text,
  run: () => T | Promise<T>,
): Promise<Attempt<T>> {
  try {
    return { value: await run() };
  } catch (error) {
    return { fault: toldFault(text, error) };
  }
}

/** Why a form was refused. Throws on what the whole page has to answer. */
export function toldFault(text: Text, error: unknown): string {
  if (error instanceof PageFault) return error.message;
  const refusal = findRefusal(error);
  if (refusal === null || refusal.status === 429) throw error;
  if (refusal.status >= 500 && !isOutage(refusal)) throw error;
  return refusalWords(text, refusal);
}

/** Of somebody else, who may be back in a minute, or of a disk that somebody makes room on. */
export const isOutage = ({ error }: XrpcError): boolean => OUTAGES.has(error);

const OUTAGES = new Set([
  "UpstreamFailure",
  "UpstreamTimeout",
  "ServiceUnavailable",
  "InsufficientStorage",
]);
