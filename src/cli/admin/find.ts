import { EXIT } from "#cli/command.ts";
import { OperatorError } from "#lib/errors.ts";
import { isDid } from "#repo/syntax.ts";
import { type AdminClient, listAll, missing } from "./client.ts";

/** com.atproto.admin.defs#accountView, as far as it is shown. */
export interface AccountView {
  did: string;
  handle: string;
  email?: string;
  indexedAt: string;
  emailConfirmedAt?: string;
  deactivatedAt?: string;
  invitesDisabled?: boolean;
  invitedBy?: { code: string; forAccount: string };
}

const PAGE = 100;

/** All accounts, or those whose address holds a text, in the order of DIDs. */
export const listAccounts = (client: AdminClient, email?: string) =>
  listAll<AccountView>(client, "com.atproto.admin.searchAccounts", {
    ...{ name: "accounts", email, limit: PAGE },
  });

/**
 * The DID of an account that is named by DID, handle or e-mail address.
 * @throws OperatorError when there is none, or the word is missing.
 */
export async function findAccount(
  client: AdminClient,
  name: string | undefined,
): Promise<string> {
  if (name === undefined) throw missing("account", "by DID, handle or address");
  if (isDid(name)) return name;
  const word = name.replace(/^@/, "").toLowerCase();
  if (word.includes("@")) {
    return pick(name, listAccounts(client, word), ({ email }) => email, word);
  }
  const resolved = await resolveHandle(client, word);
  if (resolved !== null) return resolved;
  // That of an account that is taken down is not resolved.
  return pick(name, listAccounts(client), ({ handle }) => handle, word);
}

async function resolveHandle(
  client: AdminClient,
  handle: string,
): Promise<string | null> {
  const nsid = "com.atproto.identity.resolveHandle";
  try {
    const { query } = client.asStranger;
    return (await query<{ did: string }>(nsid, { handle })).did;
  } catch (error) {
    if ((error as OperatorError).exitCode === EXIT.failed) return null;
    throw error;
  }
}

async function pick(
  name: string,
  accounts: AsyncIterable<AccountView>,
  fieldOf: (account: AccountView) => string | undefined,
  wanted: string,
): Promise<string> {
  for await (const account of accounts) {
    if (fieldOf(account)?.toLowerCase() === wanted) return account.did;
  }
  throw new OperatorError(`No account here is ${name}.`, {
    hint: "`tempest admin account list` lists them all.",
    exitCode: EXIT.failed,
  });
}
