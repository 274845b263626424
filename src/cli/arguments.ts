import { SETTINGS } from "#config/table.ts";
import { editDistance } from "#config/resolve.ts";
import type { Setting } from "#config/setting.ts";
import { OperatorError } from "#lib/errors.ts";
import { type Command, EXIT } from "./command.ts";

export interface ParsedArguments {
  args: string[];
  flags: Map<string, string>;
  settings: Record<string, string>;
}

/** `TEMPEST_DATA_DIR` is `--data-dir`. */
export function flagOf(setting: Pick<Setting<unknown>, "name">): string {
  return setting.name
    .replace("TEMPEST_", "")
    .toLowerCase()
    .replaceAll("_", "-");
}

/** Short forms of flags that are typed often. */
const SHORT: Readonly<Record<string, string>> = { data: "data-dir" };

/**
 * Sorts what follows a command's name.
 * @throws OperatorError with exit code 2 for anything that is not understood.
 */
export function parseArguments(
  command: Command,
  argv: readonly string[],
): ParsedArguments {
  const parsed: ParsedArguments = { args: [], flags: new Map(), settings: {} };
  const queue = [...argv];
  while (queue.length > 0) {
    const word = queue.shift()!;
    if (word === "--") {
      parsed.args.push(...queue.splice(0));
    } else if (word.startsWith("--") && word.length > 2) {
      readFlag(command, parsed, word.slice(2), queue);
    } else if (word.startsWith("-") && word.length > 1) {
      throw usage(command, `${word} is not a flag of this command.`);
    } else {
      parsed.args.push(word);
    }
  }
  if (parsed.args.length > command.maxArgs) {
    throw usage(command, `"${parsed.args[command.maxArgs]}" is too much.`);
  }
  return parsed;
}

function readFlag(
  command: Command,
  parsed: ParsedArguments,
  word: string,
  queue: string[],
): void {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const inline = equals < 0 ? undefined : word.slice(equals + 1);
  const own = command.flags.find((flag) => flag.name === name);
  if (own) {
    parsed.flags.set(
      name,
      own.value ? valueOf(command, name, inline, queue) : (inline ?? "true"),
    );
    return;
  }
  const setting = command.takesSettings ? findSetting(name) : undefined;
  if (setting === undefined) {
    throw usage(command, `--${name} is not a flag of this command.`, name);
  }
  if (setting.secret) {
    throw usage(
      command,
      `--${name} is a secret, and other users can see the arguments of a process: set ${setting.name} or ${setting.name}_FILE.`,
    );
  }
  parsed.settings[setting.name] = isSwitch(setting)
    ? (inline ?? switchOf(queue))
    : valueOf(command, name, inline, queue);
}

function findSetting(name: string): Setting<unknown> | undefined {
  const full = SHORT[name] ?? name;
  return Object.values<Setting<unknown>>(SETTINGS).find(
    (setting) => flagOf(setting) === full,
  );
}

/** On-or-off settings need no value as flags. */
function isSwitch(setting: Setting<unknown>): boolean {
  return setting.parser.parse("true") === true;
}

/** `--log-enabled false` means what it says: neither word is an argument of any command. */
function switchOf(queue: string[]): string {
  const isSaid = queue[0] === "true" || queue[0] === "false";
  return isSaid ? queue.shift()! : "true";
}

function valueOf(
  command: Command,
  name: string,
  inline: string | undefined,
  queue: string[],
): string {
  const value = inline ?? queue.shift();
  if (value === undefined || (inline === undefined && value.startsWith("--"))) {
    throw usage(command, `--${name} needs a value.`);
  }
  return value;
}

function usage(command: Command, message: string, name = ""): OperatorError {
  const known = [
    ...command.flags.map((flag) => flag.name),
    ...(command.takesSettings
      ? [...Object.keys(SHORT), ...Object.values(SETTINGS).map(flagOf)]
      : []),
  ];
  const near = name && nearest(name, known);
  return new OperatorError(message, {
    hint: near
      ? `Did you mean --${near}?`
      : `\`tempest help ${command.name}\` lists what there is.`,
    exitCode: EXIT.usage,
  });
}

/** The word that is at most two edits away, if any. */
export function nearest(
  word: string,
  candidates: readonly string[],
): string | null {
  let best: { word: string; distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance <= 2 && distance < (best?.distance ?? Infinity)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word ?? null;
}
