import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { mediaTypeOf, readJson, refuseBody, streamBody } from "./body.ts";
import type { PreparedMethod } from "./prepare.ts";

/** Bodies of JSON methods that don't say otherwise. */
const MAX_JSON_BYTES = 150 * 1024;
/** Longest silence of somebody who sends a file. */
const UPLOAD_TIMEOUT_SEC = 120;

export interface Input {
  input: unknown;
  body: ReadableStream<Uint8Array> | null;
}

/**
 * Takes the body of a request as the method's lexicon wants it.
 * @throws XrpcError InvalidRequest, PayloadTooLarge, UnsupportedMediaType
 */
export async function readInput(
  { settings, clock }: { settings: EdgeSettings; clock: Clock },
  { method, body }: PreparedMethod,
  request: Request,
  info: { setTimeout(seconds: number): void },
): Promise<Input> {
  if (body.kind === "none") {
    await refuseBody(request);
    return { input: undefined, body: null };
  }
  const mediaType = mediaTypeOf(request.headers);
  if (body.kind === "bytes") {
    checkType(mediaType, body.acceptsType(mediaType));
    info.setTimeout(UPLOAD_TIMEOUT_SEC);
    const maxBytes = method.maxBodyBytes?.(settings) ?? Infinity;
    return {
      input: undefined,
      body: streamBody(request, { maxBytes, clock }),
    };
  }
  const maxBytes = method.maxBodyBytes?.(settings) ?? MAX_JSON_BYTES;
  // The type is looked at first, so that a large body of a wrong one is not read.
  const accepted = body.acceptsType(mediaType);
  if (mediaType !== "") checkType(mediaType, accepted);
  const value = await readJson(request, maxBytes);
  if (value === undefined && !body.isOptional) {
    throw invalidRequest("A request body is expected but none was provided");
  }
  if (value !== undefined) checkType(mediaType, accepted);
  const input = body.check(value === undefined ? {} : value);
  return { input, body: null };
}

function checkType(mediaType: string, accepted: boolean): void {
  if (accepted) return;
  throw invalidRequest(
    mediaType === ""
      ? "Content-Type is required"
      : `Wrong request encoding (Content-Type): ${mediaType}`,
  );
}
