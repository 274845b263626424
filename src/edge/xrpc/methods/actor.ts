import type { Contexts } from "../../contexts.ts";
import type { Call, Reply } from "../method.ts";

/** Ours, unless the client names another AppView, which then keeps its own. */
export function getPreferences(
  { preferences }: Pick<Contexts, "preferences">,
  call: Call,
): Reply | Promise<Reply> {
  return call.proxy.namesOther(call.nsid, call.request)
    ? call.proxy.forward(call)
    : preferences.getPreferences(call.params, call.caller);
}
