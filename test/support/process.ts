import { join } from "node:path";
import { findPort } from "./ports.ts";
import { until } from "./until.ts";

/** A server, directory or tool that runs beside the tests. */
export interface Child {
  readonly pid: number;
  /** The last of what it wrote, to tell of a failure. */
  output(): string;
  /** Null while it runs. */
  exitCode(): number | null;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<unknown>;
  /** Ends it as a power cut would end a program: at once, unasked. */
  kill(): Promise<void>;
  /** Asks it to end, and waits; the exit code. */
  stop(): Promise<number>;
}

export interface ServerChild extends Child {
  readonly url: string;
}

const ROOT = join(import.meta.dir, "../..");
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const KEPT_OUTPUT_CHARS = 8000;

/** What runs Tempest: the sources, or the executable that `TEMPEST_BINARY` names. */
export function tempestCommand(): string[] {
  const binary = process.env.TEMPEST_BINARY;
  return binary ? [binary] : [process.execPath, join(ROOT, "src/main.ts")];
}

/** Starts a program without waiting for anything. Its environment is what is given, and the PATH. */
export function spawnChild(
  command: readonly string[],
  options: {
    env?: Record<string, string>;
    /** Gets each line that the program writes. */
    onLine?: (line: string) => void;
  } = {},
): Child {
  let kept = "";
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const take = (line: string) => {
    kept = `${kept}${line}\n`.slice(-KEPT_OUTPUT_CHARS);
    options.onLine?.(line);
  };
  const read = [readLines(child.stdout, take), readLines(child.stderr, take)];
  const end = async () => {
    const code = await child.exited;
    await Promise.all(read);
    return code;
  };
  return {
    pid: child.pid,
    output: () => kept,
    exitCode: () => child.exitCode ?? (child.signalCode === null ? null : -1),
    ended: child.exited,
    async kill() {
      child.kill("SIGKILL");
      await end();
    },
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      const code = await end();
      clearTimeout(timer);
      return code;
    },
  };
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
  }
  if (rest !== "") take(rest);
}

/** The PLC directory in a process of its own, which no kill of the server reaches. */
export async function startPlc(storePath: string): Promise<ServerChild> {
  const port = await findPort();
  const url = `http://127.0.0.1:${port}`;
  const main = join(ROOT, "src/dev/plc/main.ts");
  const child = spawnChild([
    ...[process.execPath, main],
    ...["--port", String(port), "--store", storePath],
  ]);
  await untilHealthy(child, `${url}/_health`);
  return { ...child, url };
}

export interface ServerOptions {
  dataFolder: string;
  port: number;
  plcUrl: string;
  adminPassword: string;
  /** More settings. */
  env?: Record<string, string>;
  /** Runs instead of `tempest serve localhost`. */
  command?: readonly string[];
  onLine?: (line: string) => void;
}

/** Starts the server as an operator would, and does not wait. */
export function spawnServer(options: ServerOptions): ServerChild {
  const { dataFolder, port, plcUrl, adminPassword } = options;
  const command = options.command ?? [
    ...tempestCommand(),
    ...["serve", "localhost"],
  ];
  const child = spawnChild(command, {
    ...(options.onLine && { onLine: options.onLine }),
    env: {
      TEMPEST_PORT: String(port),
      TEMPEST_DATA_DIR: dataFolder,
      TEMPEST_DID_PLC_URL: plcUrl,
      TEMPEST_ADMIN_PASSWORD: adminPassword,
      TEMPEST_INVITE_REQUIRED: "false",
      TEMPEST_RATE_LIMITS_ENABLED: "false",
      TEMPEST_SIGN_UPS_PER_HOUR: "0",
      TEMPEST_LOG_LEVEL: "warn",
      ...options.env,
    },
  });
  return { ...child, url: urlOf(options) };
}

export function urlOf({ port }: Pick<ServerOptions, "port">): string {
  return `http://localhost:${port}`;
}

/** @throws Error with the server's own words when it ends instead. */
export async function startServer(
  options: ServerOptions,
): Promise<ServerChild> {
  const server = spawnServer(options);
  await untilHealthy(server, `${server.url}/xrpc/_health`);
  return server;
}

/** Waits until the program answers; ends it when it does not. */
export async function untilHealthy(child: Child, url: string): Promise<void> {
  try {
    await until(`${url} answers`, START_TIMEOUT_MS, async () => {
      if (child.exitCode() !== null) {
        throw new Error(`it ended with ${child.exitCode()}`);
      }
      return await isHealthy(url);
    });
  } catch (error) {
    await child.kill();
    const { message } = error as Error;
    throw new Error(`${message}\n${child.output()}`, { cause: error });
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Runs a command of Tempest to its end. */
export async function runTempest(
  ...argv: string[]
): Promise<{ exitCode: number; output: string }> {
  const child = Bun.spawn([...tempestCommand(), ...argv], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, output: out + err };
}
