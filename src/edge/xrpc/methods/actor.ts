import type { Contexts } from "#edge/contexts.ts";
import type { Call, Reply } from "#edge/xrpc/method.ts";

/** Ours, unless the client names another AppView, which then keeps its own. */
export function getPreferences(
  { records }: Pick<Contexts, "records">,
  call: Call,
): Reply | Promise<Reply> {
  return call.proxy.namesOther(call.nsid, call.request)
    ? call.proxy.forward(call)
    : records.getPreferences(call.caller);
}

/** What was read from another AppView is kept there, too: here it would take the place of our own. */
export function putPreferences(
  { records }: Pick<Contexts, "records">,
  call: Call,
): Reply | Promise<Reply> {
  const { nsid, caller, request, input, proxy } = call;
  return proxy.namesOther(nsid, request)
    ? proxy.forward({ nsid, caller, request, json: input })
    : records.putPreferences(input, caller);
}
