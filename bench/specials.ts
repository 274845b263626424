import { statSync } from "node:fs";
import { join } from "node:path";
import { applyCreates, createAccount, createRecord } from "./load/account.ts";
import { type Lag, measureBackfill, measureLag } from "./load/firehose.ts";
import { measure, median, rssMbOf } from "./load/measure.ts";
import { OURS, type Peer, type PeerProcess } from "./peers/peer.ts";
import type { Side } from "./rows.ts";
import { measureSlowExport, SLOW_EXPORT } from "./slow-export.ts";
import type { Sizes } from "./sizes.ts";
import { type Cell, formatNumber, type Line } from "./table.ts";

const BATCH = 200;
/** What a server does of itself once it has started. */
const SETTLE_MS = 5000;

interface Special {
  name: string;
  unit: string;
  target?: number;
  /** More is better. */
  isGain?: boolean;
  run: Measure;
}

/** What is no number of operations a second; each before the first row or after the last. */
function specials(when: "before" | "after", sizes: Sizes): Special[] {
  const { lagWrites, memoryAccounts } = sizes;
  if (when === "before") {
    return [
      {
        name: "start until it answers",
        unit: "ms",
        run: (side) => measureStart(side, sizes),
      },
      { name: "RSS, nothing done yet", unit: "MB", run: measureRss },
      {
        name: `RSS, ${memoryAccounts} accounts and twice as many posts later`,
        unit: "MB",
        run: (side) => measureRssAfter(side, memoryAccounts),
      },
    ];
  }
  return [
    {
      name: SLOW_EXPORT.name,
      unit: "MB",
      run: (side) => measureSlowExport(side, sizes),
    },
    // Before the rows that start the server anew.
    { name: "RSS at the end", unit: "MB", run: measureRss },
    {
      name: "firehose lag, one write in 100 ms",
      unit: "ms",
      run: (side) =>
        lagOf(side, { accounts: 1, writes: lagWrites / 4, pauseMs: 100 }),
    },
    {
      name: "firehose lag, 4 writers",
      unit: "ms",
      run: (side) =>
        lagOf(side, { accounts: 4, writes: lagWrites, pauseMs: 0 }),
    },
    {
      name: "backfill from the first event",
      unit: "events/s",
      target: 5,
      isGain: true,
      run: backfill,
    },
    {
      name: "RSS after a start, with all accounts",
      unit: "MB",
      run: measureRssAfterStart,
    },
    {
      name: "disk for an account with two posts",
      unit: "KB",
      run: (side) => measureDisk(side, sizes),
    },
    {
      name: `CPU of a write, from ${sizes.growth[0]} to ${sizes.growth.at(-1)} records`,
      unit: "times",
      run: (side) => measureGrowth(side, sizes),
    },
  ];
}

export async function runSpecials(
  when: "before" | "after",
  sides: readonly Side[],
  sizes: Sizes,
  isWanted: (line: { name: string }) => boolean,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const special of specials(when, sizes).filter(isWanted)) {
    const { name, unit, target, isGain = false } = special;
    const cells: (Cell | null)[] = [];
    for (const side of sides) cells.push(await special.run(side));
    const isCost = !isGain;
    lines.push({ name, unit, isCost, cells, ...(target && { target }) });
  }
  return lines;
}

type Measure = (side: Side) => Promise<Cell | null>;

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

async function measureRssAfterStart(side: Side): Promise<Cell | null> {
  await side.peer.process?.restart();
  await Bun.sleep(SETTLE_MS);
  const cell = await measureRss(side);
  return cell && { ...cell, note: `${side.accounts.length} accounts` };
}

async function measureRssAfter(
  side: Side,
  count: number,
): Promise<Cell | null> {
  const { http, suffix } = side.peer;
  for (let i = 0; i < count; i++) {
    const account = await createAccount(http, suffix);
    await createRecord(http, account);
    await createRecord(http, account);
  }
  const atOnce = await measureRss(side);
  await Bun.sleep(SETTLE_MS);
  const settled = await measureRss(side);
  const note = `${formatNumber(atOnce?.value ?? NaN)} at once`;
  return settled && { ...settled, note };
}

/** One repository grows; how much dearer a single write has become. Ours only: the reference takes hours to grow. */
async function measureGrowth(
  { peer }: Side,
  { growth, growthWrites }: Sizes,
): Promise<Cell | null> {
  if (peer.name !== OURS) return null;
  const account = await createAccount(peer.http, peer.suffix);
  const found: number[] = [];
  for (const size of growth) {
    while (account.records.length < size) {
      await applyCreates(peer.http, account, BATCH);
    }
    const load = { count: growthWrites, concurrency: 1, pid: pidOf(peer) };
    const { cpuMs } = await measure(load, async () => {
      await createRecord(peer.http, account);
    });
    found.push(cpuMs ?? NaN);
  }
  const note = found.map((ms) => ms.toFixed(2)).join(", ");
  return { value: found.at(-1)! / found[0]!, note: `${note} ms` };
}

const pidOf = (peer: Peer) => peer.process?.pid ?? null;

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
