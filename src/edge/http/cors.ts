/**
 * Pages of any origin may call this server: who is allowed is decided by
 * tokens, which no browser sends by itself.
 */

const EXPOSED = [
  "Accept-Ranges",
  "Atproto-Content-Labelers",
  "Atproto-Repo-Rev",
  "Atproto-Upstream-Lag",
  "Content-Length",
  "Content-Range",
  "DPoP-Nonce",
  "ETag",
  "RateLimit-Limit",
  "RateLimit-Policy",
  "RateLimit-Remaining",
  "RateLimit-Reset",
  "Retry-After",
  "WWW-Authenticate",
].join(", ");
const DAY_SEC = 24 * 60 * 60;

export function setCorsHeaders(headers: Headers): void {
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", EXPOSED);
}

/** Allows what the browser asks for, whatever headers that are. */
export function preflight(request: Request): Response {
  const asked = request.headers.get("access-control-request-headers");
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Headers": asked ?? "*",
      "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "Access-Control-Max-Age": String(DAY_SEC),
      Vary: "Access-Control-Request-Headers",
    },
  });
}
