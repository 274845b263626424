import { XrpcError } from "#lib/errors.ts";
import { readBounded } from "#lib/fetch-body.ts";
import type { Did } from "#repo/syntax.ts";

const MAX_ANSWER_BYTES = 4 * 1024 * 1024; // a log of thousands of operations
const MAX_MESSAGE_LENGTH = 200;

export type HttpFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface PlcHttpConfig {
  url: string;
  /** The operator chose the directory, so this is a plain fetch, not the one for strangers' URLs. */
  fetch: HttpFetch;
  timeoutMs?: number;
}

export interface PlcHttp {
  /** Without a trailing slash. */
  url: string;
  get(did: Did, path: string): Promise<unknown>;
  post(did: Did, json: object): Promise<void>;
}

/** JSON to and from a directory. A bad answer becomes an XrpcError that says whose fault it is. */
export function createPlcHttp(config: PlcHttpConfig): PlcHttp {
  const url = config.url.replace(/\/+$/, "");
  const timeoutMs = config.timeoutMs ?? 10_000;
  return {
    url,
    async get(did, path) {
      const href = `${url}/${did}${path}`;
      const init = { method: "GET" };
      const text = await readAnswer(config.fetch, href, timeoutMs, init);
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw garbled(cause);
      }
    },
    async post(did, json) {
      await readAnswer(config.fetch, `${url}/${did}`, timeoutMs, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(json),
      });
    },
  };
}

async function readAnswer(
  fetch: HttpFetch,
  href: string,
  timeoutMs: number,
  init: RequestInit,
): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let body: Uint8Array;
  try {
    response = await fetch(href, { ...init, signal, redirect: "error" });
    body = await readBounded(response, MAX_ANSWER_BYTES, href);
  } catch (cause) {
    throw signal.aborted
      ? new XrpcError("UpstreamTimeout", "the PLC directory does not answer", {
          cause,
        })
      : new XrpcError("UpstreamFailure", "the PLC directory can't be reached", {
          cause,
        });
  }
  const text = new TextDecoder().decode(body);
  if (response.ok) return text;
  throw refusalOf(response, text);
}

function refusalOf(response: Response, text: string): XrpcError {
  const message = messageOf(text);
  if (response.status === 404 || response.status === 410) {
    return notFound(message);
  }
  if (response.status === 429 || response.status === 503) {
    const retryAfterSec = Number(response.headers.get("retry-after")) || 60;
    return new XrpcError(
      "ServiceUnavailable",
      `the PLC directory is busy: ${message}`,
      { retryAfterSec },
    );
  }
  if (response.status >= 400 && response.status < 500) {
    return new XrpcError(
      "InvalidRequest",
      `the PLC directory refused: ${message}`,
    ).because("directoryRefused", { said: message });
  }
  return new XrpcError(
    "UpstreamFailure",
    `the PLC directory failed with status ${response.status}`,
  );
}

/** The directory's words in one short line; it may repeat all of what was sent. */
function messageOf(text: string): string {
  let message = text;
  try {
    const json = JSON.parse(text) as { message?: unknown } | null;
    if (typeof json?.message === "string") message = json.message;
  } catch {
    // Not JSON, so the text itself is what there is to say.
  }
  const line = message.replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (line === "") return "no reason given";
  if (line.length <= MAX_MESSAGE_LENGTH) return line;
  return `${line.slice(0, MAX_MESSAGE_LENGTH)}…`;
}

export function notFound(message: string): XrpcError {
  return new XrpcError("NotFound", message);
}

export function garbled(cause?: unknown): XrpcError {
  return new XrpcError(
    "UpstreamFailure",
    "the PLC directory's answer makes no sense",
    { cause },
  );
}
