import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AtUri } from "@atproto/api";
import { type Event, Firehose, type FirehoseOptions } from "@atproto/sync";
import { type Network, startNetwork } from "../support/network.ts";
import { signingKeyOf, signUp } from "./agents.ts";

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.stop());

/** Resolves names as the client's own resolver does, with this network's directory. */
function resolver(): FirehoseOptions["idResolver"] {
  const documentOf = async (did: string) =>
    (await fetch(`${network.plcUrl}/${did}`)).json();
  const didOf = async (handle: string) =>
    (
      await network.call("com.atproto.identity.resolveHandle", {
        params: { handle },
      })
    ).body.did;
  return {
    did: {
      resolve: documentOf,
      resolveAtprotoKey: (did: string) => signingKeyOf(network.plcUrl, did),
    },
    handle: { resolve: didOf },
  } as unknown as FirehoseOptions["idResolver"];
}

interface Follower {
  events: Event[];
  errors: Error[];
  /** Resolves once there are so many events. */
  until(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Follows with all checks of the official client on. */
function follow(cursor?: number): Follower {
  const events: Event[] = [];
  const errors: Error[] = [];
  let wake = () => {};
  const firehose = new Firehose({
    service: network.url.replace("http", "ws"),
    idResolver: resolver(),
    getCursor: () => cursor,
    handleEvent: (event) => {
      events.push(event);
      wake();
    },
    onError: (error) => {
      errors.push(error);
      wake();
    },
  });
  void firehose.start();
  return {
    events,
    errors,
    async until(count) {
      while (events.length < count) {
        if (errors[0]) throw errors[0];
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    },
    stop: () => firehose.destroy(),
  };
}

const kindOf = (event: Event) =>
  "uri" in event ? `${event.event} ${event.uri.toString()}` : event.event;

describe("the official client of the stream", () => {
  test("sees all that happened, then all that happens, once and in order", async () => {
    const agent = await signUp(network.url, "streamer");
    const first = await agent.post({ text: "Before it listened" });

    const follower = follow(0);
    // An account is one identity, one account and one sync; its first commit is empty.
    await follower.until(4);
    const second = await agent.post({ text: "While it listens" });
    await agent.upsertProfile(() => ({ displayName: "Streamer" }));
    await agent.upsertProfile(() => ({ displayName: "Still the same" }));
    await agent.deletePost(first.uri);
    await follower.until(8);
    await follower.stop();

    const profile = `at://${agent.did}/app.bsky.actor.profile/self`;
    expect(follower.errors).toEqual([]);
    expect(follower.events.map(kindOf)).toEqual([
      "identity",
      "account",
      "sync",
      `create ${first.uri}`,
      `create ${second.uri}`,
      `create ${profile}`,
      `update ${profile}`,
      `delete ${first.uri}`,
    ]);
    expect(follower.events[0]).toMatchObject({
      did: agent.did,
      handle: "streamer.test",
    });
    expect(follower.events[1]).toMatchObject({ did: agent.did, active: true });
    expect(follower.events[4]).toMatchObject({
      collection: "app.bsky.feed.post",
      rkey: new AtUri(second.uri).rkey,
      record: { text: "While it listens" },
    });
    const seqs = follower.events.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  });

  test("goes on after the event that it saw last", async () => {
    const agent = await signUp(network.url, "resumer");
    await agent.post({ text: "one" });
    const whole = follow(0);
    const last = () =>
      whole.events.findLast(
        (event) => "record" in event && event.record.text === "one",
      );
    for (let count = 1; !last(); count += 1) await whole.until(count);
    await whole.stop();

    const later = await agent.post({ text: "two" });
    const resumed = follow(last()!.seq);
    await resumed.until(1);
    await resumed.stop();
    expect(resumed.events.map(kindOf)).toEqual([`create ${later.uri}`]);
    expect(resumed.errors).toEqual([]);
  });
});
