/** What other servers are told of us, where our operator signs in with them. */
export interface ClientDescription {
  client_id: string;
  client_name?: string;
  client_uri?: string;
  redirect_uris: [string];
  scope: "atproto";
  grant_types: ["authorization_code"];
  response_types: ["code"];
  application_type: "web" | "native";
  token_endpoint_auth_method: "none";
  dpop_bound_access_tokens: true;
}

/** Where other servers send the operator's browser back to. */
export const CALLBACK_PATH = "/admin/oauth/callback";
export const DESCRIPTION_PATH = "/oauth/client-metadata.json";

/**
 * Nothing is asked for but who somebody is. A server that has no name in the
 * world is an application on somebody's own machine, which its id describes.
 * @param publicUrl an origin
 * @see https://atproto.com/specs/oauth#clients
 */
export function describeClient(publicUrl: string): ClientDescription {
  const scope = "atproto";
  const redirect = new URL(CALLBACK_PATH, publicUrl);
  const isPublic = redirect.protocol === "https:";
  // Such applications are known by an address, not by the name `localhost`.
  if (redirect.hostname === "localhost") redirect.hostname = "127.0.0.1";
  const query = new URLSearchParams({ scope, redirect_uri: redirect.href });
  return {
    client_id: isPublic
      ? new URL(DESCRIPTION_PATH, publicUrl).href
      : `http://localhost?${query}`,
    ...(isPublic && {
      client_name: `Operator's pages of ${redirect.host}`,
      client_uri: publicUrl,
    }),
    redirect_uris: [redirect.href],
    scope,
    grant_types: ["authorization_code"],
    response_types: ["code"],
    application_type: isPublic ? "web" : "native",
    token_endpoint_auth_method: "none",
    dpop_bound_access_tokens: true,
  };
}
