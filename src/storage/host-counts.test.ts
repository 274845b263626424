import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Did } from "#repo/syntax.ts";
import type { EventLog, EventRow } from "./event-log.ts";
import { weekOf } from "./host-counts.ts";
import { createSequencerDb } from "./sequencer-db.ts";

const alice = "did:plc:alice" as Did;
const bob = "did:plc:bob" as Did;
const POST = "app.bsky.feed.post";
const LIKE = "app.bsky.feed.like";
const MONDAY_MS = Date.UTC(2026, 10, 23);

let folder: string;
let log: EventLog;
const open = () =>
  createSequencerDb({ path: join(folder, "sequencer.sqlite") });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-counts-"));
  log = open();
});
afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true, force: true });
});

function row(seq: number, createdAtMs: number, kind = "commit"): EventRow {
  return {
    ...{ seq, did: alice, generation: 1, kind: kind as "commit", createdAtMs },
    ...{ frame: new Uint8Array(1), redo: null, rev: null, outboxId: null },
  };
}

const counts = (...pairs: [string, number][]) => new Map(pairs);
const totals = () => Object.fromEntries(log.collectionTotals());

test("records of the host are counted on, from what there was", async () => {
  await log.append([], [{ did: alice, collectionCounts: counts([POST, 3]) }]);
  expect(totals()).toEqual({ [POST]: 3 });
  await log.append(
    [],
    [
      { did: bob, collectionCounts: counts([POST, 2], [LIKE, 1]) },
      { did: alice, collectionCounts: counts([POST, -1]) },
    ],
  );
  expect(totals()).toEqual({ [POST]: 4, [LIKE]: 1 });
  await log.append([], [{ did: bob, collectionCounts: counts([LIKE, -1]) }]);
  expect(totals()).toEqual({ [POST]: 4 });
  await log.append(
    [],
    [{ did: bob, recount: true, collectionCounts: counts([LIKE, 7]) }],
  );
  expect(totals()).toEqual({ [POST]: 2, [LIKE]: 7 });
  await log.append([], [{ did: alice, deleted: true }]);
  expect(totals()).toEqual({ [LIKE]: 7 });
});

test("what failed to be added is not counted", async () => {
  await log.append([], [{ did: alice, collectionCounts: counts([POST, 3]) }]);
  expect(totals()).toEqual({ [POST]: 3 });
  const outboxId = 1;
  const failing = log.append(
    [
      { ...row(1, MONDAY_MS), outboxId },
      { ...row(2, MONDAY_MS), outboxId },
    ],
    [{ did: alice, collectionCounts: counts([POST, 5]) }],
  );
  await expect(failing).rejects.toThrow();
  await failing.catch(() => {});
  expect(totals()).toEqual({ [POST]: 3 });
  expect(log.commitWeeks()).toEqual([]);
});

test("commits are counted by the week, which begins on Monday", async () => {
  const dayMs = 24 * 3_600_000;
  await log.append([row(1, MONDAY_MS - 1)], []);
  await log.append(
    [row(2, MONDAY_MS), row(3, MONDAY_MS + 6 * dayMs, "identity")],
    [],
  );
  await log.append([row(4, MONDAY_MS + 7 * dayMs - 1)], []);
  const weeks = [
    { startsAtMs: MONDAY_MS - 7 * dayMs, commits: 1 },
    { startsAtMs: MONDAY_MS, commits: 2 },
  ];
  expect(log.commitWeeks()).toEqual(weeks);
  log.close();
  log = open();
  expect(log.commitWeeks()).toEqual(weeks);
  expect(weekOf(MONDAY_MS)).toBe(weekOf(MONDAY_MS - 1) + 1);
});
