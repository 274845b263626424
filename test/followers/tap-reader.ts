import { join } from "node:path";
import { findPort } from "../support/ports.ts";
import { spawnChild, untilHealthy } from "../support/process.ts";
import { until } from "../support/until.ts";
import type { Reader } from "./reader.ts";

export interface TapReader extends Reader {
  /** Asks for repositories, and waits until it has fetched what they are by now. */
  add(dids: readonly string[]): Promise<void>;
}

const BACKFILL_TIMEOUT_MS = 120_000;

interface TapMessage {
  type: string;
  record?: {
    live: boolean;
    did: string;
    collection: string;
    rkey: string;
    action: "create" | "update" | "delete";
    cid?: string;
  };
  identity?: { did: string; status: string };
}

/**
 * indigo's tap, with the server under test in the place of its relay. When a
 * commit does not verify it fetches the repository anew and goes on, so its
 * log says more than its view.
 */
export async function startTapReader(
  program: string,
  options: { url: string; plcUrl: string; folder: string },
): Promise<TapReader> {
  const repos = new Map<string, Map<string, string>>();
  const failures: string[] = [];
  const port = await findPort();
  const tapUrl = `http://127.0.0.1:${port}`;
  const child = spawnChild([program, "run", "--disable-acks"], {
    env: {
      TAP_BIND: `127.0.0.1:${port}`,
      TAP_DATABASE_URL: `sqlite://${join(options.folder, "tap.db")}`,
      TAP_PLC_URL: options.plcUrl,
      TAP_RELAY_URL: options.url,
      TAP_LOG_LEVEL: "info",
    },
    onLine(line) {
      const problem = problemOf(line);
      if (problem !== null) failures.push(problem);
    },
  });
  await untilHealthy(child, `${tapUrl}/health`);
  const socket = new WebSocket(`${tapUrl.replace(/^http/, "ws")}/channel`);
  socket.onmessage = ({ data }) => take(JSON.parse(String(data)));
  await until("tap takes a listener", 30_000, () => socket.readyState === 1);

  function recordsOf(did: string): Map<string, string> {
    const records = repos.get(did) ?? new Map<string, string>();
    repos.set(did, records);
    return records;
  }

  function take({ record, identity }: TapMessage): void {
    if (identity?.status === "deleted") repos.delete(identity.did);
    if (record === undefined) return;
    const path = `${record.collection}/${record.rkey}`;
    const records = recordsOf(record.did);
    if (record.action === "delete") records.delete(path);
    else records.set(path, record.cid!);
  }

  async function infoOf(
    did: string,
  ): Promise<{ state: string; rev: string; records: number }> {
    const response = await fetch(`${tapUrl}/info/${did}`);
    return (await response.json()) as never;
  }

  return {
    recordsOf,
    hasForgotten: (did) => !repos.has(did),
    failures: () => failures,
    async hasReached(did, rev) {
      const info = await infoOf(did);
      // It counts what it keeps; what it sends us may still be under way.
      return info.rev === rev && info.records === recordsOf(did).size;
    },
    async add(dids) {
      await fetch(`${tapUrl}/repos/add`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ dids }),
      });
      for (const did of dids) {
        await until(`tap has ${did}`, BACKFILL_TIMEOUT_MS, async () => {
          return (await infoOf(did)).state === "active";
        });
      }
    },
    async stop() {
      socket.close();
      await child.stop();
    },
  };
}

/** Of each repository one fetch is wanted; a second means that it lost its way. */
function problemOf(line: string): string | null {
  let entry: { level?: string; msg?: string };
  try {
    entry = JSON.parse(line);
  } catch {
    return line.trim() === "" ? null : line;
  }
  return entry.level === "WARN" || entry.level === "ERROR" ? line : null;
}
