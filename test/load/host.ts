import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ADMIN_PASSWORD,
  createAccount,
  type TestAccount,
} from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import { type ServerChild, startPlc, startServer } from "../support/process.ts";

/** A server in a process of its own, as an operator runs it, with some accounts. */
export interface Host {
  server: ServerChild;
  port: number;
  accounts: TestAccount[];
  stop(): Promise<void>;
}

export async function startHost(
  accounts: number,
  env: Record<string, string> = {},
): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), "tempest-load-"));
  const plc = await startPlc(join(folder, "plc.sqlite"));
  const port = await findPort();
  const server = await startServer({
    dataFolder: join(folder, "data"),
    port,
    plcUrl: plc.url,
    adminPassword: ADMIN_PASSWORD,
    env,
  });
  const made: TestAccount[] = [];
  for (let i = 0; i < accounts; i++) {
    made.push(await createAccount(server.url, `load${i}`));
  }
  return {
    server,
    port,
    accounts: made,
    async stop() {
      await server.stop();
      await plc.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resident memory of a process. */
export async function rssBytes(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

/** Of the values, that below which the given share lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.ceil(sorted.length * share) - 1;
  return sorted[Math.min(Math.max(at, 0), sorted.length - 1)]!;
}
