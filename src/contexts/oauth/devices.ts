import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type {
  DeviceAccountRow,
  OAuthDeviceRow,
  OAuthDeviceRows,
} from "#storage/account/oauth-devices.ts";
import type { Random } from "#contexts/security/random.ts";
import type { Origin } from "#contexts/security/caller.ts";
import { hashSecret, isSameHash } from "./hash.ts";

/** Where a request of a browser comes from. */
export interface Visitor {
  /** Value of the device's cookie; null when it has none. */
  cookie: string | null;
  /** Value of the cookie that the browser forgets when it is closed; null when it has none. */
  visit: string | null;
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
  /**
   * Signs somebody in: for good, until the browser is closed, or for one
   * request. A sign-in that lasts longer already keeps on lasting.
   */
  signIn(
    device: OAuthDeviceRow,
    account: { did: Did; isProved: boolean } & SignInTerm,
  ): Device;
  /** A new secret for a browser in which somebody has shown who they are elsewhere. */
  renew(device: OAuthDeviceRow): Device;
  /** Who is signed in, as far as it counts for the visit and the request. */
  listAccounts(id: string, term: SignInTerm): DeviceAccountRow[];
}

/** How long a sign-in lasts: with neither hash until it is forgotten. */
export type SignInTerm = Pick<DeviceAccountRow, "requestHash" | "visitHash">;

/** A visit ends with the browser, and after a day's work. */
const VISIT_MS = 12 * 3_600_000;

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

  function renew(device: OAuthDeviceRow): Device {
    const { id } = device;
    const secret = hex(32);
    const secretHash = hashSecret(secret);
    rows.update({ ...device, secretHash, lastSeenAtMs: clock.nowMs() });
    return { id, newCookie: `${id}.${secret}` };
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
    renew,
    signIn(device, { did, isProved, ...wanted }) {
      const { id } = device;
      const authenticatedAtMs = clock.nowMs();
      const renewed = renew(device);
      const before = rows.listAccounts(id).find((row) => row.did === did);
      const { requestHash, visitHash } =
        before !== undefined && lastsLonger(before, wanted) ? before : wanted;
      const term = { requestHash, visitHash };
      const provedAtMs = isProved
        ? authenticatedAtMs
        : (before?.provedAtMs ?? null);
      rows.addAccount({
        ...{ deviceId: id, did, ...term, authenticatedAtMs, provedAtMs },
      });
      return renewed;
    },
    listAccounts: (id, term) =>
      rows
        .listAccounts(id)
        .filter((row) => counts(row, term))
        .filter(
          ({ visitHash, authenticatedAtMs }) =>
            visitHash === null || authenticatedAtMs + VISIT_MS > clock.nowMs(),
        ),
  };
}

const isRemembered = ({ requestHash, visitHash }: SignInTerm) =>
  requestHash === null && visitHash === null;

function counts(row: SignInTerm, { requestHash, visitHash }: SignInTerm) {
  return (
    isRemembered(row) ||
    (row.visitHash !== null && isSameHash(row.visitHash, visitHash)) ||
    (row.requestHash !== null && isSameHash(row.requestHash, requestHash))
  );
}

function lastsLonger(before: SignInTerm, wanted: SignInTerm): boolean {
  if (isRemembered(before)) return true;
  return (
    !isRemembered(wanted) &&
    before.visitHash !== null &&
    isSameHash(before.visitHash, wanted.visitHash)
  );
}

/** Where somebody is, for the memory of what they do. */
export function originOf(
  { ipAddress: ip, userAgent }: Visitor,
  deviceId: string,
): Origin {
  return { ip, userAgent, deviceId };
}

/** The visit of a browser, as it is stored. */
export function hashOfVisit({ visit }: Visitor): Uint8Array | null {
  return visit === null ? null : hashSecret(visit);
}
