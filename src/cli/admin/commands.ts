import { type Command, CONFIG_FLAG, type Flag } from "#cli/command.ts";
import { CLIENT_FLAGS } from "./client-flags.ts";

type Row = Pick<Command, "name" | "args" | "about" | "maxArgs" | "run"> &
  Partial<Command>;

const REVERSE = { name: "reverse", about: "Takes it back." };
const REF = {
  name: "ref",
  value: "TEXT",
  about: "What the takedown is known by; else the time.",
};
const PASSWORD_FILE = {
  name: "password-file",
  value: "FILE",
  about:
    "Holds the password, `-` is standard input; else one is made and shown.",
};

/** Commands that call a running server as its operator. */
const row = ({ flags = [], ...rest }: Row): Command => ({
  takesSettings: true,
  ...rest,
  flags: [...(flags as Flag[]), ...CLIENT_FLAGS],
});

const accounts = () => import("./accounts.ts");
const blobs = () => import("./blobs.ts");
const invites = () => import("./invites.ts");

/** ACCOUNT is a DID, a handle or an e-mail address. */
export const ADMIN_COMMANDS: readonly Command[] = [
  row({
    name: "admin account list",
    args: "[TEXT]",
    about: "Lists accounts: DID, state, handle, address.",
    details: "TEXT leaves those whose e-mail address holds it.",
    maxArgs: 1,
    run: async (call) => (await accounts()).runAccountList(call),
  }),
  row({
    name: "admin account info",
    args: "ACCOUNT",
    about: "Shows an account, named by DID, handle or e-mail address.",
    maxArgs: 1,
    run: async (call) => (await accounts()).runAccountInfo(call),
  }),
  row({
    name: "admin account create",
    args: "EMAIL HANDLE",
    about: "Makes an account, with an invite code of its own.",
    details:
      "The password is shown this once. Under the policy `closed` accounts are made at /admin.",
    flags: [PASSWORD_FILE],
    maxArgs: 2,
    run: async (call) => (await accounts()).runAccountCreate(call),
  }),
  row({
    name: "admin account update",
    args: "ACCOUNT",
    about: "Changes the handle or the e-mail address of an account.",
    flags: [
      { name: "handle", value: "HANDLE", about: "The new handle." },
      { name: "email", value: "EMAIL", about: "The new address." },
    ],
    maxArgs: 1,
    run: async (call) => (await accounts()).runAccountUpdate(call),
  }),
  row({
    name: "admin account reset-password",
    args: "ACCOUNT",
    about: "Sets another password, which ends all sessions of the account.",
    flags: [PASSWORD_FILE],
    maxArgs: 1,
    run: async (call) => (await accounts()).runResetPassword(call),
  }),
  row({
    name: "admin account takedown",
    args: "ACCOUNT",
    about:
      "Takes an account down: nothing of it is served until that is taken back.",
    flags: [REVERSE, REF],
    maxArgs: 1,
    run: async (call) => (await accounts()).runAccountTakedown(call),
  }),
  row({
    name: "admin account untakedown",
    args: "ACCOUNT",
    about: "Takes the takedown of an account back.",
    maxArgs: 1,
    run: async (call) =>
      (await accounts()).runAccountTakedown({
        ...call,
        flags: new Map([...call.flags, ["reverse", "true"]]),
      }),
  }),
  row({
    name: "admin account invites",
    args: "ACCOUNT",
    about: "Lets an account earn invite codes, or no more.",
    flags: [{ name: "off", about: "No more; those it has stay good." }],
    maxArgs: 1,
    run: async (call) => (await accounts()).runAccountInvites(call),
  }),
  row({
    name: "admin account delete",
    args: "ACCOUNT",
    about: "Deletes an account with all that it has here, for good.",
    details: "Without --yes it shows what would be deleted, and ends with 2.",
    flags: [{ name: "yes", about: "Does it." }],
    maxArgs: 1,
    run: async (call) => (await accounts()).runAccountDelete(call),
  }),
  row({
    name: "admin blob status",
    args: "ACCOUNT CID",
    about: "Says whether a file of an account is served.",
    maxArgs: 2,
    run: async (call) => (await blobs()).runBlobStatus(call),
  }),
  row({
    name: "admin blob takedown",
    args: "ACCOUNT CID",
    about: "Serves a file of an account no more.",
    flags: [REVERSE, REF],
    maxArgs: 2,
    run: async (call) => (await blobs()).runBlobTakedown(call),
  }),
  row({
    name: "admin invite create",
    aliases: ["admin create-invites", "admin create-invite-code"],
    args: "",
    about: "Makes invite codes, one a line.",
    flags: [
      { name: "count", value: "N", about: "How many codes; 1." },
      { name: "uses", value: "N", about: "Accounts that each is good for; 1." },
      { name: "for", value: "ACCOUNT", about: "Whose codes they are." },
    ],
    maxArgs: 0,
    run: async (call) => (await invites()).runInviteCreate(call),
  }),
  row({
    name: "admin invite list",
    args: "",
    about: "Lists invite codes, the newest first: uses, state, time, whose.",
    maxArgs: 0,
    run: async (call) => (await invites()).runInviteList(call),
  }),
  row({
    name: "admin invite disable",
    args: "CODE…",
    about: "Lets codes be good for nobody any more.",
    maxArgs: Number.POSITIVE_INFINITY,
    run: async (call) => (await invites()).runInviteDisable(call),
  }),
  {
    name: "admin request-crawl",
    args: "[RELAY…]",
    about:
      "Asks relays to read this server's events: those of the settings, or others.",
    flags: [CONFIG_FLAG],
    takesSettings: true,
    maxArgs: Number.POSITIVE_INFINITY,
    run: async (call) => (await import("./relays.ts")).runRequestCrawl(call),
  },
  {
    name: "admin token",
    args: "",
    about:
      "Makes a token for programs that administer the server, and its hash.",
    details:
      "The token goes to the program, which sends it as `Authorization: Bearer`; these commands take it from TEMPEST_ADMIN_TOKEN. The hash goes into TEMPEST_ADMIN_TOKEN_HASH. The token is shown this once.",
    flags: [{ name: "json", about: "Prints one JSON object." }],
    takesSettings: false,
    maxArgs: 0,
    run: async (call) => (await import("./token.ts")).runAdminToken(call),
  },
];
