import { beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Cid } from "#repo/cid.ts";
import type { AtUri, Did } from "#repo/syntax.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import { type ArchiveDeps, createArchives } from "./archive.ts";

const ALICE = "did:plc:alicealicealicealicealic" as Did;
const CALLER = { kind: "session", did: ALICE } as SessionCaller;
const CAR = "the whole repository";

/** Media by CID; null is one whose bytes are gone, an error one that can't be read. */
let files: Map<string, string | null | Error>;
let takenDown: Set<string>;
let neverUploaded: { cid: Cid; recordUri: AtUri }[];
let closed: number;
let cancelled: string[];

beforeEach(() => {
  files = new Map();
  takenDown = new Set();
  neverUploaded = [];
  closed = 0;
  cancelled = [];
});

function streamOf(name: string, content: string | Error) {
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (content instanceof Error) return controller.error(content);
        controller.enqueue(new TextEncoder().encode(content));
        controller.close();
      },
      cancel: () => void cancelled.push(name),
    },
    { highWaterMark: 0 },
  );
}

const archivesOf = (given: Partial<ArchiveDeps> = {}) =>
  createArchives({
    sync: {
      openExport: () => ({
        measure: () => Promise.resolve(CAR.length),
        read: () => streamOf("repo.car", CAR),
        close: () => void closed++,
      }),
    },
    preferences: { getPreferences: () => ({ preferences: [] }) },
    media: {
      list(_did, { cursor, limit }) {
        const after = [...files.keys()].filter(
          (cid) => cursor === null || cid > cursor,
        );
        const blobs = after.slice(0, limit).map((cid) => ({
          ...{ cid: cid as Cid, mimeType: "text/plain", sizeBytes: 1 },
          ...{ uploadedAtMs: 0, usedBy: [], isTakenDown: takenDown.has(cid) },
        }));
        const isMore = after.length > limit;
        return { blobs, cursor: isMore ? blobs.at(-1)!.cid : null };
      },
    },
    blobs: {
      async getBlob({ cid }) {
        const content = files.get(cid);
        if (content == null || takenDown.has(cid)) {
          throw new XrpcError("BlobNotFound", "gone");
        }
        const sizeBytes = content instanceof Error ? 9 : content.length;
        const stream = streamOf(cid, content);
        return { stream, sizeBytes, mimeType: "text/plain" };
      },
      async listMissingBlobs({ cursor, limit }) {
        const from = neverUploaded.findIndex(({ cid }) => cid === cursor) + 1;
        const blobs = neverUploaded.slice(from, from + limit!);
        return { blobs, cursor: blobs.at(-1)?.cid };
      },
    },
    clock: createFakeClock(),
    maxFileMs: 60_000,
    ...given,
  });

/** What the system's tar finds in it. */
async function unpack(archive: ReadableStream<Uint8Array>) {
  const folder = mkdtempSync(join(tmpdir(), "tempest-archive-"));
  try {
    const bytes = await new Response(archive).bytes();
    const { exitCode, stderr } = Bun.spawnSync(["tar", "-xf", "-"], {
      ...{ stdin: bytes, cwd: folder },
    });
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return Object.fromEntries(
      names
        .filter((name) => name !== "blobs")
        .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("holds the preferences, the repository and all media, page by page", async () => {
  for (let i = 100; i < 350; i++) files.set(`cid${i}`, `file ${i}`);
  const found = await unpack(archivesOf().open(CALLER));
  expect(Object.keys(found)).toHaveLength(252);
  expect(JSON.parse(found["preferences.json"]!)).toEqual({ preferences: [] });
  expect(found["repo.car"]).toBe(CAR);
  for (const [cid, content] of files) {
    expect(found[`blobs/${cid}`]).toBe(content as string);
  }
  expect(closed).toBe(1);
});

test("goes on past what is missing, and names it at the end", async () => {
  files.set("cid1", "here").set("cid2", null).set("cid3", "seized");
  files.set("cid4", "here too");
  takenDown.add("cid3");
  neverUploaded = Array.from({ length: 150 }, (_, i) => ({
    cid: `cid9${i}` as Cid,
    recordUri: `at://${ALICE}/com.example.note/${i}` as AtUri,
  }));
  const found = await unpack(archivesOf().open(CALLER));
  expect(found).toMatchObject({
    "blobs/cid1": "here",
    "blobs/cid4": "here too",
  });
  expect(Object.keys(found)).not.toContain("blobs/cid3");
  const lines = found["missing.txt"]!.trim().split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "cid2\tits bytes are not here",
    "cid3\ttaken down by the operator",
    `cid90\tnever uploaded here, named by at://${ALICE}/com.example.note/0`,
  ]);
  expect(lines).toHaveLength(152);
});

test("names a bounded number of what is missing", async () => {
  const recordUri =
    `at://${ALICE}/com.example.note/${"k".repeat(500)}` as AtUri;
  neverUploaded = Array.from({ length: 2500 }, (_, i) => ({
    ...{ cid: `cid${i}` as Cid, recordUri },
  }));
  const text = (await unpack(archivesOf().open(CALLER)))["missing.txt"]!;
  expect(text.length).toBeLessThan(1024 * 1024 + 100);
  const named = text.trim().split("\n").length - 1;
  expect(text).toEndWith(`and ${2500 - named} more\n`);
});

test("breaks off when a file can't be read to its end, so that nobody takes it for whole", async () => {
  files.set("cid1", new Error("the disk is broken"));
  const archive = archivesOf().open(CALLER);
  const whole = new Response(archive).bytes();
  await expect(whole).rejects.toThrow("the disk is broken");
  await Bun.sleep(0);
  expect(closed).toBe(1);
});

test("reads no further than its reader, and lets go when that one leaves", async () => {
  files.set("cid1", "never read");
  const reader = archivesOf().open(CALLER).getReader();
  let header = "";
  while (!header.startsWith("blobs/cid1")) {
    const { value } = await reader.read();
    header = Buffer.from(value!).subarray(0, 100).toString("latin1");
  }
  expect([closed, cancelled]).toEqual([0, []]);
  await reader.cancel();
  await Bun.sleep(0);
  expect([closed, cancelled]).toEqual([1, ["cid1"]]);
});

test("an account has two under way at most, read or not", async () => {
  const archives = archivesOf();
  const first = archives.open(CALLER);
  const second = archives.open(CALLER);
  expect(() => archives.open(CALLER)).toThrow("already");
  await first.cancel();
  await Bun.sleep(0);
  await unpack(archives.open(CALLER));
  await second.cancel();
  await Bun.sleep(0);
  expect(closed).toBe(3);
});

test("a reader that stands still loses its place", async () => {
  const archive = archivesOf({ maxFileMs: 5 }).open(CALLER);
  const reader = archive.getReader();
  // On a busy machine it may have lost it before it began.
  await reader.read().catch(() => undefined);
  await expect(reader.closed).rejects.toThrow("took too long");
  await Bun.sleep(0);
  expect(closed).toBe(1);
});
