/** What the description of an application has to be like, one rule a row. */
export interface ClientRule {
  /** By which it is found in docs/reference/client-rules.md. */
  id: string;
  /** What has to be so. */
  sentence: string;
  isKept(client: DescribedClient): boolean;
}

/** What is found at an application's address. */
export interface Found {
  /** null when there was no answer. */
  status: number | null;
  /** The host could not prove its name, so it was asked nothing. */
  isUnproved?: boolean;
  /** Of the Content-Type, without its parameters. */
  type: string;
  /** null when it is no JSON object. */
  json: Readonly<Record<string, unknown>> | null;
}

export interface DescribedClient {
  id: string;
  /** Nothing was asked for when the address itself is wrong. */
  found: Found | null;
  /** What is at `jwks_uri`; null when there is none. */
  keys: Found | null;
}

/** Applications that publish a description of themselves, in the order of looking. @see https://atproto.com/specs/oauth#clients */
export const CLIENT_RULES: readonly ClientRule[] = [
  {
    id: "address",
    sentence:
      "The client_id is an https address with a path, written in its plain form: with a host name and no IP address, without user, fragment, or a slash at the end. Names of no place in the world, which end in test, local, localhost, invalid or example, are not taken.",
    isKept: ({ id }) => isAddress(id),
  },
  {
    id: "certificate",
    sentence:
      "The host at that address proves its name by a certificate that this server trusts.",
    isKept: ({ found }) => found?.isUnproved !== true,
  },
  {
    id: "answer",
    sentence:
      "Whoever asks for that address gets an answer, within 10 seconds and of at most 512 KB, from public addresses alone and on the port of https; in development also on this machine, on any port.",
    isKept: ({ found }) => found?.status != null,
  },
  {
    id: "status",
    sentence: "The answer has the status 200; redirects are not followed.",
    isKept: ({ found }) => found?.status === 200,
  },
  {
    id: "type",
    sentence: "The answer has the Content-Type application/json.",
    isKept: ({ found }) => found?.type === "application/json",
  },
  {
    id: "json",
    sentence: "The answer is a JSON object.",
    isKept: ({ found }) => found?.json != null,
  },
  {
    id: "client-id",
    sentence:
      "client_id in the description is the address at which it was found, letter for letter.",
    isKept: ({ id, found }) => found?.json?.client_id === id,
  },
  {
    id: "scope",
    sentence:
      "scope lists all that the application ever asks for, separated by one space, nothing twice, and atproto among it.",
    isKept: by(({ scope }) => {
      const parts = String(scope ?? "").split(" ");
      return parts.includes("atproto") && new Set(parts).size === parts.length;
    }),
  },
  {
    id: "dpop",
    sentence: "dpop_bound_access_tokens is true: tokens are bound to a key.",
    isKept: by(({ dpop_bound_access_tokens: isBound }) => isBound === true),
  },
  {
    id: "response-types",
    sentence: "response_types, if it is there, has code in it.",
    isKept: by(({ response_types: types = ["code"] }) =>
      listOf(types).includes("code"),
    ),
  },
  {
    id: "grant-types",
    sentence:
      "grant_types has authorization_code in it, and beside it refresh_token or nothing.",
    isKept: by(({ grant_types: types = ["authorization_code"] }) => {
      const known = ["authorization_code", "refresh_token"];
      const list = listOf(types);
      const isKnown = list.every((type) => known.includes(String(type)));
      const isOnce = new Set(list).size === list.length;
      return isKnown && isOnce && list.includes("authorization_code");
    }),
  },
  {
    id: "application-type",
    sentence:
      "application_type is web, which it also is if it isn't there, or native.",
    isKept: by(({ application_type: type = "web" }) =>
      ["web", "native"].includes(String(type)),
    ),
  },
  {
    id: "redirect-uris",
    sentence:
      "redirect_uris lists at least one address, all of them absolute and without user or password.",
    isKept: by(({ redirect_uris: uris }) => {
      const list = listOf(uris).map(urlOf);
      return (
        list.length > 0 &&
        list.every((url) => url?.username === "" && url.password === "")
      );
    }),
  },
  {
    id: "redirect-https",
    sentence:
      "An address of redirect_uris with a host name begins with https, and its name is of a place in the world, as that of the client_id.",
    isKept: eachRedirect(
      (url) =>
        isLoopbackAddress(url) ||
        isOwnScheme(url) ||
        (url.protocol === "https:" && !isLocalName(url.hostname)),
    ),
  },
  {
    id: "redirect-loopback",
    sentence:
      "An address of redirect_uris on the person's own machine is http://127.0.0.1 or http://[::1], for applications of the type native.",
    isKept: eachRedirect(
      (url, { application_type: type }) =>
        !isLoopbackAddress(url) ||
        (type === "native" && url.protocol === "http:"),
    ),
  },
  {
    id: "redirect-scheme",
    sentence:
      "An address of redirect_uris with a scheme of its own has the host name of the client_id, read backwards, as its scheme, and is for applications of the type native: app.example.com has com.example.app:/path.",
    isKept: eachRedirect(
      (url, { application_type: type }, id) =>
        !isOwnScheme(url) ||
        (type === "native" && url.protocol === schemeOf(id)),
    ),
  },
  {
    id: "authentication",
    sentence:
      "token_endpoint_auth_method is none, or private_key_jwt; it has to be there, because leaving it out means a password.",
    isKept: by(({ token_endpoint_auth_method: method }) =>
      ["none", "private_key_jwt"].includes(String(method)),
    ),
  },
  {
    id: "native-authentication",
    sentence:
      "Applications of the type native have the token_endpoint_auth_method none: what everybody can unpack is no secret.",
    isKept: by(
      ({ application_type: type, token_endpoint_auth_method: method }) =>
        type !== "native" || method === "none",
    ),
  },
  {
    id: "signing-alg",
    sentence:
      "token_endpoint_auth_signing_alg is there with private_key_jwt (ES256), and not with none.",
    isKept: by(
      ({
        token_endpoint_auth_method: method,
        token_endpoint_auth_signing_alg: algorithm,
      }) => (method === "none") === (algorithm === undefined),
    ),
  },
  {
    id: "public-keys",
    sentence:
      "Keys are public ones: nothing of a private key is ever published.",
    isKept: ({ found, keys }) =>
      [...keysOf(found?.json?.jwks), ...keysOf(keys?.json)].every(
        (key) => !("d" in key) && !("k" in key),
      ),
  },
  {
    id: "keys",
    sentence:
      "With private_key_jwt there is jwks with at least one public key, which has a kid and may verify (key_ops, if it is there), or jwks_uri; with no method there are both.",
    isKept: by(
      ({ token_endpoint_auth_method: method, jwks, jwks_uri: uri }) => {
        if (jwks !== undefined && uri !== undefined) return false;
        if (method === "none" || uri !== undefined) return true;
        return keysOf(jwks).some(mayVerify);
      },
    ),
  },
  {
    id: "keys-found",
    sentence:
      "At jwks_uri there is, by the same rules as for the description, a JSON object with keys; its Content-Type may be application/jwk-set+json too.",
    isKept: ({ keys }) =>
      keys === null ||
      (keys.status === 200 &&
        KEYS_TYPES.includes(keys.type) &&
        Array.isArray(keys.json?.keys)),
  },
  {
    id: "client-uri",
    sentence:
      "client_uri, if it is there, is on the host of the client_id, and not below another path.",
    isKept: by(({ client_uri: uri }, id) => {
      if (uri === undefined) return true;
      const [above, own] = [urlOf(uri), urlOf(id)];
      if (above === null || own === null || above.origin !== own.origin)
        return false;
      const folder = above.pathname.replace(/\/?$/, "/");
      return above.pathname === own.pathname || own.pathname.startsWith(folder);
    }),
  },
];

