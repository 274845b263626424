import { createApp } from "#app.ts";
import { type Config, type ConfigResult, loadConfig } from "#config.ts";
import { createMailbox, type Mailbox } from "#dev/mailbox.ts";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { type SeededAccount, seedNetwork } from "#dev/seeds.ts";
import { systemClock } from "#lib/clock.ts";
import { VERSION } from "#lib/version.ts";
import { type Call, EXIT } from "./command.ts";
import {
  chooseDevPort,
  findFreePort,
  readDevFolder,
  refuseServed,
  writeDevFolder,
} from "./dev-folder.ts";
import { listenForStop } from "./lifetime.ts";
import { createLog } from "./serve.ts";

const ADMIN_PASSWORD = "admin";
/** dev-env's port. */
const PLC_PORT = 2582;
const MAIL_PORT = 2580;
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
    const mailbox = createMailbox();
    const app = await createApp(config, {
      ...createLog(config),
      mailTransport: mailbox.transport,
      checks: "log",
    });
    // Only now is the folder ours.
    writeDevFolder(config.dataFolder, config.port);
    const plc = plan.ownsPlc ? startDirectory(config, plan.plcPort) : null;
    const mail = startMailbox(mailbox, plan.mailPort);
    try {
      const { url } = await app.start();
      const accounts = await seedNetwork({
        ...{ url, clock: systemClock, fetch },
        handleDomain: config.handleDomains[0]!,
        createAccount: (input) =>
          app.accounts.createAccount(input, { kind: "admin" }),
      });
      announce(call, { ...config, mailUrl: mail.url, accounts });
      await stop.received;
      call.terminal.err("\nStopping…\n");
    } finally {
      await app.stop();
      await Promise.all([plc?.stop(), mail.stop()]);
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

function startMailbox(
  mailbox: Mailbox,
  port: number,
): { url: string; stop(): Promise<void> } {
  const server = Bun.serve({ port, hostname: LOOPBACK, fetch: mailbox.fetch });
  return { url: `http://localhost:${port}`, stop: () => server.stop(true) };
}

interface NetworkPlan extends Pick<ConfigResult, "config" | "warnings"> {
  /** False when the settings name another directory. */
  ownsPlc: boolean;
  plcPort: number;
  mailPort: number;
}

/** What is worth telling about a running network. */
export interface NetworkFacts extends Pick<
  Config,
  "publicUrl" | "plcUrl" | "dataFolder" | "adminPassword"
> {
  mailUrl: string;
  accounts: readonly SeededAccount[];
}

/** Settles ports and the directory before anything is opened. */
async function planNetwork(call: Call): Promise<NetworkPlan> {
  const file = call.flags.get("config");
  const first = loadConfig({ mode: "dev", flags: call.settings, file });
  refuseServed(first.config.dataFolder);
  const port = await chooseDevPort({
    wanted: first.config.port,
    isAsked: first.given.has("port"),
    kept: readDevFolder(first.config.dataFolder).port,
  });
  // Who asks for any port runs several networks at once.
  const isAnywhere = first.config.port === 0;
  const mailPort = await findFreePort(isAnywhere ? 0 : MAIL_PORT, [port]);
  const plcPort = await findFreePort(isAnywhere ? 0 : PLC_PORT, [
    port,
    mailPort,
  ]);
  const ownsPlc = !first.given.has("plcUrl");
  const flags: Record<string, string> = {
    ...call.settings,
    TEMPEST_PORT: String(port),
  };
  if (ownsPlc) flags.TEMPEST_DID_PLC_URL = `http://localhost:${plcPort}`;
  if (!first.given.has("adminPassword")) {
    flags.TEMPEST_ADMIN_PASSWORD = ADMIN_PASSWORD;
  }
  const { config, warnings } = loadConfig({ mode: "dev", file, flags });
  return { config, warnings, ownsPlc, plcPort, mailPort };
}

function announce({ flags, terminal }: Call, network: NetworkFacts): void {
  if (flags.get("json") !== "true") {
    terminal.out(`${describeNetwork(network)}\n`);
    return;
  }
  const { publicUrl, plcUrl, mailUrl, dataFolder, accounts } = network;
  const adminPassword = network.adminPassword?.reveal();
  terminal.out(
    `${JSON.stringify({ url: publicUrl, plcUrl, mailUrl, dataFolder, adminPassword, accounts })}\n`,
  );
}

/** What a newcomer needs to know, on one screen. */
export function describeNetwork(network: NetworkFacts): string {
  const { publicUrl, plcUrl, mailUrl, dataFolder, accounts } = network;
  const people = accounts.map(
    ({ handle, password, did }) =>
      `    ${handle.padEnd(12)} password ${password}   ${did}`,
  );
  if (people.length === 0) people.push("    none is as it was made");
  const example = accounts[0]?.handle ?? "HANDLE";
  return `
  Tempest ${VERSION}: an AT Protocol network on this machine. Nothing leaves it.

    Server         ${publicUrl}
    Firehose       ${publicUrl.replace(/^http/, "ws")}/xrpc/com.atproto.sync.subscribeRepos
    PLC directory  ${plcUrl}
    Mail           ${mailUrl}
    Data folder    ${dataFolder}
    Admin          user admin, password ${network.adminPassword?.reveal()}

  Sign in with one of these accounts:

${people.join("\n")}

  What next:

    1. In your app, set the server (service, PDS) to ${publicUrl} and sign in.
    2. Look at records:
       curl '${publicUrl}/xrpc/com.atproto.repo.listRecords?repo=${example}&collection=app.bsky.feed.post'
    3. Ctrl-C stops the network. It goes on where it was on the next start;
       remove the data folder to begin anew.
`;
}
