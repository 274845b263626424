import { readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { decodeCar } from "#repo/car.ts";
import { cidOfCbor, equalCids } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import { assert, call, createRecord } from "./load/account.ts";
import { percentile } from "./load/measure.ts";
import { OURS } from "./peers/peer.ts";
import type { Side } from "./rows.ts";
import type { Sizes } from "./sizes.ts";
import type { Cell } from "./table.ts";

/**
 * A client on a slow line takes minutes to read a repository that is written
 * to ten times a second. What it gets must be whole, and what the writes leave
 * in write-ahead logs bounded. Ours only: the reference keeps no such view.
 */
export const SLOW_EXPORT = { name: "largest WAL while getRepo is read slowly" };

const WRITE_EVERY_MS = 100;
const READ_EVERY_MS = 50;

export async function measureSlowExport(
  { peer, big }: Side,
  { slowExportMs }: Sizes,
): Promise<Cell | null> {
  if (peer.name !== OURS || peer.process === null) return null;
  const { http, url } = peer;
  const { body } = await call(http, "com.atproto.sync.getLatestCommit", {
    query: `did=${big.did}`,
  });
  const { rev } = JSON.parse(body.toString()) as { rev: string };
  // Posts take some 300 bytes each, with their share of the tree.
  const sizeBytes = big.records.length * 300;
  const bytesPerRead = Math.ceil((sizeBytes * READ_EVERY_MS) / slowExportMs);

  let isRead = false;
  let largest = 0;
  const latencies: number[] = [];
  async function write(): Promise<void> {
    while (!isRead) {
      const sentMs = performance.now();
      await createRecord(http, big);
      latencies.push(performance.now() - sentMs);
      largest = Math.max(largest, walBytes(peer.process!.dataFolder));
      await Bun.sleep(WRITE_EVERY_MS);
    }
  }
  const writing = write();
  const startedMs = performance.now();
  const path = `/xrpc/com.atproto.sync.getRepo?did=${big.did}`;
  const car = await readSlowly(url, path, bytesPerRead);
  const seconds = (performance.now() - startedMs) / 1000;
  isRead = true;
  await writing;
  assertWhole(car, rev);
  // Once nobody reads the WAL is used again from its start.
  for (let i = 0; i < 100; i++) await createRecord(http, big);
  const after = walBytes(peer.process.dataFolder);
  assert(after <= largest * 1.1, `the WAL grew to ${after} bytes afterwards`);
  const p99Ms = percentile(latencies, 0.99).toFixed(1);
  return {
    value: largest / 1e6,
    note: `${latencies.length} writes in ${seconds.toFixed(0)} s, p99 ${p99Ms} ms; ${(car.length / 1e6).toFixed(1)} MB read whole`,
  };
}

/** Takes so many bytes from the socket at a time, so that the server has to wait. */
function readSlowly(
  url: string,
  path: string,
  bytesPerRead: number,
): Promise<Buffer> {
  const { hostname, port, host } = new URL(url);
  const parts: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      ),
    );
    const timer = setInterval(() => {
      const part = (socket.read(bytesPerRead) ??
        socket.read()) as Buffer | null;
      if (part !== null) parts.push(part);
    }, READ_EVERY_MS);
    // Without a listener for data it stays paused, and reads little ahead.
    socket.on("readable", () => undefined);
    socket.on("error", reject);
    socket.on("end", () => {
      clearInterval(timer);
      socket.destroy();
      resolve(bodyOf(Buffer.concat(parts)));
    });
  });
}

/** Of an answer in chunks. */
function bodyOf(answer: Buffer): Buffer {
  const end = answer.indexOf("\r\n\r\n");
  assert(/^HTTP\/1.1 200 /.test(answer.toString("latin1", 0, 15)), "no 200");
  const parts: Buffer[] = [];
  for (let at = end + 4; ;) {
    const lineEnd = answer.indexOf("\r\n", at);
    assert(lineEnd > 0, "getRepo broke off");
    const size = Number.parseInt(answer.toString("latin1", at, lineEnd), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(answer.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function assertWhole(car: Buffer, rev: string): void {
  const { roots, blocks } = decodeCar(car);
  for (const { cid, bytes } of blocks) {
    assert(equalCids(cid, cidOfCbor(bytes)), "a block of another CID");
  }
  const commit = blocks.find(({ cid }) => equalCids(cid, roots[0]!));
  assert(commit !== undefined, "getRepo: no commit");
  assert(decodeCommit(commit!.bytes).rev >= rev, "getRepo: an old commit");
}

function walBytes(folder: string): number {
  const repos = join(folder, "repos");
  return readdirSync(repos, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sqlite-wal"))
    .map((name) => statSync(join(repos, name), { throwIfNoEntry: false }))
    .reduce((largest, stat) => Math.max(largest, stat?.size ?? 0), 0);
}
