import { afterAll, beforeAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Did, Handle } from "#repo/syntax.ts";
import { type AccountDb, openAccountDb } from "./account-db.ts";
import {
  createHostEventRows,
  type HostEventFilter,
  type HostEventRow,
} from "./host-events.ts";

const DIDS = ["did:plc:ana", "did:plc:ben", "did:plc:cleo"] as Did[];
const KINDS = ["signedIn", "signInFailed", "emailChanged"];
const EVENTS = 300;
const GONE = 3;

let folder: string;
let db: AccountDb;
let all: HostEventRow[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-host-events-"));
  db = openAccountDb(join(folder, "account.sqlite"));
  for (const did of [...DIDS, "did:plc:gone" as Did]) {
    db.accounts.insert({
      ...{ did, handle: `${did.slice(8)}.test` as Handle, email: null },
      ...{ emailConfirmedAtMs: null, emailFactorAtMs: null },
      ...{ passwordHash: null, generation: 0, creationState: null },
      ...{ createdAtMs: 0, deactivatedAtMs: null, deleteAfterMs: null },
      ...{ suspendedAtMs: null, takedownAtMs: null, takedownRef: null },
      ...{ deletingAtMs: null, invitesDisabledAtMs: null, inviteNote: null },
    });
  }
  const told: HostEventRow[] = [];
  db.transaction(() => {
    for (let i = 0; i < EVENTS; i++) {
      const isGone = i % 10 === GONE;
      const did = isGone ? ("did:plc:gone" as Did) : DIDS[(i * 7) % 3]!;
      const event = {
        ...{
          did,
          kind: KINDS[((i * 5) % 7) % 3]!,
          mergeKey: null,
          actor: null,
        },
        ...{ clientId: null, ipAddress: "192.0.2.1", userAgent: "app/1" },
        ...{ deviceKey: "program app", detailJson: "{}" },
        // Some at the same time.
        createdAtMs: 1000 + Math.floor(i / 4) * 10,
      };
      db.securityEvents.add(event);
      const handle = `${did.slice(8)}.test` as Handle;
      const more = { id: i + 1, count: 1, lastAtMs: event.createdAtMs };
      if (!isGone) told.push({ ...event, ...more, handle });
    }
    // Their events go with them, so numbers are missing.
    db.accounts.remove("did:plc:gone" as Did);
  });
  all = told.toReversed();
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const TIMES = [undefined, 0, 1000, 1205, 1210, 1740, 9999];
const FILTERS: HostEventFilter[] = [undefined, DIDS[1], "did:plc:no" as Did]
  .flatMap((did) =>
    [undefined, [], ["signedIn"], KINDS.slice(1), ["none"]].map((kinds) => ({
      ...(did !== undefined && { did }),
      ...(kinds !== undefined && { kinds }),
    })),
  )
  .flatMap((filter) =>
    TIMES.flatMap((fromMs) =>
      TIMES.map((toMs) => ({
        ...filter,
        ...(fromMs !== undefined && { fromMs }),
        ...(toMs !== undefined && { toMs }),
      })),
    ),
  );

/** As a person would look through all of them. */
function foundBySight(filter: HostEventFilter): HostEventRow[] {
  const { did, kinds, fromMs = 0, toMs = Infinity } = filter;
  return all.filter(
    (event) =>
      (did === undefined || event.did === did) &&
      (kinds === undefined || kinds.includes(event.kind)) &&
      event.createdAtMs >= fromMs &&
      event.createdAtMs < toMs,
  );
}

test("every filter finds what it says, page after page", () => {
  let found = 0;
  for (const filter of FILTERS) {
    const rows: HostEventRow[] = [];
    for (let before: number | null = null; ;) {
      const page: HostEventRow[] = db.hostEvents.list(filter, {
        ...{ before, limit: 40 },
      });
      rows.push(...page);
      if (page.length < 40) break;
      before = page.at(-1)!.id;
    }
    const what = JSON.stringify(filter);
    expect([what, rows]).toEqual([what, foundBySight(filter)]);
    found += rows.length;
  }
  expect(found).toBeGreaterThan(EVENTS);
});

test("a table without events has none", () => {
  const path = join(folder, "empty.sqlite");
  using empty = { db: openAccountDb(path), [Symbol.dispose]: () => {} };
  const options = { before: null, limit: 5 };
  expect(empty.db.hostEvents.list({ fromMs: 5, toMs: 6 }, options)).toEqual([]);
  empty.db.close();
});

test("no page sorts, or looks at what it does not show", () => {
  const file = new Database(join(folder, "account.sqlite"), { strict: true });
  const asked = new Set<string>();
  const watched = new Proxy(file, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== "query" && name !== "prepare") {
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (sql: string) => {
        asked.add(sql);
        return target.query(sql);
      };
    },
  });
  const rows = createHostEventRows(watched);
  for (const filter of FILTERS) rows.list(filter, { before: 9, limit: 5 });
  expect(asked.size).toBeGreaterThan(5);
  for (const sql of asked) {
    const plan = file
      .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail);
    const bad = plan.filter((line) =>
      /TEMP B-TREE|^SCAN (?!CONSTANT)/.test(line),
    );
    expect([sql, bad]).toEqual([sql, []]);
    const isOfKind = /e\.kind =/.test(sql) && !/e\.did =/.test(sql);
    if (isOfKind) expect(plan[0]).toContain("security_event_host_kind");
  }
  file.close();
});
