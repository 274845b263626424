import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import { isDataFolder } from "#storage/data-folder.ts";
import { EXIT } from "./command.ts";

/** Folder inside the data folder that only `tempest dev` makes. */
export const DEV_FOLDER = "dev";
const PORT_FILE = "port";
const PORTS_TRIED = 20;

/** What `tempest dev` keeps beside the server's own data. */
export interface DevFolder {
  plcStorePath: string;
  /** The port that the accounts' DID documents name; null before the first start. */
  port: number | null;
}

export function readDevFolder(dataFolder: string): DevFolder {
  const folder = join(dataFolder, DEV_FOLDER);
  const portFile = join(folder, PORT_FILE);
  return {
    plcStorePath: join(folder, "plc.sqlite"),
    port: existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : null,
  };
}

/**
 * Accounts with passwords that everybody knows have no place beside real ones.
 * @throws OperatorError for the folder of a server that faces the world.
 */
export function refuseServed(dataFolder: string): void {
  if (!isDataFolder(dataFolder) || existsSync(join(dataFolder, DEV_FOLDER))) {
    return;
  }
  throw new OperatorError(
    `The data folder ${dataFolder} belongs to \`tempest serve\`.`,
    {
      hint: "Leave out --data, or give another folder: tempest dev --data ./other",
      exitCode: EXIT.misconfigured,
    },
  );
}

/** Makes the folder and remembers the port. The data folder must be open. */
export function writeDevFolder(dataFolder: string, port: number): void {
  const folder = join(dataFolder, DEV_FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, PORT_FILE), String(port));
}

/**
 * The port to listen on. DID documents name it, so a folder keeps its port; a
 * new folder takes the next free one unless one is asked for.
 * @throws OperatorError when the port cannot be had.
 */
export async function chooseDevPort(options: {
  wanted: number;
  isAsked: boolean;
  kept: number | null;
}): Promise<number> {
  const { wanted, isAsked, kept } = options;
  if (kept !== null && isAsked && wanted !== 0 && wanted !== kept) {
    throw new OperatorError(
      `The accounts in this data folder live on port ${kept}, not ${wanted}.`,
      {
        hint: `Leave out the port, or give a new folder: tempest dev --port ${wanted} --data ./other`,
        exitCode: EXIT.misconfigured,
      },
    );
  }
  const port = kept ?? wanted;
  if (port === 0) return listenOnce(0);
  if (await isFree(port)) return port;
  if (kept === null && !isAsked) return findFreePort(port + 1);
  throw new OperatorError(`Port ${port} is taken.`, {
    hint:
      kept === null
        ? "Stop who has it, or choose another: tempest dev --port PORT"
        : "Does `tempest dev` run in this folder already? Stop it, or start in a new folder: tempest dev --data ./other",
    exitCode: EXIT.unreachable,
  });
}

/** The first free port from `from` on that is not spoken for; any free one for 0, and when many are taken. */
export async function findFreePort(
  from: number,
  spokenFor: readonly number[] = [],
): Promise<number> {
  for (let port = from; port > 0 && port < from + PORTS_TRIED; port++) {
    if (!spokenFor.includes(port) && (await isFree(port))) return port;
  }
  return listenOnce(0);
}

async function isFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

/** Listens on loopback for a moment; resolves with the port. */
async function listenOnce(port: number): Promise<number> {
  const { createServer } = await import("node:net");
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, () => {
      const address = server.address();
      const taken =
        typeof address === "object" ? (address?.port ?? port) : port;
      server.close(() => resolve(taken));
    });
  });
}