/** Applications on somebody's own machine, which describe themselves by their id. */
export const LOCAL_RULES: readonly ClientRule[] = [
  {
    id: "local-address",
    sentence:
      "The client_id of an application on the person's own machine is http://localhost, without port or path, and a query that has nothing but scope, once, and redirect_uri.",
    isKept: ({ id }) => {
      if (!/^http:\/\/localhost\/?(\?[^#]*)?$/.test(id)) return false;
      const names = [...new URL(id).searchParams.keys()];
      const isKnown = names.every((name) =>
        ["scope", "redirect_uri"].includes(name),
      );
      return isKnown && names.filter((name) => name === "scope").length < 2;
    },
  },
  {
    id: "local-scope",
    sentence: "The scope of such a client_id has atproto in it.",
    isKept: ({ id }) =>
      (urlOf(id)?.searchParams.get("scope") ?? "atproto")
        .split(" ")
        .includes("atproto"),
  },
  {
    id: "local-redirect",
    sentence:
      "A redirect_uri of such a client_id begins with http://127.0.0.1 or http://[::1]; the name localhost is not among them.",
    isKept: ({ id }) =>
      (urlOf(id)?.searchParams.getAll("redirect_uri") ?? []).every((uri) => {
        const url = urlOf(uri);
        return url?.protocol === "http:" && isLoopbackAddress(url);
      }),
  },
];

/** The first rule that is broken; null when none is. */
export function findBrokenRule(client: DescribedClient): ClientRule | null {
  const isLocal = client.id.startsWith("http://localhost");
  const rules = isLocal ? LOCAL_RULES : CLIENT_RULES;
  return rules.find(({ isKept }) => !isKept(client)) ?? null;
}

/** True for an address at which a description may be looked for. */
export function isAddress(id: string): boolean {
  const url = urlOf(id);
  if (url?.protocol !== "https:" || url.username || url.password) return false;
  const isPlain = url.href === id && !id.includes("#");
  const isName = !/^[\d.]+$|^\[/.test(url.hostname);
  const isOfWorld = isName && !isLocalName(url.hostname);
  return isPlain && isOfWorld && !url.pathname.endsWith("/");
}

type Json = Readonly<Record<string, unknown>>;

function by(isKept: (json: Json, id: string) => boolean): ClientRule["isKept"] {
  return ({ id, found }) => isKept(found?.json ?? {}, id);
}

function eachRedirect(
  isKept: (url: URL, json: Json, id: string) => boolean,
): ClientRule["isKept"] {
  return by((json, id) =>
    listOf(json.redirect_uris).every((uri) => {
      const url = urlOf(uri);
      return url === null || isKept(url, json, id);
    }),
  );
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** @see https://www.rfc-editor.org/rfc/rfc7517#section-8.5 */
const KEYS_TYPES = ["application/json", "application/jwk-set+json"];

function keysOf(jwks: unknown): Json[] {
  const keys: unknown = (jwks as Json | undefined | null)?.keys;
  return listOf(keys).filter(
    (key): key is Json => typeof key === "object" && key !== null,
  );
}

function mayVerify({ kid, key_ops: uses = ["verify"] }: Json): boolean {
  return typeof kid === "string" && listOf(uses).includes("verify");
}

function urlOf(value: unknown): URL | null {
  return typeof value === "string" ? URL.parse(value) : null;
}

const isLoopbackAddress = ({ hostname }: URL) =>
  hostname === "127.0.0.1" || hostname === "[::1]";
const isOwnScheme = ({ protocol }: URL) => protocol.includes(".");
/** @see RFC 6761 §6, RFC 6762 §3 */
const isLocalName = (name: string) =>
  !/[.:]/.test(name) || /\.(test|local|localhost|invalid|example)$/.test(name);
const schemeOf = (id: string) =>
  `${(urlOf(id)?.hostname ?? "").split(".").toReversed().join(".")}:`;
