import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** Something that its owner may want to know about an account. */
export interface SecurityEventRow {
  id: number;
  did: Did;
  kind: string;
  /** Equal for events that are told as one; null for one that stands alone. */
  mergeKey: string | null;
  /** null for the owner; a DID, or `admin`. */
  actor: string | null;
  clientId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  /** Equal for the same browser or program, as far as can be told. */
  deviceKey: string | null;
  /** No secrets. */
  detailJson: string;
  /** How often it happened between the two times. */
  count: number;
  createdAtMs: number;
  lastAtMs: number;
}

export interface SecurityEventRows {
  add(event: Omit<SecurityEventRow, "id" | "count" | "lastAtMs">): void;
  /** The newest one of the key that began since. */
  findMergeable(
    did: Did,
    wanted: { kind: string; mergeKey: string; sinceMs: number },
  ): number | null;
  /** The newest one of a kind, when there are so many since that no more rows are wanted. */
  findCrowded(
    did: Did,
    wanted: { kind: string; sinceMs: number; mostRows: number },
  ): number | null;
  /** Counts once more. */
  repeat(id: number, atMs: number): void;
  /** True when the account was signed in to there before. */
  knowsDevice(did: Did, deviceKey: string): boolean;
  hasAny(did: Did, kind: string): boolean;
  /** Newest first; `before` is the last id of the page before. */
  list(
    did: Did,
    options: { before: number | null; limit: number },
  ): SecurityEventRow[];
  /** Takes away the oldest of a kind, so that no more than these are left. */
  trim(did: Did, kind: string, keep: number): void;
  /** Returns the number removed. */
  removeOld(beforeMs: number, limit: number): number;
}

/** Of the table as `e`. */
export const EVENT_COLUMNS = `e.id, e.did, e.kind, e.merge_key AS mergeKey, e.actor,
  e.client_id AS clientId, e.ip_address AS ipAddress, e.user_agent AS userAgent,
  e.device_key AS deviceKey, e.detail_json AS detailJson, e.count,
  e.created_at_ms AS createdAtMs, e.last_at_ms AS lastAtMs`;

type Binding = Record<string, string | number | null>;

export function createSecurityEventRows(db: Database): SecurityEventRows {
  const add = db.prepare(
    `INSERT INTO security_event (did, kind, merge_key, actor, client_id, ip_address, user_agent,
       device_key, detail_json, count, created_at_ms, last_at_ms)
     VALUES ($did, $kind, $mergeKey, $actor, $clientId, $ipAddress, $userAgent,
       $deviceKey, $detailJson, 1, $createdAtMs, $createdAtMs)`,
  );
  const findMergeable = db.prepare<{ id: number }, [Binding]>(
    `SELECT id FROM security_event
     WHERE did = $did AND kind = $kind AND merge_key = $mergeKey AND created_at_ms >= $sinceMs
     ORDER BY id DESC LIMIT 1`,
  );
  // Whoever is looked for stands this far back among the newest.
  const findCrowding = db.prepare<{ createdAtMs: number }, [Binding]>(
    `SELECT created_at_ms AS createdAtMs FROM security_event
     WHERE did = $did AND kind = $kind ORDER BY id DESC LIMIT 1 OFFSET $mostRows - 1`,
  );
  const findNewest = db.prepare<{ id: number }, [Binding]>(
    `SELECT id FROM security_event
     WHERE did = $did AND kind = $kind ORDER BY id DESC LIMIT 1`,
  );
  const repeat = db.prepare(
    "UPDATE security_event SET count = count + 1, last_at_ms = $atMs WHERE id = $id",
  );
  const knowsDevice = db.prepare<{ id: number }, [Binding]>(
    `SELECT id FROM security_event
     WHERE did = $did AND kind = 'signedIn' AND device_key = $deviceKey LIMIT 1`,
  );
  const list = db.prepare<SecurityEventRow, [Binding]>(
    `SELECT ${EVENT_COLUMNS} FROM security_event AS e
     WHERE did = $did AND id < $before ORDER BY id DESC LIMIT $limit`,
  );
  const trim = db.prepare(
    `DELETE FROM security_event WHERE did = $did AND kind = $kind AND id <=
       (SELECT id FROM security_event WHERE did = $did AND kind = $kind
        ORDER BY id DESC LIMIT 1 OFFSET $keep)`,
  );
  const removeOld = db.prepare(
    `DELETE FROM security_event WHERE id IN
       (SELECT id FROM security_event WHERE last_at_ms < $beforeMs LIMIT $limit)`,
  );
  return {
    add: (event) => void add.run({ ...event }),
    findMergeable: (did, wanted) =>
      findMergeable.get({ did, ...wanted })?.id ?? null,
    findCrowded(did, { kind, sinceMs, mostRows }) {
      const crowding = findCrowding.get({ did, kind, mostRows });
      if (crowding === null || crowding.createdAtMs <= sinceMs) return null;
      return findNewest.get({ did, kind })!.id;
    },
    repeat: (id, atMs) => void repeat.run({ id, atMs }),
    knowsDevice: (did, deviceKey) =>
      knowsDevice.get({ did, deviceKey }) !== null,
    hasAny: (did, kind) => findNewest.get({ did, kind }) !== null,
    list: (did, { before, limit }) =>
      list.all({ did, before: before ?? Number.MAX_SAFE_INTEGER, limit }),
    trim: (did, kind, keep) => void trim.run({ did, kind, keep }),
    removeOld: (beforeMs, limit) => removeOld.run({ beforeMs, limit }).changes,
  };
}
