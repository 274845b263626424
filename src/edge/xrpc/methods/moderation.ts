import type { Call } from "#edge/xrpc/method.ts";

/**
 * A report goes to the service that the client names, or to the operator's. Its
 * body was read to be checked, so it is written anew.
 */
export function createReport(
  _contexts: unknown,
  { nsid, caller, request, input, proxy }: Call,
): Promise<Response> {
  const body = new TextEncoder().encode(JSON.stringify(input));
  const headers = new Headers(request.headers);
  headers.delete("content-encoding");
  headers.delete("transfer-encoding");
  headers.set("content-length", String(body.length));
  const { url, method, signal } = request;
  return proxy.forward({
    nsid,
    caller,
    request: new Request(url, { method, headers, body, signal }),
  });
}
