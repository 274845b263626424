import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWitness, openStream } from "../support/firehose.ts";
import { createFounding } from "../support/founding.ts";
import { createLoadReport, runLanes } from "../support/load.ts";
import { createModel, type AccountModel } from "../support/model.ts";
import { startModeration, type Moderation } from "../support/moderation.ts";
import { startMoving, type Moving } from "../support/moving.ts";
import { ADMIN_PASSWORD, createAccount } from "../support/network.ts";
import { createLane, type Lane } from "../support/operations.ts";
import { findPort } from "../support/ports.ts";
import {
  runTempest,
  spawnServer,
  startPlc,
  startServer,
  urlOf,
  type ServerChild,
  type ServerOptions,
} from "../support/process.ts";
import type { Random } from "../support/random.ts";
import { checkAccount } from "../support/readback.ts";
import { until } from "../support/until.ts";
import type { Order } from "./doomed.ts";
import { NAMED_STEPS } from "./steps.ts";
import { createStreamCheck } from "./stream-check.ts";

/** What a town of writers went through. */
export interface TownReport {
  kills: number;
  /** Those of them that came at a named step, by its name. */
  steps: Record<string, number>;
  killsDuringStart: number;
  answered: number;
  unanswered: number;
  /** Accounts made while the server could go. */
  founded: number;
  /** Accounts deleted likewise. */
  deleted: number;
  /** Imports, deactivations and activations, answered. */
  moved: number;
  /** Takedowns and their like, answered. */
  moderated: number;
  /** Events that a subscriber had seen before a kill. */
  witnessed: number;
  events: number;
  records: number;
  /** Repositories that starts brought up to the log. */
  repairs: number;
  /** Sentences on what was answered and is not so. */
  lost: string[];
  /** Sentences on where events, repositories and the log disagree. */
  forks: string[];
}

/** What a town has gone through for each kill, at the least: one in which nothing happens would prove nothing. */
export const LEAST = {
  ...{ answered: 10, witnessed: 10, moderated: 0.5, moved: 0.25 },
  founded: 0.04,
} as const;

const FOUNDERS = 2;
const LONGEST_LOAD_MS = 2000;
const LONGEST_START_MS = 400;
/** So often the folder is checked before the server starts again. */
const VERIFIED_KILLS = 0.2;
/** So often a kill waits for a named step. */
const NAMED_KILLS = 0.5;
/** A slow machine is given so much time to come to what is the least. */
const LONGEST_DELAY_MS = 120_000;
/** A step that is not reached by then is given up, and the server killed where it is. */
const LONGEST_WAIT_MS = 2000;
/** What is stored and not applied: the next start has something to repair. */
const STORED = "batch-logged";
const MOST_PASSES = 3;
const DOOMED = join(import.meta.dir, "doomed.ts");

/**
 * A server with its directory, writers on several accounts, people who make
 * accounts, move in and are moderated, and a subscriber; the server is killed
 * again and again, and after each start everything that it ever said must
 * still be so.
 */
