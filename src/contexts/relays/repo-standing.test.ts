import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import { createRelayClient } from "./relay-client.ts";
import { createRepoStandings } from "./repo-standing.ts";

const DID = "did:plc:alicealicealicealicealic" as Did;

test("each relay is asked once a minute, and what it says is an answer", async () => {
  const clock = createFakeClock();
  const asked: string[] = [];
  const answers: Record<string, [status: number, body: object]> = {
    "https://knows.test": [200, { active: true, rev: "3l4qpz7ajrc2a" }],
    "https://rests.test": [200, { active: false, status: "deactivated" }],
    "https://odd.test": [200, { active: true, rev: 7 }],
    "https://new.test": [404, { error: "RepoNotFound" }],
    "https://old.test": [501, { error: "MethodNotImplemented" }],
    "https://busy.test": [503, {}],
  };
  const client = createRelayClient({
    hostname: "pds.test",
    fetch: async (href: string) => {
      asked.push(href);
      const { origin } = new URL(href);
      const [status, body] = answers[origin] ?? [0, {}];
      if (status === 0) throw new Error("no route");
      const bytes = new TextEncoder().encode(JSON.stringify(body));
      return { status, headers: new Headers(), body: bytes, url: href };
    },
  } as unknown as Parameters<typeof createRelayClient>[0]);
  const urls = [...Object.keys(answers), "https://gone.test"];
  const standings = createRepoStandings({ urls, client, clock });

  const first = await standings.ask(DID);
  expect(first.map(({ report }) => report)).toEqual([
    { kind: "known", active: true, status: null, rev: "3l4qpz7ajrc2a" },
    { kind: "known", active: false, status: "deactivated", rev: null },
    { kind: "known", active: true, status: null, rev: null },
    { kind: "unknown" },
    { kind: "unsupported" },
    { kind: "unreachable", reason: "503" },
    { kind: "unreachable", reason: "no route" },
  ]);
  expect(asked[0]).toContain(`did=${encodeURIComponent(DID)}`);

  await standings.ask(DID);
  expect(asked.length).toBe(urls.length);
  clock.advance(60_000);
  await standings.ask(DID);
  expect(asked.length).toBe(2 * urls.length);
});
