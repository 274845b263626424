import {
  dataOfOperation,
  type PlcData,
  type PlcLogEntry,
} from "#contexts/identity/plc-operation.ts";
import type { Clock } from "#lib/clock.ts";
import { formatPlcDocument } from "./document.ts";
import { entryOf, parseIncoming, planAppend, PlcRefusal } from "./rules.ts";
import { createPlcStore, type PlcStore } from "./store.ts";

const MAX_BODY_BYTES = 100 * 1024;
const MAX_EXPORT = 1000;
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

export interface PlcDirectoryConfig {
  clock: Clock;
  /** SQLite file; absent, the logs live in memory. */
  storePath?: string;
  /** Operations that one DID may make. The public directory allows 10 an hour and 30 a day; absent, no limit. */
  limits?: { perHour: number; perDay: number };
}

/**
 * A did:plc directory with the routes, statuses and JSON of the public one.
 * @see https://web.plc.directory/api/redoc
 */
export interface PlcDirectory {
  fetch(request: Request): Promise<Response>;
  start(at: { port: number; hostname: string }): PlcDirectoryServer;
  /** Closes the store; stop servers first. */
  close(): void;
}

export interface PlcDirectoryServer {
  url: string;
  port: number;
  stop(): Promise<void>;
}

export function createPlcDirectory(config: PlcDirectoryConfig): PlcDirectory {
  const store = createPlcStore(config.storePath);

  async function fetch(request: Request): Promise<Response> {
    try {
      const response = await route(config, store, request);
      response.headers.set("access-control-allow-origin", "*");
      return response;
    } catch (error) {
      if (!(error instanceof PlcRefusal)) throw error;
      return json({ message: error.message }, error.status);
    }
  }

  return {
    fetch,
    start({ port, hostname }) {
      const server = Bun.serve({ port, hostname, fetch });
      return {
        url: `http://${hostname}:${server.port}`,
        port: server.port!,
        stop: () => server.stop(true),
      };
    },
    close: () => store.close(),
  };
}

async function route(
  config: PlcDirectoryConfig,
  store: PlcStore,
  request: Request,
): Promise<Response> {
  const url = new URL(request.url);
  const [first = "", ...rest] = url.pathname.slice(1).split("/");
  if (request.method === "OPTIONS") return preflight();
  if (request.method === "POST" && rest.length === 0) {
    return await append(config, store, decode(first), request);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new PlcRefusal(404, "no such route");
  }
  if (url.pathname === "/_health") return json({ version: "tempest" });
  if (url.pathname === "/export") return exportPage(store, url.searchParams);
  return read(store, decode(first), rest.join("/"));
}

function read(store: PlcStore, did: string, view: string): Response {
  const all = did === "" ? [] : store.listEntries(did);
  if (all.length === 0) {
    throw new PlcRefusal(404, `DID not registered: ${did.slice(0, 100)}`);
  }
  const log = all.filter((entry) => !entry.nullified);
  switch (view) {
    case "":
      return new Response(
        JSON.stringify(formatPlcDocument(did, lastData(did, log))),
        {
          headers: { "content-type": "application/did+ld+json; charset=utf-8" },
        },
      );
    case "data":
      return json({ did, ...lastData(did, log) });
    case "log":
      return json(log.map((entry) => entry.operation));
    case "log/last":
      return json(log.at(-1)!.operation);
    case "log/audit":
      return json(all);
    default:
      throw new PlcRefusal(404, "no such route");
  }
}

function lastData(did: string, log: PlcLogEntry[]): PlcData {
  const data = dataOfOperation(log.at(-1)!.operation);
  if (data === null) throw new PlcRefusal(404, `DID not available: ${did}`);
  return data;
}

async function append(
  config: PlcDirectoryConfig,
  store: PlcStore,
  did: string,
  request: Request,
): Promise<Response> {
  const operation = parseIncoming(await readJson(request));
  // From here to the end nothing waits, so no other operation comes between.
  const nowMs = config.clock.nowMs();
  const all = store.listEntries(did);
  const log = all.filter((entry) => !entry.nullified);
  const nullified = planAppend({ did, log, operation, nowMs });
  if (config.limits) checkRate(config.limits, all, nowMs);
  // Every time is used once, so that an export can go on from the last one seen.
  const createdAtMs = Math.max(nowMs, store.lastMs() + 1);
  const entry = entryOf(did, operation, createdAtMs);
  if (all.some(({ cid }) => cid === entry.cid)) {
    throw new PlcRefusal(400, "the operation has been undone before");
  }
  store.append(entry, nullified);
  return new Response("OK", {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function checkRate(
  limits: { perHour: number; perDay: number },
  entries: PlcLogEntry[],
  nowMs: number,
): void {
  const since = (ageMs: number) =>
    entries.filter((entry) => Date.parse(entry.createdAt) > nowMs - ageMs)
      .length;
  if (since(HOUR_MS) >= limits.perHour || since(DAY_MS) >= limits.perDay) {
    throw new PlcRefusal(400, "too many operations for this DID");
  }
}

async function readJson(request: Request): Promise<unknown> {
  const bytes = await request.bytes();
  if (bytes.length > MAX_BODY_BYTES) {
    throw new PlcRefusal(413, "request entity too large");
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new PlcRefusal(400, "body is not JSON");
  }
}

/** One entry a line, oldest first; `after` is the createdAt of the last one seen. */
function exportPage(store: PlcStore, params: URLSearchParams): Response {
  const count = Number(params.get("count") ?? MAX_EXPORT);
  if (!Number.isInteger(count) || count < 1) {
    throw new PlcRefusal(400, "count must be a number above 0");
  }
  const after = params.get("after");
  const afterMs = after === null ? 0 : Date.parse(after);
  if (Number.isNaN(afterMs)) throw new PlcRefusal(400, "after must be a time");
  const limit = Math.min(count, MAX_EXPORT);
  const lines = store
    .listAll({ afterMs, limit })
    .map((entry) => JSON.stringify(entry));
  return new Response(lines.join("\n"), {
    headers: { "content-type": "application/jsonlines" },
  });
}

function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET,HEAD,POST",
      "access-control-allow-headers": "content-type",
    },
  });
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new PlcRefusal(400, "malformed path");
  }
}

function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "access-control-allow-origin": "*",
    },
  });
}
