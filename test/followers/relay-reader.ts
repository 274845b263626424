import { run } from "../support/run.ts";
import type { Records } from "./reader.ts";

/** What `relaycheck` reports at its end. */
export interface RelayReport {
  events: Record<string, number>;
  lastSeq: number;
  failed: number;
  failures: string[];
  repos: Record<string, { rev: string; records: number; digest: string }>;
}

/** Lets our Go program on indigo's checks read all events up to `untilSeq`. */
export async function runRelayReader(
  program: string,
  options: { url: string; plcUrl: string; untilSeq: number },
): Promise<RelayReport> {
  const { stdout, stderr } = await run([
    program,
    ...["-url", options.url.replace(/^http/, "ws")],
    ...["-plc", options.plcUrl],
    ...["-until", String(options.untilSeq)],
  ]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The digest that `relaycheck` gives of the same records. */
export function digestOf(records: Records): string {
  const hash = new Bun.CryptoHasher("sha256");
  // Paths are ASCII, so that this order is the one of bytes.
  for (const path of [...records.keys()].sort()) {
    hash.update(`${path} ${records.get(path)}\n`);
  }
  return hash.digest("hex");
}
