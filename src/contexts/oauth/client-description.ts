/** What other servers are told of us, where people sign in with them. */
export interface ClientDescription {
  client_id: string;
  client_name?: string;
  client_uri?: string;
  /** For administrators, then for who acts for an account of ours. */
  redirect_uris: [admins: string, delegates: string];
  scope: "atproto";
  grant_types: ["authorization_code"];
  response_types: ["code"];
  application_type: "web" | "native";
  token_endpoint_auth_method: "none";
  dpop_bound_access_tokens: true;
}

/** Where other servers send the operator's browser back to. */
export const CALLBACK_PATH = "/admin/oauth/callback";
/** The same for those who act for an account. */
export const DELEGATE_CALLBACK_PATH = "/oauth/elsewhere/callback";
/** How long their answer counts: as long as such servers keep what was asked of them, and people look for their phone. */
export const ANSWER_AWAITED_MS = 10 * 60_000;
export const DESCRIPTION_PATH = "/oauth/client-metadata.json";

/**
 * Nothing is asked for but who somebody is. A server that has no name in the
 * world is an application on somebody's own machine, which its id describes.
 * @param publicUrl an origin
 * @see https://atproto.com/specs/oauth#clients
 */
export function describeClient(publicUrl: string): ClientDescription {
  const scope = "atproto";
  const base = new URL(publicUrl);
  const isPublic = base.protocol === "https:";
  // Such applications are known by an address, not by the name `localhost`.
  if (base.hostname === "localhost") base.hostname = "127.0.0.1";
  const placeOf = (path: string) => new URL(path, base).href;
  const admins = placeOf(CALLBACK_PATH);
  const delegates = placeOf(DELEGATE_CALLBACK_PATH);
  const query = new URLSearchParams([
    ["scope", scope],
    ["redirect_uri", admins],
    ["redirect_uri", delegates],
  ]);
  return {
    client_id: isPublic
      ? new URL(DESCRIPTION_PATH, publicUrl).href
      : `http://localhost?${query}`,
    ...(isPublic && {
      client_name: `Sign-in of ${base.host}`,
      client_uri: publicUrl,
    }),
    redirect_uris: [admins, delegates],
    scope,
    grant_types: ["authorization_code"],
    response_types: ["code"],
    application_type: isPublic ? "web" : "native",
    token_endpoint_auth_method: "none",
    dpop_bound_access_tokens: true,
  };
}
