import { XrpcError } from "#lib/errors.ts";
import { type Handle, normalizeHandle } from "#repo/syntax.ts";
import type { Contexts } from "#edge/contexts.ts";
import type { Call } from "#edge/xrpc/method.ts";

export async function resolveHandle(
  { identity }: Pick<Contexts, "identity">,
  { params }: Call,
): Promise<object> {
  const handle = normalizeHandle(params.handle as Handle);
  const did = await identity.resolveHandle(handle);
  if (did !== null) return { did };
  throw new XrpcError("HandleNotFound", `Unable to resolve handle: ${handle}`);
}
