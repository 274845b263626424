/** Where a command writes: data to `out`, talk to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True once nobody reads `out` any more; lists then end. */
  isClosed?(): boolean;
}

/** A flag of one command. */
export interface Flag {
  /** Without the dashes. */
  name: string;
  /** What the value is, such as `FILE`; a flag without one is on or off. */
  value?: string;
  about: string;
}

export const CONFIG_FLAG: Flag = {
  name: "config",
  value: "FILE",
  about: "Reads settings from a file of NAME=value lines.",
};

/** What the user typed, sorted. */
export interface Call {
  /** Arguments that are no flags, after the command's words. */
  args: readonly string[];
  /** The command's own flags; an on-or-off flag has the value `true`. */
  flags: ReadonlyMap<string, string>;
  /** Settings given as flags, by their `TEMPEST_` name. */
  settings: Readonly<Record<string, string>>;
  terminal: Terminal;
}

/** One row of the table of commands. */
export interface Command {
  /** One to three words: `serve`, `doctor fetch`, `admin account list`. */
  name: string;
  /** Other names, which other tools taught people. */
  aliases?: readonly string[];
  /** What follows the name: `[HOSTNAME]`. */
  args: string;
  /** A sentence. */
  about: string;
  /** More for `tempest help NAME`. */
  details?: string;
  flags: readonly Flag[];
  /** Takes every setting that is no secret as a flag. */
  takesSettings: boolean;
  /** Most arguments that are allowed. */
  maxArgs: number;
  /** Resolves with the exit code. */
  run(call: Call): Promise<number>;
}

/** Exit codes that scripts may rely on. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 69,
  diskFailed: 70,
  misconfigured: 78,
} as const;
