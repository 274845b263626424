import { noteFormerName } from "#app/former-name.ts";
import { openStorage } from "#app/storage.ts";
import { createDomain } from "#app/domain.ts";
import { type Accounts } from "#contexts/accounts/accounts.ts";
import { finishActivations } from "#contexts/accounts/unfinished-activations.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { Announcer } from "#contexts/relays/announce.ts";
import type { Relays } from "#contexts/relays/relays.ts";
import { type MailTransport } from "#contexts/mail/transport.ts";
import type { Contexts } from "#edge/contexts.ts";
import { startEdge, type Edge } from "#edge/http/server.ts";
import { systemClock, type Clock } from "#lib/clock.ts";
import type { LogKeeper } from "#lib/log-keeper.ts";
import { silentLogger, type Logger } from "#lib/log.ts";
import type { MemoryKeeper } from "#lib/memory.ts";
import type { Config } from "./config.ts";

export interface AppDeps {
  clock?: Clock;
  log?: Logger;
  /** The last lines of that log, and its level. */
  logKeeper?: LogKeeper;
  /**
   * Whether the program checks its own word: every commit is inverted before it
   * is logged, every answer held against its lexicon. `strict` fails the call,
   * `log` only tells; both cost time and are off unless said.
   */
  checks?: "off" | "log" | "strict";
  /** Instead of the SMTP server of the settings. */
  mailTransport?: MailTransport;
  /** Gives memory back after work; left to the runtime otherwise. */
  memory?: MemoryKeeper;
  /** Called at each step of what a crash may interrupt; tests throw from it. */
  checkpoint?(step: string): void;
  /** What happens when the disk fails to sync; ends the process with 70 otherwise. */
  onFatal?(error: unknown): void;
}

export interface App {
  readonly contexts: Contexts;
  readonly accounts: Accounts;
  readonly relays: Relays;
  /** Says accounts again to those who read the events. */
  readonly announcer: Announcer;
  /** Work that outlives a request; shows and cancels it. */
  readonly queue: Queue;
  /** Recovers, listens, then finishes what was interrupted. */
  start(): Promise<Started>;
  /** Finishes requests, then closes everything in reverse. May be called before or without `start`, and again. */
  stop(): Promise<void>;
}

export interface Started {
  /** Where the server can be reached on this machine. */
  url: string;
  /** True while there is no account. */
  isEmpty: boolean;
}

const EXIT_DISK_FAILED = 70;

/**
 * The only place where the parts of the program are put together: settings to
 * storage, storage to contexts, contexts to the edge.
 * @throws OperatorError when the data folder can't be used.
 */
export async function createApp(
  config: Config,
  deps: AppDeps = {},
): Promise<App> {
  const clock = deps.clock ?? systemClock;
  const log = deps.log ?? silentLogger;
  const checks = deps.checks ?? "off";
  const onFatal = deps.onFatal ?? endProcess(log);
  const storage = openStorage(config, { clock, log, onFatal });
  const domain = openDomain(config, storage, {
    clock,
    log,
    onFatal,
    shouldInvert: checks !== "off",
    ...(deps.checkpoint && { checkpoint: deps.checkpoint }),
    mailTransport: deps.mailTransport ?? null,
    ...(deps.logKeeper && { logKeeper: deps.logKeeper }),
  });
  let edge: Edge | null = null;
  let isStarted = false;
  let stopped: Promise<void> | null = null;

  return {
    contexts: domain.contexts,
    accounts: domain.accounts,
    relays: domain.relays,
    announcer: domain.announcer,
    queue: domain.queue,
    async start() {
      // Asked while the log is looked through; no number is given out before.
      const floor = domain.relays.findSeqFloor();
      const report = await domain.sequencer.start({ floor });
      isStarted = true;
      log.info("recovered", { ...report });
      const { accountDb: db, eventLog } = storage;
      finishActivations({ db, eventLog, log });
      edge = startEdge({
        contexts: domain.contexts,
        settings: domain.settings,
        lexicons: domain.lexicons,
        fetch: domain.serviceFetch,
        limiter: domain.limiter,
        clock,
        log,
        checks,
        measured: domain.measured,
        ...(deps.memory && { memory: deps.memory }),
      });
      attempt(log, "name", () =>
        noteFormerName(config, storage, { clock, log }),
      );
      storage.space.look();
      domain.measured.start();
      domain.mail.start();
      domain.housekeeping.start();
      void domain.deletions.resumeDeletions();
      domain.imports.removeSpareRepos().catch((error: unknown) => {
        log.error("spare_repos.not_removed", { error });
      });
      // The PLC directory may be away; nobody should wait for it.
      domain.accounts.resumeCreations().catch((error: unknown) => {
        log.error("creations.resume_failed", { error });
      });
      domain.accounts.resumeHandleUpdates().catch((error: unknown) => {
        log.error("handle_updates.resume_failed", { error });
      });
      domain.keyRotations.resumeKeyRotations().catch((error: unknown) => {
        log.error("key_rotations.resume_failed", { error });
      });
      // Both note what is to be done, which a full disk does not take.
      attempt(log, "relays", domain.relays.start);
      attempt(log, "measuring", domain.contexts.console.jobs.measureAccounts);
      domain.jobs.start();
      const isEmpty = storage.accountDb.accounts.count() === 0;
      return { url: edge.url.origin, isEmpty };
    },
    stop: () => (stopped ??= stop()),
  };

  async function stop(): Promise<void> {
    await edge?.stop();
    deps.memory?.stop();
    await domain.housekeeping.stop();
    await domain.jobs.stop();
    await domain.mail.stop();
    domain.measured.stop();
    if (isStarted) await domain.sequencer.stop();
    storage.close();
  }
}

/** What can't be put together leaves nothing open. */
function openDomain(...given: Parameters<typeof createDomain>) {
  try {
    return createDomain(...given);
  } catch (error) {
    const [, storage] = given;
    storage.close();
    throw error;
  }
}

/** For what can wait for the next start. */
function attempt(log: Logger, what: string, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    log.error("not_started", { what, error });
  }
}

function endProcess(log: Logger): (error: unknown) => void {
  return (error) => {
    log.error("disk.sync_failed", { error });
    process.exit(EXIT_DISK_FAILED);
  };
}
