import type { SafeFetch } from "#lib/safe-fetch.ts";

/** Largest document of an application: its description, or its keys. */
export const MAX_BYTES = 512 * 1024;
export const TIMEOUT_MS = 10_000;

/**
 * `fetch` for the documents of applications, which strangers name: through the
 * guarded fetch, never following a redirect.
 */
export function createClientFetch(safeFetch: SafeFetch): typeof fetch {
  const guarded = async (
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> => {
    const request = new Request(input, init);
    const { status, headers, body } = await safeFetch(request.url, {
      headers: { accept: request.headers.get("accept") ?? "application/json" },
      redirect: "error",
      maxBytes: MAX_BYTES,
      timeoutMs: TIMEOUT_MS,
    });
    // The specification wants 200; other successes are none.
    if (status !== 200) {
      return new Response(null, { status: status < 400 ? 502 : status });
    }
    const described = new Headers(headers);
    // The body is decoded by now.
    described.delete("content-encoding");
    described.delete("content-length");
    return new Response(body as Uint8Array<ArrayBuffer>, {
      headers: described,
    });
  };
  return guarded as typeof fetch;
}
