import { statSync } from "node:fs";
import { join } from "node:path";
import { createAccount, createRecord } from "./load/account.ts";
import { type Lag, measureBackfill, measureLag } from "./load/firehose.ts";
import { median, rssMbOf } from "./load/measure.ts";
import type { PeerProcess } from "./peers/peer.ts";
import type { Side } from "./rows.ts";
import type { Sizes } from "./sizes.ts";
import type { Cell, Line } from "./table.ts";

/** What is no number of operations a second. */
export async function runSpecials(
  when: "before" | "after",
  sides: readonly Side[],
  sizes: Sizes,
): Promise<Line[]> {
  if (when === "before") {
    return [
      await each("start until it answers", "ms", sides, (side) =>
        measureStart(side, sizes),
      ),
      await each("RSS, nothing done yet", "MB", sides, measureRss),
    ];
  }
  return [
    // Before the row about the disk, which starts the server anew.
    await each("RSS at the end", "MB", sides, measureRss),
    await each("firehose lag, one write in 100 ms", "ms", sides, (side) =>
      lagOf(side, { accounts: 1, writes: sizes.lagWrites / 4, pauseMs: 100 }),
    ),
    await each("firehose lag, 4 writers", "ms", sides, (side) =>
      lagOf(side, { accounts: 4, writes: sizes.lagWrites, pauseMs: 0 }),
    ),
    {
      ...(await each(
        "backfill from the first event",
        "events/s",
        sides,
        backfill,
      )),
      isCost: false,
      target: 5,
    },
    await each("disk for an account with two posts", "KB", sides, (side) =>
      measureDisk(side, sizes),
    ),
  ];
}

type Measure = (side: Side) => Promise<Cell | null>;

async function each(
  name: string,
  unit: string,
  sides: readonly Side[],
  run: Measure,
): Promise<Line> {
  const cells: Cell[] = [];
  for (const side of sides) {
    cells.push((await run(side)) ?? { value: NaN, note: "not ours to see" });
  }
  return { name, unit, isCost: true, cells };
}

async function measureStart(
  { peer }: Side,
  { starts }: Sizes,
): Promise<Cell | null> {
  if (peer.process === null) return null;
  const found: number[] = [];
  for (let i = 0; i < starts; i++) found.push(await peer.process.restart());
  return { value: median(found), note: "" };
}

async function measureRss({ peer }: Side): Promise<Cell | null> {
  const value = rssMbOf(peer.process?.pid ?? null);
  return value === null ? null : { value, note: "" };
}

async function lagOf(
  { peer, accounts }: Side,
  options: { accounts: number; writes: number; pauseMs: number },
): Promise<Cell> {
  const lag: Lag = await measureLag(peer.http, peer.url, {
    ...options,
    accounts: accounts.slice(0, options.accounts),
  });
  return { value: lag.p50Ms, note: `p99 ${lag.p99Ms.toFixed(2)} ms` };
}

async function backfill({ peer, accounts }: Side): Promise<Cell> {
  const { eventsPerSec, mbPerSec } = await measureBackfill(
    peer.url,
    accounts.length,
  );
  return { value: eventsPerSec, note: `${mbPerSec.toFixed(0)} MB/s` };
}

/** Bytes that new accounts of two posts add, everything counted, with their files closed. */
async function measureDisk(side: Side, sizes: Sizes): Promise<Cell | null> {
  const { peer } = side;
  if (peer.process === null) return null;
  const before = await settledBytes(peer.process);
  for (let i = 0; i < sizes.accounts; i++) {
    const account = await createAccount(peer.http, peer.suffix);
    await createRecord(peer.http, account);
    await createRecord(peer.http, account);
  }
  const added = (await settledBytes(peer.process)) - before;
  return { value: added / sizes.accounts / 1000, note: "" };
}

/** A restart closes every file, which empties the write-ahead logs. */
async function settledBytes(process: PeerProcess): Promise<number> {
  await process.restart();
  let total = 0;
  const files = new Bun.Glob("**/*").scan({
    cwd: process.dataFolder,
    dot: true,
  });
  for await (const name of files) {
    total += statSync(join(process.dataFolder, name)).blocks * 512;
  }
  return total;
}
