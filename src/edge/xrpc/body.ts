import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";

/** Levels of nesting in JSON; deeper values would overflow validators that recurse. */
const MAX_JSON_DEPTH = 128;
/** A sender slower than this over a whole period holds a connection for nothing. */
const MIN_BYTES_PER_PERIOD = 30 * 1024;
const PERIOD_MS = 30_000;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The media type of a request without its parameters, in lower case; empty when there is none. */
export function mediaTypeOf(headers: Headers): string {
  const type = headers.get("content-type") ?? "";
  const end = type.indexOf(";");
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

/** @throws XrpcError InvalidRequest */
export function contentLengthOf(headers: Headers): number | null {
  const text = headers.get("content-length");
  if (text === null) return null;
  if (!/^\d{1,15}$/.test(text)) throw invalidRequest("Bad Content-Length");
  return Number(text);
}

/** What the headers say of a body; a chunked one may still turn out empty. */
export function hasBody(headers: Headers): boolean {
  const length = contentLengthOf(headers);
  return length === null ? headers.has("transfer-encoding") : length > 0;
}

/** @throws XrpcError InvalidRequest when there is a body after all. */
export async function refuseBody(request: Request): Promise<void> {
  if (!hasBody(request.headers)) return;
  const chunked = contentLengthOf(request.headers) === null;
  if (chunked && request.body !== null) {
    const reader = request.body.getReader();
    const { done } = await reader.read();
    if (done) return;
    await reader.cancel().catch(() => undefined);
  }
  throw invalidRequest("A request body was provided when none was expected");
}

/**
 * Reads a JSON body; undefined when it is empty.
 * @throws XrpcError PayloadTooLarge, UnsupportedMediaType, InvalidRequest
 */
export async function readJson(
  request: Request,
  maxBytes: number,
): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw invalidRequest("The request body is not valid JSON", error);
  }
  if (isDeeperThan(value, MAX_JSON_DEPTH)) {
    throw invalidRequest(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`);
  }
  return value;
}

async function readBytes(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array> {
  const { headers } = request;
  refuseLength(headers, maxBytes);
  if (Number.isFinite(knownSizeOf(headers))) {
    // It was checked above, and one call is the fastest way.
    return new Uint8Array(await request.arrayBuffer());
  }
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of decodedBody(request)) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw asRefusal(error);
  }
  return Buffer.concat(chunks);
}

/** What goes wrong while reading is the sender's doing: garbled encoding, a cut connection. */
export function asRefusal(error: unknown): XrpcError {
  if (error instanceof XrpcError) return error;
  return invalidRequest("The request body can't be read", error);
}

/**
 * The body as it comes, which fails when it is larger than allowed or trickles.
 * To be read once; reading that stops early tells the sender. It is no stream
 * of its own, since another around the body takes as long as to write 100 KB;
 * nor is it asked for its end where that is known from what was announced.
 * @throws XrpcError PayloadTooLarge at once when the announced length is too
 *   large; UnsupportedMediaType for an encoding that isn't known.
 */
export function readPieces(
  request: Request,
  limits: BodyLimits,
): AsyncIterable<Uint8Array> {
  refuseLength(request.headers, limits.maxBytes);
  const sizeBytes = knownSizeOf(request.headers);
  return boundPieces(decodedBody(request), sizeBytes, limits);
}

/** How long the body is, where the server holds the client to it; else Infinity. */
function knownSizeOf(headers: Headers): number {
  const isOpen = isEncoded(headers) || headers.has("transfer-encoding");
  return isOpen ? Infinity : (contentLengthOf(headers) ?? Infinity);
}

async function* boundPieces(
  body: ReadableStream<Uint8Array>,
  sizeBytes: number,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array> {
  const check = createCheck(limits);
  const reader = body.getReader();
  let left = sizeBytes;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) return;
      check(value);
      left -= value.length;
      yield value;
    }
  } catch (error) {
    throw asRefusal(error);
  } finally {
    if (left > 0) await reader.cancel().catch(() => undefined);
  }
}

/** The same as a stream, for a body that is sent on, encoded as it is. */
export function boundBody(
  request: Request,
  limits: BodyLimits,
): ReadableStream<Uint8Array> {
  refuseLength(request.headers, limits.maxBytes);
  const check = createCheck(limits);
  const reader = (request.body ?? new Blob([]).stream()).getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        check(value);
        controller.enqueue(value);
      } catch (error) {
        controller.error(asRefusal(error));
        await reader.cancel(error).catch(() => undefined);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

interface BodyLimits {
  maxBytes: number;
  clock: Clock;
  /**
   * Called from time to time while the body comes fast enough. The server cuts
   * a connection after the time it was told, whatever small pieces arrive.
   */
  onProgress?(): void;
}

/** Looks at each piece of a body. @throws XrpcError PayloadTooLarge, RequestTimeout */
function createCheck({ maxBytes, clock, onProgress }: BodyLimits) {
  let sizeBytes = 0;
  let period = { startMs: clock.nowMs(), sizeBytes: 0 };

  return (piece: Uint8Array): void => {
    sizeBytes += piece.length;
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    period.sizeBytes += piece.length;
    if (clock.nowMs() - period.startMs < PERIOD_MS) return;
    if (period.sizeBytes < MIN_BYTES_PER_PERIOD) {
      throw new XrpcError("RequestTimeout", "The body arrives too slowly");
    }
    period = { startMs: clock.nowMs(), sizeBytes: 0 };
    onProgress?.();
  };
}

function refuseLength(headers: Headers, maxBytes: number): void {
  if ((contentLengthOf(headers) ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): XrpcError {
  const message = `The request body is larger than ${maxBytes} bytes`;
  return new XrpcError("PayloadTooLarge", message);
}

function isEncoded(headers: Headers): boolean {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase();
  return (encoding ?? "") !== "" && encoding !== "identity";
}

function decodedBody(request: Request): ReadableStream<Uint8Array> {
  const body = request.body ?? new Blob([]).stream();
  if (!isEncoded(request.headers)) return body;
  const encoding = request.headers.get("content-encoding")!.toLowerCase();
  if (encoding !== "gzip" && encoding !== "deflate") {
    throw new XrpcError(
      "UnsupportedMediaType",
      "The body may be encoded as gzip or deflate only",
    );
  }
  return body.pipeThrough(new DecompressionStream(encoding));
}

/** Goes level by level, because recursion is what it protects from. */
function isDeeperThan(value: unknown, maxDepth: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true;
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const child of Object.values(item)) {
        if (typeof child === "object" && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return false;
}
