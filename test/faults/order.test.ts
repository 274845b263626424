import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
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
const UPLOADS = 5;
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
  const opened = numberOf((one) => one.kind === "open" && one.path === path);
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
  test("is written, synced, named, its folder synced, and only then promised", async () => {
    const port = await findPort();
    const random = createRandom(1);
    const home = join(folder, "uploads");
    const stage = openStage({ folder: home, port, plcUrl: plc.url, random });
    const uploads: Upload[] = [];
    try {
      await stage.start();
      const { accessJwt: token } = await createAccount(stage.url, "uploader");
      for (let i = 0; i < UPLOADS; i++) {
        const begun = stage.tap.position();
        const input = new Uint8Array(100_000).fill(i);
        const { status, body } = await call(
          stage.url,
          "com.atproto.repo.uploadBlob",
          { token, input, type: "application/octet-stream" },
        );
        expect(status).toBe(200);
        const cid = body.blob.ref.$link as string;
        uploads.push({ cid, begun, answered: stage.tap.position() });
      }
      expect(await stage.stop()).toBe(0);
      const { calls, root } = stage.season();
      for (const upload of uploads) expectOrder(calls, root, upload);
    } finally {
      await stage.leave();
    }
  });
});

function expectOrder(
  all: readonly DiskCall[],
  root: string,
  { cid, begun, answered }: Upload,
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

  const rename = calls.find(
    (one) => one.kind === "rename" && basename(one.other) === cid,
  ) as DiskCall & { kind: "rename" };
  const opened = calls.find(
    (one) => one.kind === "open" && one.path === rename.path,
  ) as DiskCall & { kind: "open" };
  const written = calls.findLast(
    (one) => one.kind === "write" && one.inode === opened.inode,
  );
  const bytesSynced = syncOf(rename.path, number(written));
  const account = join(root, "data/account.sqlite-wal");
  const walInode = all.find(
    (one) => one.kind === "open" && one.path === account,
  ) as DiskCall & { kind: "open" };
  const row = calls.find(
    (one) =>
      one.kind === "write" &&
      one.inode === walInode.inode &&
      number(one) > number(rename),
  );
  const folderSynced = syncOf(dirname(rename.other), number(rename));
  const rowSynced = syncOf(account, number(row));

  const order = [written, bytesSynced, rename, folderSynced, row, rowSynced];
  expect(order).not.toContain(undefined);
  const numbers = order.map(number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  // Nothing of the row was written before the bytes had their name for certain.
  const early = calls.find(
    (one) => one.kind === "write" && one.inode === walInode.inode,
  );
  expect(number(early)).toBeGreaterThan(number(folderSynced));
}
