import { describe, expect, test } from "bun:test";
import { ALICE, type CallInit } from "#edge/edge-fixture.ts";
import {
  host,
  OTHER,
  TIMELINE,
  upstream,
  useProxy,
  via,
} from "./proxy-fixture.ts";

useProxy();

const REPORT = {
  reasonType: "com.atproto.moderation.defs#reasonSpam",
  subject: { $type: "com.atproto.admin.defs#repoRef", did: ALICE },
};

describe("where calls go", () => {
  // prettier-ignore
  const routes: [about: string, nsid: string, init: CallInit, aud: string][] = [
    ["the AppView by default", TIMELINE, { token: "main" }, "did:web:appview.test"],
    ["moderation tools", "tools.ozone.moderation.queryEvents", { token: "main" }, "did:web:mod.test"],
    ["reports", "com.atproto.moderation.createReport", { token: "main", json: REPORT }, "did:web:report.test"],
    ["a named service", "com.example.get", via(`${OTHER}#short`), OTHER],
    ["one whose id is absolute", "com.example.get", via(`${OTHER}#long`), OTHER],
    ["the AppView by default, where the header names nothing", TIMELINE, via(""), "did:web:appview.test"],
    ["the AppView by name, without a look-up", TIMELINE, via("did:web:appview.test#bsky_appview"), "did:web:appview.test"],
    ["chat by default", "chat.bsky.convo.listConvos", { token: "main" }, "did:web:chat.test"],
    ["videos by default, by the service's full name", "app.bsky.video.getUploadLimits", { token: "main" }, "did:web:video.test#bsky_video"],
    ["chat with a privileged app password", "chat.bsky.convo.listConvos", via(`${OTHER}#short`, "app-privileged"), OTHER],
  ];
  for (const [about, nsid, init, aud] of routes) {
    test(about, async () => {
      const response = await host.call(nsid, init);
      expect(await response.json()).toEqual({ ok: true });
      expect(upstream.seen[0]!.url).toBe(`${upstream.url}/xrpc/${nsid}`);
      expect(upstream.seen[0]!.headers.authorization).toBe(
        `Bearer signed:${aud}:${nsid}`,
      );
    });
  }

  test("appeals of people whose account was taken down", async () => {
    host.status = "takendown";
    const nsid = "com.atproto.moderation.createReport";
    const init = { json: REPORT, token: "leaving" };
    expect((await host.call(nsid, init)).status).toBe(200);
    const other = await host.call(TIMELINE, { token: "leaving" });
    expect(other.status).toBe(400);
  });

  test("reports as they were checked, however they were sent", async () => {
    const nsid = "com.atproto.moderation.createReport";
    const report = { ...REPORT, reason: "“x”", modTool: { name: "a/b" } };
    const headers = {
      "content-type": "application/json",
      "content-encoding": "gzip",
    };
    const body = Bun.gzipSync(JSON.stringify(report));
    await host.call(nsid, { token: "main", headers, body });
    expect(JSON.parse(upstream.seen[0]!.body)).toEqual(report);
    expect(upstream.seen[0]!.headers["content-encoding"]).toBeUndefined();
    const { reasonType: _, ...bad } = report;
    const refused = await host.call(nsid, { token: "main", json: bad });
    expect(refused.status).toBe(400);
    expect(upstream.seen.length).toBe(1);
  });

  test("records of other hosts, without a token", async () => {
    const query = (repo: string) => `?repo=${repo}&collection=a.b.c&rkey=self`;
    const nsid = "com.atproto.repo.getRecord";
    const theirs = await host.call(nsid, { query: query("bob.example.com") });
    expect(await theirs.json()).toEqual({ ok: true });
    expect(upstream.seen[0]!.headers.authorization).toBeUndefined();
    await host.call(nsid, { query: query(ALICE) });
    expect(upstream.seen.length).toBe(1);
  });

  test("preferences of another AppView", async () => {
    const nsid = "app.bsky.actor.getPreferences";
    const own = "did:web:appview.test#bsky_appview";
    await host.call(nsid, { token: "main" });
    await host.call(nsid, via(own));
    expect(upstream.seen).toEqual([]);
    await host.call(nsid, via(`${OTHER}#short`));
    expect(upstream.seen.length).toBe(1);
    const bad = await host.call(nsid, via("nonsense"));
    expect(bad.status).toBe(400);
  });

  test("preferences for another AppView, as they were checked", async () => {
    const nsid = "app.bsky.actor.putPreferences";
    const $type = "app.bsky.actor.defs#adultContentPref";
    const json = { preferences: [{ $type, enabled: true }] };
    upstream.answer = () => new Response(null);
    await host.call(nsid, {
      ...via("did:web:appview.test#bsky_appview"),
      json,
    });
    expect(upstream.seen).toEqual([]);
    host.calls = [];
    const there = await host.call(nsid, { ...via(`${OTHER}#short`), json });
    expect(there.status).toBe(200);
    expect(JSON.parse(upstream.seen[0]!.body)).toEqual(json);
    expect(host.calls).toEqual([]);
    const bad = await host.call(nsid, { ...via(`${OTHER}#short`), json: {} });
    expect(bad.status).toBe(400);
    expect(upstream.seen.length).toBe(1);
  });
});

