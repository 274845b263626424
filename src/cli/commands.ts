import { ADMIN_COMMANDS } from "./admin/commands.ts";
import { type Command, CONFIG_FLAG } from "./command.ts";

/** The one table of commands. Each is loaded when it is called. */
export const COMMANDS: readonly Command[] = [
  {
    name: "dev",
    args: "",
    about:
      "Starts a whole network on this machine: directory, server, accounts, mail.",
    details:
      "Nothing leaves the machine. Data stays in ./tempest-data-dev until you remove it.",
    flags: [
      CONFIG_FLAG,
      { name: "json", about: "Prints one JSON object when ready." },
    ],
    takesSettings: true,
    maxArgs: 0,
    run: async (call) => (await import("./dev.ts")).runDev(call),
  },
  {
    name: "serve",
    args: "[HOSTNAME]",
    about: "Starts a server that faces the world.",
    details:
      "HOSTNAME is the public name, such as pds.example.com. Unsafe settings are refused with what to set instead.",
    flags: [CONFIG_FLAG],
    takesSettings: true,
    maxArgs: 1,
    run: async (call) => (await import("./serve.ts")).runServe(call),
  },
  ...ADMIN_COMMANDS,
  {
    name: "doctor fetch",
    args: "URL",
    about:
      "Fetches a URL as the server does when a stranger names it, and says why not.",
    flags: [
      { name: "allow-loopback", about: "Allows this machine, as `dev` does." },
    ],
    takesSettings: false,
    maxArgs: 1,
    run: async (call) => (await import("./doctor.ts")).runDoctorFetch(call),
  },
  {
    name: "repo verify",
    args: "[ACCOUNT…]",
    about:
      "Checks repositories, log and blobs while the server is stopped, and says what is damaged.",
    details:
      "Accounts are named by DID or handle. Every block is hashed, every tree walked, every event inverted, every blob read. What a crash left undone is done first. Ends with 1 when something is damaged.",
    flags: [
      CONFIG_FLAG,
      { name: "all", about: "Checks every account, and all of the log." },
      { name: "json", about: "Prints one JSON object at the end." },
    ],
    takesSettings: true,
    maxArgs: Number.POSITIVE_INFINITY,
    run: async (call) => (await import("./repo.ts")).runRepoVerify(call),
  },
  {
    name: "sign",
    args: "TEXT",
    about:
      "Signs a text with a private key that you keep, such as the recovery key of your identity.",
    details:
      "For the sign-in page, where a recovery key stands in for a second factor that was lost. The signature goes to standard output.",
    flags: [
      {
        name: "key",
        value: "FILE",
        about: "The private key, as 64 hexadecimal digits.",
      },
      {
        name: "curve",
        value: "CURVE",
        about: "k256, unless p256 is said.",
      },
    ],
    takesSettings: false,
    maxArgs: 1,
    run: async (call) => (await import("./sign.ts")).runSign(call),
  },
  {
    name: "help",
    args: "[COMMAND | settings]",
    about: "Explains a command, or lists all settings.",
    flags: [],
    takesSettings: false,
    maxArgs: 3,
    run: async (call) => (await import("./help.ts")).runHelp(call),
  },
  {
    name: "version",
    args: "",
    about: "Prints the version.",
    flags: [],
    takesSettings: false,
    maxArgs: 0,
    run: async (call) => (await import("./help.ts")).runVersion(call),
  },
];
