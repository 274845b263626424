import { SETTING_GROUPS, SETTINGS } from "#config/table.ts";
import type { Setting } from "#config/setting.ts";
import { OperatorError } from "#lib/errors.ts";
import { VERSION } from "#lib/version.ts";
import { flagOf, nearest } from "./arguments.ts";
import { type Call, type Command, EXIT } from "./command.ts";
import { COMMANDS } from "./commands.ts";

export async function runVersion({ terminal }: Call): Promise<number> {
  terminal.out(`tempest ${VERSION}\n`);
  return EXIT.ok;
}

/** @throws OperatorError with exit code 2 for a command that does not exist. */
export async function runHelp({ args, terminal }: Call): Promise<number> {
  const topic = args.join(" ");
  const family = familyOf(topic);
  if (topic === "") {
    terminal.out(overview());
  } else if (topic === "settings") {
    terminal.out(settingsList());
  } else if (family.length > 0) {
    terminal.out(`Usage: tempest ${topic} COMMAND\n\n${listOf(family)}`);
  } else {
    const command = COMMANDS.find((row) => isNamed(row, topic));
    if (!command) throw unknownCommand(args);
    terminal.out(commandHelp(command));
  }
  return EXIT.ok;
}

/** Whether that is its name, or one that it has elsewhere. */
export function isNamed({ name, aliases = [] }: Command, words: string) {
  return name === words || aliases.includes(words);
}

/** The commands whose names begin with these words. */
const familyOf = (words: string) =>
  COMMANDS.filter(({ name }) => name.startsWith(`${words} `));

/** `a`, `a b`, `a b c`. */
function beginnings(name: string): string[] {
  const words = name.split(" ");
  return words.map((_, at) => words.slice(0, at + 1).join(" "));
}

/** @param line what was typed, which names no command */
export function unknownCommand(line: readonly string[]): OperatorError {
  const end = line.findIndex((word) => word.startsWith("-"));
  const words = end < 0 ? line : line.slice(0, end);
  const names = COMMANDS.flatMap(({ name }) => beginnings(name));
  for (let length = Math.min(3, words.length); length > 0; length--) {
    const typed = words.slice(0, length).join(" ");
    const isFamily = familyOf(typed).length > 0;
    const alike = names.filter((name) => name.split(" ").length === length);
    const near = isFamily ? null : nearest(typed, alike);
    if (!isFamily && near === null) continue;
    const isAlone = isFamily && length === words.length;
    return new OperatorError(
      isAlone
        ? `"${typed}" alone is no command.`
        : `There is no command "${words.slice(0, 3).join(" ")}".`,
      {
        hint: isFamily
          ? `\`tempest help ${typed}\` lists what there is.`
          : `Did you mean \`tempest ${near}\`?`,
        exitCode: EXIT.usage,
      },
    );
  }
  return new OperatorError(`There is no command "${line[0]}".`, {
    hint: "`tempest help` lists the commands.",
    exitCode: EXIT.usage,
  });
}

const listOf = (commands: readonly Command[]) =>
  columns(
    commands.map((command): [string, string] => [
      usageOf(command),
      command.about,
    ]),
  );

export function overview(): string {
  return [
    `tempest ${VERSION}, an AT Protocol Personal Data Server`,
    "",
    "Usage: tempest COMMAND",
    "",
    listOf(COMMANDS),
    "To try it: tempest dev",
    "To run it: tempest serve pds.example.com",
    "",
  ].join("\n");
}

function commandHelp(command: Command): string {
  const flags = command.flags.map((flag): [string, string] => [
    `--${flag.name}${flag.value ? ` ${flag.value}` : ""}`,
    flag.about,
  ]);
  if (command.takesSettings) {
    flags.push([
      "--SETTING VALUE",
      "Any setting but secrets: TEMPEST_DATA_DIR is --data-dir.",
    ]);
  }
  const text = [`Usage: tempest ${usageOf(command)}`, "", command.about];
  if (command.details) text.push(command.details);
  if (command.aliases) text.push(`Also: ${command.aliases.join(", ")}.`);
  text.push("");
  if (flags.length > 0) text.push(columns(flags));
  if (command.takesSettings) text.push("`tempest help settings` lists them.\n");
  return text.join("\n");
}

function settingsList(): string {
  const groups = SETTING_GROUPS.map(({ title, settings }) => {
    const rows = Object.values(settings).map((row): [string, string] => [
      row.name,
      `${row.about}${defaultOf(row)}${row.aliases.length > 0 ? ` Also ${row.aliases.join(", ")}.` : ""}`,
    ]);
    return `${title}\n\n${columns(rows)}`;
  });
  const example = SETTINGS.dataFolder;
  return [
    `Flags win over the environment, and that over the file of --config.`,
    `As a flag, ${example.name} is --${flagOf(example)}. A secret may lie in a file: NAME_FILE.`,
    "",
    ...groups,
  ].join("\n");
}

function defaultOf(row: Setting<unknown>): string {
  const value = row.shownFallback ?? row.fallback.serve;
  if (value === null || (Array.isArray(value) && value.length === 0)) return "";
  return ` Default: ${value}.`;
}

function usageOf(command: Command): string {
  return command.args ? `${command.name} ${command.args}` : command.name;
}

/** Two columns, the second wrapped at 80 characters where there is room. */
function columns(rows: readonly [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  const room = Math.max(30, 80 - width);
  const lines = rows.flatMap(([left, right]) =>
    wrap(right, room).map(
      (text, index) =>
        `  ${(index === 0 ? left : "").padEnd(width - 2)}${text}`,
    ),
  );
  return `${lines.join("\n")}\n`;
}

function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  lines.push(line);
  return lines;
}
