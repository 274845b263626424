import { type Call, EXIT } from "#cli/command.ts";
import { loadOfflineConfig } from "#cli/offline-config.ts";
import {
  createRelayClient,
  type RelayClient,
} from "#contexts/relays/relay-client.ts";
import { OperatorError } from "#lib/errors.ts";
import { createSafeFetch } from "#lib/safe-fetch.ts";

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 64 * 1024;

/**
 * Asks relays to read this server's events, as it does by itself at each
 * start. Those of the settings, unless some are named.
 */
export async function runRequestCrawl(call: Call): Promise<number> {
  const config = loadOfflineConfig(call);
  const relays = call.args.length > 0 ? call.args : config.crawlers;
  const hostname = new URL(config.publicUrl).host;
  if (relays.length === 0 || config.isLocal) {
    throw new OperatorError("There is nobody to ask, or nothing to tell.", {
      hint: "Set TEMPEST_HOSTNAME to the public name, and name a relay: tempest admin request-crawl https://bsky.network",
      exitCode: EXIT.misconfigured,
    });
  }
  // The operator names them, so they may be anywhere.
  const fetch = createSafeFetch({
    ...{ allowLoopback: true, allowAnyAddress: true },
    ...{ timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, maxRedirects: 0 },
  });
  const client = createRelayClient({ fetch, hostname });
  let failures = 0;
  for (const relay of relays) {
    const problem = await ask(client, relay);
    if (problem !== null) failures++;
    call.terminal.err(`${relay}: ${problem ?? `will read ${hostname}`}\n`);
  }
  return failures > 0 ? EXIT.failed : EXIT.ok;
}

/** @returns what went wrong, in words; null when the relay agreed. */
async function ask(client: RelayClient, relay: string): Promise<string | null> {
  const url = /^https?:\/\//.test(relay) ? relay : `https://${relay}`;
  const answer = await client.requestCrawl(url, { timeoutMs: TIMEOUT_MS });
  if (answer.kind === "agreed") return null;
  const how = answer.kind === "refused" ? "refused" : "does not answer";
  return `${how}: ${answer.reason}`;
}
