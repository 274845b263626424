import type { Lexicons, LexObject } from "@atproto/lexicon";
import { invalidRequest } from "#lib/errors.ts";
import type { LexValue } from "#repo/drisl.ts";
import { isDatetime } from "#repo/syntax.ts";
import { walkRecord } from "./walk-record.ts";

/**
 * The official validator lets through datetimes that old records have: without
 * a time zone, with a comma, of days that no calendar has. Readers that keep to
 * the specification drop such a record, so new ones are refused.
 * @throws XrpcError InvalidRequest
 * @see https://atproto.com/specs/lexicon#datetime
 */
export function assertDatetimes(
  lexicons: Lexicons,
  definition: LexObject,
  record: LexValue,
): void {
  walkRecord(lexicons, definition, record, (def, value, path) => {
    if (def.type !== "string" || def.format !== "datetime") return;
    if (isDatetime(value as string)) return;
    throw invalidRequest(
      `Record/${path.join("/")} must be a datetime with its time zone, such as 2026-01-02T03:04:05.678Z`,
    ).because("dateZone", { path: path.join("/") });
  });
}
