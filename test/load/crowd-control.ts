import { join } from "node:path";

/** A crowd in a process of its own. */
export interface Crowd {
  /** Resolves once so many connections are open, or all are closed. */
  set(size: number): Promise<{ open: number; opened: number }>;
  stop(): Promise<void>;
}

export function startCrowd(port: number): Crowd {
  const program = join(import.meta.dir, "crowd.ts");
  const child = Bun.spawn([process.execPath, program, String(port)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = readLines(child.stdout);
  return {
    async set(size) {
      child.stdin.write(`${size}\n`);
      child.stdin.flush();
      const { value } = await lines.next();
      if (value === undefined) throw new Error("the crowd has gone");
      return JSON.parse(value);
    },
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

/** The lines of a stream, as they come. */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
