import type { Contexts } from "#edge/contexts.ts";
import type { Call } from "#edge/xrpc/method.ts";

/**
 * Sent as it is: the answer holds a record where its lexicon has a field, and
 * the validator knows no such thing.
 */
export async function resolveLexicon(
  { lexicons }: Pick<Contexts, "lexicons">,
  { params }: Call,
): Promise<Response> {
  return Response.json(await lexicons.resolveLexicon(params));
}