export async function runTown(options: {
  random: Random;
  kills: number;
  accounts: number;
  writers: number;
  /** The executable to kill, which knows no named steps; the sources when absent. */
  binary?: string | undefined;
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
  const town = createTown(server, { ...options, folder });
  const { report } = town;
  const isSound = () => report.lost.length + report.forks.length === 0;
  try {
    await town.settleIn();
    // One is left for the end.
    while (report.kills < options.kills - 1 && isSound()) {
      await town.killUnderLoad();
      if (random.next() < VERIFIED_KILLS) await town.verify();
      if (random.next() < 0.25) await town.killDuringStart();
      await town.check();
    }
    if (isSound()) await town.killAndVerify();
  } catch (error) {
    report.lost.push(`${(error as Error).stack}\n${town.lastWords()}`);
  } finally {
    await town.leave();
    await plc.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  return report;
}

type TownOptions = Parameters<typeof runTown>[0] & { folder: string };

function createTown(given: ServerOptions, town: TownOptions) {
  const { random } = town;
  const orderPath = join(town.folder, "order.json");
  const load = createLoadReport();
  const founding = createFounding("new", random.fork("founding"));
  const witness = createWitness();
  const streamCheck = createStreamCheck();
  const accounts: AccountModel[] = [];
  const lanes: Lane[] = [];
  const report = emptyReport();
  const options: ServerOptions = {
    ...given,
    command: town.binary
      ? [town.binary, "serve", "localhost"]
      : [process.execPath, DOOMED, orderPath],
    env: {
      TEMPEST_LOG_LEVEL: "info",
      // With few open at a time, files are closed and opened all the while.
      TEMPEST_OPEN_REPOS: random.pick(["4", "200"]),
      TEMPEST_REPO_THREAD: random.pick(["on", "auto"]),
    },
    onLine: (line) => (report.repairs += repairsOf(line)),
  };
  const url = urlOf(options);
  let server: ServerChild | null = null;
  let moderation: Moderation;
  let moving: Moving;

  async function settleIn(): Promise<void> {
    server = await startServer(options);
    for (let i = 0; i < town.accounts; i++) {
      const { did, handle, password, accessJwt } = await createAccount(
        url,
        `alice${i}`,
      );
      const token = accessJwt;
      accounts.push(createModel({ did, handle, password, token }));
    }
    moderation = await startModeration(url, random.fork("moderation"));
    moving = await startMoving({
      ...{ url, plcUrl: options.plcUrl, name: "mover" },
      random: random.fork("moving"),
    });
    for (let index = 0; index < town.writers; index++) {
      const account = accounts[index % accounts.length]!;
      const isOwner = index < accounts.length;
      const own = random.fork(`lane ${index}`);
      lanes.push(createLane(account, { index, isOwner, random: own }));
    }
  }

  /** @param step Where to, if not where chance has it. */
  async function killUnderLoad(step?: string): Promise<void> {
    let isOn = true;
    const shouldGoOn = () => isOn;
    const stream = await openStream(url, witness.lastSeq, witness.see);
    const work = [
      runLanes(lanes, { url, report: load, shouldGoOn }),
      moderation.run(url, shouldGoOn),
      moving.run(url, shouldGoOn),
      ...Array.from({ length: FOUNDERS }, () => founding.run(url, shouldGoOn)),
    ];
    await Bun.sleep(random.int(1, LONGEST_LOAD_MS));
    await until("there is something to lose", LONGEST_DELAY_MS, hasEnough);
    if (!town.binary) {
      if (step !== undefined) await killAtStep(step, 0);
      else if (random.next() < NAMED_KILLS) {
        await killAtStep(random.pick(NAMED_STEPS), random.int(0, MOST_PASSES));
      }
    }
    isOn = false;
    await server!.kill();
    rmSync(orderPath, { force: true });
    await Promise.all([...work, stream.closed]);
    report.kills++;
  }

  /** There was enough for one more kill, or a fault to tell of. */
  function hasEnough(): boolean {
    count([...accounts, ...founding.founded]);
    if (load.problems.length + founding.problems.length > 0) return true;
    const least = Object.entries(LEAST) as [keyof typeof LEAST, number][];
    return least.every(
      ([name, share]) => report[name] > (report.kills + 1) * share,
    );
  }

  /** The server ends itself at the step, if it comes that way in time. */
  async function killAtStep(step: string, passes: number): Promise<void> {
    const order: Order = { step, passes };
    // Never half a file.
    writeFileSync(`${orderPath}.new`, JSON.stringify(order));
    renameSync(`${orderPath}.new`, orderPath);
    await Promise.race([server!.ended, Bun.sleep(LONGEST_WAIT_MS)]);
    if (server!.exitCode() === null) return;
    report.steps[step] = (report.steps[step] ?? 0) + 1;
  }

  async function killDuringStart(): Promise<void> {
    server = spawnServer(options);
    await Bun.sleep(random.int(1, LONGEST_START_MS));
    await server.kill();
    report.killsDuringStart++;
  }

  async function check(): Promise<void> {
    server = await startServer(options);
    const { lost, forks } = report;
    await founding.settle(url, options.plcUrl);
    lost.push(...(await moderation.check(url)));
    lost.push(...(await moving.check(url)));
    const all = [...accounts, ...founding.founded];
    for (const account of all) {
      lost.push(...(await checkAccount(url, account, random)));
    }
    lost.push(...load.problems, ...founding.problems);
    const problems = await streamCheck.check(url, {
      ...{ accounts: all, deleted: founding.deleted, witness },
      isImported: (did) => did === moving.did,
    });
    forks.push(...problems);
    count(all);
  }

  function count(all: readonly AccountModel[]): void {
    report.answered = load.answered;
    report.unanswered = load.unanswered;
    report.founded = founding.founded.length + founding.deleted.size;
    report.deleted = founding.deleted.size;
    report.moved = moving.answered;
    report.moderated = moderation.answered;
    report.witnessed = witness.seen;
    report.events = streamCheck.events;
    report.records = all.reduce((sum, { records }) => sum + records.size, 0);
  }

  /** The last word: a kill under load, the offline check, and all of it once more. */
  async function killAndVerify(): Promise<void> {
    await killUnderLoad(STORED);
    await verify();
    await check();
  }

  /** The offline check, as an operator may run it before the next start. */
  async function verify(): Promise<void> {
    const { dataFolder } = options;
    const argv = ["repo", "verify", "--all", "--data", dataFolder];
    const { exitCode, output } = await runTempest(...argv);
    if (exitCode === 0) return;
    const said = output.split("\n").filter((line) => !line.startsWith("ok "));
    report.forks.push(`repo verify ended with ${exitCode}: ${said.join("\n")}`);
  }

  return {
    report,
    settleIn,
    killUnderLoad,
    killDuringStart,
    verify,
    check,
    killAndVerify,
    lastWords: () => server?.output() ?? "",
    leave: async () => void (await server?.kill()),
  };
}

function emptyReport(): TownReport {
  return {
    ...{ kills: 0, steps: {}, killsDuringStart: 0 },
    ...{ answered: 0, unanswered: 0, founded: 0, deleted: 0 },
    ...{ moved: 0, moderated: 0, witnessed: 0, events: 0, records: 0 },
    ...{ repairs: 0, lost: [], forks: [] },
  };
}

/** A start logs what it had to do. */
function repairsOf(line: string): number {
  const [, repos] = /recovered.*reposApplied\D+(\d+)/.exec(line) ?? [];
  return Number(repos ?? 0);
}
