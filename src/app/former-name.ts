import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Config } from "#config.ts";
import type { Storage } from "./storage.ts";

/** What the row is called that holds the URL of the last start. */
const ROW = "host publicUrl";

/**
 * Tells when a data folder is served under another URL than the last time. The
 * DID documents of its accounts name the former one, new ones would name this
 * one, and sessions end: which a slip in a setting must not do unnoticed. It is
 * told and not refused, because backups are tried that way, and hosts do move.
 */
export function noteFormerName(
  { publicUrl }: Pick<Config, "publicUrl">,
  { accountDb: { settings } }: Pick<Storage, "accountDb">,
  { clock, log }: { clock: Clock; log: Logger },
): void {
  const former = settings.find(ROW);
  if (former === publicUrl) return;
  if (former !== undefined) {
    const warning = `this data folder was served as ${String(former)} the last time, and is now as ${publicUrl}: the network looks for its accounts where their DID documents say`;
    log.warn("setting", { warning });
  }
  settings.put(ROW, publicUrl, clock.nowMs());
}
