import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import {
  createLiveStreams,
  type LiveSource,
  type LiveStreams,
} from "./live-streams.ts";

let streams: LiveStreams;
let said: string[];
let isSignedIn: boolean;
beforeEach(() => {
  streams = createLiveStreams({ intervalMs: 1, mostOpen: 2, mostOfOwners: 6 });
  said = [];
  isSignedIn = true;
});
afterEach(() => streams.closeAll());

const source: LiveSource = {
  newest: () => String(said.length),
  read(after) {
    const rows = said.slice(Number(after));
    if (rows.length === 0) return null;
    const html = rows.toReversed().join("");
    return { html, last: String(said.length), hasMore: rows.length > 2 };
  },
};

function open(after: string | null = null, did: Did | null = null) {
  const controller = new AbortController();
  const { signal } = controller;
  const response = streams.open(source, {
    ...{ after, signal, did, isAllowed: () => isSignedIn },
  });
  const reader = response.body!.getReader();
  let text = "";
  return {
    response,
    reader,
    leave: () => controller.abort(),
    /** All that was said, once this is part of it; or to the end. */
    async until(wanted: string | null): Promise<string> {
      while (wanted === null || !text.includes(wanted)) {
        const { done, value } = await reader.read();
        if (done) break;
        text += new TextDecoder().decode(value);
      }
      return text;
    },
  };
}

describe("pages that grow", () => {
  test("are told what came since they were made, and then what comes", async () => {
    said = ["a\n", "b"];
    const { response, until } = open("1");
    expect(response.headers.get("content-type")).toStartWith(
      "text/event-stream",
    );
    expect(await until("b")).toBe(
      'id: 1\nretry: 2000\n\nevent: part\nid: 2\ndata: {"html":"b","hasMore":false}\n\n',
    );
    said.push("c\nd");
    // A line of its own in the text would be one of the protocol.
    expect(await until("c")).toEndWith(
      'id: 3\ndata: {"html":"c\\nd","hasMore":false}\n\n',
    );
    said.push("1", "2", "3");
    expect(await until("321")).toContain('"hasMore":true');
  });

  test("begin at the end unless they say where they are", async () => {
    said = ["a"];
    const { until } = open();
    expect(await until("id: 1")).not.toContain("part");
    said.push("b");
    expect(await until('"b"')).not.toContain('"a"');
  });

  test("end with the session", async () => {
    const { until } = open();
    await until("retry");
    isSignedIn = false;
    said.push("secret");
    const all = await until(null);
    expect(all).toEndWith("event: end\ndata:\n\n");
    expect(all).not.toContain("secret");
  });

  test("take no more than some parts at a time, however slow the reader", async () => {
    const reads: string[] = [];
    const slow = streams.open(
      {
        newest: () => "0",
        read(after) {
          reads.push(after);
          return { html: "x", last: String(Number(after) + 1), hasMore: false };
        },
      },
      {
        after: null,
        isAllowed: () => true,
        did: null,
        signal: new AbortController().signal,
      },
    );
    await Bun.sleep(50);
    expect(reads.length).toBeLessThan(10);
    await slow.body!.cancel();
  });

  test("are bounded in number, and make room when they end", async () => {
    const [first, second] = [open(), open()];
    expect(() => open()).toThrow("Too many");
    first.leave();
    const third = open();
    await second.reader.cancel();
    open();
    expect(await third.until("retry")).toContain("retry");
  });

  test("of one owner are few, and all of theirs leave the operator's alone", () => {
    const [alice, bob] = ["did:plc:alice", "did:plc:bob"] as Did[];
    for (let n = 0; n < 4; n++) open(null, alice);
    expect(() => open(null, alice)).toThrow("Too many");
    const first = open(null, bob);
    open(null, bob);
    expect(() => open(null, bob)).toThrow("Too many");
    open();
    open();
    expect(() => open()).toThrow("Too many");
    first.leave();
    open(null, bob);
  });

  test("end when their source fails, and not the process", async () => {
    let isBroken = false;
    const response = streams.open(
      {
        newest: () => "0",
        read() {
          if (isBroken) throw new Error("the log can't be read");
          return null;
        },
      },
      {
        ...{ after: null, did: null, isAllowed: () => true },
        signal: new AbortController().signal,
      },
    );
    isBroken = true;
    expect(await response.text()).toBe("id: 0\nretry: 2000\n\n");
  });

  test("end when the server stops, and begin no more", async () => {
    const { until } = open();
    streams.closeAll();
    await until(null);
    expect(() => open()).toThrow("stops");
  });
});
