import { readFileSync } from "node:fs";
import { randomBase32, systemRandom } from "#contexts/security/random.ts";
import { OperatorError } from "#lib/errors.ts";
import { type Call, EXIT } from "#cli/command.ts";
import { type AdminClient, connect, listAll, missing } from "./client.ts";
import { type AccountView, findAccount, listAccounts } from "./find.ts";
import { printDone, printOne, printRow } from "./print.ts";

/** com.atproto.admin.getSubjectStatus */
export interface SubjectStatus {
  takedown?: { applied: boolean; ref?: string };
  deactivated?: { applied: boolean };
}

/** 120 random bits. */
const PASSWORD_LENGTH = 24;
const REPOS_PAGE = 1000;
const WIDTHS = [32, 11, 32];

/** All accounts, or those whose address holds a text, in the order of DIDs. */
export async function runAccountList(call: Call): Promise<number> {
  const client = connect(call);
  const states = await readStates(client);
  let count = 0;
  for await (const account of listAccounts(client, call.args[0])) {
    count++;
    const { did, handle, email = "" } = account;
    const status = states.get(did) ?? "no repo";
    const whole = { ...account, status };
    const columns = [did, status, handle, email];
    if (!printRow(call, columns, { widths: WIDTHS, whole })) return EXIT.ok;
  }
  call.terminal.err(count === 1 ? "1 account\n" : `${count} accounts\n`);
  return EXIT.ok;
}

/** `active`, or why not, by DID. */
async function readStates(client: AdminClient): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  const repos = listAll<{ did: string; active?: boolean; status?: string }>(
    client,
    "com.atproto.sync.listRepos",
    { name: "repos", limit: REPOS_PAGE },
  );
  for await (const { did, active, status } of repos) {
    states.set(did, active === false ? (status ?? "inactive") : "active");
  }
  return states;
}

export async function runAccountInfo(call: Call): Promise<number> {
  const client = connect(call);
  const did = await findAccount(client, call.args[0]);
  await printAccount(call, client, did);
  return EXIT.ok;
}

async function printAccount(
  call: Call,
  client: AdminClient,
  did: string,
): Promise<void> {
  const [account, status] = await Promise.all([
    client.query<AccountView>("com.atproto.admin.getAccountInfo", { did }),
    client.query<SubjectStatus>("com.atproto.admin.getSubjectStatus", { did }),
  ]);
  const { takedown, deactivated } = status;
  const confirmed = account.emailConfirmedAt ? "" : " (not confirmed)";
  printOne(
    call,
    {
      DID: account.did,
      Handle: account.handle,
      "E-mail": account.email && `${account.email}${confirmed}`,
      Made: account.indexedAt,
      Invitation: account.invitedBy?.code,
      "Earns codes": account.invitesDisabled ? "no" : "yes",
      Deactivated: deactivated?.applied
        ? (account.deactivatedAt ?? "yes")
        : undefined,
      "Taken down": sayTakedown(takedown),
    },
    { ...account, takedown, deactivated },
  );
}

/** Makes an account with an invite code of its own, as a stranger would with one. */
export async function runAccountCreate(call: Call): Promise<number> {
  const [email, handle] = call.args;
  if (email === undefined || handle === undefined) {
    throw missing("address and handle", "in this order: EMAIL HANDLE");
  }
  const client = connect(call);
  const { password, isMade } = readPassword(call);
  const { code } = await client.procedure<{ code: string }>(
    "com.atproto.server.createInviteCode",
    { useCount: 1 },
  );
  let made;
  try {
    made = await client.asStranger.procedure<{ did: string; handle: string }>(
      "com.atproto.server.createAccount",
      { email, handle, password, inviteCode: code },
    );
  } catch (error) {
    // Nobody shall find it usable one day.
    await client.procedure("com.atproto.admin.disableInviteCodes", {
      codes: [code],
    });
    throw error;
  }
  const shown = isMade ? { password } : {};
  printOne(
    call,
    { DID: made.did, Handle: made.handle, Password: shown.password },
    { did: made.did, handle: made.handle, email, ...shown },
  );
  return EXIT.ok;
}

