import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createMeasurements, type Measurements } from "./measurements.ts";
import { prometheusText } from "./prometheus.ts";

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let measured: Measurements;

const HOUR_MS = 3_600_000;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-measured-"));
  db = openAccountDb(join(folder, "account.sqlite"));
  clock = createFakeClock(Date.UTC(2026, 0, 5, 10, 0, 0));
  open();
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): void {
  measured = createMeasurements({
    ...{ db, clock },
    gauges: () => ({
      ...{ subscribers: 2, subscriberLagMs: 1500, jobsWaiting: 1 },
      ...{ mailWaiting: 0, blobBytes: 10, repoBytes: 20 },
    }),
  });
}

test("requests are counted by method and result, and the slow ones show", () => {
  for (let i = 0; i < 98; i++) measured.request("a.b.c", 200, 3);
  measured.request("a.b.c", 404, 40);
  measured.request("a.b.c", 500, 40);
  measured.request("d.e.f", 429, 1);
  const [first, second] = measured.methods();
  expect(first).toMatchObject({
    requests: 100,
    clientErrors: 1,
    serverErrors: 1,
  });
  expect([first!.all.quantile(0.5), first!.recent.quantile(0.99)]).toEqual([
    5, 50,
  ]);
  expect(second!.name).toBe("d.e.f");
  expect(measured.total("rateLimited")).toBe(1);
  expect(measured.total("clientErrors")).toBe(1);
});

test("what is recent ends after two hours", () => {
  measured.request("a.b.c", 200, 3);
  clock.advance(HOUR_MS);
  measured.sample();
  expect(measured.methods()[0]!.recent.count).toBe(1);
  clock.advance(HOUR_MS);
  measured.sample();
  expect(measured.methods()[0]!.recent.count).toBe(0);
  expect(measured.methods()[0]!.all.count).toBe(1);
});

test("numbers are joined to their hour and day, over restarts too", () => {
  const add = (n: number) => {
    measured.add("commits", n);
    clock.advance(60_000);
    measured.stop();
    open();
  };
  add(3);
  add(4);
  clock.advance(HOUR_MS);
  add(5);
  const values = (range: "day" | "month") =>
    measured
      .read("commits", range)
      .map(({ value }) => value)
      .filter(Boolean);
  expect(values("day")).toEqual([7, 5]);
  expect(values("month")).toEqual([12]);
});

test("old hours and days go", () => {
  measured.add("commits");
  clock.advance(60_000);
  measured.store();
  clock.advance(32 * 24 * HOUR_MS);
  measured.prune();
  const list = (period: "hour" | "day") =>
    db.metrics.list({ period, name: "commits", sinceMs: 0 }).length;
  expect([list("hour"), list("day")]).toEqual([0, 1]);
  clock.advance(800 * 24 * HOUR_MS);
  measured.prune();
  expect(list("day")).toBe(0);
});

test("names of strangers can't fill the memory", () => {
  for (let i = 0; i < 2000; i++) measured.request(`x.y.z${i}`, 200, 1);
  expect(measured.methods().length).toBeLessThanOrEqual(501);
  expect(measured.methods()[0]).toMatchObject({ name: "other" });
});

test("counting costs a request less than two microseconds", () => {
  const COUNT = 200_000;
  const best = Math.min(
    ...[1, 2, 3, 4, 5].map(() => {
      // Of the processor's time: others on the machine take none of it.
      const before = process.cpuUsage();
      for (let i = 0; i < COUNT; i++) {
        measured.request("com.atproto.repo.getRecord", 200, i % 7);
      }
      const { user, system } = process.cpuUsage(before);
      return user + system;
    }),
  );
  expect(best / COUNT).toBeLessThan(2);
});

test("Prometheus reads it, and no label breaks out", () => {
  measured.request('a"b\\c', 200, 3);
  measured.commit(4);
  measured.sample();
  const text = prometheusText(measured, {
    seq: 12,
    accounts: {
      ...{ active: 3, deactivated: 0, suspended: 0 },
      ...{ takendown: 0, deleted: 0, creating: 0 },
    },
    subscribers: [{ lagMs: 2500 }],
    relays: [{ url: "https://relay.test", behindEvents: 4 }],
    storageBytes: { blobs: 10 },
  });
  const line =
    /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="([^"\\\n]|\\.)*"(,[a-z]+="([^"\\\n]|\\.)*")*\})? [\d.e+-]+)$/;
  for (const each of text.trimEnd().split("\n")) expect(each).toMatch(line);
  expect(text).toContain('tempest_accounts{status="active"} 3');
  expect(text).toContain("tempest_firehose_subscriber_lag_seconds 2.5");
  expect(text).toContain("tempest_commit_duration_seconds_count 1");
});
