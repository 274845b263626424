import { runCli } from "./run.ts";

/** Runs a command line in this process, with what it printed. */
export async function cli(...argv: string[]) {
  let out = "";
  let err = "";
  const exitCode = await runCli(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { exitCode, out, err };
}
