import type { Contexts } from "#edge/contexts.ts";
import type { Call, Reply } from "#edge/xrpc/method.ts";

/** Records of other hosts come from the AppView, when there is one. */
export function getRecord(
  { records }: Pick<Contexts, "records">,
  { params, nsid, caller, request, proxy }: Call,
): Reply | Promise<Reply> {
  if (
    proxy.hasRoute(nsid, request) &&
    !records.isServed(params.repo as string)
  ) {
    return proxy.forward({ nsid, caller, request });
  }
  return records.getRecord(params);
}
