import {
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Order } from "../crash/doomed.ts";
import { ADMIN_PASSWORD } from "../support/network.ts";
import type { ServerChild } from "../support/process.ts";
import type { Random } from "../support/random.ts";
import { createHistory, type History } from "./history.ts";
import { createLoad, type Load } from "./load.ts";
import { createTap, type Tap } from "./tap.ts";
import { readTrace, type DiskCall } from "./trace.ts";

/** What servers did to a disk one after the other, and what they answered meanwhile. */
export interface Season {
  /** The folder that was watched; the data folder is `data` in it. */
  root: string;
  calls: DiskCall[];
  /** Where in the trace another process begins. */
  restarts: number[];
  history: History;
}

/** A server under the tap, at the will of a test. */
export interface Stage {
  tap: Tap;
  load: Load;
  history: History;
  url: string;
  start(): Promise<void>;
  /** Orders the server to end itself at a step. */
  order(order: Order): void;
  /** Asks the server to end, and returns its exit code. */
  stop(): Promise<number>;
  /** Waits for the server to end by itself, but not for ever; null when it did not. */
  ended(): Promise<number | null>;
  leave(): Promise<void>;
  season(): Season;
}

const ENDING_MS = 20_000;
const DOOMED = join(import.meta.dir, "../crash/doomed.ts");

export function openStage(options: {
  folder: string;
  port: number;
  plcUrl: string;
  random: Random;
  mayRefuse?: Parameters<typeof createLoad>[0]["mayRefuse"];
  keepsTrace?: boolean;
  env?: Record<string, string>;
}): Stage {
  const { port, plcUrl, random, keepsTrace = true } = options;
  mkdirSync(join(options.folder, "disk"), { recursive: true });
  // The kernel names files by their real path.
  const folder = realpathSync(options.folder);
  const root = join(folder, "disk");
  const orderPath = join(folder, "order.json");
  const tap = createTap({ folder, root, keepsTrace });
  const history = createHistory(tap.position);
  const load = createLoad({
    ...{ history, plcUrl, random },
    ...(options.mayRefuse && { mayRefuse: options.mayRefuse }),
  });
  const restarts: number[] = [];
  let server: ServerChild | null = null;
  const url = `http://localhost:${port}`;

  return {
    ...{ tap, load, history, url },
    async start() {
      rmSync(orderPath, { force: true });
      restarts.push(tap.position());
      server = await tap.start({
        ...{ port, plcUrl, adminPassword: ADMIN_PASSWORD },
        dataFolder: join(root, "data"),
        command: [process.execPath, DOOMED, orderPath],
        ...(options.env && { env: options.env }),
      });
    },
    order(order) {
      writeFileSync(`${orderPath}.new`, JSON.stringify(order));
      renameSync(`${orderPath}.new`, orderPath);
    },
    stop: () => server!.stop(),
    async ended() {
      await Promise.race([server!.ended, Bun.sleep(ENDING_MS)]);
      return server!.exitCode();
    },
    leave: async () => void (await server?.kill()),
    season: () => ({
      root,
      calls: readTrace(tap.tracePath),
      restarts,
      history,
    }),
  };
}
