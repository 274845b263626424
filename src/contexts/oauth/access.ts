import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { OAuthTokenRow } from "#storage/account/oauth-tokens.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import { describeUserAgent } from "#lib/user-agent.ts";
import { describeClient, type NamedClient } from "./client-name.ts";
import type { Asked } from "./view.ts";

/** An application that was let in, wherever it is used. */
export interface GrantedApp {
  /** As the application calls itself; never shown. */
  id: string;
  client: NamedClient;
  /** All that its sign-ins may do together. */
  asked: Asked[];
  /** Sign-ins that still hold. */
  signIns: number;
  firstAtMs: number;
  /** When a sign-in was last renewed, which one in use is every few minutes. */
  lastAtMs: number;
  /** When the last of them ends if it is not used. */
  endsAtMs: number;
}

/** A sign-in with a password, by an application that knows no other way. */
export interface PasswordSession {
  id: string;
  /** Of the app password that was used; null for the main one. */
  appPassword: string | null;
  startedAtMs: number;
  lastAtMs: number;
  endsAtMs: number;
}

/** A browser in which the account is signed in on our own pages. */
export interface SignedInBrowser {
  id: string;
  /** What people know it by; harmless whatever it sent. */
  device: string;
  ipAddress: string;
  signedInAtMs: number;
  lastSeenAtMs: number;
  /** Stays signed in when it is closed. */
  isRemembered: boolean;
}

/**
 * Who has access to an account, and how it is taken away. What is not there, or
 * another account's, is taken away without any effect.
 */
export interface Access {
  /** The last used first. */
  listApps(did: Did): Promise<GrantedApp[]>;
  /** Ends all its sign-ins at once, and forgets what it was allowed. */
  revokeApp(did: Did, clientId: string): void;
  /** Newest first. */
  listSessions(did: Did): PasswordSession[];
  endSession(did: Did, id: string): void;
  endAllSessions(did: Did): void;
  /** The last seen first. */
  listBrowsers(did: Did): SignedInBrowser[];
  signOutBrowser(did: Did, id: string): void;
  signOutOthers(did: Did, keptId: string): void;
}

export function createAccess({
  db,
  events,
  clock,
}: {
  db: Pick<AccountDb, "appPasswords" | "oauth" | "sessions" | "transaction">;
  events: Pick<SecurityEvents, "record">;
  clock: Clock;
}): Access {
  const { tokens, devices, grants } = db.oauth;
  const listTokens = (did: Did) =>
    tokens.list(did).filter(({ endsAtMs }) => endsAtMs > clock.nowMs());

  function signOut(did: Did, ids: readonly string[]): void {
    if (ids.length === 0) return;
    db.transaction(() => {
      for (const id of ids) devices.removeAccount(id, did);
      events.record({
        did,
        kind: "signedOut",
        detail: { browsers: ids.length },
      });
    });
  }

  function end(did: Did, ids: readonly string[]): void {
    if (ids.length === 0) return;
    db.transaction(() => {
      for (const id of ids) db.sessions.remove(id);
      events.record({
        did,
        kind: "signedOut",
        detail: { sessions: ids.length },
      });
    });
  }

  const sessionsOf = (did: Did) =>
    db.sessions
      .list(did)
      .filter(({ expiresAtMs }) => expiresAtMs > clock.nowMs());

  return {
    async listApps(did) {
      // Loaded when it is first asked for: most servers start without it.
      const { describeScope } = await import("./asked.ts");
      const byClient = Map.groupBy(listTokens(did), (row) => row.clientId);
      return [...byClient]
        .map(([id, rows]) => ({
          id,
          client: describeClient(id),
          asked: describeScope(scopesOf(rows), new Map()),
          signIns: rows.length,
          firstAtMs: Math.min(...rows.map(({ createdAtMs }) => createdAtMs)),
          lastAtMs: Math.max(...rows.map(({ updatedAtMs }) => updatedAtMs)),
          endsAtMs: Math.max(...rows.map(({ endsAtMs }) => endsAtMs)),
        }))
        .toSorted((a, b) => b.lastAtMs - a.lastAtMs);
    },
    revokeApp(did, clientId) {
      const rows = tokens.list(did).filter((row) => row.clientId === clientId);
      db.transaction(() => {
        grants.remove(did, clientId);
        if (rows.length === 0) return;
        for (const { id } of rows) tokens.remove(id);
        events.record({ did, kind: "tokenRevoked", clientId });
      });
    },
    listSessions(did) {
      const names = new Map(
        db.appPasswords.list(did).map(({ id, name }) => [id, name]),
      );
      return sessionsOf(did).map((row) => ({
        id: row.id,
        appPassword: names.get(row.appPasswordId ?? "") ?? null,
        startedAtMs: row.createdAtMs,
        lastAtMs: row.refreshedAtMs,
        endsAtMs: row.expiresAtMs,
      }));
    },
    endSession(did, id) {
      end(did, db.sessions.find(id)?.did === did ? [id] : []);
    },
    endAllSessions: (did) =>
      end(
        did,
        sessionsOf(did).map(({ id }) => id),
      ),
    listBrowsers: (did) =>
      devices
        .listDevices(did)
        // One that signed in for a single request of an application is none.
        .filter(({ requestHash }) => requestHash === null)
        .flatMap(({ deviceId, visitHash, authenticatedAtMs }) => {
          const device = devices.find(deviceId);
          if (device === null) return [];
          return [
            {
              id: deviceId,
              device: describeUserAgent(device.userAgent),
              ipAddress: device.ipAddress,
              signedInAtMs: authenticatedAtMs,
              lastSeenAtMs: Math.max(device.lastSeenAtMs, authenticatedAtMs),
              isRemembered: visitHash === null,
            },
          ];
        })
        .toSorted((a, b) => b.lastSeenAtMs - a.lastSeenAtMs),
    signOutBrowser(did, id) {
      const rows = devices.listDevices(did);
      signOut(did, rows.some((row) => row.deviceId === id) ? [id] : []);
    },
    signOutOthers(did, keptId) {
      const ids = devices.listDevices(did).map(({ deviceId }) => deviceId);
      signOut(
        did,
        ids.filter((id) => id !== keptId),
      );
    },
  };
}

function scopesOf(rows: readonly OAuthTokenRow[]): string {
  const all = rows.flatMap(({ scope }) => (scope ?? "").split(" "));
  return [...new Set(all)].join(" ");
}
