import { equalCids } from "#repo/cid.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { RepoHead } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import { type Finding, tellFinding } from "./findings.ts";

/**
 * Holds what host-wide reads say of a repository against the account and the
 * repository itself.
 * @returns none when all is well.
 */
export function checkState(
  eventLog: Pick<EventLog, "findRepo" | "collectionCounts">,
  account: AccountRow,
  head: RepoHead | null,
  collectionCounts: ReadonlyMap<string, number>,
): Finding[] {
  const state = eventLog.findRepo(account.did);
  if (state === null) return [tellFinding("unlisted")];
  const problems: Finding[] = [];
  const agrees =
    state.rev === (head?.rev ?? null) &&
    equalCids(state.commit, head?.commit ?? null) &&
    equalCids(state.data, head?.data ?? null);
  if (!agrees) {
    problems.push(tellFinding("listedAt", state.rev, head?.rev ?? null));
  }
  const status = statusOf(account);
  const said = state.status ?? "active";
  if (said !== status) problems.push(tellFinding("listedAs", said, status));
  const listed = eventLog.collectionCounts(account.did);
  for (const name of new Set([...listed.keys(), ...collectionCounts.keys()])) {
    const count = listed.get(name) ?? 0;
    const found = collectionCounts.get(name) ?? 0;
    if (count === found) continue;
    problems.push(tellFinding("collectionCount", name, count, found));
  }
  return problems;
}
