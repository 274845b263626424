import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { TrustedDeviceRows } from "#storage/account/factors.ts";

/** Browsers in which an owner is not asked for the second factor for a while. */
export interface TrustedDevices {
  trust(deviceId: string, did: Did): void;
  isTrusted(deviceId: string, did: Did): boolean;
}

const TRUSTED_MS = 30 * 24 * 3_600_000;

export function createTrustedDevices({
  rows,
  clock,
}: {
  rows: TrustedDeviceRows;
  clock: Clock;
}): TrustedDevices {
  return {
    trust(deviceId, did) {
      const trustedAtMs = clock.nowMs();
      const untilMs = trustedAtMs + TRUSTED_MS;
      rows.put({ deviceId, did, trustedAtMs, untilMs });
    },
    isTrusted(deviceId, did) {
      const row = rows.find(deviceId, did);
      return row !== null && row.untilMs > clock.nowMs();
    },
  };
}
