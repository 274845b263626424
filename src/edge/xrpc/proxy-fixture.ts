import { afterAll, beforeAll, beforeEach } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import type { Contexts } from "#edge/contexts.ts";
import {
  type CallInit,
  startTestEdge,
  type TestEdge,
} from "#edge/edge-fixture.ts";

interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** The service that all calls are sent on to. */
export const upstream = {
  url: "",
  seen: [] as Seen[],
  answer: (_request: Request): Response | Promise<Response> => new Response(),
};
export let host: TestEdge;

/** Gives a file of tests a server that sends calls on to `upstream`. */
export function useProxy(): void {
  let server: Bun.Server<undefined>;
  beforeAll(() => {
    server = startUpstream();
    upstream.url = server.url.origin;
    host = startHost();
  });
  beforeEach(() => {
    upstream.seen = [];
    upstream.answer = () => Response.json({ ok: true });
    host.calls = [];
    host.status = "active";
  });
  afterAll(async () => {
    await host.edge.stop(0);
    await server.stop(true);
  });
}

function startUpstream(): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 10,
    async fetch(request) {
      const { method, url, headers } = request;
      const body = await request.text();
      const shown = Object.fromEntries(headers);
      upstream.seen.push({ method, url, headers: shown, body });
      return upstream.answer(request);
    },
  });
}

export const OTHER = "did:web:other.test" as Did;
const identity: Contexts["identity"] = {
  resolveHandle: async () => null,
  didDocumentForHost: () => null,
  async resolveDid(did) {
    if (did !== OTHER) throw new Error("no such DID");
    const { url } = upstream;
    const service = [
      { id: "#short", type: "A", serviceEndpoint: url },
      { id: `${OTHER}#long`, type: "A", serviceEndpoint: url },
      { id: "#odd", type: "A", serviceEndpoint: { url } },
      { id: "#script", type: "A", serviceEndpoint: "javascript:alert(1)" },
      { id: "#inside", type: "A", serviceEndpoint: "http://10.0.0.1" },
      { id: "#gone", type: "A", serviceEndpoint: "http://127.0.0.1:9" },
    ];
    return { id: OTHER, service };
  },
};

function startHost(): TestEdge {
  const target = (did: string) => ({ url: upstream.url, did });
  return startTestEdge({
    contexts: { identity },
    settings: {
      appView: target("did:web:appview.test"),
      modService: target("did:web:mod.test"),
      reportService: target("did:web:report.test"),
      chatService: target("did:web:chat.test"),
      videoService: target("did:web:video.test"),
      fullAudiences: ["did:web:video.test"],
      proxyHeadersTimeoutMs: 1500,
      proxyBodyTimeoutMs: 1500,
    },
  });
}

export const TIMELINE = "app.bsky.feed.getTimeline";
export const via = (name: string, token = "main"): CallInit => ({
  token,
  headers: { "atproto-proxy": name },
});
