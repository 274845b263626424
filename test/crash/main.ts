import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { runSeed } from "../support/random.ts";
import { runTowns, type TownsReport } from "./towns.ts";

/**
 * Kills a server under load, again and again, and looks after each start
 * whether all that it ever answered is still so:
 *
 *   bun run test:crash                          20 kills
 *   bun run test:crash -- --kills 1000          as many as you like
 *   bun run test:crash -- --seed 7              the same accidents again
 *   bun run test:crash -- --binary dist/tempest the executable, at random moments only
 *   bun run test:crash -- --accounts 6 --writers 16
 */
const USAGE_EXIT = 2;

function readOptions() {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "20" },
      seed: { type: "string", default: String(runSeed()) },
      accounts: { type: "string", default: "6" },
      writers: { type: "string", default: "16" },
      binary: { type: "string" },
    },
  });
  const binary =
    values.binary === undefined ? undefined : resolve(values.binary);
  if (binary !== undefined && !existsSync(binary)) {
    throw new Error(`There is no ${binary}; \`bun run build\` makes one.`);
  }
  return {
    kills: readNumber("kills", values.kills, 1_000_000),
    seed: readNumber("seed", values.seed, 2 ** 32),
    accounts: readNumber("accounts", values.accounts, 1000),
    // Each writer has its own range of record keys.
    writers: readNumber("writers", values.writers, 1023),
    binary,
  };
}

function readNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} takes a whole number from 1 to ${most}.`);
}

async function main(): Promise<number> {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  const options = readOptions();
  console.log(
    `${options.kills} kills of ${options.binary ?? "the sources"}, seed ${options.seed}`,
  );
  if (options.binary) process.env.TEMPEST_BINARY = options.binary;
  const total = await runTowns({
    ...options,
    onTown: (_, seed, sum) =>
      console.log(
        `${seconds()} s: ${sum.kills} kills, ${answersOf(sum)} answers, ` +
          `${sum.lost.length} lost, ${sum.forks.length} forks (seed ${seed})`,
      ),
  });
  report(total, seconds());
  return total.lost.length + total.forks.length === 0 ? 0 : 1;
}

/** Every call that was answered as it should be. */
const answersOf = ({
  answered,
  moved,
  moderated,
  founded,
  deleted,
}: TownsReport) => answered + moved + moderated + founded + deleted;

function report(total: TownsReport, seconds: number): void {
  const { kills, steps, lost, forks } = total;
  for (const problem of [...lost, ...forks]) console.log(problem);
  const named = Object.values(steps).reduce((sum, count) => sum + count, 0);
  console.log(
    `\nKilled under load ${kills} times, ${named} of them at a named step, ` +
      `and ${total.killsDuringStart} times while it started.`,
  );
  for (const [step, count] of Object.entries(steps).sort()) {
    console.log(`  ${count.toString().padStart(5)}  ${step}`);
  }
  console.log(
    `Answered: ${total.answered} writes, ${total.moved} imports and changes of state, ` +
      `${total.moderated} decisions of a moderator, ${total.founded} accounts made and ${total.deleted} deleted; ` +
      `${total.unanswered} writes got no answer.`,
  );
  console.log(
    `\nkills ${kills}, answers ${answersOf(total)}, lost ${lost.length}, ` +
      `forks ${forks.length}, repairs ${total.repairs}, seconds ${seconds}`,
  );
}

try {
  process.exit(await main());
} catch (error) {
  console.error((error as Error).message);
  process.exit(USAGE_EXIT);
}
