import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { applyCreates, createAccount } from "./load/account.ts";
import { median } from "./load/measure.ts";
import { type Peer, startPeers } from "./peers/peer.ts";
import { ROWS, type Row, type Side, verifyRepo, WRITERS } from "./rows.ts";
import { SLOW_EXPORT } from "./slow-export.ts";
import { runSpecials } from "./specials.ts";
import { type Sizes, SIZES } from "./sizes.ts";
import { type Cell, formatTable, formatNumber, type Line } from "./table.ts";

/**
 * Measures Tempest beside the reference PDS, taking turns row by row:
 *
 *   bun run bench                  a few minutes
 *   bun run bench --full           the sizes that the documents quote
 *   bun run bench --rows createRecord,getRepo
 *   bun run bench --full --accounts 2000 --rows "over all"
 *   bun run bench --url other=http://localhost:3000 --suffix .test
 *   bun run bench --alone          Tempest only
 */
const { values: options } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    alone: { type: "boolean", default: false },
    rows: { type: "string" },
    rounds: { type: "string" },
    accounts: { type: "string" },
    url: { type: "string", multiple: true, default: [] },
    suffix: { type: "string", default: ".test" },
  },
});

const BATCH = 200;

async function main(): Promise<void> {
  const sizes = sizesOf();
  const peers = await startPeers({
    urls: options.url,
    suffix: options.suffix,
    withReference: !options.alone,
  });
  try {
    const lines = await compare(peers.list, sizes);
    console.log(`\n${describeMachine(sizes)}\n`);
    console.log(
      formatTable(
        peers.list.map(({ name }) => name),
        lines,
      ),
    );
  } finally {
    await peers.stop();
  }
}

async function compare(peers: Peer[], sizes: Sizes): Promise<Line[]> {
  const idle = peers.map((peer) => ({ peer, accounts: [] as never[] }));
  const before = await runSpecials("before", idle as never, sizes, isWanted);
  const rows = ROWS.filter(isWanted);
  const sides: Side[] = [];
  for (const peer of peers) sides.push(await prepareSide(peer, sizes, rows));
  const lines: Line[] = [];
  for (const row of rows) lines.push(await runRow(row, sides, sizes));
  if (rows.some(({ needsBig }) => needsBig)) {
    for (const side of sides) await verifyRepo(side);
  }
  const after = await runSpecials("after", sides, sizes, isWanted);
  return [...lines, ...before, ...after];
}

/** The accounts that rows write to, and one repository with many records, where a row needs them. */
async function prepareSide(
  peer: Peer,
  sizes: Sizes,
  rows: readonly Row[],
): Promise<Side> {
  const { http, suffix } = peer;
  const needsAll = rows.some(({ needsAllAccounts }) => needsAllAccounts);
  const needsBig = rows.some((row) => row.needsBig) || isWanted(SLOW_EXPORT);
  const accounts = [];
  while (accounts.length < (needsAll ? sizes.leastAccounts : WRITERS)) {
    const wave = Array.from({ length: 2 }, () => createAccount(http, suffix));
    accounts.push(...(await Promise.all(wave)));
  }
  const big = await createAccount(http, suffix);
  while (needsBig && big.records.length < sizes.bigRecords) {
    await applyCreates(http, big, BATCH);
  }
  // Reads of the first rows need something to read.
  for (const account of accounts.slice(0, 8)) {
    await applyCreates(http, account, BATCH);
  }
  const puts = { made: 0, remade: 0, deleted: 0 };
  return { peer, accounts, big, puts };
}

async function runRow(row: Row, sides: Side[], sizes: Sizes): Promise<Line> {
  const samples = sides.map(() => [] as Awaited<ReturnType<Row["run"]>>[]);
  for (let round = 0; round < sizes.rounds; round++) {
    for (const [at, side] of sides.entries()) {
      samples[at]!.push(await row.run(side, sizes));
    }
  }
  const cells = samples.map((found): Cell => {
    const p50 = formatNumber(median(found.map(({ p50Ms }) => p50Ms)));
    const p99 = formatNumber(median(found.map(({ p99Ms }) => p99Ms)));
    const cpu = found.flatMap(({ cpuMs }) => cpuMs ?? []);
    const cpuNote = cpu.length > 0 ? `; CPU ${median(cpu).toFixed(2)}` : "";
    return {
      value: median(found.map(({ rate }) => rate)),
      note: `p50 ${p50}, p99 ${p99}${cpuNote} ms`,
    };
  });
  const { name, unit, target } = row;
  const line = { name, unit, cells, ...(target !== undefined && { target }) };
  console.log(
    formatTable(
      sides.map(({ peer }) => peer.name),
      [line],
    ).split("\n")[2],
  );
  return line;
}

function isWanted({ name }: { name: string }): boolean {
  const wanted = options.rows?.toLowerCase().split(",");
  const isNamed = (part: string) => name.toLowerCase().includes(part);
  return wanted === undefined || wanted.some(isNamed);
}

function sizesOf(): Sizes {
  const sizes = SIZES[options.full ? "full" : "quick"];
  const rounds = Number(options.rounds ?? sizes.rounds);
  const leastAccounts = Number(options.accounts ?? sizes.leastAccounts);
  return { ...sizes, rounds, leastAccounts };
}

function describeMachine({ rounds }: Sizes): string {
  const all = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${all.length} × ${all[0]?.model}, Bun ${Bun.version}; medians of ${rounds} rounds, taking turns`;
}

await main();
