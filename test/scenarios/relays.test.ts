import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { AnnounceOptions } from "#contexts/relays/announce.ts";
import { findTool } from "../../scripts/tools.ts";
import { startRelay, type Relay } from "../doubles/relay.ts";
import { runRelayReader } from "../followers/relay-reader.ts";
import { eventsOf, lastSeqOf, readEvents } from "../support/events.ts";
import { createFollower, openStream } from "../support/firehose.ts";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";

const relaycheck = findTool("relaycheck");
const canSkip = !process.env.CI;

let relay: Relay;
let network: Network;

beforeEach(async () => {
  relay = startRelay();
  network = await startNetwork({ settings: { TEMPEST_CRAWLERS: relay.url } });
  await until("the relay reads", 30_000, relay.isConnected);
});
afterEach(async () => {
  await network.stop();
  await relay.stop();
});

async function post(
  { did, accessJwt }: TestAccount,
  text: string,
): Promise<void> {
  const record = { text, createdAt: new Date().toISOString() };
  const collection = "app.bsky.feed.post";
  const { status, body } = await network.call("com.atproto.repo.createRecord", {
    token: accessJwt,
    input: { repo: did, collection, record },
  });
  expect(status, JSON.stringify(body)).toBe(200);
}

const seqsOf = () =>
  relay.events.map(({ payload }) => (payload as { seq: number }).seq);
const relayHasAll = () =>
  until("the relay has all", 30_000, () => relay.cursor === lastSeqOf(network));

async function announceAll(options?: AnnounceOptions): Promise<void> {
  const { announcer, queue } = network.app;
  const id = announcer.announceAccounts({ all: true }, options);
  await until("all are announced", 40_000, () => {
    const { state } = queue.find(id)!;
    return state === "done";
  });
}

test("a relay is called at each start and goes on where it was", async () => {
  const alice = await network.createAccount("alice");
  await post(alice, "one");
  await relayHasAll();
  await network.restart();
  await until("the relay reads again", 30_000, relay.isConnected);
  await post(alice, "two");
  await relayHasAll();
  const host = new URL(network.url).host;
  expect(relay.crawls).toEqual([host, host]);
  const all = (await readEvents(network)).map(({ payload }) => payload);
  expect(relay.events.map(({ payload }) => payload)).toEqual(all);
  const [view] = network.app.relays.list();
  expect(view).toMatchObject({ answer: "agreed", status: "offline" });
});

test("no number is given out that a relay has passed", async () => {
  const alice = await network.createAccount("alice");
  await relayHasAll();
  const passed = (Date.now() + 3_600_000) * 1000;
  relay.cursor = passed;
  relay.events.length = 0;
  await network.restart();
  await until("the relay reads again", 30_000, relay.isConnected);
  await post(alice, "above");
  await until("the relay has it", 30_000, () => relay.events.length === 1);
  expect(seqsOf()).toEqual([passed + 1]);
  const status = await network.call("com.atproto.sync.getHostStatus", {
    params: { hostname: new URL(network.url).host },
  });
  expect(status.body.seq).toBe(passed + 1);
});

test("a relay that is away does not keep the server from starting", async () => {
  await relay.stop();
  const startMs = performance.now();
  await network.restart();
  // The start itself, and what it may wait for relays.
  expect(performance.now() - startMs).toBeLessThan(15_000);
  const alice = await network.createAccount("alice");
  await post(alice, "unheard");
});

describe("announced accounts", () => {
  let alice: TestAccount;
  let away: TestAccount;
  beforeEach(async () => {
    alice = await network.createAccount("alice");
    away = await network.createAccount("away");
    await network.createAccount("bob");
    await post(alice, "before");
    const { status } = await network.call(
      "com.atproto.server.deactivateAccount",
      { token: away.accessJwt, input: {} },
    );
    expect(status).toBe(200);
  });

  test("are heard by the relay, and go on", async () => {
    await relayHasAll();
    relay.events.length = 0;
    await announceAll();
    await relayHasAll();
    const kindsOf = ({ did }: TestAccount) =>
      eventsOf(relay.events, did).map(({ t }) => t);
    expect(kindsOf(alice)).toEqual(["#identity", "#account", "#sync"]);
    expect(kindsOf(away)).toEqual(["#account"]);
    expect(relay.events).toHaveLength(7);
    await post(alice, "after");
    await relayHasAll();
  });

  test("are right for whoever checks", async () => {
    await announceAll();
    await post(alice, "after");
    const follower = createFollower();
    const lastSeq = lastSeqOf(network);
    const stream = await openStream(network.url, 0, follower.take);
    await until("all is read", 30_000, () => follower.lastSeq === lastSeq);
    stream.close();
    expect(follower.problems).toEqual([]);
    expect(follower.repos.get(alice.did)!.records.size).toBe(2);
    expect(follower.repos.get(away.did)!.isActive).toBe(false);
  });

  test.skipIf(relaycheck === null && canSkip)(
    relaycheck === null
      ? "pass the checks of indigo's relay (there is no Go to build it)"
      : "pass the checks of indigo's relay",
    async () => {
      await announceAll();
      await post(alice, "after");
      await announceAll({ newCommits: true });
      await post(alice, "long after");
      const report = await runRelayReader(relaycheck!, {
        url: network.url,
        plcUrl: network.plcUrl,
        untilSeq: lastSeqOf(network),
      });
      expect(report.failures).toEqual([]);
      expect(report.failed).toBe(0);
      expect(report.repos[alice.did]!.records).toBe(3);
      expect(report.events.sync).toBe(3 + 2 + 2);
    },
  );
});
