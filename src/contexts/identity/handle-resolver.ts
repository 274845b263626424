import { Resolver } from "node:dns/promises";
import type { SafeFetch } from "#lib/safe-fetch.ts";
import { parseIpAddress } from "#lib/ip-address.ts";
import { type Did, type Handle, isDid } from "#repo/syntax.ts";

// A DID is at most 2 KB; the rest is for white space.
const MAX_WELL_KNOWN_BYTES = 4096;
const DID_TAG = "did=";

/** TXT records of a name, each with its pieces joined. Rejects when there are none or nobody answers. */
export type ResolveTxt = (name: string) => Promise<string[]>;

export interface HandleResolverDeps {
  resolveTxt: ResolveTxt;
  /** Asked one after the other when `resolveTxt` knows nothing: a second opinion while the DNS settles. */
  backupResolveTxt: ResolveTxt[];
  fetch: SafeFetch;
  timeoutMs: number;
}

/**
 * Asks the network whose handle this is: DNS and HTTPS at once, DNS preferred.
 * @returns null when neither knows, or DNS names several DIDs. Unproven until
 *   the DID's document claims the handle.
 * @see https://atproto.com/specs/handle#handle-resolution
 */
export async function findDidOfHandle(
  deps: HandleResolverDeps,
  handle: Handle,
): Promise<Did | null> {
  const giveUp = new AbortController();
  const overHttps = findByHttps(deps, handle, giveUp.signal);
  try {
    const inDns = await findDidInDns(deps, `_atproto.${handle}`);
    if (inDns === "conflict") return null;
    return inDns ?? (await overHttps);
  } finally {
    giveUp.abort();
  }
}

/** What each way says by itself, for whoever wants to know why a handle does not work. */
export async function askBothWays(
  deps: HandleResolverDeps,
  handle: Handle,
): Promise<{ dns: Did | "conflict" | null; https: Did | null }> {
  const { signal } = new AbortController();
  const [dns, https] = await Promise.all([
    findDidInDns(deps, `_atproto.${handle}`),
    findByHttps(deps, handle, signal),
  ]);
  return { dns, https };
}

/** The DID in the TXT records of a name; `conflict` when there are several. */
export async function findDidInDns(
  deps: Omit<HandleResolverDeps, "fetch">,
  name: string,
): Promise<Did | "conflict" | null> {
  for (const resolveTxt of [deps.resolveTxt, ...deps.backupResolveTxt]) {
    const records = await withinTime(resolveTxt(name), deps.timeoutMs);
    const dids = new Set(
      records
        .filter((record) => record.startsWith(DID_TAG))
        .map((record) => record.slice(DID_TAG.length).trim()),
    );
    if (dids.size > 1) return "conflict";
    for (const did of dids) if (isDid(did)) return did;
  }
  return null;
}

/** The answer, or nothing at all when it fails or takes too long. */
async function withinTime(
  answer: Promise<string[]>,
  timeoutMs: number,
): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const timer = setTimeout(() => resolve([]), timeoutMs);
  try {
    return await Promise.race([answer.catch(() => []), promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function findByHttps(
  deps: HandleResolverDeps,
  handle: Handle,
  signal: AbortSignal,
): Promise<Did | null> {
  try {
    const { status, body } = await deps.fetch(
      `https://${handle}/.well-known/atproto-did`,
      { maxBytes: MAX_WELL_KNOWN_BYTES, timeoutMs: deps.timeoutMs, signal },
    );
    if (status < 200 || status > 299) return null;
    // Hosts of static files send all sorts of types, so the body decides: a
    // page or an error is never a DID.
    const did = new TextDecoder().decode(body).trim();
    return isDid(did) ? did : null;
  } catch {
    return null;
  }
}

/** TXT lookups by the system's name servers, or by others given by address. */
export function createTxtResolver(config: {
  timeoutMs: number;
  /** IP addresses, with `:port` if it is not 53. */
  servers?: string[];
}): ResolveTxt {
  const resolver = new Resolver({ timeout: config.timeoutMs, tries: 1 });
  if (config.servers) resolver.setServers(config.servers);
  return async (name) => {
    const records = await resolver.resolveTxt(name);
    return joinPieces(records.map((pieces) => pieces.join("")));
  };
}

/**
 * The runtime hands out the pieces of a long TXT record as if they were
 * records. A piece that is full, 255 bytes (RFC 1035 §3.3), goes on in the next.
 */
function joinPieces(pieces: string[]): string[] {
  const records: string[] = [];
  let isOpen = false;
  for (const piece of pieces) {
    if (isOpen) records.push(records.pop()! + piece);
    else records.push(piece);
    isOpen = Buffer.byteLength(piece) === 255;
  }
  return records;
}

/** The same by a server given by name, which is looked up at each use, since it may move. */
export function createNamedTxtResolver(config: {
  timeoutMs: number;
  server: string;
  lookup: (hostname: string) => Promise<string[]>;
}): ResolveTxt {
  const { server, timeoutMs, lookup } = config;
  return async (name) => {
    const isAddress = parseIpAddress(server.replace(/:\d+$/, "")) !== null;
    const servers = isAddress ? [server] : await lookup(server);
    return await createTxtResolver({ timeoutMs, servers })(name);
  };
}
