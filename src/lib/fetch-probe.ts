import { type SafeFetch, SafeFetchError } from "./safe-fetch.ts";

/** What became of one fetch, in words for an operator. */
export type FetchProbe =
  | { ok: true; status: number; sizeBytes: number; url: string }
  | { ok: false; reason: string; message: string };

/** Fetches a URL as the server would fetch a stranger's, and tells how it went; a refusal is a result, not an error. */
export async function probeFetch(
  fetch: SafeFetch,
  href: string,
): Promise<FetchProbe> {
  try {
    const { status, body, url } = await fetch(href);
    return { ok: true, status, sizeBytes: body.length, url };
  } catch (error) {
    if (!(error instanceof SafeFetchError)) throw error;
    return { ok: false, reason: error.reason, message: error.message };
  }
}
