import type { Database } from "bun:sqlite";

/** Something that was done in the operator's name. */
export interface AdminEventRow {
  id: number;
  /** `admin`, or the DID of the moderation service. */
  actor: string;
  /** Name of the method. */
  action: string;
  /** What it was done to: a DID, a URI, or the name of something else. */
  subject: string;
  /** The rest of the input that is worth knowing; no secrets. */
  detailJson: string;
  createdAtMs: number;
}

export interface AdminEventRows {
  add(event: Omit<AdminEventRow, "id">): void;
  /** Newest first; `before` is the last id of the page before. */
  list(options: { before: number | null; limit: number }): AdminEventRow[];
  /** Of one subject, newest first. */
  listOf(subject: string, limit: number): AdminEventRow[];
}

export function createAdminEventRows(db: Database): AdminEventRows {
  const add = db.prepare(
    `INSERT INTO admin_event (actor, action, subject, detail_json, created_at_ms)
     VALUES ($actor, $action, $subject, $detailJson, $createdAtMs)`,
  );
  const select = (where: string) =>
    db.prepare<AdminEventRow, [Record<string, string | number>]>(
      `SELECT id, actor, action, subject, detail_json AS detailJson,
         created_at_ms AS createdAtMs
       FROM admin_event WHERE ${where} ORDER BY id DESC LIMIT $limit`,
    );
  const list = select("id < $before");
  const listOf = select("subject = $subject");
  return {
    add: (event) => void add.run({ ...event }),
    list: ({ before, limit }) =>
      list.all({ before: before ?? Number.MAX_SAFE_INTEGER, limit }),
    listOf: (subject, limit) => listOf.all({ subject, limit }),
  };
}
