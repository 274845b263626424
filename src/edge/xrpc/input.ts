import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import {
  contentLengthOf,
  hasBody,
  mediaTypeOf,
  readJson,
  readPieces,
  refuseBody,
} from "./body.ts";
import type { BodyBudget } from "./body-budget.ts";
import type { PreparedMethod } from "./prepare.ts";

/** Bodies of JSON methods that don't say otherwise. */
const MAX_JSON_BYTES = 150 * 1024;
/** Longest silence of somebody who sends a file. */
const UPLOAD_TIMEOUT_SEC = 120;
/** Pace below which a whole body of JSON is given up, after a start that is free. */
const MIN_BYTES_PER_SEC = 4096;
const START_SEC = 10;
/** The most that the server can be told to wait. */
const LONGEST_SEC = 255;

export interface Input {
  input: unknown;
  body: AsyncIterable<Uint8Array> | null;
}

export interface InputDeps {
  settings: EdgeSettings;
  clock: Clock;
  /** For bodies that are held in memory. */
  budget: BodyBudget;
}

/**
 * Takes the body of a request as the method's lexicon wants it.
 * @throws XrpcError InvalidRequest, PayloadTooLarge, UnsupportedMediaType
 */
export async function readInput(
  { settings, clock, budget }: InputDeps,
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
      body: readPieces(request, {
        maxBytes,
        clock,
        onProgress: () =>
          info.setTimeout(Math.max(UPLOAD_TIMEOUT_SEC, method.timeoutSec ?? 0)),
      }),
    };
  }
  const maxBytes = method.maxBodyBytes?.(settings) ?? MAX_JSON_BYTES;
  // The type is looked at first, so that a large body of a wrong one is not read.
  const accepted = body.acceptsType(mediaType);
  if (mediaType !== "") checkType(mediaType, accepted);
  const value = await receiveJson(budget, request, maxBytes, info);
  if (value === undefined && !body.isOptional) {
    throw invalidRequest("A request body is expected but none was provided");
  }
  if (value !== undefined) checkType(mediaType, accepted);
  const input = body.check(value === undefined ? {} : value);
  return { input, body: null };
}

/** Sets time and memory aside for as much as is announced; a body that is not announced may be the largest. */
async function receiveJson(
  budget: BodyBudget,
  request: Request,
  maxBytes: number,
  info: { setTimeout(seconds: number): void },
): Promise<unknown> {
  if (!hasBody(request.headers)) return undefined;
  const announced = contentLengthOf(request.headers);
  const sizeBytes = Math.min(announced ?? maxBytes, maxBytes);
  const timeoutSec = START_SEC + Math.ceil(sizeBytes / MIN_BYTES_PER_SEC);
  // The connection is cut then, unless the body comes in large pieces.
  info.setTimeout(Math.min(timeoutSec, LONGEST_SEC));
  const giveBack = budget.take(sizeBytes);
  try {
    return await readJson(request, maxBytes);
  } finally {
    giveBack();
  }
}

function checkType(mediaType: string, accepted: boolean): void {
  if (accepted) return;
  throw invalidRequest(
    mediaType === ""
      ? "Content-Type is required"
      : `Wrong request encoding (Content-Type): ${mediaType}`,
  );
}
