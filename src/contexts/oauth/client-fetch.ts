import type { SafeFetch } from "#lib/safe-fetch.ts";

/** Largest document of an application: its description, or its keys. */
export const MAX_BYTES = 512 * 1024;
export const TIMEOUT_MS = 10_000;
/** Of a set of keys. @see RFC 7517 §8.5 */
const KEYS_TYPE = /^application\/jwk-set\+json *(?:;|$)/i;
/** What the keys of applications are for here. @see RFC 7517 §4.3 */
const VERIFY = "verify";

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
    const type = described.get("content-type") ?? "";
    if (KEYS_TYPE.test(type) && Array.isArray(parseObject(body)?.keys)) {
      // The library knows the general type alone.
      described.set("content-type", "application/json");
    }
    return new Response(withUsableKeys(body), { headers: described });
  };
  return guarded as typeof fetch;
}

/**
 * A description or a set of keys, as it is but for one thing: the runtime
 * verifies with no key that says that it may encrypt too, and the official
 * library publishes all of its keys so.
 */
function withUsableKeys(body: Uint8Array): Uint8Array<ArrayBuffer> | string {
  const document = parseObject(body);
  const keys = document?.keys ?? asObject(document?.jwks)?.keys;
  if (!Array.isArray(keys)) return body as Uint8Array<ArrayBuffer>;
  for (const key of keys.map(asObject)) {
    if (key === null || !Array.isArray(key.key_ops)) continue;
    if (key.key_ops.includes(VERIFY)) key.key_ops = [VERIFY];
  }
  return JSON.stringify(document);
}

type Json = Record<string, unknown>;

/** null when it is no JSON object. */
export function parseObject(body: Uint8Array): Json | null {
  try {
    return asObject(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Json | null {
  const isObject =
    typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Json) : null;
}
