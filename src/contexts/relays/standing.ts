import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import { logStanding } from "./advice.ts";
import type { HostReport, RelayClient } from "./relay-client.ts";
import type { RelayState, RelayStates } from "./relay-states.ts";

/** How long something has to be wrong before a relay is taken for lost. */
export const PATIENCE_MS = 5 * 60_000;

/** Asks relays how this host stands with them, remembers it, and judges. */
export interface Standing {
  /** Asks one relay and stores what it says; the first answer and changes are logged. */
  check(url: string, timeoutMs: number): Promise<RelayState>;
  /** Why the relay is to be asked again, in words; null when all is well or asking does not help. */
  findTrouble(state: RelayState): { words: string; isLasting: boolean } | null;
}

export function createStanding(deps: {
  client: RelayClient;
  states: RelayStates;
  sequencer: Pick<Sequencer, "read" | "lastSeq">;
  hostname: string;
  clock: Clock;
  log: Logger;
}): Standing {
  const { client, states, sequencer, clock, log } = deps;
  /** Relays whose standing the operator has been told since the start. */
  const told = new Set<string>();

  /** When the oldest event was made that the relay lacks; null when it has all. */
  function missingSinceMs({ seq }: RelayState): number | null {
    if (seq === null) return null;
    // Rows that readers do not see are few, and never many in a row.
    const page = { after: seq, limit: 100, maxBytes: 1_000_000 };
    const row = sequencer.read(page).find(({ frame }) => frame.length > 0);
    return row?.createdAtMs ?? null;
  }

  function isOlder(sinceMs: number | null): boolean {
    return sinceMs !== null && clock.nowMs() - sinceMs >= PATIENCE_MS;
  }

  function findTrouble(state: RelayState): ReturnType<Standing["findTrouble"]> {
    const { status } = state;
    if (status === "unknown" || status === "idle" || status === "offline") {
      const words = `the relay calls this host ${status}`;
      return { words, isLasting: isOlder(state.statusSinceMs) };
    }
    if (status !== "active") return null;
    const missingMs = missingSinceMs(state);
    if (!isOlder(missingMs)) return null;
    // One that reads slowly is on its way; one that stands still is not.
    const words = "the relay is behind and does not catch up";
    return { words, isLasting: isOlder(state.seqSinceMs) };
  }

  function store(url: string, report: HostReport): RelayState {
    const nowMs = clock.nowMs();
    const before = states.get(url);
    const status =
      report.kind === "known" ? (report.status ?? "active") : report.kind;
    // A relay that is away has not forgotten how far it was.
    const seq = report.kind === "known" ? report.seq : before.seq;
    const isChanged = status !== before.status;
    const changes: Partial<RelayState> = {
      checkedAtMs: nowMs,
      ...(report.kind === "known" && {
        accountCount: report.accountCount ?? null,
      }),
      ...(isChanged && { status, statusSinceMs: nowMs }),
      ...(seq !== before.seq && { seq, seqSinceMs: nowMs }),
    };
    if (isChanged || !told.has(url)) {
      told.add(url);
      logStanding(log, { relay: url, status, seq }, deps.hostname);
    }
    const state = { ...before, ...changes };
    const follows = status === "active" && findTrouble(state) === null;
    if (follows) {
      Object.assign(changes, { followedAtMs: nowMs, reminders: 0 });
      if (state.reminders > 0) log.info("relay.found_again", { relay: url });
    }
    return states.update(url, changes);
  }

  return {
    findTrouble,
    async check(url, timeoutMs) {
      return store(url, await client.getHostStatus(url, { timeoutMs }));
    },
  };
}
