import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { COMMANDS } from "#cli/commands.ts";
import { flagOf } from "#cli/arguments.ts";
import { OTHER_NAMES } from "#config/other-names.ts";
import type { Setting } from "#config/setting.ts";
import { SETTING_GROUPS } from "#config/table.ts";
import {
  CLIENT_RULES,
  type ClientRule,
  LOCAL_RULES,
} from "#contexts/oauth/client-rules.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { describeAuth, describeLimit } from "#edge/web/public/callers.ts";
import { en } from "#edge/web/text/en.ts";
import { METHODS, SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";

/** Writes docs/reference from the tables of settings, commands and methods. */
const ROOT = join(import.meta.dir, "..");
const NOTE = "<!-- Made by `bun run gen` from the tables in src. -->";

const DOCUMENTS: readonly { path: string; make: () => string }[] = [
  { path: "docs/reference/settings.md", make: settingsDocument },
  { path: "docs/reference/cli.md", make: cliDocument },
  { path: "docs/reference/methods.md", make: methodsDocument },
  { path: "docs/reference/client-rules.md", make: clientRulesDocument },
];

function settingsDocument(): string {
  const groups = SETTING_GROUPS.map(
    ({ title, settings }) =>
      `## ${title}\n\n${table(
        ["Name", "Meaning", "Default", "Other names"],
        Object.values(settings).map(settingRow),
      )}`,
  );
  const others = Object.entries(OTHER_NAMES).map(([name, { kind, reason }]) => [
    code(name),
    kind === "refused" ? "stops the start" : "no effect",
    reason,
  ]);
  return `# Settings

A flag wins over the environment, that over the file named by \`--config\` or \`TEMPEST_CONFIG\`, and that over what is set in \`/admin\`. As a flag, \`TEMPEST_DATA_DIR\` is \`--data-dir\`; secrets are not taken as flags. A secret may also lie in a file, named by the setting with \`_FILE\` behind it, or in a systemd credential of its name in lower case. An empty value is no value.

${groups.join("\n\n")}

## Names of other servers

Every name of the reference PDS and of the Elixir version of Tempest is known. Those that are not in the tables above either have no effect, and are mentioned in the log, or stop the start.

${table(["Name", "Result", "Reason"], others)}
`;
}

function settingRow(row: Setting<unknown>): string[] {
  const { serve, dev } = row.fallback;
  const shown = row.shownFallback ?? showValue(serve);
  const inDev =
    row.shownFallback === undefined && showValue(dev) !== showValue(serve)
      ? `; in dev ${showValue(dev)}`
      : "";
  return [
    code(row.name),
    `${row.about}${row.secret ? " Secret." : ""}${row.live ? " Can be changed in `/admin`." : ""}`,
    `${shown}${inDev}`,
    row.aliases.map(code).join(" "),
  ];
}

function showValue(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "";
  return code(String(value));
}

function cliDocument(): string {
  const commands = COMMANDS.map((command) => {
    const flags = command.flags.map(({ name, value, about }) => [
      code(`--${name}${value ? ` ${value}` : ""}`),
      about,
    ]);
    if (command.takesSettings) {
      flags.push(["any setting", "See [settings](settings.md)."]);
    }
    return [
      `## tempest ${command.name}`,
      code(`tempest ${command.name} ${command.args}`.trim()),
      [command.about, command.details].filter(Boolean).join(" "),
      flags.length > 0 ? table(["Flag", "Meaning"], flags) : "",
    ].join("\n\n");
  });
  return `# Command line

Data goes to standard output, talk to standard error. Exit codes: 0 done, 1 failed, 2 not understood, 69 something is unreachable or taken, 70 the disk failed, 78 the settings or the data folder do not fit.

${commands.join("\n\n")}

## Flags that are settings

${SETTING_GROUPS.map(({ settings }) =>
  Object.values(settings)
    .filter(({ secret }) => !secret)
    .map((row) => code(`--${flagOf(row)}`))
    .join(" "),
).join("\n\n")}
`;
}

function methodsDocument(): string {
  const lexicons = createLexicons();
  const groups = Map.groupBy(
    [...Object.keys(METHODS), ...Object.keys(SUBSCRIPTIONS)].toSorted(),
    (nsid) => nsid.split(".").slice(0, -1).join("."),
  );
  const sections = [...groups].map(([group, nsids]) => {
    const rows = nsids.map((nsid) => {
      const method = METHODS[nsid];
      const errors = [...lexicons.errorsOf(nsid), ...(method?.errors ?? [])];
      return [
        code(nsid.slice(group.length + 1)),
        lexicons.find(nsid)?.type ?? "",
        method ? describeAuth(en, method.auth) : "anybody",
        method ? describeLimit(en, method) : "",
        [...new Set(errors)].toSorted().map(code).join(" "),
      ];
    });
    return `## ${group}\n\n${table(
      ["Method", "Kind", "Who may call", "Own limit", "Own errors"],
      rows,
    )}`;
  });
  return `# Methods

The XRPC methods that this server answers itself. Parameters, input and output are those of their lexicons. A method that is not here goes to the service named by the \`atproto-proxy\` header, or to the AppView if one is set, or is answered with 501 \`MethodNotImplemented\`. Beside its own limit every call counts for the account that makes it, or for the address where nobody signs in: 3000 in five minutes. Limits that stand alone replace that one.

${sections.join("\n\n")}
`;
}

function clientRulesDocument(): string {
  const sections = (rules: readonly ClientRule[]) =>
    rules.map(({ id, sentence }) => `### ${id}\n\n${sentence}`).join("\n\n");
  return `# Rules for applications

An application that wants to be let in by OAuth describes itself, as [atproto asks it to](https://atproto.com/specs/oauth#clients). Where the description breaks a rule, the application is told the first one in \`error_description\`, and by a link in \`error_uri\`; somebody who was led here by it reads the same on the page. What was looked at is kept for ten minutes; what was refused, and [in development](../use/README.md) everything, is looked at anew each time.

## Applications with an address

${sections(CLIENT_RULES)}

## Applications on the person's own machine

${sections(LOCAL_RULES)}
`;
}

const code = (text: string) => `\`${text}\``;

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join(
    "\n",
  );
}

async function textOf(make: () => string): Promise<string> {
  return format(`${NOTE}\n\n${make()}`, { parser: "markdown" });
}

/** Paths of the generated documents that differ from what is on disk. */
export async function staleDocuments(): Promise<string[]> {
  const stale: string[] = [];
  for (const { path, make } of DOCUMENTS) {
    const file = Bun.file(join(ROOT, path));
    const text = (await file.exists()) ? await file.text() : "";
    if (text !== (await textOf(make))) stale.push(path);
  }
  return stale;
}

if (import.meta.main) {
  for (const { path, make } of DOCUMENTS) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    await Bun.write(join(ROOT, path), await textOf(make));
  }
}
