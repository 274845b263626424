import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants as os } from "node:os";
import { join } from "node:path";
import { findTool } from "../../scripts/tools.ts";
import {
  spawnServer,
  untilHealthy,
  type ServerChild,
  type ServerOptions,
} from "../support/process.ts";

/** Calls that are to fail. @see disk-tap.c */
export interface Fault {
  call: "open" | "write" | "truncate" | "rename" | "unlink" | "mkdir" | "sync";
  error: "EIO" | "ENOSPC" | "EROFS" | "EDQUOT";
  /** Part of the path; every path when absent. */
  path?: string;
  /** Calls that pass before. */
  skip?: number;
  /** Calls that fail; all from then on when absent. */
  count?: number;
}

/** What stands between a server and its disk. */
export interface Tap {
  /** Starts a server whose calls are seen; does not wait. */
  spawn(options: ServerOptions): ServerChild;
  /** Any program, seen in the same way. */
  run(command: readonly string[]): Bun.Subprocess;
  /** Starts a server, and waits until it answers. */
  start(options: ServerOptions): Promise<ServerChild>;
  /** Lets calls fail from now on; none when empty. */
  fail(...faults: Fault[]): void;
  /** Where in the trace everything is that has happened up to now. */
  position(): number;
  readonly tracePath: string;
}

/** True where servers can be run under the tap. */
export const hasTap = findTool("disk-tap") !== null;

/** @param folder Where the tap keeps its files. @param root Real path of the folder that is watched. */
export function createTap({
  folder,
  root,
  keepsTrace,
}: {
  folder: string;
  root: string;
  keepsTrace: boolean;
}): Tap {
  const tracePath = join(folder, "trace");
  const rulesPath = join(folder, "rules");
  const program = findTool("disk-tap")!;
  const prefix = [program, root, keepsTrace ? tracePath : "-", rulesPath];
  const spawn = (options: ServerOptions) =>
    spawnServer({ ...options, command: [...prefix, ...options.command!] });
  return {
    tracePath,
    spawn,
    run: (command) => Bun.spawn([...prefix, ...command]),
    async start(options) {
      const server = spawn(options);
      await untilHealthy(server, `${server.url}/xrpc/_health`);
      return server;
    },
    fail(...faults) {
      if (faults.length === 0) {
        rmSync(rulesPath, { force: true });
        return;
      }
      const lines = faults.map(
        ({ call, error, path = "*", skip = 0, count = 0 }) =>
          `${call} ${os.errno[error]} ${path} ${skip} ${count}\n`,
      );
      // Never half a file.
      writeFileSync(`${rulesPath}.new`, lines.join(""));
      renameSync(`${rulesPath}.new`, rulesPath);
    },
    position: () => statSync(tracePath, { throwIfNoEntry: false })?.size ?? 0,
  };
}
