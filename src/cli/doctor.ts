import { OperatorError } from "#lib/errors.ts";
import { createSafeFetch, SafeFetchError } from "#lib/safe-fetch.ts";
import { type Call, EXIT } from "./command.ts";

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 3;
const SHOWN_CHARACTERS = 2000;

/** Fetches one URL with the checks that protect the server from strangers. */
export async function runDoctorFetch(call: Call): Promise<number> {
  const { args, flags, terminal } = call;
  const [href] = args;
  if (href === undefined) {
    throw new OperatorError("No URL was given.", {
      hint: "tempest doctor fetch https://example.com/",
      exitCode: EXIT.usage,
    });
  }
  const safeFetch = createSafeFetch({
    allowLoopback: flags.get("allow-loopback") === "true",
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    maxRedirects: MAX_REDIRECTS,
  });
  try {
    const { status, url, headers, body } = await safeFetch(href);
    const type = headers.get("content-type") ?? "no content type";
    terminal.err(`${status} ${url}\n${type}, ${body.byteLength} bytes\n`);
    const text = new TextDecoder().decode(body);
    terminal.out(`${text.slice(0, SHOWN_CHARACTERS)}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof SafeFetchError)) throw error;
    terminal.err(`Not fetched: ${error.message}\n`);
    return EXIT.unreachable;
  }
}
