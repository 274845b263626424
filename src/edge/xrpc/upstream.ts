import { XrpcError } from "#lib/errors.ts";
import { decodeContent } from "#lib/fetch-body.ts";
import { SafeFetchError } from "#lib/safe-fetch.ts";

// What other services answer, as far as it is read here.

/** Largest refusal that is read for its name and message. */
const MAX_REFUSAL_BYTES = 64 * 1024;
const MAX_NAME_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 2000;
/** What the client learns of the other side by a refusal, which is worded anew. */
const REFUSAL_HEADERS = [
  "atproto-content-labelers",
  "atproto-repo-rev",
  "retry-after",
];
/** And by an answer. */
const ANSWER_HEADERS = [
  ...REFUSAL_HEADERS,
  "content-encoding",
  "content-language",
  "content-length",
  "content-type",
];
/** Statuses of a failing service that tell a client what to do. */
const PASSED_FAULTS = new Set([501, 503, 504]);
/** Encodings of an answer that can be undone here. */
export const READABLE_ENCODINGS = ["gzip", "deflate", "br"];

export function pick(
  headers: Headers,
  names: readonly string[],
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) picked[name] = value;
  }
  return picked;
}

/** The headers with which an answer is passed on; whatever it is, a browser is not to run it as a page of ours. */
export function answerHeaders(headers: Headers): Record<string, string> {
  return {
    ...pick(headers, ANSWER_HEADERS),
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
  };
}

/** What a service refuses is passed on; that it fails is told as a failure of the way there. */
export async function toRefusal(answer: Response): Promise<XrpcError> {
  const { error, message } = await readRefusal(answer);
  const { status } = answer;
  const text = message ?? `The service answered ${status}`;
  if ((status >= 400 && status < 500) || PASSED_FAULTS.has(status)) {
    const headers = pick(answer.headers, REFUSAL_HEADERS);
    const name = error ?? (status < 500 ? "InvalidRequest" : "UpstreamFailure");
    return new XrpcError(name, text, { status, headers });
  }
  return new XrpcError("UpstreamFailure", text);
}

async function readRefusal(
  answer: Response,
): Promise<{ error?: string; message?: string }> {
  try {
    const bytes = await readAnswer(answer, MAX_REFUSAL_BYTES);
    const { error, message } = (await parseAnswer(
      bytes,
      answer.headers,
      MAX_REFUSAL_BYTES,
    )) as { error?: unknown; message?: unknown };
    return {
      ...(typeof error === "string" && {
        error: error.slice(0, MAX_NAME_LENGTH),
      }),
      ...(typeof message === "string" && {
        message: message.slice(0, MAX_MESSAGE_LENGTH),
      }),
    };
  } catch {
    // Not JSON: the status is all there is.
    return {};
  }
}

/**
 * The body of an answer as it came.
 * @throws XrpcError UpstreamFailure when it breaks off or is too large, UpstreamTimeout when it falls silent.
 */
export async function readAnswer(
  answer: Response,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of answer.body ?? []) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw toFailure(cause);
  }
  if (sizeBytes <= maxBytes) return new Uint8Array(Buffer.concat(chunks));
  throw new XrpcError("UpstreamFailure", "The service's answer is too large");
}

/** Why an answer didn't come, or not whole. */
export function toFailure(cause: unknown): XrpcError {
  if (!(cause instanceof SafeFetchError)) {
    const message = "The service's answer broke off";
    return new XrpcError("UpstreamFailure", message, { cause });
  }
  switch (cause.reason) {
    case "timeout":
      return new XrpcError("UpstreamTimeout", "The service is silent", {
        cause,
      });
    case "size":
      return new XrpcError(
        "UpstreamFailure",
        "The service's answer is too large",
        { cause },
      );
    default:
      return new XrpcError("UpstreamFailure", "The service can't be reached", {
        cause,
      });
  }
}

/** @throws Error when it is no JSON, or encoded in a way that isn't known. */
export async function parseAnswer(
  bytes: Uint8Array,
  headers: Headers,
  maxBytes: number,
): Promise<unknown> {
  const encoding = headers.get("content-encoding");
  const text = await decodeContent(bytes, encoding, maxBytes, "");
  return JSON.parse(new TextDecoder().decode(text));
}
