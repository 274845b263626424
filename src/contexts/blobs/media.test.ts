import { afterEach, beforeEach, expect, test } from "bun:test";
import { silentLogger } from "#lib/log.ts";
import { cidOfCbor, cidOfRaw, formatCid, type CidBytes } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import { createQueue } from "#contexts/queue/queue.ts";
import { createQueueRunner } from "#contexts/queue/runner.ts";
import { CLEAN_UP_JOB, createCleanUps } from "./clean-up.ts";
import { createBlobCollector } from "./collect.ts";
import { createMedia, type MediaUse } from "./media.ts";
import { createTestHost, type TestHost } from "./test-host.ts";

const DID = "did:plc:alice" as Did;
const HOUR_MS = 3_600_000;
const COLLECTION = "com.example.pic" as Nsid;

let host: TestHost;

beforeEach(() => {
  host = createTestHost();
  host.addAccount({ did: DID, handle: "alice.test" });
});
afterEach(() => host.close());

/** So many rows, as uploads leave them; in the order of the list. */
function upload(count: number): CidBytes[] {
  const cids = Array.from({ length: count }, (_, n) =>
    cidOfRaw(new TextEncoder().encode(String(n))),
  ).toSorted(Buffer.compare);
  host.accountDb.transaction(() => {
    for (const cid of cids) {
      host.accountDb.blobs.insert({
        ...{ did: DID, cid, mimeType: "image/png", sizeBytes: 10 },
        createdAtMs: host.clock.nowMs(),
      });
    }
  });
  return cids;
}

function reference(rkey: string, cids: readonly CidBytes[]) {
  const bytes = encodeDrisl(jsonToRecord({ rkey }));
  const path = { collection: COLLECTION, rkey: rkey as RecordKey };
  const change = { ...path, cid: cidOfCbor(bytes), blobs: [...cids] };
  const bytesByPath = new Map([[`${COLLECTION}/${rkey}`, bytes]]);
  host.apply(DID, [{ ...change, subject: null }], bytesByPath);
}

function createParts() {
  const { accountDb: db, clock } = host;
  const collector = createBlobCollector({
    ...{ ...host, isBehind: () => false, log: silentLogger },
  });
  const queue = createQueue({ db, clock });
  const cleanUps = createCleanUps({ queue, db, collector });
  const handlers = new Map([[CLEAN_UP_JOB, cleanUps.runJob]]);
  const log = silentLogger;
  return {
    media: createMedia({ ...host, db, collector }),
    cleanUps,
    runner: createQueueRunner({ db, queue, handlers, clock, log }),
  };
}

/** Every page from the first to the last. */
function pagesOf(use: MediaUse, limit = 30) {
  const { media } = createParts();
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: ReturnType<typeof media.list> = media.list(DID, {
      ...{ cursor, limit, use },
    });
    pages.push(page.blobs.map(({ cid }) => cid));
    ({ cursor } = page);
  } while (cursor !== null);
  return pages;
}

test("files are listed by use, and each once", () => {
  const cids = upload(700);
  const used = cids.filter((_, n) => n % 7 === 0);
  reference("one", used);
  expect(pagesOf("used").flat()).toEqual(used.map(formatCid));
  expect(pagesOf("used").map(({ length }) => length)).toEqual([30, 30, 30, 10]);
  const unused = cids.filter((cid) => !used.includes(cid));
  expect(pagesOf("unused").flat()).toEqual(unused.map(formatCid));
  expect(pagesOf("all").flat()).toEqual(cids.map(formatCid));
  expect(createParts().media.usage(DID)).toEqual({ count: 700, bytes: 7000 });
});

test("one page looks at so many files and no more", () => {
  const cids = upload(11_000);
  reference("one", [cids[10_900]!]);
  const pages = pagesOf("used");
  expect(pages.map(({ length }) => length)).toEqual([0, 0, 1]);
});

test("one file is removed when nothing names it and it is an hour old", async () => {
  const [used, unused] = upload(2);
  reference("one", [used!]);
  const { media } = createParts();
  const remove = (cid: CidBytes) => media.remove(DID, formatCid(cid));
  expect(await remove(unused!)).toBe(false);
  host.clock.advance(HOUR_MS + 1);
  expect(await remove(used!)).toBe(false);
  expect(await remove(unused!)).toBe(true);
  expect(await remove(unused!)).toBe(false);
  expect(pagesOf("all").flat()).toEqual([formatCid(used!)]);
  expect(() => media.remove(DID, "nonsense")).toThrow("no CID");
});

test("few unused files are removed at once, many as a job that tells what it did", async () => {
  const cids = upload(1100);
  const used = cids.slice(0, 100).map(formatCid);
  reference("one", cids.slice(0, 100));
  host.clock.advance(HOUR_MS + 1);
  const { cleanUps, runner } = createParts();
  expect(cleanUps.find(DID)).toBeNull();
  expect(await cleanUps.start(DID)).toBeNull();
  expect(await cleanUps.start(DID)).toBeNull();
  expect(cleanUps.find(DID)).toMatchObject({ state: "queued", removed: 0 });
  await runner.runDue();
  expect(cleanUps.find(DID)).toMatchObject({
    ...{ state: "done", removed: 1000, removedBytes: 10_000 },
    progress: { done: 1100, total: 1100 },
  });
  const again = upload(400).map(formatCid);
  host.clock.advance(HOUR_MS + 1);
  const removed = again.filter((cid) => !used.includes(cid)).length;
  expect(await cleanUps.start(DID)).toMatchObject({ removed });
  expect(pagesOf("all").flat().length).toBe(100);
});

test("a job that is stopped leaves the rest, and one that a crash cut short goes on", async () => {
  upload(1100);
  host.clock.advance(HOUR_MS + 1);
  const { cleanUps } = createParts();
  await cleanUps.start(DID);
  const { jobs } = host.accountDb;
  const run = (stopAfter: number) => {
    const row = jobs.findLatest(CLEAN_UP_JOB, DID)!;
    const controller = new AbortController();
    let pages = 0;
    const progress = JSON.parse(row.progressJson ?? "null");
    const job = { ...row, payload: { did: DID }, progress };
    return cleanUps.runJob(job as never, {
      signal: controller.signal,
      setProgress(now) {
        jobs.setProgress(row.id, JSON.stringify(now));
        if (++pages === stopAfter) controller.abort();
      },
    });
  };
  await run(1);
  expect(cleanUps.find(DID)).toMatchObject({ removed: 500 });
  await run(Number.POSITIVE_INFINITY);
  expect(cleanUps.find(DID)).toMatchObject({ removed: 1100 });
  cleanUps.cancel(DID);
  expect(cleanUps.find(DID)!.state).toBe("cancelled");
});

test("nothing of an account that rests is removed", async () => {
  host.accountDb.accounts.update(DID, { deactivatedAtMs: 1 });
  const refusal = { error: "InvalidRequest" };
  await expect(createParts().cleanUps.start(DID)).rejects.toMatchObject(
    refusal,
  );
});
