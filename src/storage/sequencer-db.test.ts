import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import type { EventLog, EventRow, RepoStateChange } from "./event-log.ts";
import { createEventLog, createSequencerDb } from "./sequencer-db.ts";
import { SEQUENCER_MIGRATIONS } from "./sequencer-schema.ts";
import { openDatabase } from "./sqlite.ts";

const alice = "did:plc:alice" as Did;
const bob = "did:plc:bob" as Did;
const BASE = 1_750_000_000_000_000;

let folder: string;
let path: string;
let log: EventLog;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-log-"));
  path = join(folder, "sequencer.sqlite");
  log = createSequencerDb({ path });
});
afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true, force: true });
});

function row(n: number, more: Partial<EventRow> = {}): EventRow {
  return {
    seq: BASE + n,
    did: alice,
    generation: 1,
    kind: "commit",
    frame: new Uint8Array([1, n]),
    redo: new Uint8Array([2, n]),
    rev: "3kaaaaaaaaaa2" as Tid,
    createdAtMs: 1000 + n,
    outboxId: null,
    ...more,
  };
}

function rows(from: number, to: number, more?: Partial<EventRow>): EventRow[] {
  return Array.from({ length: to - from + 1 }, (_, i) => row(from + i, more));
}

function head(letter: string): RepoStateChange["head"] {
  const bytes = Buffer.from(letter.repeat(36));
  return {
    rev: `3k${letter.repeat(11)}` as Tid,
    commit: new Uint8Array(bytes),
    data: new Uint8Array(bytes),
  };
}

const all = { after: 0, limit: 1000, maxBytes: 1e9 };
const seqs = (found: EventRow[]) => found.map(({ seq }) => seq - BASE);

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("was not refused");
    },
    (error: unknown) => error,
  );
}

describe("append", () => {
  test("keeps rows as they were given", async () => {
    const given = [
      row(1),
      row(2, { kind: "account", redo: null, rev: null, outboxId: 7 }),
      row(3, { kind: "import", frame: new Uint8Array(0), generation: 2 }),
    ];
    await log.append(given, []);
    expect(log.read(all)).toEqual(given);
    expect(log.bounds()).toEqual({ oldest: BASE + 1, newest: BASE + 3 });
    expect(log.hasOutboxRow(7)).toBe(true);
    expect(log.hasOutboxRow(8)).toBe(false);
  });

  test.each([[[2, 1]], [[1, 1]], [[0]], [[-1]], [[0.5]]])(
    "refuses seqs %p after 0, and adds nothing",
    async (numbers) => {
      await log.append([row(0)], []);
      const given = numbers.map((n) => row(n));
      const error = await rejection(log.append(given, [{ did: bob }]));
      expect(error).toBeInstanceOf(RangeError);
      expect(seqs(log.read(all))).toEqual([0]);
      expect(log.findRepo(bob)).toBeNull();
      await log.append([row(1)], []);
    },
  );

  test("refuses seqs that a number cannot hold", async () => {
    const error = await rejection(log.append([row(0, { seq: 2 ** 53 })], []));
    expect(error).toBeInstanceOf(RangeError);
    await log.append([row(0, { seq: 2 ** 53 - 1 })], []);
    expect(log.bounds()?.newest).toBe(2 ** 53 - 1);
  });

  test("adds an outbox row once, and nothing of a batch that repeats it", async () => {
    await log.append([row(1, { outboxId: 7 })], []);
    const error = await rejection(
      log.append([row(2), row(3, { outboxId: 7 })], [{ did: bob }]),
    );
    expect(error).not.toHaveProperty("fatal");
    expect(seqs(log.read(all))).toEqual([1]);
    expect(log.findRepo(bob)).toBeNull();
  });

  test("never lets time go back", async () => {
    await log.append([row(1, { createdAtMs: 5000 })], []);
    await log.append([row(2, { createdAtMs: 4000 }), row(3)], []);
    log.close();
    log = createSequencerDb({ path });
    await log.append([row(4, { createdAtMs: 10 })], []);
    expect(log.read(all).map((found) => found.createdAtMs)).toEqual([
      5000, 5000, 5000, 5000,
    ]);
  });

  test("keeps seqs rising across a restart, even when all was pruned", async () => {
    await log.append(rows(1, 5), []);
    log.setLowWaterMark(BASE + 5);
    log.prune({ createdBeforeMs: 1e12, limit: 100 });
    log.close();
    log = createSequencerDb({ path });
    expect(await rejection(log.append([row(5)], []))).toBeInstanceOf(
      RangeError,
    );
    await log.append([row(6)], []);
  });
});

