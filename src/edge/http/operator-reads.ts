import type { Context, Hono } from "hono";
import { isLoopbackAddress } from "#lib/ip-address.ts";
import { VERSION } from "#lib/version.ts";
import { ADMIN, authenticate } from "#edge/xrpc/auth.ts";
import { METHODS, SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import type { AppDeps, EdgeEnv } from "./app.ts";
import type { RouteDeps } from "./routes.ts";

/** What programs of the operator read: numbers for Prometheus, and the state of the host. */
export function operatorReads(
  app: Hono<EdgeEnv>,
  deps: AppDeps & RouteDeps,
): void {
  const { contexts, settings } = deps;

  /** @throws XrpcError AuthMissing, AuthenticationRequired, RateLimitExceeded */
  async function admit(c: Context<EdgeEnv>): Promise<void> {
    const given = { request: c.req.raw, lxm: "", ip: deps.ipOf(c) };
    await authenticate(contexts, ADMIN, given);
  }

  app.get("/metrics", async (c) => {
    const isOpen =
      settings.metricsOnLoopback && isLoopbackAddress(deps.ipOf(c));
    if (!isOpen) await admit(c);
    return new Response(contexts.console.metricsText(), {
      headers: {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
        "Cache-Control": "no-store",
      },
    });
  });

  app.get("/xrpc/_admin/status", async (c) => {
    await admit(c);
    c.header("Cache-Control", "no-store");
    return c.json(statusOf(deps, c.req.query("cursor") ?? null));
  });
}

/** The host in numbers that are kept; accounts a page at a time, the newest first. */
function statusOf({ contexts, settings }: AppDeps, cursor: string | null) {
  const { accounts, lights, storage, stream, jobs, mail } = contexts.console;
  const found = lights();
  const space = storage();
  const page = accounts.list({ filter: {}, sort: "newest", cursor });
  const isBad = found.some(({ state }) => state === "bad");
  const isWell = found.every(({ state }) => state === "good");
  return {
    status: isBad ? "unhealthy" : isWell ? "ok" : "degraded",
    version: VERSION,
    admin: {
      dids: contexts.admins.ways.dids,
      passwordConfigured: contexts.admins.ways.password,
      tokenConfigured: contexts.security.takesTokens,
    },
    checks: found,
    database: {
      accountDb: { bytes: space.accountDbBytes },
      sequencerDb: { bytes: space.sequencerDbBytes },
      repos: { bytes: space.totals.repoBytes },
    },
    storage: {
      freeBytes: space.freeBytes,
      totalBytes: space.totalBytes,
      daysToFull: space.daysToFull,
    },
    sequencer: {
      currentSeq: stream().seq,
      subscribers: stream().subscribers.length,
    },
    blobStore: {
      adapter: "disk",
      blobCount: space.totals.blobs,
      bytes: space.totals.blobBytes,
    },
    mail: mail.counts(),
    jobs: {
      pending: jobs.list(null).filter(({ state }) => state === "queued").length,
    },
    methods: Object.keys(METHODS).length + Object.keys(SUBSCRIPTIONS).length,
    registration: contexts.registration.view().policy,
    publicUrl: settings.publicUrl,
    accountCounts: accounts.countByStatus(),
    accounts: page.lines.map((line) => ({
      did: line.did,
      handle: line.handle,
      active: line.status === "active",
      status: line.status,
      recordCount: line.recordCount,
      bytes: line.totalBytes,
    })),
    ...(page.next !== null && { cursor: page.next }),
  };
}
