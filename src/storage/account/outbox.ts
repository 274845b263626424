import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";

/** An event of an account, made durable together with the change it tells of. */
export type AccountEvent =
  | { kind: "identity"; did: Did; handle: Handle | null }
  | {
      kind: "account";
      did: Did;
      active: boolean;
      /** Why the account is not active; null when it is. */
      status: string | null;
    };

export interface OutboxRows {
  /** Returns the row's id, which is never given out again. */
  add(event: AccountEvent): number;
  /** Oldest first. */
  list(limit: number): { id: number; event: AccountEvent }[];
  /** For a row whose event is in the log. */
  remove(id: number): void;
}

export function createOutboxRows(db: Database): OutboxRows {
  const add = db.prepare(
    "INSERT INTO outbox (did, event_json) VALUES ($did, $eventJson)",
  );
  const list = db.prepare<
    { id: number; eventJson: string },
    [{ limit: number }]
  >("SELECT id, event_json AS eventJson FROM outbox ORDER BY id LIMIT $limit");
  const remove = db.prepare("DELETE FROM outbox WHERE id = $id");
  return {
    add: (event) =>
      Number(
        add.run({ did: event.did, eventJson: JSON.stringify(event) })
          .lastInsertRowid,
      ),
    list: (limit) =>
      list.all({ limit }).map(({ id, eventJson }) => ({
        id,
        event: JSON.parse(eventJson) as AccountEvent,
      })),
    remove: (id) => void remove.run({ id }),
  };
}