describe("read", () => {
  beforeEach(() =>
    log.append(
      Array.from({ length: 10 }, (_, i) =>
        row(i + 1, {
          did: i % 2 === 0 ? alice : bob,
          frame: new Uint8Array(90),
          redo: new Uint8Array(10),
        }),
      ),
      [],
    ),
  );

  test("pages by seq", () => {
    const first = log.read({ ...all, limit: 4 });
    expect(seqs(first)).toEqual([1, 2, 3, 4]);
    const after = first.at(-1)!.seq;
    expect(seqs(log.read({ ...all, after, limit: 4 }))).toEqual([5, 6, 7, 8]);
    expect(log.read({ ...all, after: BASE + 10 })).toEqual([]);
  });

  test("pages the rows of one account", () => {
    const first = log.read({ ...all, did: bob, limit: 2 });
    expect(seqs(first)).toEqual([2, 4]);
    const after = first.at(-1)!.seq;
    expect(seqs(log.read({ ...all, did: bob, after }))).toEqual([6, 8, 10]);
  });

  test("stops at the bound on bytes, but gives one row at least", () => {
    expect(seqs(log.read({ ...all, maxBytes: 250 }))).toEqual([1, 2]);
    expect(seqs(log.read({ ...all, maxBytes: 300 }))).toEqual([1, 2, 3]);
    expect(seqs(log.read({ ...all, maxBytes: 1 }))).toEqual([1]);
    expect(seqs(log.read({ ...all, did: bob, maxBytes: 200 }))).toEqual([2, 4]);
  });

  test("pages the rows of one account backwards", () => {
    const back = (before: number | null, limit: number, maxBytes = 1e9) => {
      const page = log.readBack({ did: bob, before, limit, maxBytes });
      return [seqs(page.rows), page.hasOlder];
    };
    expect(back(null, 2)).toEqual([[10, 8], true]);
    expect(back(BASE + 8, 2)).toEqual([[6, 4], true]);
    expect(back(BASE + 4, 2)).toEqual([[2], false]);
    expect(back(BASE + 5, 2)).toEqual([[4, 2], false]);
    expect(back(BASE + 2, 2)).toEqual([[], false]);
    expect(back(1, 2)).toEqual([[], false]);
    expect(back(null, 4, 300)).toEqual([[10, 8, 6], true]);
    expect(back(null, 4, 1)).toEqual([[10], true]);
    expect(back(BASE + 4, 4, 1)).toEqual([[2], false]);
    const whole = log.readBack({ ...all, did: bob, before: null }).rows;
    expect(whole).toEqual(log.read({ ...all, did: bob }).toReversed());
  });

  test("pages the accounts that changed since a row", async () => {
    const carol = "did:plc:carol" as Did;
    await log.append([row(11, { did: carol })], []);
    const since = (seq: number, after: string | null = null, limit = 10) =>
      log.listChangedSince({ since: BASE + seq, after, limit });
    expect(since(0)).toEqual([alice, bob, carol]);
    expect(since(8)).toEqual([alice, bob, carol]);
    expect(since(9)).toEqual([bob, carol]);
    expect(since(10)).toEqual([carol]);
    expect(since(11)).toEqual([]);
    expect(since(0, alice, 1)).toEqual([bob]);
    expect(since(0, carol)).toEqual([]);
  });

  test("never scans", () => {
    const db = new Database(path, { readonly: true });
    const plan = (sql: string) =>
      (db.query(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
        .map(({ detail }) => detail)
        .join("\n");
    expect(
      plan("SELECT * FROM event WHERE seq > 1 AND seq <= 9 ORDER BY seq"),
    ).toMatch(/^SEARCH .* PRIMARY KEY[^\n]*$/);
    expect(
      plan("SELECT * FROM event WHERE did = '' AND seq > 1 ORDER BY seq"),
    ).toMatch(/^SEARCH .* INDEX event_did \(did=\? AND rowid>\?\)$/);
    expect(
      plan("SELECT * FROM event WHERE did = '' AND seq < 9 ORDER BY seq DESC"),
    ).toMatch(/^SEARCH .* INDEX event_did \(did=\? AND rowid<\?\)$/);
    db.close();
  });

  test("finds the first row since a time", () => {
    expect(log.firstSeqSince(0)).toBe(BASE + 1);
    expect(log.firstSeqSince(1000)).toBe(BASE + 1);
    expect(log.firstSeqSince(1001)).toBe(BASE + 2);
    expect(log.firstSeqSince(1009)).toBe(BASE + 10);
    expect(log.firstSeqSince(1010)).toBeNull();
  });
});

test("finds the first row since a time across gaps and equal times", async () => {
  expect(log.firstSeqSince(0)).toBeNull();
  const times = [5, 5, 5, 7, 7, 90, 90, 91];
  const given = times.map((createdAtMs, i) => row(i ** 5, { createdAtMs }));
  await log.append(given, []);
  for (let at = 0; at < 95; at++) {
    const expected = given.find((found) => found.createdAtMs > at);
    expect(log.firstSeqSince(at)).toBe(expected?.seq ?? null);
  }
});

describe("low-water mark and pruning", () => {
  test("the mark rises only, and is kept with the next change", async () => {
    await log.append(rows(1, 5), []);
    expect(log.lowWaterMark()).toBe(0);
    log.setLowWaterMark(BASE + 3);
    log.setLowWaterMark(BASE + 2);
    expect(log.lowWaterMark()).toBe(BASE + 3);
    expect(() => log.setLowWaterMark(BASE + 6)).toThrow(RangeError);
    await log.append([row(6)], []);
    const crashed = join(folder, "crashed.sqlite");
    copyFileSync(path, crashed);
    copyFileSync(`${path}-wal`, `${crashed}-wal`);
    const copy = createSequencerDb({ path: crashed });
    expect(copy.lowWaterMark()).toBe(BASE + 3);
    copy.close();
  });

  test("the mark is kept when a batch fails before one succeeds", async () => {
    await log.append(rows(1, 2), []);
    log.setLowWaterMark(BASE + 2);
    await rejection(
      log.append([row(3, { outboxId: 1 }), row(4, { outboxId: 1 })], []),
    );
    await log.append([row(5)], []);
    log.close();
    log = createSequencerDb({ path });
    expect(log.lowWaterMark()).toBe(BASE + 2);
  });

  test("prunes what is old and applied, in chunks", async () => {
    await log.append(rows(1, 10), []);
    const old = { createdBeforeMs: 1009, limit: 3 };
    expect(log.prune(old)).toBe(0);
    expect(log.prunedThrough()).toBe(0);
    log.setLowWaterMark(BASE + 5);
    expect([log.prune(old), log.prune(old), log.prune(old)]).toEqual([3, 2, 0]);
    expect(log.prunedThrough()).toBe(BASE + 5);
    log.setLowWaterMark(BASE + 10);
    expect(log.prune({ ...old, limit: 100 })).toBe(3);
    expect(seqs(log.read(all))).toEqual([9, 10]);
    expect(log.prune({ createdBeforeMs: 1e12, limit: 100 })).toBe(1);
    expect(log.bounds()).toEqual({ oldest: BASE + 10, newest: BASE + 10 });
    log.close();
    log = createSequencerDb({ path });
    expect(log.prunedThrough()).toBe(BASE + 9);
  });

  test("purges one account below a seq, in chunks", async () => {
    await log.append([...rows(1, 5), row(6, { did: bob }), row(7)], []);
    const purge = (limit: number, before = BASE + 1000) =>
      log.purge({ did: alice, before, limit });
    expect(purge(10, BASE + 2)).toBe(1);
    expect([purge(3), purge(3), purge(3)]).toEqual([3, 1, 0]);
    expect(seqs(log.read(all))).toEqual([6, 7]);
    expect(log.prunedThrough()).toBe(0);
  });
});

describe("failures", () => {
  test("a full disk refuses the batch, and the next one may succeed", async () => {
    const small = openDatabase({
      path: join(folder, "small.sqlite"),
      kind: "sequencer",
      synchronous: "FULL",
      migrations: SEQUENCER_MIGRATIONS,
    });
    const full = createEventLog(small);
    small.run("PRAGMA max_page_count = 20");
    const large = row(2, { frame: new Uint8Array(200_000) });
    const error = await rejection(full.append([row(1), large], [{ did: bob }]));
    expect(error).toBeInstanceOf(XrpcError);
    expect((error as XrpcError).status).toBe(503);
    expect((error as XrpcError).headers["Retry-After"]).toBeDefined();
    expect(error).not.toHaveProperty("fatal");
    expect(full.read(all)).toEqual([]);
    expect(full.findRepo(bob)).toBeNull();
    await full.append([row(1)], []);
    expect(seqs(full.read(all))).toEqual([1]);
    full.close();
  });

  test("a disk that fails to write refuses the batch", async () => {
    const script = join(folder, "write.ts");
    const module = join(import.meta.dir, "sequencer-db.ts");
    writeFileSync(
      script,
      `import { SEQUENCER_MIGRATIONS } from "./sequencer-schema.ts";
import { createSequencerDb } from ${JSON.stringify(module)};
       const log = createSequencerDb({ path: process.argv[2] });
       const row = (seq) => ({ seq, did: "did:plc:a", generation: 1, kind: "sync",
         frame: new Uint8Array(20_000), redo: null, rev: null, createdAtMs: 1, outboxId: null });
       for (let seq = 1; seq < 100; seq++) {
         try { await log.append([row(seq)], []); }
         catch (error) {
           const rows = log.read({ after: 0, limit: 100, maxBytes: 1e9 }).length;
           console.log(seq > 1, error.fatal, error.status, rows === seq - 1);
           process.exit(0);
         }
       }`,
    );
    // Past the limit on file size a write fails with EFBIG.
    const child = Bun.spawn(
      ["bash", "-c", 'trap "" XFSZ; ulimit -f 200; exec "$@"', "bash"].concat([
        process.execPath,
        script,
        join(folder, "limited.sqlite"),
      ]),
      { cwd: import.meta.dir, stdout: "pipe", stderr: "inherit" },
    );
    expect(await new Response(child.stdout).text()).toBe(
      "true undefined 503 true\n",
    );
  });

  test("what was appended is there after an abrupt end", async () => {
    await log.append(rows(1, 3), [{ did: alice, head: head("a") }]);
    const crashed = join(folder, "crashed.sqlite");
    copyFileSync(path, crashed);
    copyFileSync(`${path}-wal`, `${crashed}-wal`);
    const copy = createSequencerDb({ path: crashed });
    expect(statSync(`${crashed}-wal`).size).toBe(0);
    expect(seqs(copy.read(all))).toEqual([1, 2, 3]);
    expect(copy.findRepo(alice)?.rev).toBe(head("a")!.rev);
    copy.close();
  });

  test("a log that another program holds open is not started on", () => {
    log.close();
    const other = new Database(path);
    other.run("BEGIN; SELECT * FROM event");
    const writer = new Database(path);
    writer.run(`PRAGMA user_version = ${SEQUENCER_MIGRATIONS.length}`);
    let error: unknown;
    try {
      log = createSequencerDb({ path, busyTimeoutMs: 10 });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(OperatorError);
    expect((error as OperatorError).exitCode).toBe(70);
    other.close();
    writer.close();
    log = createSequencerDb({ path });
  });
});
