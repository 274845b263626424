import { type Config, loadConfig } from "#config.ts";
import type { Call } from "./command.ts";

/**
 * The settings of the server, for a command that serves nobody itself.
 * @throws OperatorError exit 78 that lists all that is wrong.
 */
export function loadOfflineConfig({ settings, flags }: Call): Config {
  const { config } = loadConfig({
    mode: "serve",
    isOffline: true,
    flags: settings,
    file: flags.get("config"),
  });
  return config;
}
