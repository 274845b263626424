import { loadConfig } from "#config.ts";
import { OperatorError } from "#lib/errors.ts";
import { type Call, EXIT } from "#cli/command.ts";

const TIMEOUT_MS = 15_000;

/**
 * Asks relays to read this server's events, as it does by itself at each
 * start. Those of the settings, unless some are named.
 */
export async function runRequestCrawl(call: Call): Promise<number> {
  const { config } = loadConfig({
    mode: "serve",
    isOffline: true,
    flags: call.settings,
    file: call.flags.get("config"),
  });
  const relays = call.args.length > 0 ? call.args : config.crawlers;
  const hostname = new URL(config.publicUrl).host;
  if (relays.length === 0 || config.isLocal) {
    throw new OperatorError("There is nobody to ask, or nothing to tell.", {
      hint: "Set TEMPEST_HOSTNAME to the public name, and name a relay: tempest admin request-crawl https://bsky.network",
      exitCode: EXIT.misconfigured,
    });
  }
  let failures = 0;
  for (const relay of relays) {
    const problem = await ask(relay, hostname);
    if (problem !== null) failures++;
    call.terminal.err(`${relay}: ${problem ?? `will read ${hostname}`}\n`);
  }
  return failures > 0 ? EXIT.failed : EXIT.ok;
}

/** @returns what went wrong, in words; null when the relay agreed. */
async function ask(relay: string, hostname: string): Promise<string | null> {
  const base = /^https?:\/\//.test(relay) ? relay : `https://${relay}`;
  try {
    const response = await fetch(
      new URL("/xrpc/com.atproto.sync.requestCrawl", base),
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ hostname }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    const said = (await response.text()).slice(0, 200);
    return response.ok ? null : `refused with ${response.status}. ${said}`;
  } catch (error) {
    return `does not answer. ${(error as Error).message}`;
  }
}
