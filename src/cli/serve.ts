import { existsSync } from "node:fs";
import { join } from "node:path";
import { createApp } from "#app.ts";
import { type Config, loadConfig } from "#config.ts";
import { OperatorError } from "#lib/errors.ts";
import { createLogKeeper, type LogKeeper } from "#lib/log-keeper.ts";
import { createLogger, type Logger, silentLogger } from "#lib/log.ts";
import { createMemoryKeeper } from "#lib/memory.ts";
import { VERSION } from "#lib/version.ts";
import { type Call, EXIT } from "./command.ts";
import { DEV_FOLDER } from "./dev-folder.ts";
import { listenForStop } from "./lifetime.ts";

/**
 * The production start: runs until SIGTERM, SIGINT or SIGHUP, then stops gracefully.
 * @throws OperatorError when the settings are unsafe or the folder is not fit.
 */
export async function runServe(call: Call): Promise<number> {
  const stop = listenForStop();
  try {
    const { config, warnings } = loadConfig({
      mode: "serve",
      flags: withHostname(call),
      file: call.flags.get("config"),
    });
    refuseDevFolder(config);
    const { log, logKeeper } = createLog(config);
    for (const warning of warnings) log.warn("setting", { warning });
    const app = await createApp(config, {
      log,
      logKeeper,
      memory: createMemoryKeeper(),
    });
    try {
      const { url, isEmpty } = await app.start();
      const { publicUrl, dataFolder } = config;
      log.info("listening", { url, publicUrl, dataFolder, version: VERSION });
      call.terminal.out(
        `Tempest ${VERSION} serves ${publicUrl} on ${url}; data in ${dataFolder}\n`,
      );
      if (isEmpty) call.terminal.out(firstSteps(publicUrl));
      const signal = await stop.received;
      log.info("stopping", { signal });
    } finally {
      await app.stop();
    }
    return EXIT.ok;
  } finally {
    stop.dispose();
  }
}

/** What a newcomer does next, who has nothing but this line to go by. */
function firstSteps(publicUrl: string): string {
  return `No account is here yet: make the first, or invite people, at ${publicUrl}/admin\n`;
}

/** The logger that the settings ask for, and the last lines for the pages. */
export function createLog(config: Config): {
  log: Logger;
  logKeeper: LogKeeper;
} {
  const logKeeper = createLogKeeper(config.logLevel);
  if (!config.logEnabled) return { log: silentLogger, logKeeper };
  const { level, keep } = logKeeper;
  const log = createLogger({ level, keep, format: config.logFormat });
  return { log, logKeeper };
}

function withHostname({ args, settings }: Call): Record<string, string> {
  const [hostname] = args;
  return hostname === undefined
    ? settings
    : { ...settings, TEMPEST_HOSTNAME: hostname };
}

/** The accounts of a development network have passwords that everybody knows. */
function refuseDevFolder(config: Config): void {
  if (!existsSync(join(config.dataFolder, DEV_FOLDER))) return;
  throw new OperatorError(
    `The data folder ${config.dataFolder} belongs to \`tempest dev\`.`,
    {
      hint: "Set TEMPEST_DATA_DIR, or --data, to another folder.",
      exitCode: EXIT.misconfigured,
    },
  );
}
