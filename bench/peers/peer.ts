import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../build/compile.ts";
import { createHttpClient, type HttpClient } from "../load/http.ts";
import { installReference, referenceEnv } from "./reference.ts";

/** A server under measurement. */
export interface Peer {
  name: string;
  url: string;
  http: HttpClient;
  /** What handles end with. */
  suffix: string;
  /** Null for a server that runs elsewhere: its CPU, memory and files are its own. */
  process: PeerProcess | null;
}

export interface PeerProcess {
  readonly pid: number;
  readonly dataFolder: string;
  /** Stops and starts it on the same files; resolves with milliseconds until it answers. */
  restart(): Promise<number>;
}

export interface Peers {
  list: Peer[];
  stop(): Promise<void>;
}

export const OURS = "tempest";
const ROOT = join(import.meta.dir, "../..");
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 1;

/** Starts Tempest, compiled from this checkout, and those it is compared with, on folders of their own. */
export async function startPeers(options: {
  urls: readonly string[];
  suffix: string;
  withReference: boolean;
  /** Settings over those of measuring, for both. */
  env?: Record<string, string>;
}): Promise<Peers> {
  const folder = mkdtempSync(join(tmpdir(), "tempest-bench-"));
  const stops: (() => Promise<void>)[] = [];
  async function stop() {
    for (const each of stops.reverse()) await each();
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    const plcUrl = await startPlc(stops);
    const { env = {} } = options;
    const ground = { folder, plcUrl, stops, env };
    const list = [await startTempest(ground)];
    if (options.withReference) list.push(await startReference(ground));
    for (const each of options.urls) {
      const [name = "", url = ""] = each.split(/=(.*)/s);
      const http = createHttpClient(url);
      const { suffix } = options;
      list.push({ name, url, http, suffix, process: null });
    }
    return { list, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Stops = (() => Promise<void>)[];

/** What the servers stand on. */
interface Ground {
  folder: string;
  plcUrl: string;
  stops: Stops;
  env: Record<string, string>;
}

async function startPlc(stops: Stops): Promise<string> {
  const child = Bun.spawn([process.execPath, "src/dev/plc/main.ts"], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "inherit",
  });
  stops.push(async () => {
    child.kill();
    await child.exited;
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += Buffer.from(chunk).toString();
    const url = /http:\S+/.exec(said)?.[0];
    // By name: the reference asks no address for the key of a service token.
    if (url !== undefined) {
      return url.replace(/\/$/, "").replace("127.0.0.1", "localhost");
    }
  }
  throw new Error("the PLC directory did not start");
}

async function startTempest(ground: Ground): Promise<Peer> {
  const { folder, plcUrl, stops } = ground;
  const program = join(folder, "tempest");
  await compile(program);
  const dataFolder = join(folder, "tempest-data");
  const port = freePort();
  return startPeer(OURS, {
    command: [program, "serve"],
    port,
    dataFolder,
    stops,
    env: {
      LOG_ENABLED: "false",
      PDS_HOSTNAME: "localhost",
      PDS_PORT: String(port),
      PDS_DATA_DIRECTORY: dataFolder,
      PDS_DID_PLC_URL: plcUrl,
      PDS_DEV_MODE: "true",
      PDS_INVITE_REQUIRED: "false",
      TEMPEST_SIGN_UPS_PER_HOUR: "0",
      PDS_RATE_LIMITS_ENABLED: "false",
      PDS_ADMIN_PASSWORD: "password-of-bench",
      ...ground.env,
    },
  });
}

async function startReference(ground: Ground): Promise<Peer> {
  const { folder, plcUrl, stops } = ground;
  const dataFolder = join(folder, "reference-data");
  mkdirSync(dataFolder);
  const port = freePort();
  return startPeer("reference", {
    command: await installReference(),
    port,
    dataFolder,
    stops,
    env: { ...referenceEnv({ port, dataFolder, plcUrl }), ...ground.env },
  });
}

interface Program {
  command: string[];
  env: Record<string, string>;
  port: number;
  dataFolder: string;
  stops: Stops;
}

async function startPeer(name: string, program: Program): Promise<Peer> {
  const { command, env, port, dataFolder, stops } = program;
  const url = `http://localhost:${port}`;
  const spawn = () =>
    Bun.spawn(command, { env, stdout: "ignore", stderr: "inherit" });
  let child = spawn();
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  stops.push(stop);
  const isGone = () => child.exitCode !== null;
  await untilHealthy(url, isGone);
  const peerProcess: PeerProcess = {
    get pid() {
      return child.pid;
    },
    dataFolder,
    async restart() {
      await stop();
      const startedMs = performance.now();
      child = spawn();
      await untilHealthy(url, isGone);
      return performance.now() - startedMs;
    },
  };
  const http = createHttpClient(url);
  return { name, url, http, suffix: ".test", process: peerProcess };
}

async function untilHealthy(url: string, isGone: () => boolean): Promise<void> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < START_TIMEOUT_MS) {
    if (isGone()) break;
    const http = createHttpClient(url);
    try {
      const { status } = await http.send({ path: "/xrpc/_health" });
      if (status === 200) return;
    } catch {
      // Nobody listens yet.
    } finally {
      http.close();
    }
    await Bun.sleep(POLL_MS);
  }
  throw new Error(`${url} did not become healthy`);
}

function freePort(): number {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => undefined },
  });
  const { port } = server;
  server.stop(true);
  return port;
}
