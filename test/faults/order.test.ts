import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { call, createAccount } from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import { startPlc, type ServerChild } from "../support/process.ts";
import { createRandom } from "../support/random.ts";
import { openStage } from "./season.ts";
import { hasTap } from "./tap.ts";
import type { DiskCall } from "./trace.ts";

/** What has to be on disk before what, seen by the system calls themselves. */
const UPLOADS = 3;
const SMALL_BYTES = 100_000;
const LARGE_BYTES = 300_000;
const BATCHES = 10;
/** disk-tap reports a signal as shells do: SIGKILL is 9. */
const EXIT_KILLED = 128 + 9;

let folder: string;
let plc: ServerChild;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-blobs-"));
  plc = await startPlc(join(folder, "plc.sqlite"));
});
afterAll(async () => {
  await plc.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** An upload as a caller saw it: what came before `begun` and after `answered` has nothing to do with it. */
interface Upload {
  cid: string;
  begun: number;
  answered: number;
  /** The bytes must be on disk before they get their name. */
  isNamedLast: boolean;
}

describe.skipIf(!hasTap)("a start after kill -9", () => {
  test.each(["sequencer.sqlite", "account.sqlite"])(
    "writes the WAL of %s over itself and syncs it, before anything else",
    async (name) => {
      const stage = openStage({
        ...{ folder: join(folder, name), port: await findPort() },
        ...{ plcUrl: plc.url, random: createRandom(1) },
      });
      try {
        await stage.start();
        await stage.load.settleIn(stage.url);
        stage.order({ step: "batch-logged", passes: BATCHES });
        await stage.load.run(stage.url, Infinity);
        expect(await stage.ended()).toBe(EXIT_KILLED);
        await stage.start();
        await stage.stop();
        const { calls, root, restarts } = stage.season();
        expectTailRewritten(
          calls.filter(({ end }) => end > restarts.at(-1)!),
          join(root, "data", name),
        );
      } finally {
        await stage.leave();
      }
    },
  );
});

/** @param calls Those of one process. */
function expectTailRewritten(calls: readonly DiskCall[], path: string): void {
  const numberOf = (is: (call: DiskCall) => boolean) => calls.findIndex(is);
  const inodeOf = (name: string) => {
    const call = calls.find((one) => one.kind === "open" && one.path === name);
    return (call as DiskCall & { kind: "open" }).inode;
  };
  const wal = inodeOf(`${path}-wal`);
  const main = inodeOf(path);
  const rewrite = numberOf(
    (one) => one.kind === "write" && one.inode === wal && one.offset === 0,
  );
  const sync = numberOf(
    (one) =>
      one.kind === "sync" &&
      one.isDone &&
      one.inode === wal &&
      one.covered > rewrite,
  );
  // The first one asks whether the file may be written to, and closes it.
  const [, opened = -1] = calls.flatMap((one, number) =>
    one.kind === "open" && one.path === path ? [number] : [],
  );
  const used = numberOf(
    (one) =>
      (one.kind === "write" || one.kind === "truncate") && one.inode === main,
  );
  expect(rewrite).toBeGreaterThanOrEqual(0);
  expect(sync).toBeGreaterThan(rewrite);
  expect(opened).toBeGreaterThan(sync);
  if (used >= 0) expect(used).toBeGreaterThan(sync);
}

describe.skipIf(!hasTap)("an upload", () => {
  test("is on disk with its name before a row promises it, and then the row", async () => {
    const port = await findPort();
    const random = createRandom(1);
    const home = join(folder, "uploads");
    const stage = openStage({ folder: home, port, plcUrl: plc.url, random });
    const uploads: Upload[] = [];
    try {
      await stage.start();
      const { accessJwt: token } = await createAccount(stage.url, "uploader");
      const upload = async (sizeBytes: number, fill: number) => {
        const begun = stage.tap.position();
        const input = new Uint8Array(sizeBytes).fill(fill);
        const { status, body } = await call(
          stage.url,
          "com.atproto.repo.uploadBlob",
          { token, input, type: "application/octet-stream" },
        );
        expect(status).toBe(200);
        const cid = body.blob.ref.$link as string;
        return { cid, begun, answered: stage.tap.position() };
      };
      for (let i = 0; i < UPLOADS; i++) {
        uploads.push({ ...(await upload(SMALL_BYTES, i)), isNamedLast: false });
        uploads.push({ ...(await upload(LARGE_BYTES, i)), isNamedLast: true });
      }
      // Where the row is there already, the name alone would be believed.
      rmSync(pathOf(home, uploads[0]!.cid));
      uploads.push({ ...(await upload(SMALL_BYTES, 0)), isNamedLast: true });
      expect(await stage.stop()).toBe(0);
      const { calls, root } = stage.season();
      for (const upload of uploads) expectOrder(calls, root, upload);
    } finally {
      await stage.leave();
    }
  });
});

function pathOf(home: string, cid: string): string {
  const blobs = join(home, "disk/data/blobs");
  const names = readdirSync(blobs, { recursive: true }) as string[];
  return join(
    blobs,
    names.find((name) => basename(name) === cid)!,
  );
}

function expectOrder(
  all: readonly DiskCall[],
  root: string,
  { cid, begun, answered, isNamedLast }: Upload,
): void {
  const isWithin = ({ end }: DiskCall) => end > begun && end <= answered;
  // One process, so a call's number is what its syncs count by.
  const number = (call: DiskCall | undefined) => all.indexOf(call!);
  const calls = all.filter(isWithin);
  const syncOf = (path: string, after: number) =>
    calls.find(
      (one) =>
        one.kind === "sync" &&
        one.isDone &&
        one.path === path &&
        one.covered > after,
    );

  const named = calls.find(
    (one) =>
      (one.kind === "rename" && basename(one.other) === cid) ||
      (one.kind === "open" && basename(one.path) === cid),
  ) as DiskCall & { kind: "rename" | "open" };
  const opened = calls.find(
    (one) => one.kind === "open" && one.path === named.path,
  ) as DiskCall & { kind: "open" };
  const written = calls.findLast(
    (one) => one.kind === "write" && one.inode === opened.inode,
  );
  const bytesSynced = syncOf(named.path, number(written));
  const account = join(root, "data/account.sqlite-wal");
  const wal = all.find(
    (one) => one.kind === "open" && one.path === account,
  ) as DiskCall & { kind: "open" };
  const rows = calls.filter(
    (one) => one.kind === "write" && one.inode === wal.inode,
  );
  const place = named.kind === "rename" ? named.other : named.path;
  const folderSynced = syncOf(dirname(place), number(named));
  const rowSynced = syncOf(account, number(rows.at(-1)));

  const needed = [written, bytesSynced, named, folderSynced, rowSynced];
  expect(needed).not.toContain(undefined);
  // Nothing of the row was written before the bytes had their name for certain.
  const promised = number(rows[0]);
  expect(promised).toBeGreaterThan(number(bytesSynced));
  expect(promised).toBeGreaterThan(number(folderSynced));
  expect(number(rowSynced)).toBeGreaterThan(promised);
  if (isNamedLast) {
    expect(number(named)).toBeGreaterThan(number(bytesSynced));
  }
}