export async function runAccountUpdate(call: Call): Promise<number> {
  const handle = call.flags.get("handle");
  const email = call.flags.get("email");
  if (handle === undefined && email === undefined) {
    throw missing("change", "with --handle or --email");
  }
  const client = connect(call);
  const did = await findAccount(client, call.args[0]);
  if (email !== undefined) {
    const input = { account: did, email };
    await client.procedure("com.atproto.admin.updateAccountEmail", input);
  }
  if (handle !== undefined) {
    const input = { did, handle };
    await client.procedure("com.atproto.admin.updateAccountHandle", input);
  }
  await printAccount(call, client, did);
  return EXIT.ok;
}

export async function runResetPassword(call: Call): Promise<number> {
  const client = connect(call);
  const did = await findAccount(client, call.args[0]);
  const { password, isMade } = readPassword(call);
  await client.procedure("com.atproto.admin.updateAccountPassword", {
    ...{ did, password },
  });
  if (isMade) printOne(call, { Password: password }, { did, password });
  else printDone(call, `${did} has the password of that file.`, { did });
  return EXIT.ok;
}

export async function runAccountTakedown(call: Call): Promise<number> {
  const client = connect(call);
  const did = await findAccount(client, call.args[0]);
  const takedown = takedownOf(call);
  const { applied } = takedown;
  await client.procedure("com.atproto.admin.updateSubjectStatus", {
    subject: { $type: "com.atproto.admin.defs#repoRef", did },
    takedown,
  });
  printDone(call, applied ? `${did} is taken down.` : `${did} is back.`, {
    did,
    takedown: applied,
  });
  return EXIT.ok;
}

/** With what it is known by; undefined when there is none. */
export function sayTakedown(
  takedown: SubjectStatus["takedown"],
): string | undefined {
  if (!takedown?.applied) return undefined;
  return takedown.ref ? `yes, ${takedown.ref}` : "yes";
}

/** The reference is what the takedown is known by; the time unless one is given. */
export function takedownOf({
  flags,
}: Call): NonNullable<SubjectStatus["takedown"]> {
  if (flags.get("reverse") === "true") return { applied: false };
  const ref = flags.get("ref") ?? String(Math.floor(Date.now() / 1000));
  return { applied: true, ref };
}

export async function runAccountDelete(call: Call): Promise<number> {
  const client = connect(call);
  const did = await findAccount(client, call.args[0]);
  if (call.flags.get("yes") !== "true") {
    await printAccount(call, client, did);
    throw new OperatorError("Nothing was deleted yet.", {
      hint: "This account with its records and files would be gone for good. Say --yes to delete it.",
      exitCode: EXIT.usage,
    });
  }
  await client.procedure("com.atproto.admin.deleteAccount", { did });
  printDone(call, `${did} is deleted.`, { did, deleted: true });
  return EXIT.ok;
}

/** Invites of one account: whether it earns codes. */
export async function runAccountInvites(call: Call): Promise<number> {
  const client = connect(call);
  const did = await findAccount(client, call.args[0]);
  const isOff = call.flags.get("off") === "true";
  const act = isOff ? "disableAccountInvites" : "enableAccountInvites";
  await client.procedure(`com.atproto.admin.${act}`, { account: did });
  printDone(
    call,
    isOff ? `${did} earns no more codes.` : `${did} earns codes.`,
    { did, invitesDisabled: isOff },
  );
  return EXIT.ok;
}

/** From a file, `-` for standard input; else a new one, which is then shown. */
function readPassword({ flags }: Call): { password: string; isMade: boolean } {
  const file = flags.get("password-file");
  if (file === undefined) {
    const password = randomBase32(systemRandom, PASSWORD_LENGTH);
    return { password, isMade: true };
  }
  let text;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    throw new OperatorError(`${file} cannot be read.`, {
      hint: "Name a file that holds the password, or - for standard input.",
      exitCode: EXIT.usage,
      cause,
    });
  }
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw missing("password", `in ${file}`);
  return { password, isMade: false };
}
