import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { call, createAccount } from "../support/network.ts";
import { findPort, startPlc, type ServerChild } from "../support/process.ts";
import { createRandom } from "../support/random.ts";
import { openStage } from "./season.ts";
import { hasTap } from "./tap.ts";
import type { DiskCall } from "./trace.ts";

/**
 * An upload by its system calls: the bytes are on disk before they get their
 * name, the name is before the row that promises them, and the row before the
 * answer.
 */
const UPLOADS = 5;

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

describe.skipIf(!hasTap)("an upload", () => {
  test("is written, synced, named, its folder synced, and only then promised", async () => {
    const port = await findPort();
    const random = createRandom(1);
    const stage = openStage({ folder, port, plcUrl: plc.url, random });
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
