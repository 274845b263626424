import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createFollower,
  createWitness,
  openStream,
  type Follower,
} from "../support/firehose.ts";
import { createFounding } from "../support/founding.ts";
import { createLoadReport, runLanes } from "../support/load.ts";
import {
  compareRecords,
  createModel,
  type AccountModel,
} from "../support/model.ts";
import { startModeration, type Moderation } from "../support/moderation.ts";
import { ADMIN_PASSWORD, createAccount } from "../support/network.ts";
import { createLane, type Lane } from "../support/operations.ts";
import {
  findPort,
  runTempest,
  spawnServer,
  startPlc,
  startServer,
  urlOf,
  type ServerChild,
  type ServerOptions,
} from "../support/process.ts";
import type { Random } from "../support/random.ts";
import { checkAccount, get } from "../support/readback.ts";
import { until } from "../support/until.ts";

/** What a town of writers went through. */
export interface TownReport {
  kills: number;
  killsDuringStart: number;
  answered: number;
  unanswered: number;
  /** Accounts made while the server could go. */
  founded: number;
  /** Accounts deleted likewise. */
  deleted: number;
  /** Events that a subscriber had seen before a kill. */
  witnessed: number;
  /** Takedowns and their like, answered. */
  moderated: number;
  events: number;
  records: number;
  problems: string[];
}

const FOUNDERS = 2;
const LONGEST_LOAD_MS = 1200;
const LONGEST_START_MS = 400;
const STREAM_TIMEOUT_MS = 60_000;

/**
 * A server with its directory, writers on several accounts, people who make
 * accounts, and a subscriber; the server is killed again and again, and after
 * each start everything that it ever said must still be so.
 */
