import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { createSafeFetch } from "#lib/safe-fetch.ts";
import type { Contexts } from "./contexts.ts";
import { createFakeContexts, type Stage } from "./contexts-fixture.ts";
import { type Edge, type EdgeDeps, startEdge } from "./http/server.ts";
import { createLimiterOf } from "./xrpc/limits.ts";
import type { EdgeSettings } from "./settings.ts";

export { ALICE, ALICE_HANDLE, CID_TEXT, PASSWORD } from "./contexts-fixture.ts";

/**
 * A server on a free port with a domain that is made up, for the tests of the
 * edge.
 */

export const SETTINGS: EdgeSettings = {
  devMode: true,
  hostname: "pds.test",
  listenHost: "127.0.0.1",
  port: 0,
  publicUrl: "https://pds.test",
  serviceDid: "did:web:pds.test",
  serviceName: "A <test> PDS",
  handleDomains: [".pds.test"],
  inviteRequired: false,
  verificationRequired: false,
  blobUploadLimitBytes: 2_000_000,
  maxRepoImportBytes: 4_000_000,
  handleHostUrl: null,
  homeUrl: null,
  ...{ logoUrl: null, logo: null },
  ...{ primaryColor: null, primaryColorDark: null },
  ...{ errorColor: null, warningColor: null },
  ...{ infoColor: null, successColor: null },
  ...{ backgroundLightUrl: null, backgroundDarkUrl: null },
  privacyPolicyUrl: "https://pds.test/privacy",
  termsOfServiceUrl: null,
  supportUrl: null,
  contactEmail: null,
  language: "en",
  appView: null,
  modService: null,
  reportService: null,
  chatService: null,
  videoService: null,
  proxyHeadersTimeoutMs: 1000,
  proxyBodyTimeoutMs: 1000,
  proxyMaxResponseBytes: 100_000,
  proxyMaxRetries: 1,
  fullAudiences: [],
  rateLimitsEnabled: false,
  rateLimitBypassKey: null,
  rateLimitBypassIps: [],
  trustedProxies: ["127.0.0.0/8", "::1"],
  maxSocketsPerIp: 3,
  metricsOnLoopback: false,
  maxRequestsPerIp: 100,
};

export interface TestEdge extends Stage {
  edge: Edge;
  origin: string;
  clock: FakeClock;
  logLines: Record<string, unknown>[];
  /** Calls a method; a body that is no text or bytes is sent as JSON. */
  call(nsid: string, init?: CallInit): Promise<Response>;
}

export interface CallInit {
  method?: string;
  query?: string;
  token?: string;
  headers?: Record<string, string>;
  json?: unknown;
  body?: BodyInit;
}

export function startTestEdge(
  options: {
    settings?: Partial<EdgeSettings>;
    contexts?: Partial<Contexts>;
    checks?: EdgeDeps["checks"];
  } = {},
): TestEdge {
  const stage: Stage = {
    status: "active",
    calls: [],
    answer: null,
    spent: 0,
    sockets: [],
    closed: 0,
  };
  const clock = createFakeClock();
  const logLines: Record<string, unknown>[] = [];
  const settings = { ...SETTINGS, ...options.settings };
  const edge = startEdge({
    contexts: { ...createFakeContexts(stage, SETTINGS), ...options.contexts },
    settings,
    limiter: createLimiterOf(settings, clock),
    lexicons: createLexicons(),
    fetch: createSafeFetch({
      allowLoopback: true,
      timeoutMs: 1000,
      maxBytes: 100_000,
      maxRedirects: 0,
    }),
    clock,
    log: createLogger({
      level: "debug",
      write: (line) => void logLines.push(JSON.parse(line)),
    }),
    checks: options.checks ?? "strict",
    pingIntervalMs: 20,
  });
  const origin = edge.url.origin;
  return Object.assign(stage, {
    edge,
    origin,
    clock,
    logLines,
    call: (nsid: string, init: CallInit = {}) => callMethod(origin, nsid, init),
  });
}

/** A body of which no length is announced. */
export function chunked(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += 64 * 1024)));
    },
  });
}

function callMethod(origin: string, nsid: string, init: CallInit) {
  const headers: Record<string, string> = { ...init.headers };
  if (init.token !== undefined) headers.authorization = `Bearer ${init.token}`;
  if (init.json !== undefined) headers["content-type"] ??= "application/json";
  const body = init.json === undefined ? init.body : JSON.stringify(init.json);
  const method = init.method ?? (body === undefined ? "GET" : "POST");
  return fetch(`${origin}/xrpc/${nsid}${init.query ?? ""}`, {
    method,
    headers,
    body,
  });
}
