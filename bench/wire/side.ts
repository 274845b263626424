import { request } from "node:http";
import type { Peer } from "../peers/peer.ts";

/** One of the two servers, with what its answers left behind. */
export interface Side {
  peer: Peer;
  accounts: Record<string, Account>;
  /** CIDs, cursors and the like, by a name that the rows give them. */
  kept: Record<string, string>;
}

export interface Account {
  did: string;
  accessJwt: string;
  refreshJwt: string;
}

/** A call as a row makes it; nothing in it is checked. */
export interface Call {
  params?: Record<string, string | number | boolean | string[] | undefined>;
  /** Sent as JSON by POST. */
  input?: unknown;
  /** Sent as it is by POST. */
  body?: string | Uint8Array;
  /** Content-Type; null sends none. */
  type?: string | null;
  verb?: string;
  /** An account's access token. */
  as?: string;
  /** The whole Authorization header. */
  auth?: string;
  headers?: Record<string, string>;
  /** Instead of `/xrpc/` and the method, with its query. */
  path?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  bytes: Buffer;
  /** undefined where the server says no JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

const TIMEOUT_MS = 60_000;

/** Sends one call on a connection of its own, malformed or not. @throws Error when nothing comes back. */
export function send(side: Side, method: string, call: Call): Promise<Answer> {
  const { input, type = "application/json" } = call;
  const body = input === undefined ? call.body : JSON.stringify(input);
  const verb = call.verb ?? (body === undefined ? "GET" : "POST");
  const authorization =
    call.auth ?? (call.as && `Bearer ${side.accounts[call.as]?.accessJwt}`);
  const headers: Record<string, string> = {
    ...(authorization !== undefined && { authorization }),
    ...(body !== undefined && type !== null && { "content-type": type }),
    "content-length": String(Buffer.byteLength(body ?? "")),
    ...call.headers,
  };
  const { hostname, port } = new URL(side.peer.url);
  const path = call.path ?? `/xrpc/${method}${queryOf(call)}`;
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port, path, method: verb, headers };
    const sent = request({ ...options, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(pieces);
        const told = flatten(response.headers);
        const status = response.statusCode!;
        resolve({ status, headers: told, bytes, json: jsonOf(told, bytes) });
      });
    });
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    sent.end(body);
  });
}

function queryOf({ params = {} }: Call): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) search.append(name, String(one));
    }
  }
  return search.size === 0 ? "" : `?${search}`;
}

function flatten(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  );
}

function jsonOf(headers: Record<string, string>, bytes: Buffer): unknown {
  if (!headers["content-type"]?.includes("json")) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
