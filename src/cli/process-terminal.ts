import { EXIT, type Terminal } from "./command.ts";

/** Standard output and error of this process. */
export interface ProcessTerminal extends Terminal {
  /**
   * Waits until standard output took all that was written: an exit drops what
   * a pipe has not taken yet. Resolves with the exit code, another one where
   * data was lost.
   */
  finish(exitCode: number): Promise<number>;
}

export function createProcessTerminal(): ProcessTerminal {
  const { stdout, stderr } = process;
  let failure: NodeJS.ErrnoException | null = null;
  const fail = (error?: Error | null) => void (failure ??= error ?? null);
  stdout.on("error", fail);
  // Nobody is left to be told, and a server serves without its log.
  stderr.on("error", () => {});
  const err = (text: string) => void stderr.write(text);
  /** As `| head -1` leaves it: whoever read has what they wanted. */
  const isClosed = () => failure?.code === "EPIPE";
  return {
    out: (text) => void (failure ?? stdout.write(text, fail)),
    err,
    isClosed,
    finish: async (exitCode) => {
      await new Promise((resolve) => stdout.write("", resolve));
      if (failure === null || isClosed() || exitCode !== EXIT.ok) {
        return exitCode;
      }
      err(
        `tempest: Standard output takes no more: ${failure.message}\nWhat it has is not all; make room, or write elsewhere.\n`,
      );
      return EXIT.diskFailed;
    },
  };
}