describe("refusals", () => {
  // prettier-ignore
  const cases: [about: string, nsid: string, init: CallInit, status: number, error: string][] = [
    ["no authorization", TIMELINE, {}, 401, "AuthMissing"],
    ["an expired token", TIMELINE, { token: "expired" }, 400, "ExpiredToken"],
    ["no service id", TIMELINE, via(OTHER), 400, "InvalidRequest"],
    ["an empty service id", TIMELINE, via(`${OTHER}#`), 400, "InvalidRequest"],
    ["no DID", TIMELINE, via("#short"), 400, "InvalidRequest"],
    ["two #", TIMELINE, via(`${OTHER}#a#b`), 400, "InvalidRequest"],
    ["a space", TIMELINE, via(`${OTHER} #a`), 400, "InvalidRequest"],
    ["no DID syntax", TIMELINE, via("other.test#a"), 400, "InvalidRequest"],
    ["a DID that doesn't resolve", TIMELINE, via("did:web:no.test#a"), 400, "InvalidRequest"],
    ["an unknown service", TIMELINE, via(`${OTHER}#none`), 400, "InvalidRequest"],
    ["an endpoint that is no string", TIMELINE, via(`${OTHER}#odd`), 400, "InvalidRequest"],
    ["an endpoint that is no web address", TIMELINE, via(`${OTHER}#script`), 400, "InvalidRequest"],
    ["an endpoint inside the network", TIMELINE, via(`${OTHER}#inside`), 502, "UpstreamFailure"],
    ["an endpoint that is gone", TIMELINE, via(`${OTHER}#gone`), 502, "UpstreamFailure"],
    ["a protected method in other letters", "com.atproto.server.GetSession", via(`${OTHER}#short`), 400, "InvalidRequest"],
    ["a verb that is none of XRPC's", "com.example.put", { ...via(`${OTHER}#short`), method: "PUT" }, 400, "InvalidRequest"],
    ["chat by default with an app password", "chat.bsky.convo.listConvos", { token: "app" }, 400, "InvalidToken"],
    ["chat with an app password", "chat.bsky.convo.listConvos", via(`${OTHER}#short`, "app"), 400, "InvalidToken"],
    ["chat in other letters", "chat.BSKY.convo.listConvos", via(`${OTHER}#short`, "app"), 400, "InvalidToken"],
  ];
  for (const [about, nsid, init, status, error] of cases) {
    test(about, async () => {
      const response = await host.call(nsid, init);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error });
      expect(upstream.seen).toEqual([]);
    });
  }
});
