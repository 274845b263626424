import { equalCids } from "#repo/cid.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { RepoHead } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";

/**
 * Holds what host-wide reads say of a repository against the account and the
 * repository itself.
 * @returns sentences; none when all is well.
 */
export function checkState(
  eventLog: Pick<EventLog, "findRepo" | "collectionCounts">,
  account: AccountRow,
  head: RepoHead | null,
  collectionCounts: ReadonlyMap<string, number>,
): string[] {
  const state = eventLog.findRepo(account.did);
  if (state === null) return ["the list of repositories lacks it"];
  const problems: string[] = [];
  const agrees =
    state.rev === (head?.rev ?? null) &&
    equalCids(state.commit, head?.commit ?? null) &&
    equalCids(state.data, head?.data ?? null);
  if (!agrees) {
    problems.push(
      `the list of repositories has it at ${state.rev}, the head is at ${head?.rev ?? null}`,
    );
  }
  const status = statusOf(account);
  if ((state.status ?? "active") !== status) {
    problems.push(
      `the list of repositories has it as ${state.status ?? "active"}, the account is ${status}`,
    );
  }
  const listed = eventLog.collectionCounts(account.did);
  for (const name of new Set([...listed.keys(), ...collectionCounts.keys()])) {
    const [said, found] = [listed.get(name), collectionCounts.get(name)];
    if (said === found) continue;
    problems.push(
      `the list of collections says ${said ?? 0} records of ${name}, the repository has ${found ?? 0}`,
    );
  }
  return problems;
}
