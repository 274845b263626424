import type { SafeFetch } from "#lib/safe-fetch.ts";

/** Largest answer of somebody's server: its description, or tokens. */
const MAX_BYTES = 512 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * `fetch` for the servers on which people sign in, which strangers name:
 * through the guarded fetch, and no redirect is followed, as each address
 * counts for what is found there.
 */
export function createServerFetch(safeFetch: SafeFetch) {
  return async (
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> => {
    const request = new Request(input, init);
    const sent = new Uint8Array(await request.arrayBuffer());
    const { status, headers, body } = await safeFetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: sent.length === 0 ? null : sent,
      signal: request.signal,
      redirect: "manual",
      maxBytes: MAX_BYTES,
      timeoutMs: TIMEOUT_MS,
    });
    const described = new Headers(headers);
    // The body is decoded by now.
    described.delete("content-encoding");
    described.delete("content-length");
    const received = body as Uint8Array<ArrayBuffer>;
    return new Response(received.length === 0 ? null : received, {
      status,
      headers: described,
    });
  };
}
