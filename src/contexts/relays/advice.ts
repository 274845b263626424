import type { Logger } from "#lib/log.ts";

/** What each standing with a relay means for an operator. */
const ADVICE: Readonly<Record<string, string>> = {
  active: "it reads our events",
  idle: "it does not read our events at present. It is asked to crawl again; if it stays idle, look whether wss://HOST/xrpc/com.atproto.sync.subscribeRepos answers from outside",
  offline:
    "it could not reach this host and has given up. It is asked to crawl again; look whether wss://HOST/xrpc/com.atproto.sync.subscribeRepos answers from outside: name, certificate, proxy, firewall",
  throttled:
    "it takes fewer of our events than we send, because this host has more accounts or events than it allows. Posts arrive late; ask the relay's operator to raise the limit for this host",
  banned:
    "it refuses this host: nobody who reads from it sees our posts. Ask the relay's operator why",
  unknown: "it does not know this host yet. It is asked to crawl",
  unreachable:
    "it did not answer. Nothing is to be done here unless this server can't reach other hosts either",
};
const GOOD = new Set(["active", "unknown", "unsupported"]);

/** The sentence for a status; null for one that says nothing. */
export function adviceFor(status: string | null, host: string): string | null {
  return ADVICE[status ?? ""]?.replaceAll("HOST", host) ?? null;
}

/** Tells the operator in words how this host stands with a relay. */
export function logStanding(
  log: Logger,
  standing: { relay: string; status: string; seq: number | null },
  host: string,
): void {
  const advice = adviceFor(standing.status, host);
  const level = GOOD.has(standing.status) ? "info" : "warn";
  log[level]("relay.status", { ...standing, ...(advice && { advice }) });
}
