import type { Config } from "#config.ts";
import { OperatorError } from "#lib/errors.ts";
import { isLoopbackAddress } from "#lib/ip-address.ts";
import { type Call, EXIT } from "#cli/command.ts";
import { loadOfflineConfig } from "#cli/offline-config.ts";

/** A running server, as its operator calls it. */
export interface AdminClient {
  query<Output>(nsid: string, params?: Params): Promise<Output>;
  /** Resolves with an empty object where the method answers nothing. */
  procedure<Output>(nsid: string, input: object): Promise<Output>;
  /** The same as a stranger, for methods that know no operator. */
  asStranger: Pick<AdminClient, "query" | "procedure">;
}

type Params = Readonly<Record<string, string | number | undefined>>;

const TIMEOUT_MS = 30_000;

/**
 * The server that the flags and settings name, with the operator's token
 * (TEMPEST_ADMIN_TOKEN) or password (TEMPEST_ADMIN_PASSWORD).
 * @throws OperatorError exit 78 without either, or where it would go over a network in clear.
 */
export function connect(call: Call): AdminClient {
  const config = loadOfflineConfig(call);
  const named = call.flags.get("url");
  const url = named === undefined ? localUrl(config) : readUrl(named);
  if (url.startsWith("http:")) useNoProxy();
  const authorization = authorizationOf(config);
  return { ...callsTo(url, { authorization }), asStranger: callsTo(url, {}) };
}

function callsTo(
  url: string,
  credentials: Record<string, string>,
): AdminClient["asStranger"] {
  async function send<Output>(path: string, init: RequestInit = {}) {
    let response;
    try {
      response = await fetch(`${url}/xrpc/${path}`, {
        ...init,
        // To nobody else goes the password.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { ...credentials, "content-type": "application/json" },
      });
    } catch (cause) {
      throw new OperatorError(`${url} does not answer.`, {
        hint: "Start the server, or name another with --url.",
        exitCode: EXIT.unreachable,
        cause,
      });
    }
    return (await readAnswer(url, response)) as Output;
  }
  return {
    query(nsid, params = {}) {
      const given = Object.entries(params).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)]],
      );
      return send(`${nsid}?${new URLSearchParams(given)}`);
    },
    procedure: (nsid, input) =>
      send(nsid, { method: "POST", body: JSON.stringify(input) }),
  };
}

/** That of the environment would be given the password, for this machine's own addresses too. */
function useNoProxy(): void {
  // In small letters it wins. `fetch` can be told in no other way.
  // oxlint-disable-next-line node/no-process-env
  Object.assign(process.env, { NO_PROXY: "*", no_proxy: "*" });
}

/** What a query lists under `name`, to its last page. */
export async function* listAll<Item>(
  client: AdminClient,
  nsid: string,
  { name, ...params }: Params & { name: string },
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await client.query<Record<string, unknown>>(nsid, {
      ...{ ...params, cursor },
    });
    yield* page[name] as Item[];
    cursor = page.cursor as string | undefined;
  } while (cursor !== undefined);
}

/** Where this machine's server listens. */
function localUrl({ listenHost, port }: Config): string {
  const isAny = listenHost === "0.0.0.0" || listenHost === "::";
  const host = isAny ? "127.0.0.1" : listenHost;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function readUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new OperatorError(`"${text}" is no URL of a server.`, {
      hint: "Such as --url https://pds.example.com.",
      exitCode: EXIT.usage,
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol === "http:" && !isHere(host)) {
    throw new OperatorError(`${url.origin} would get the password in clear.`, {
      hint: `Use https, or run the command on that machine.`,
      exitCode: EXIT.misconfigured,
    });
  }
  return url.origin;
}

const isHere = (host: string) =>
  host === "localhost" || isLoopbackAddress(host);

function authorizationOf(config: Config): string {
  if (config.adminToken !== null) return `Bearer ${config.adminToken.reveal()}`;
  if (config.adminPassword !== null) {
    const pair = `admin:${config.adminPassword.reveal()}`;
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  throw new OperatorError("No password of the operator is set.", {
    hint: "Set TEMPEST_ADMIN_PASSWORD or TEMPEST_ADMIN_TOKEN, or name the server's settings with --config FILE. That of `tempest dev` is admin.",
    exitCode: EXIT.misconfigured,
  });
}

async function readAnswer(url: string, response: Response): Promise<unknown> {
  const text = await response.text();
  let body: { error?: string; message?: string } = {};
  try {
    if (text !== "") body = JSON.parse(text) as typeof body;
  } catch {
    throw new OperatorError(
      `${url} answered ${response.status}, and no JSON.`,
      {
        hint: "Is that a PDS? Name another with --url.",
        exitCode: EXIT.unreachable,
      },
    );
  }
  if (response.ok) return body;
  const { error = String(response.status), message = "" } = body;
  const wait = response.headers.get("retry-after");
  const hints: Readonly<Record<number, string>> = {
    401: `${url} knows another password or token.`,
    429: `Try again in ${wait ?? "some"} seconds.`,
    503: `Try again in ${wait ?? "some"} seconds.`,
  };
  throw new OperatorError(`${error}: ${message}`, {
    hint: hints[response.status] ?? "Nothing was changed.",
    exitCode: EXIT.failed,
  });
}

export function missing(what: string, how: string): OperatorError {
  return new OperatorError(`No ${what} was named.`, {
    hint: `Name it ${how}.`,
    exitCode: EXIT.usage,
  });
}
