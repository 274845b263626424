import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type {
  DeviceAccountRow,
  OAuthDeviceRow,
  OAuthDeviceRows,
} from "#storage/account/oauth-devices.ts";
import type { Random } from "#contexts/security/random.ts";
import { hashSecret, isSameHash } from "./hash.ts";

/** Where a request of a browser comes from. */
export interface Visitor {
  /** Value of the device's cookie; null when it has none. */
  cookie: string | null;
  ipAddress: string;
  userAgent: string | null;
}

export interface Device {
  id: string;
  /** To be set; null when the browser's is still good. */
  newCookie: string | null;
}

/**
 * Browsers that people sign in with. A browser is known by a cookie of an id
 * and a secret, of which the hash is stored. The secret is replaced whenever
 * somebody signs in, so that a cookie that was planted before is worth nothing.
 */
export interface Devices {
  /** The browser of the cookie, or a new one. */
  open(visitor: Visitor): Device;
  /** null when the cookie is none of ours. */
  find(visitor: Visitor): OAuthDeviceRow | null;
  /** Signs somebody in, for good or for one request. */
  signIn(
    device: OAuthDeviceRow,
    account: { did: Did; requestHash: Uint8Array | null },
  ): Device;
  /** Who is signed in, as far as it counts for the request. */
  listAccounts(id: string, requestHash: Uint8Array | null): DeviceAccountRow[];
}

/** Visits are written down no more often than this. */
const SEEN_STEP_MS = 5 * 60_000;

export function createDevices({
  rows,
  clock,
  random,
}: {
  rows: OAuthDeviceRows;
  clock: Clock;
  random: Random;
}): Devices {
  const hex = (sizeBytes: number) =>
    Buffer.from(random(sizeBytes)).toString("hex");

  function find({ cookie }: Visitor): OAuthDeviceRow | null {
    const [id = "", secret = ""] = cookie?.split(".") ?? [];
    const row = rows.find(id);
    if (row === null) return null;
    return isSameHash(row.secretHash, hashSecret(secret)) ? row : null;
  }

  return {
    find,
    open(visitor) {
      const { ipAddress, userAgent } = visitor;
      const nowMs = clock.nowMs();
      const known = find(visitor);
      if (known !== null) {
        if (known.lastSeenAtMs + SEEN_STEP_MS <= nowMs) {
          rows.update({ ...known, ipAddress, userAgent, lastSeenAtMs: nowMs });
        }
        return { id: known.id, newCookie: null };
      }
      const id = `dev-${hex(16)}`;
      const secret = hex(32);
      rows.insert({
        id,
        secretHash: hashSecret(secret),
        ...{ userAgent, ipAddress },
        createdAtMs: nowMs,
        lastSeenAtMs: nowMs,
      });
      return { id, newCookie: `${id}.${secret}` };
    },
    signIn(device, { did, requestHash }) {
      const { id } = device;
      const authenticatedAtMs = clock.nowMs();
      const secret = hex(32);
      rows.update({
        ...device,
        secretHash: hashSecret(secret),
        lastSeenAtMs: authenticatedAtMs,
      });
      rows.addAccount({ deviceId: id, did, requestHash, authenticatedAtMs });
      return { id, newCookie: `${id}.${secret}` };
    },
    listAccounts: (id, requestHash) =>
      rows
        .listAccounts(id)
        .filter(
          (row) =>
            row.requestHash === null ||
            isSameHash(row.requestHash, requestHash),
        ),
  };
}
