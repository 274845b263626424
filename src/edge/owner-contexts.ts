import type { OwnAccounts } from "#contexts/checks/own-account.ts";
import type { Did } from "#repo/syntax.ts";

/** What the pages of an account need of the domain beside the methods of XRPC. */
export interface OwnerContexts {
  account: OwnAccounts;
  /** Tells relays of the account again; it takes its turn. */
  announce(did: Did): void;
}
