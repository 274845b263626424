import { createRandom } from "../support/random.ts";
import { runTown, type TownReport } from "./town.ts";

/** What all towns went through together. */
export type TownsReport = TownReport;

/** After so many kills a new server with new accounts begins; checks take as long as there is history. */
const KILLS_OF_ONE_TOWN = 25;

/** Runs one town after the other until there were enough kills, or one has a problem. */
export async function runTowns(options: {
  seed: number;
  kills: number;
  accounts: number;
  writers: number;
  binary?: string | undefined;
  onTown(report: TownReport, seed: number, total: TownsReport): void;
}): Promise<TownsReport> {
  const { seed, kills, onTown, ...shared } = options;
  let total: TownsReport | null = null;
  for (let town = 0; (total?.kills ?? 0) < kills; town++) {
    const report: TownReport = await runTown({
      ...shared,
      random: createRandom(seed + town),
      kills: Math.min(KILLS_OF_ONE_TOWN, kills - (total?.kills ?? 0)),
    });
    total = total === null ? report : sum(total, report);
    onTown(report, seed + town, total);
    if (total.lost.length + total.forks.length > 0) break;
  }
  return total!;
}

function sum(a: TownsReport, b: TownReport): TownsReport {
  const total = { ...a, lost: [...a.lost, ...b.lost] };
  total.forks = [...a.forks, ...b.forks];
  total.steps = { ...a.steps };
  for (const [step, count] of Object.entries(b.steps)) {
    total.steps[step] = (total.steps[step] ?? 0) + count;
  }
  for (const key of NUMBERS) total[key] = a[key] + b[key];
  return total;
}

const NUMBERS = [
  ...(["kills", "killsDuringStart", "answered", "unanswered"] as const),
  ...(["founded", "deleted", "moved", "moderated"] as const),
  ...(["witnessed", "events", "records", "repairs"] as const),
];
