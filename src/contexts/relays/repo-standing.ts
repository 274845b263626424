import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { RelayClient, RepoReport } from "./relay-client.ts";

/** What one relay says of one repository. */
export interface RepoStanding {
  url: string;
  report: RepoReport;
  /** When it was asked. */
  atMs: number;
}

/** Owners look at their page more often than a relay should be asked. */
const KEPT_MS = 60_000;
const TIMEOUT_MS = 3_000;
const MOST_KEPT = 1_000;

export function createRepoStandings(deps: {
  urls: readonly string[];
  client: Pick<RelayClient, "getRepoStatus">;
  clock: Clock;
}) {
  const { client, clock } = deps;
  const kept = new Map<
    Did,
    { atMs: number; answer: Promise<RepoStanding[]> }
  >();

  const askAll = (did: Did, atMs: number) =>
    Promise.all(
      deps.urls.map(async (url) => {
        const options = { timeoutMs: TIMEOUT_MS };
        const report = await client.getRepoStatus(url, did, options);
        return { url, report, atMs };
      }),
    );

  return {
    /** Asks every relay, unless that was done a moment ago. Never rejects. */
    ask(did: Did): Promise<RepoStanding[]> {
      const nowMs = clock.nowMs();
      const last = kept.get(did);
      if (last !== undefined && last.atMs + KEPT_MS > nowMs) return last.answer;
      const answer = askAll(did, nowMs);
      kept.delete(did);
      kept.set(did, { atMs: nowMs, answer });
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
      return answer;
    },
  };
}
