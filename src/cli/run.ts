import { isDiskFailure, isDiskFull } from "#lib/disk-errors.ts";
import { OperatorError } from "#lib/errors.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, EXIT, type Terminal } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import {
  isNamed,
  overview,
  runHelp,
  runVersion,
  unknownCommand,
} from "./help.ts";

/**
 * Runs one command line and resolves with the exit code. What an operator can
 * mend is told in words; anything else is a bug and shows its stack.
 */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    return await dispatch(argv, terminal);
  } catch (error) {
    if (isDiskFailure(error)) {
      terminal.err(sayDiskFailure(error));
      return EXIT.diskFailed;
    }
    if (!(error instanceof OperatorError)) throw error;
    terminal.err(`tempest: ${error.message}\n${error.hint}\n`);
    return error.exitCode;
  }
}

/** SQLite calls a disk without room for the index of a WAL an I/O error. */
export function sayDiskFailure(error: unknown): string {
  const { message } = error as Error;
  return isDiskFull(error)
    ? `tempest: the disk is full: ${message}\nMake room on the disk of the data folder, then try again.\n`
    : `tempest: the disk failed: ${message}\nCheck the disk (dmesg, free space, whether it is mounted read-only), then try again.\n`;
}

async function dispatch(
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [first] = argv;
  const call = { flags: new Map(), settings: {}, terminal };
  if (first === undefined) {
    terminal.err(overview());
    return EXIT.usage;
  }
  if (first === "--version" || first === "-v") {
    return runVersion({ ...call, args: [] });
  }
  if (isHelp(first)) return runHelp({ ...call, args: [] });
  const found = findCommand(argv);
  if (!found) return withoutCommand(argv, terminal);
  const { command, rest } = found;
  const words = rest.slice(0, rest.indexOf("--") + 1 || undefined);
  if (words.some(isHelp)) return runHelp({ ...call, args: [command.name] });
  return command.run({ ...parseArguments(command, rest), terminal });
}

/** `tempest admin --help` asks for what there is of `admin`. */
function withoutCommand(
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const last = argv.findIndex(isHelp);
  if (last < 0) throw unknownCommand(argv);
  const args = argv.slice(0, last);
  return runHelp({ args, flags: new Map(), settings: {}, terminal });
}

const isHelp = (word: string) => word === "--help" || word === "-h";

/** The command with the most words that the line begins with. */
function findCommand(
  argv: readonly string[],
): { command: Command; rest: readonly string[] } | null {
  for (const length of [3, 2, 1]) {
    const name = argv.slice(0, length).join(" ");
    const command = COMMANDS.find((row) => isNamed(row, name));
    if (command) return { command, rest: argv.slice(length) };
  }
  return null;
}
