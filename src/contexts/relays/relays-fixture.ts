import { afterEach, beforeEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { createSafeFetch } from "#lib/safe-fetch.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createQueue, type Queue } from "#contexts/queue/queue.ts";
import { createQueueRunner, type QueueRunner } from "#contexts/queue/runner.ts";
import { startRelay, type Relay } from "../../../test/doubles/relay.ts";
import { CRAWL_JOB } from "./crawl.ts";
import { createRelays, type Relays } from "./relays.ts";

export const HOST = "pds.example.com";
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

let folder: string;
export let db: AccountDb;
export let clock: FakeClock;
export let relay: Relay;
let urls: string[];
export let queue: Queue;
export let runner: QueueRunner;
export let relays: Relays;
/** Events of the host: seq and time. */
export let events: { seq: number; createdAtMs: number; frame: Uint8Array }[];
export let readers: { connectedAtMs: number }[];
export let announced: unknown[];
export let logged: Record<string, unknown>[];

/** Gives each test of a file a relay that reads nothing, and a server that wants it. */
export function useRelay(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tempest-relays-"));
    clock = createFakeClock();
    relay = startRelay();
    relay.mood.isDeaf = true;
    urls = [relay.url];
    [events, readers, announced, logged] = [[], [], [], []];
    open();
  });
  afterEach(async () => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
    await relay.stop();
  });
}

function open(): void {
  db = openAccountDb(join(folder, "account.sqlite"));
  queue = createQueue({ db, clock });
  const log = createLogger({
    level: "info",
    write: (line) => logged.push(JSON.parse(line)),
  });
  relays = createRelays({
    ...{ urls, hostname: HOST, db, queue, clock, log },
    sequencer: {
      lastSeq: () => events.at(-1)?.seq ?? 0,
      read: ({ after }) => events.filter(({ seq }) => seq > after) as never,
    },
    listSubscribers: () => readers as never,
    announceAccounts: (target) => announced.push(target),
    fetch: createSafeFetch({
      // Longer than a test may take.
      ...{ allowLoopback: true, timeoutMs: 120_000 },
      ...{ maxBytes: 1e6, maxRedirects: 0 },
    }),
    maxFloorWaitMs: 1500,
  });
  runner = createQueueRunner({
    ...{ db, queue, clock, log },
    handlers: new Map([[CRAWL_JOB, relays.runCrawlJob]]),
  });
}

/** A new process on the same data, which may want other relays. */
export function reopen(wanted = urls): void {
  db.close();
  urls = [...wanted];
  open();
}

export const seqNow = () => clock.nowMicros();
export const loggedOf = (event: string) =>
  logged.filter((line) => line.event === event);
export const stateOf = () => relays.list()[0]!;

export function addEvent(): void {
  const seq = seqNow();
  events.push({ seq, createdAtMs: clock.nowMs(), frame: new Uint8Array(1) });
}

/** Time goes by, and the server looks round as it does. */
export async function pass(ms: number): Promise<void> {
  for (let done = 0; done < ms; done += 10 * SECOND) {
    clock.advance(10 * SECOND);
    await relays.watch();
    await runner.runDue();
  }
}

export async function start(): Promise<void> {
  relays.start();
  await runner.runDue();
}
