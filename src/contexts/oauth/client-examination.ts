import {
  InvalidClientIdError,
  InvalidClientMetadataError,
  InvalidRedirectUriError,
} from "@atproto/oauth-provider/errors";
import { type Found, findBrokenRule, isAddress } from "./client-rules.ts";
import { type SafeFetch, SafeFetchError } from "#lib/safe-fetch.ts";
import { MAX_BYTES, parseObject, TIMEOUT_MS } from "./client-fetch.ts";
import { OAuthRefusal } from "./refusal.ts";

/** Where the rules are told, on this server. */
const RULES_PATH = "/docs/reference/client-rules";

/**
 * Says which rule an application breaks whose description was refused, in the
 * words that both the application and the person are told. It is looked at once
 * more for that: what the library made of it doesn't say what to change.
 */
export type ExplainRefusal = (
  error: unknown,
  clientId: unknown,
) => Promise<unknown>;

export function createExplainer({
  fetch,
  publicUrl,
}: {
  fetch: SafeFetch;
  publicUrl: string;
}): ExplainRefusal {
  async function find(href: string): Promise<Found> {
    try {
      const { status, headers, body } = await fetch(href, {
        headers: { accept: "application/json" },
        redirect: "manual",
        maxBytes: MAX_BYTES,
        timeoutMs: TIMEOUT_MS,
      });
      const type = headers.get("content-type") ?? "";
      return {
        status,
        type: type.split(";", 1)[0]!.trim().toLowerCase(),
        json: parseObject(body),
      };
    } catch (error) {
      const isUnproved =
        error instanceof SafeFetchError && error.reason === "tls";
      return { status: null, isUnproved, type: "", json: null };
    }
  }

  return async (error, clientId) => {
    const isAboutClient = REFUSALS.some((Refusal) => error instanceof Refusal);
    if (!isAboutClient || typeof clientId !== "string") return error;
    const found = isAddress(clientId) ? await find(clientId) : null;
    const uri = found?.json?.jwks_uri;
    const hasKeys = typeof uri === "string" && URL.canParse(uri);
    const keys = hasKeys ? await find(uri) : null;
    const rule = findBrokenRule({ id: clientId, found, keys });
    if (rule === null) return error;
    const { error: code } = error as InvalidClientMetadataError;
    return new OAuthRefusal(code, rule.sentence, {
      clientId,
      uri: new URL(`${RULES_PATH}#${rule.id}`, publicUrl).href,
      cause: error,
    });
  };
}

const REFUSALS = [
  InvalidClientIdError,
  InvalidClientMetadataError,
  InvalidRedirectUriError,
];
