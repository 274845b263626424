import { existsSync, readFileSync } from "node:fs";
import { createApp } from "#app.ts";
import { loadConfig } from "#config.ts";
import { listenForStop } from "#cli/lifetime.ts";
import { createLogger } from "#lib/log.ts";

/**
 * The server as `tempest serve localhost` starts it, with one more thing: it
 * kills itself at a step once a file orders it to.
 *
 *   bun test/crash/doomed.ts ORDER_FILE
 */

/** What stands in the file. */
export interface Order {
  /** One of the names that `AppDeps.checkpoint` is called with. */
  step: string;
  /** How often the step is passed unharmed. */
  passes: number;
}

const orderPath = process.argv[2]!;
let passed = 0;

function obey(step: string): void {
  if (!existsSync(orderPath)) return;
  const order = JSON.parse(readFileSync(orderPath, "utf8")) as Order;
  if (order.step !== step || passed++ < order.passes) return;
  process.kill(process.pid, "SIGKILL");
}

if (import.meta.main) {
  const stop = listenForStop();
  const flags = { TEMPEST_HOSTNAME: "localhost" };
  const { config } = loadConfig({ mode: "serve", flags });
  const log = createLogger({ level: config.logLevel, format: "text" });
  const app = await createApp(config, { log, checkpoint: obey });
  await app.start();
  await stop.received;
  await app.stop();
  process.exit(0);
}
