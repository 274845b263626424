import { OperatorError } from "#lib/errors.ts";
import { type Call, EXIT } from "#cli/command.ts";
import { type AdminClient, connect, listAll, missing } from "./client.ts";
import { findAccount } from "./find.ts";
import { printDone, printRow } from "./print.ts";

/** com.atproto.server.defs#inviteCode, as far as it is shown. */
interface InviteCode {
  code: string;
  available: number;
  disabled: boolean;
  forAccount: string;
  createdAt: string;
  uses: { usedBy: string }[];
}

const PAGE = 100;
const WIDTHS = [24, 9, 9, 24];

/** New codes, one a line. */
export async function runInviteCreate(call: Call): Promise<number> {
  const client = connect(call);
  const useCount = readCount(call, "uses");
  const codeCount = readCount(call, "count");
  const owner = call.flags.get("for");
  const { codes } = await client.procedure<{
    codes: { account: string; codes: string[] }[];
  }>("com.atproto.server.createInviteCodes", {
    ...{ codeCount, useCount },
    ...(owner !== undefined && {
      forAccounts: [await findAccount(client, owner)],
    }),
  });
  for (const { account, codes: made } of codes) {
    for (const code of made) {
      printRow(call, [code], {
        widths: [],
        whole: { code, uses: useCount, account },
      });
    }
  }
  return EXIT.ok;
}

function readCount({ flags }: Call, name: string): number {
  const text = flags.get(name) ?? "1";
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new OperatorError(`--${name} takes a whole number above 0.`, {
    hint: `"${text}" is none.`,
    exitCode: EXIT.usage,
  });
}

/** All codes, the newest first. */
export async function runInviteList(call: Call): Promise<number> {
  const client = connect(call);
  let count = 0;
  for await (const whole of listCodes(client)) {
    count++;
    const { code, available, uses, disabled } = whole;
    const used = `${uses.length} of ${available}`;
    const state = disabled ? "disabled" : "";
    const columns = [code, used, state, whole.createdAt, whole.forAccount];
    if (!printRow(call, columns, { widths: WIDTHS, whole })) return EXIT.ok;
  }
  call.terminal.err(count === 1 ? "1 code\n" : `${count} codes\n`);
  return EXIT.ok;
}

const listCodes = (client: AdminClient) =>
  listAll<InviteCode>(client, "com.atproto.admin.getInviteCodes", {
    ...{ name: "codes", sort: "recent", limit: PAGE },
  });

export async function runInviteDisable(call: Call): Promise<number> {
  const codes = call.args;
  if (codes.length === 0) throw missing("code", "as it was given out");
  const client = connect(call);
  await refuseUnknown(client, codes);
  await client.procedure("com.atproto.admin.disableInviteCodes", { codes });
  printDone(call, `Good no more: ${codes.join(", ")}`, { codes });
  return EXIT.ok;
}

/** The method is silent about a code that nobody has, and the one that was meant would stay good. */
async function refuseUnknown(
  client: AdminClient,
  codes: readonly string[],
): Promise<void> {
  const unknown = new Set(codes);
  for await (const { code } of listCodes(client)) {
    unknown.delete(code);
    if (unknown.size === 0) return;
  }
  throw new OperatorError(`No code here is ${[...unknown].join(", ")}.`, {
    hint: "Nothing was changed. `tempest admin invite list` lists them all.",
    exitCode: EXIT.failed,
  });
}
