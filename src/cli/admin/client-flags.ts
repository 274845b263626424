import { CONFIG_FLAG, type Flag } from "#cli/command.ts";

/** Of all commands that call a server; apart from what calls it, so that the table of commands loads nothing. */
export const CLIENT_FLAGS: readonly Flag[] = [
  {
    name: "url",
    value: "URL",
    about: "The server; else the one on this machine, by its settings.",
  },
  CONFIG_FLAG,
  { name: "json", about: "Prints JSON: one object, or one a line." },
];
