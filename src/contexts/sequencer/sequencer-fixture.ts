import { afterEach, beforeEach } from "bun:test";
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { encodeCar } from "#repo/car.ts";
import { encodeCommitFrame } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import type {
  ActorStore,
  ActorStores,
  RepoChange,
} from "#storage/actor-store.ts";
import {
  createActorStores,
  type ActorStoresOptions,
} from "#storage/actor-stores.ts";
import type {
  EventLog,
  EventRow,
  RepoStateChange,
} from "#storage/event-log.ts";
import { change, view, type Wish } from "#storage/repo-fixture.ts";
import { createSequencerDb } from "#storage/sequencer-db.ts";
import type { PendingEvent } from "./committer.ts";
import type { RecoveryReport } from "./recovery.ts";
import { encodeRedo } from "./redo.ts";
import { createSequencer, type Sequencer } from "./sequencer.ts";

/** What a test may do at the places where a process can end or a disk can fail. */
export interface Faults {
  beforeAppend?(rows: readonly EventRow[]): void | Promise<void>;
  /** The rows are durable, and nobody knows it yet. */
  afterAppend?(rows: readonly EventRow[]): void | Promise<void>;
  onFind?(did: Did): void;
  beforeApply?(did: Did, change: RepoChange): void;
  beforeSync?(did: Did): void | Promise<void>;
}

interface Opened {
  accountDb: AccountDb;
  eventLog: EventLog;
  stores: ActorStores;
  sequencer: Sequencer;
  report: RecoveryReport;
}

/** The sequencer on real files, which can be ended at any moment and opened again. */
export interface SequencerHost extends Readonly<Opened> {
  readonly folder: string;
  readonly clock: FakeClock;
  readonly faults: Faults;
  /** Generation of each account's file; one that is missing has no account. */
  readonly generations: Map<Did, number>;
  /** Events of the log of the program. */
  readonly logged: string[];
  readonly fatal: unknown[];
  /** Ends everything as the end of the process would: nothing is finished. */
  crash(): void;
  /** Opens what `crash` or `stop` has ended. */
  open(): Promise<RecoveryReport>;
  /** Ends everything in order. */
  stop(): Promise<void>;
  /** All that the repositories and the log hold, to compare. */
  dump(): unknown;
  remove(): void;
}

/** Nothing here tests what the disk keeps, and an fsync costs more than a test. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/**
 * @param dids accounts that have an empty repository
 * @param files how repository files are kept
 */
export async function createSequencerHost(
  dids: readonly Did[] = [],
  files: Pick<ActorStoresOptions, "maxOpen" | "lending"> = {},
): Promise<SequencerHost> {
  const folder = mkdtempSync(join(MEMORY, "tempest-sequencer-"));
  const clock = createFakeClock();
  const faults: Faults = {};
  const generations = new Map<Did, number>();
  const logged: string[] = [];
  const fatal: unknown[] = [];
  const log = createLogger({
    level: "info",
    clock,
    write: (line) => logged.push((JSON.parse(line) as { event: string }).event),
  });
  let end: (() => void) | null = null;

  async function open(): Promise<RecoveryReport> {
    const life = { isOver: false };
    const accountDb = openAccountDb(join(folder, "account.sqlite"));
    const real = {
      eventLog: createSequencerDb({ path: join(folder, "sequencer.sqlite") }),
      stores: createActorStores({
        ...files,
        log,
        reposPath: join(folder, "repos"),
        generationOf: (did) => generations.get(did) ?? null,
      }),
    };
    end = () => {
      life.isOver = true;
      real.stores.close();
      real.eventLog.close();
      accountDb.close();
    };
    const eventLog = faultyLog(real.eventLog, faults, life);
    const stores = faultyStores(real.stores, faults, life);
    const sequencer = createSequencer({
      eventLog,
      stores,
      clock,
      log,
      outbox: accountDb.outbox,
      generationOf: (did) => generations.get(did) ?? null,
      switchGeneration: (did, generation) => generations.set(did, generation),
      onFatal: (error) => fatal.push(error),
      replayPauseMs: 1,
    });
    Object.assign(host, { accountDb, eventLog, stores, sequencer });
    const report = await sequencer.start();
    Object.assign(host, { report });
    return report;
  }

  const host = {
    folder,
    clock,
    faults,
    generations,
    logged,
    fatal,
    open,
    crash() {
      const { sequencer } = host;
      // To close is to write what waits; the end of a process does not.
      const asItWas = `${folder}.crashed`;
      cpSync(folder, asItWas, { recursive: true });
      end?.();
      end = null;
      rmSync(folder, { recursive: true });
      renameSync(asItWas, folder);
      clearFaults(faults);
      // Only for its timer; whatever else it tries meets a dead disk.
      sequencer.stop().catch(() => undefined);
      clock.advance(1000);
    },
    async stop() {
      await host.sequencer.stop();
      end?.();
      end = null;
      clock.advance(1000);
    },
    dump: () => ({
      repos: [...generations].map(([did, generation]) => {
        const store = host.stores.findGeneration(did, generation);
        return [did, store && view(store), host.eventLog.findRepo(did)];
      }),
      rows: host.eventLog
        .read({ after: 0, limit: 1e6, maxBytes: 1e9 })
        .map(({ did, kind, rev }) => [did, kind, rev]),
    }),
    remove() {
      end?.();
      rmSync(folder, { recursive: true });
    },
  } as unknown as SequencerHost;
  await open();
  for (const did of dids) {
    generations.set(did, 1);
    host.stores.create(did, 1);
  }
  return host;
}

