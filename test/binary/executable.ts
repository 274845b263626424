import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const STOP_TIMEOUT_MS = 20_000;

/** How a command ended. */
export interface Ended {
  exitCode: number;
  out: string;
  err: string;
}

/** A start that has said its first line. */
export interface Running {
  readonly pid: number;
  /** The first line of its output. */
  readonly firstLine: string;
  readonly readyMs: number;
  /** Sends SIGTERM and waits. */
  stop(): Promise<Ended>;
}

/** The executable, alone in a folder, with nothing around it: no environment, no sources. */
export interface Executable {
  readonly path: string;
  /** Runs a command to its end, in the executable's folder. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /**
   * Starts a command that goes on, and waits for its first line.
   * @throws Error with its own words when it ends instead.
   */
  start(
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<Running>;
  /** Removes the folder and all that was made in it. */
  remove(): void;
}

/** Builds the executable as `bun run build` does, and takes it away from here. */
export async function buildExecutable(): Promise<Executable> {
  const build = Bun.spawn([process.execPath, "run", "build"], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, out, err] = await Promise.all([
    build.exited,
    new Response(build.stdout).text(),
    new Response(build.stderr).text(),
  ]);
  if (code !== 0) throw new Error(`the build failed:\n${out}${err}`);
  const folder = mkdtempSync(join(tmpdir(), "tempest-binary-"));
  const path = join(folder, "tempest");
  copyFileSync(join(ROOT, "dist/tempest"), path);

  // Nothing is inherited, not even a PATH.
  const spawn = (args: readonly string[], env: Record<string, string> = {}) => {
    const child = Bun.spawn([path, ...args], {
      cwd: folder,
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    return { child, err: new Response(child.stderr).text() };
  };

  return {
    path,
    async run(args, env) {
      const { child, err } = spawn(args, env);
      const out = new Response(child.stdout).text();
      return { exitCode: await child.exited, out: await out, err: await err };
    },
    async start(args, env) {
      const startedMs = performance.now();
      const { child, err } = spawn(args, env);
      const lines = readLines(child.stdout);
      const { value: firstLine } = await lines.next();
      if (firstLine === undefined) {
        throw new Error(`${args.join(" ")} ended: ${await err}`);
      }
      const rest = Array.fromAsync(lines);
      return {
        pid: child.pid,
        firstLine,
        readyMs: performance.now() - startedMs,
        async stop() {
          child.kill("SIGTERM");
          const timer = setTimeout(
            () => child.kill("SIGKILL"),
            STOP_TIMEOUT_MS,
          );
          const exitCode = await child.exited;
          clearTimeout(timer);
          const out = [firstLine, ...(await rest)].join("\n");
          return { exitCode, out, err: await err };
        },
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function* readLines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** An empty folder beside the executable, as a data folder that is not there yet. */
export function folderBeside({ path }: Executable, name: string): string {
  const folder = join(path, "..", name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
