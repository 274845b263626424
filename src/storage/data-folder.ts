import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import { makeFolder, UNFINISHED_MARK, writeDurably } from "./durable-file.ts";
import { lockFolder } from "./folder-lock.ts";

/** Where everything is that this host keeps. Paths are absolute. */
export interface DataFolder {
  readonly path: string;
  readonly accountDbPath: string;
  readonly sequencerDbPath: string;
  readonly reposPath: string;
  readonly blobsPath: string;
  readonly backupsPath: string;
  readonly keysPath: string;
  /** Lets another process have the folder. */
  close(): void;
}

/** Names the folder as ours, and the arrangement of what is in it. */
const MARKER = "tempest.json";
const FORMAT = 1;
// A fresh volume is not quite empty.
const HARMLESS = new Set(["lost+found", ".DS_Store"]);

// Filesystems whose locks or syncs end at the wire. FUSE is allowed: most of
// what it carries is local. @see statfs(2), linux/magic.h
const NETWORK_FILESYSTEMS = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB 2"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/**
 * Opens the data folder for this process alone, making it where it doesn't
 * exist. From here on every new file of the process is private (umask 077).
 * @throws OperatorError (exit 78) when the folder holds things of another
 *   program, is open to other users, lies on a network filesystem, was made by
 *   a newer version, is in use or belongs to another user. It is then untouched.
 */
export function openDataFolder(
  path: string,
  { filesystemType = readFilesystemType } = {},
): DataFolder {
  process.umask(0o077);
  const root = resolve(path);
  refuseNetwork(root, filesystemType(nearestExisting(root)));
  makeRoot(root);
  try {
    return openRoot(root);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const remedy = isReadOnly(error)
      ? `Mount its disk for writing, and look at dmesg if it was`
      : `Give it to the user that runs Tempest (chown -R USER ${root})`;
    throw refusal(
      `${root} may not be used: ${(error as Error).message}`,
      `${remedy}, or choose another data folder with --data.`,
      error,
    );
  }
}

function openRoot(root: string): DataFolder {
  const unlock = lockFolder(root);
  try {
    if (isDataFolder(root)) {
      refuseNewer(root);
      refuseOpen(root);
    } else {
      refuseForeign(root);
      chmodSync(root, 0o700);
    }
    return arrange(root, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** True for a folder that was opened before; nothing in it is looked at. */
export function isDataFolder(path: string): boolean {
  return existsSync(join(path, MARKER));
}

function isForbidden(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "EACCES" || code === "EPERM" || isReadOnly(error);
}

function isReadOnly(error: unknown): boolean {
  return (error as { code?: string }).code === "EROFS";
}

/** True for a folder that is there and may be written to. */
export function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function makeRoot(root: string): void {
  try {
    makeFolder(root);
  } catch (cause) {
    throw refusal(
      `${root} cannot be made: ${(cause as Error).message}`,
      "Choose another data folder with --data, or make this one yourself.",
      cause,
    );
  }
  if (!statSync(root).isDirectory()) {
    throw refusal(`${root} is not a folder`, "Choose a folder with --data.");
  }
}

function arrange(root: string, unlock: () => void): DataFolder {
  const folder: DataFolder = {
    path: root,
    accountDbPath: join(root, "account.sqlite"),
    sequencerDbPath: join(root, "sequencer.sqlite"),
    reposPath: join(root, "repos"),
    blobsPath: join(root, "blobs"),
    backupsPath: join(root, "backups"),
    keysPath: join(root, "keys"),
    close: unlock,
  };
  if (!isDataFolder(root)) {
    const marker = JSON.stringify({ program: "tempest", format: FORMAT });
    writeDurably(join(root, MARKER), Buffer.from(`${marker}\n`));
  }
  const folders = [
    folder.reposPath,
    folder.blobsPath,
    folder.backupsPath,
    folder.keysPath,
  ];
  for (const each of folders) makeFolder(each);
  const files = [folder.accountDbPath, folder.sequencerDbPath];
  for (const each of [root, ...folders, ...files]) assertUsable(each);
  return folder;
}

/** A start as another user leaves behind what nobody else may write to. */
function assertUsable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isFile()) closeSync(openSync(path, "r+"));
  else accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
}

function refuseForeign(root: string): void {
  const found = readdirSync(root).filter(
    (name) => !HARMLESS.has(name) && !name.startsWith(MARKER + UNFINISHED_MARK),
  );
  if (found.length === 0) return;
  const isReference = found.includes("account.sqlite");
  throw refusal(
    isReference
      ? `${root} holds the data of another PDS`
      : `${root} is not empty, and Tempest did not make what is in it (${found[0]})`,
    "Choose a new or empty folder with --data; nothing in this one was changed.",
  );
}

function refuseNewer(root: string): void {
  const path = join(root, MARKER);
  let marker: { program?: unknown; format?: unknown } | null;
  try {
    marker = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if (isForbidden(cause)) throw cause;
    throw refusal(
      `${path} cannot be read`,
      "Restore it from a backup, or choose another data folder with --data.",
      cause,
    );
  }
  if (marker?.program !== "tempest" || typeof marker.format !== "number") {
    throw refusal(
      `${path} was not made by Tempest`,
      "Choose another data folder with --data.",
    );
  }
  if (marker.format > FORMAT) {
    throw refusal(
      `${root} has format ${marker.format}; this version of Tempest knows ${FORMAT}`,
      "Start the newer version of Tempest that made it.",
    );
  }
}

function refuseOpen(root: string): void {
  const mode = statSync(root).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw refusal(
    `${root} is open to other users of this machine (mode ${mode.toString(8)})`,
    `Run: chmod 700 ${root}`,
  );
}

function refuseNetwork(root: string, type: number): void {
  const name = NETWORK_FILESYSTEMS.get(type);
  if (name === undefined) return;
  throw refusal(
    `${root} is on a network filesystem (${name}), where databases get damaged`,
    "Choose a folder on a disk of this machine with --data.",
  );
}

function readFilesystemType(path: string): number {
  // The numbers mean something else on other systems.
  if (process.platform !== "linux") return 0;
  return statfsSync(path).type >>> 0;
}

function nearestExisting(path: string): string {
  return existsSync(path) || path === dirname(path)
    ? path
    : nearestExisting(dirname(path));
}

function refusal(
  message: string,
  hint: string,
  cause?: unknown,
): OperatorError {
  return new OperatorError(message, { hint, exitCode: 78, cause });
}