export const alice = "did:plc:alice" as Did;
export const bob = "did:plc:bob" as Did;
export let host: SequencerHost;

/** Gives each test of a file a host with the repositories of some accounts. */
export function useSequencer(dids: readonly Did[] = [alice, bob]): void {
  beforeEach(async () => {
    host = await createSequencerHost(dids);
  });
  afterEach(() => host.remove());
}

/** An empty host in the place of the test's, as after the loss of its files. */
export async function replaceHost(): Promise<void> {
  host.remove();
  host = await createSequencerHost();
}

function clearFaults(faults: Faults): void {
  for (const name of Object.keys(faults)) delete faults[name as keyof Faults];
}

function assertAlive(life: { isOver: boolean }): void {
  if (life.isOver) throw new Error("the process has ended");
}

function faultyLog(
  real: EventLog,
  faults: Faults,
  life: { isOver: boolean },
): EventLog {
  return {
    ...real,
    async append(
      rows: readonly EventRow[],
      states: readonly RepoStateChange[],
    ) {
      await faults.beforeAppend?.(rows);
      assertAlive(life);
      await real.append(rows, states);
      await faults.afterAppend?.(rows);
    },
    lowWaterMark() {
      assertAlive(life);
      return real.lowWaterMark();
    },
  };
}

function faultyStores(
  real: ActorStores,
  faults: Faults,
  life: { isOver: boolean },
): ActorStores {
  const wrap = (store: ActorStore): ActorStore => ({
    ...store,
    apply(change) {
      faults.beforeApply?.(store.did, change);
      assertAlive(life);
      store.apply(change);
    },
  });
  const find = (store: ActorStore | null) => store && wrap(store);
  return {
    ...real,
    find: (did) => find(real.find(did)),
    findGeneration(did, generation) {
      faults.onFind?.(did);
      return find(real.findGeneration(did, generation));
    },
    create: (did, generation) => wrap(real.create(did, generation)),
    takeDirty: () => (life.isOver ? [] : real.takeDirty()),
    async sync(did, generation) {
      await faults.beforeSync?.(did);
      await real.sync(did, generation);
    },
  };
}

/**
 * The n-th event of an account, 1 for the first. Its blocks are not a real
 * commit and tree: neither the log nor storage looks at them.
 */
export function changeEvent(
  did: Did,
  n: number,
  options: { wish?: Wish; generation?: number; isSilent?: boolean } = {},
): PendingEvent {
  const { wish, generation = 1, isSilent = false } = options;
  const { seq: _seq, ...made } = change(n, wish);
  const { rev, since, commit, data, prevData, blocks } = made;
  return {
    did,
    generation,
    kind: "commit",
    rev,
    frame: isSilent
      ? null
      : encodeCommitFrame({
          repo: did,
          rev,
          since,
          commit,
          blocks: encodeCar(commit, blocks),
          ops: [],
          prevData,
          time: "2026-01-02T03:04:05.678Z",
        }),
    redo: encodeRedo(made, isSilent),
    change: made,
    state: { did, head: { rev, commit, data } },
    outboxId: null,
  };
}

/** A promise that never settles, as for somebody whose process has ended. */
export const never = (): Promise<never> => new Promise(() => undefined);
