import { createApp } from "#app.ts";
import { type Config, type ConfigResult, loadConfig } from "#config.ts";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { type SeededAccount, seedNetwork } from "#dev/seeds.ts";
import { systemClock } from "#lib/clock.ts";
import { VERSION } from "#lib/version.ts";
import { type Call, EXIT } from "./command.ts";
import {
  chooseDevPort,
  findFreePort,
  readDevFolder,
  writeDevFolder,
} from "./dev-folder.ts";
import { listenForStop } from "./lifetime.ts";
import { createLog } from "./serve.ts";

const ADMIN_PASSWORD = "admin";
/** dev-env's port. */
const PLC_PORT = 2582;
const LOOPBACK = "127.0.0.1";

/**
 * A whole network on this machine, until SIGTERM or SIGINT.
 * @throws OperatorError when the port or the folder cannot be had.
 */
export async function runDev(call: Call): Promise<number> {
  const stop = listenForStop();
  try {
    const plan = await planNetwork(call);
    for (const warning of plan.warnings) {
      call.terminal.err(`Note: ${warning}\n`);
    }
    const { config } = plan;
    const app = await createApp(config, { log: createLog(config) });
    // Only now is the folder ours.
    writeDevFolder(config.dataFolder, config.port);
    const plc = plan.ownsPlc ? startDirectory(config, plan.plcPort) : null;
    try {
      const { url } = await app.start();
      const accounts = await seedNetwork({ url, clock: systemClock, fetch });
      announce(call, config, accounts);
      await stop.received;
      call.terminal.err("\nStopping…\n");
    } finally {
      await app.stop();
      await plc?.stop();
    }
    return EXIT.ok;
  } finally {
    stop.dispose();
  }
}

function startDirectory(
  { dataFolder }: Config,
  port: number,
): { stop(): Promise<void> } {
  const directory = createPlcDirectory({
    clock: systemClock,
    storePath: readDevFolder(dataFolder).plcStorePath,
  });
  const server = directory.start({ port, hostname: LOOPBACK });
  return {
    stop: async () => {
      await server.stop();
      directory.close();
    },
  };
}

/** Settles ports and the directory before anything is opened. */
async function planNetwork(call: Call): Promise<
  Pick<ConfigResult, "config" | "warnings"> & {
    ownsPlc: boolean;
    plcPort: number;
  }
> {
  const file = call.flags.get("config");
  const first = loadConfig({ mode: "dev", flags: call.settings, file });
  const port = await chooseDevPort({
    wanted: first.config.port,
    isAsked: first.given.has("port"),
    kept: readDevFolder(first.config.dataFolder).port,
  });
  const ownsPlc = !first.given.has("plcUrl");
  const plcPort = ownsPlc ? await findFreePort(PLC_PORT) : 0;
  const { config, warnings } = loadConfig({
    mode: "dev",
    file,
    flags: {
      ...call.settings,
      TEMPEST_PORT: String(port),
      ...(ownsPlc && {
        TEMPEST_DID_PLC_URL: `http://localhost:${plcPort}`,
      }),
      ...(!first.given.has("adminPassword") && {
        TEMPEST_ADMIN_PASSWORD: ADMIN_PASSWORD,
      }),
    },
  });
  return { config, warnings, ownsPlc, plcPort };
}

function announce(
  { flags, terminal }: Call,
  config: Config,
  accounts: readonly SeededAccount[],
): void {
  const { publicUrl, plcUrl, dataFolder } = config;
  if (flags.get("json") === "true") {
    const adminPassword = config.adminPassword?.reveal();
    terminal.out(
      `${JSON.stringify({ url: publicUrl, plcUrl, dataFolder, adminPassword, accounts })}\n`,
    );
    return;
  }
  terminal.out(`${describeNetwork(config, accounts)}\n`);
}

/** What a newcomer needs to know, on one screen. */
export function describeNetwork(
  config: Pick<Config, "publicUrl" | "plcUrl" | "dataFolder" | "adminPassword">,
  accounts: readonly SeededAccount[],
): string {
  const { publicUrl, plcUrl, dataFolder, adminPassword } = config;
  const [first] = accounts;
  const people = accounts.map(
    ({ handle, password, did }) =>
      `    ${handle.padEnd(12)} password ${password}   ${did}`,
  );
  return `
  Tempest ${VERSION}: an AT Protocol network on this machine. Nothing leaves it.

    Server         ${publicUrl}
    PLC directory  ${plcUrl}
    Firehose       ${publicUrl.replace(/^http/, "ws")}/xrpc/com.atproto.sync.subscribeRepos
    Data folder    ${dataFolder}
    Admin          user admin, password ${adminPassword?.reveal()}

  Sign in with one of these accounts:

${people.join("\n")}

  What next:

    1. In your app, set the server (service, PDS) to ${publicUrl} and sign in.
    2. Look at a record:
       curl '${publicUrl}/xrpc/com.atproto.repo.listRecords?repo=${first?.handle}&collection=app.bsky.feed.post'
    3. Ctrl-C stops the network. It goes on where it was on the next start;
       remove the data folder to begin anew.
`;
}