export async function runTown(options: {
  random: Random;
  kills: number;
  accounts: number;
  writers: number;
}): Promise<TownReport> {
  const { random } = options;
  const folder = mkdtempSync(join(tmpdir(), "tempest-crash-"));
  const plc = await startPlc(join(folder, "plc.sqlite"));
  const server: ServerOptions = {
    dataFolder: join(folder, "data"),
    port: await findPort(),
    plcUrl: plc.url,
    adminPassword: ADMIN_PASSWORD,
  };
  const town = createTown(server, options);
  try {
    await town.settleIn();
    while (town.report.kills < options.kills && !town.hasProblems()) {
      await town.killUnderLoad();
      if (random.next() < 0.25) await town.killDuringStart();
      await town.check();
    }
    if (!town.hasProblems()) await town.killAndVerify();
    return town.report;
  } catch (error) {
    town.report.problems.push(`${(error as Error).stack}\n${town.lastWords()}`);
    return town.report;
  } finally {
    await town.leave();
    await plc.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function createTown(
  options: ServerOptions,
  {
    random,
    accounts: accountCount,
    writers,
  }: { random: Random; accounts: number; writers: number },
) {
  const load = createLoadReport();
  const founding = createFounding("new", random.fork("founding"));
  const witness = createWitness();
  const accounts: AccountModel[] = [];
  const lanes: Lane[] = [];
  const report: TownReport = {
    ...{ kills: 0, killsDuringStart: 0, answered: 0, unanswered: 0 },
    ...{
      founded: 0,
      deleted: 0,
      witnessed: 0,
      moderated: 0,
      events: 0,
      records: 0,
      problems: [],
    },
  };
  const url = urlOf(options);
  let server: ServerChild | null = null;
  let moderation: Moderation | null = null;
  let checkedSeq = 0;

  async function settleIn(): Promise<void> {
    server = await startServer(options);
    for (let i = 0; i < accountCount; i++) {
      const { did, handle, password, accessJwt } = await createAccount(
        url,
        `alice${i}`,
      );
      const token = accessJwt;
      accounts.push(createModel({ did, handle, password, token }));
    }
    moderation = await startModeration(url, random.fork("moderation"));
    for (let index = 0; index < writers; index++) {
      const account = accounts[index % accounts.length]!;
      const isOwner = index < accounts.length;
      const own = random.fork(`lane ${index}`);
      lanes.push(createLane(account, { index, isOwner, random: own }));
    }
  }

  async function killUnderLoad(): Promise<void> {
    let isOn = true;
    const shouldGoOn = () => isOn;
    const stream = await openStream(url, witness.lastSeq, witness.see);
    const work = [
      runLanes(lanes, { url, report: load, shouldGoOn }),
      moderation!.run(url, shouldGoOn),
      ...Array.from({ length: FOUNDERS }, () => founding.run(url, shouldGoOn)),
    ];
    await Bun.sleep(random.int(1, LONGEST_LOAD_MS));
    isOn = false;
    await server!.kill();
    await Promise.all([...work, stream.closed]);
    report.kills++;
  }

  async function killDuringStart(): Promise<void> {
    server = spawnServer(options);
    await Bun.sleep(random.int(1, LONGEST_START_MS));
    await server.kill();
    report.killsDuringStart++;
  }

  async function check(): Promise<void> {
    server = await startServer(options);
    const { problems } = report;
    await founding.settle(url, options.plcUrl);
    problems.push(...(await moderation!.check(url)));
    report.moderated = moderation!.answered;
    const all = [...accounts, ...founding.founded];
    for (const account of all) {
      problems.push(...(await checkAccount(url, account, random)));
    }
    problems.push(...(await checkStream(all)));
    problems.push(...load.problems, ...founding.problems);
    report.answered = load.answered;
    report.unanswered = load.unanswered;
    report.founded = founding.founded.length + founding.deleted.size;
    report.deleted = founding.deleted.size;
    report.witnessed = witness.seen;
    report.records = all.reduce((sum, { records }) => sum + records.size, 0);
  }

  /** Replays all events there ever were, and compares with everything else. */
  async function checkStream(all: readonly AccountModel[]): Promise<string[]> {
    const heads = await listHeads();
    const follower = createFollower((seq) => seq > checkedSeq);
    const replay = createWitness();
    const stream = await openStream(url, 0, (frame) => {
      follower.take(frame);
      replay.see(frame);
    });
    await until("the stream reaches every head", STREAM_TIMEOUT_MS, () =>
      hasReached(follower, heads, founding.deleted),
    );
    stream.close();
    checkedSeq = follower.lastSeq;
    report.events = follower.events;
    const isGone = (did: string) => founding.deleted.has(did);
    const problems = [...follower.problems, ...witness.compare(replay, isGone)];
    for (const { did, handle, records } of all) {
      const view = follower.repos.get(did);
      const name = `the stream of ${handle}`;
      problems.push(
        ...compareRecords(name, records, view?.records ?? new Map()),
      );
      const kinds = view?.kinds.slice(0, 4).join();
      if (kinds !== "#identity,#account,#commit,#sync") {
        problems.push(`${name} begins with ${kinds}`);
      }
    }
    for (const did of heads.keys()) {
      const status = await get(url, "com.atproto.sync.getRepoStatus", { did });
      if (status.active !== follower.repos.get(did)?.isActive) {
        problems.push(`the stream has ${did} not as ${JSON.stringify(status)}`);
      }
    }
    return problems;
  }

  async function listHeads(): Promise<Map<string, string>> {
    const heads = new Map<string, string>();
    for (let cursor: string | undefined; ;) {
      const page = await get(url, "com.atproto.sync.listRepos", { cursor });
      for (const { did, rev } of page.repos) heads.set(did, rev);
      cursor = page.cursor;
      if (cursor === undefined) return heads;
    }
  }

  /** The last word: a kill under load, the offline check, and all of it once more. */
  async function killAndVerify(): Promise<void> {
    await killUnderLoad();
    const { dataFolder } = options;
    const argv = ["repo", "verify", "--all", "--data", dataFolder];
    const { exitCode, output } = await runTempest(...argv);
    if (exitCode !== 0) {
      report.problems.push(`repo verify ended with ${exitCode}: ${output}`);
    }
    await check();
  }

  return {
    report,
    settleIn,
    killUnderLoad,
    killDuringStart,
    check,
    killAndVerify,
    hasProblems: () => report.problems.length > 0,
    lastWords: () => server?.output() ?? "",
    leave: async () => void (await server?.kill()),
  };
}

function hasReached(
  follower: Follower,
  heads: ReadonlyMap<string, string>,
  deleted: ReadonlySet<string>,
): boolean {
  if (follower.problems.length > 0) return true;
  if (!deleted.isSubsetOf(follower.deleted)) return false;
  for (const [did, rev] of heads) {
    const view = follower.repos.get(did);
    if (view?.rev !== rev || !view.kinds.includes("#sync")) return false;
  }
  return true;
}
