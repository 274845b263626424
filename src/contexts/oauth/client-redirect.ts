import { AuthorizationError } from "@atproto/oauth-provider/errors";
import { errorPayload } from "./fault.ts";
import { OAuthRefusal } from "./refusal.ts";
import type { ClientRedirect } from "./view.ts";

/** What an application asked for, as far as its answer depends on it. */
type Parameters = AuthorizationError["parameters"];

/** The way back, with a code or the name of a fault. @see RFC 9207 for `iss` */
export function toRedirect(
  issuer: string,
  parameters: Parameters,
  answer: object,
): ClientRedirect {
  const { state, redirect_uri: uri, response_mode: mode } = parameters;
  const params: [string, string][] = [["iss", issuer]];
  if (state !== undefined) params.push(["state", state]);
  for (const name of ["code", "error", "error_description"]) {
    const value: unknown = Reflect.get(answer, name);
    if (typeof value === "string") params.push([name, value]);
  }
  return { uri: uri!, mode: mode ?? "query", params };
}

/** @throws OAuthRefusal when the fault has no application to tell. */
export function toErrorRedirect(
  issuer: string,
  error: unknown,
  clientId: string,
): ClientRedirect {
  if (error instanceof AuthorizationError && error.parameters.redirect_uri) {
    return toRedirect(issuer, error.parameters, error.toJSON());
  }
  const { status, json } = errorPayload(error);
  const { error_uri: uri = null } = json;
  if (status >= 500) throw error;
  throw new OAuthRefusal(json.error, json.error_description, {
    ...{ status, clientId, uri },
    cause: error,
  });
}
