import type { Call } from "#edge/xrpc/method.ts";

/** A report goes to the service that the client names, or to the operator's. */
export function createReport(
  _contexts: unknown,
  { nsid, caller, request, input, proxy }: Call,
): Promise<Response> {
  return proxy.forward({ nsid, caller, request, json: input });
}
