import type { AppPasswords } from "#contexts/accounts/app-passwords.ts";
import type { OwnIdentities } from "#contexts/accounts/own-identity.ts";
import type { CleanUps } from "#contexts/blobs/clean-up.ts";
import type { Media } from "#contexts/blobs/media.ts";
import type { Checkups } from "#contexts/checks/checkup.ts";
import type { OwnAccounts } from "#contexts/checks/own-account.ts";
import type { BulkDeletions } from "#contexts/records/bulk-delete.ts";
import type { Explorer } from "#contexts/records/explorer.ts";
import type { Activity } from "#contexts/sync/activity.ts";
import type { Archives } from "#contexts/sync/archive.ts";
import type { LetterChoices } from "#contexts/security/letter-choices.ts";
import type { Did } from "#repo/syntax.ts";

/** What the pages of an account need of the domain beside the methods of XRPC. */
export interface OwnerContexts {
  account: OwnAccounts;
  activity: Activity;
  identity: OwnIdentities;
  media: Media;
  explorer: Explorer;
  bulkDeletions: BulkDeletions;
  cleanUps: CleanUps;
  checkups: Checkups;
  appPasswords: Pick<
    AppPasswords,
    | "createAppPassword"
    | "createLimitedAppPassword"
    | "listLimitedAppPasswords"
    | "revokeAppPassword"
  >;
  letters: LetterChoices;
  archives: Archives;
  /** Tells relays of the account again; it takes its turn. */
  announce(did: Did): void;
}
