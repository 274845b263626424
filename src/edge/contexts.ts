import type { Applications } from "#contexts/accounts/applications.ts";
import type { EmailMethods } from "#contexts/accounts/email-methods.ts";
import type { SignUps } from "#contexts/accounts/sign-up.ts";
import type { Registration } from "#contexts/accounts/registration.ts";
import type { Factors } from "#contexts/accounts/factors/factors.ts";
import type { Site } from "#contexts/admin/site.ts";
import type { Statistics } from "#contexts/admin/statistics.ts";
import type { AppPasswords } from "#contexts/accounts/app-passwords.ts";
import type { Delegations } from "#contexts/accounts/delegations.ts";
import type { AdminConsole } from "#contexts/admin/console.ts";
import type { AppView } from "#contexts/appview/appview.ts";
import type { Relays } from "#contexts/relays/relays.ts";
import type { Imports } from "#contexts/migration/import-repo.ts";
import type { OAuth } from "#contexts/oauth/oauth.ts";
import type { AdminProof } from "#contexts/security/admin.ts";
import type { AdminSessions } from "#contexts/security/admin-sessions.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { AccountCaller, Caller } from "#contexts/security/caller.ts";
import type { OwnerContexts } from "#edge/owner-contexts.ts";
import type { Did, Handle } from "#repo/syntax.ts";

/**
 * What the handlers need of the domain. Parameters and input are of the shape
 * that the method's lexicon gives, which dispatch has checked by then, so they
 * are `unknown` here and typed in the contexts.
 */
export interface Contexts {
  accounts: AccountMethods &
    AccountReads &
    SignUps &
    LimitedAppPasswords &
    Pick<EmailMethods, "confirmEmailByCode">;
  admin: AdminMethods;
  /** What the operator's pages show and do. */
  console: AdminConsole;
  migration: MigrationMethods;
  registration: Registration & Applications;
  security: Security;
  /** Who is signed in on the operator's pages. */
  admins: AdminSessions;
  /** Who may act for whom. */
  delegations: Pick<
    Delegations,
    "grant" | "revoke" | "renounce" | "list" | "listFor" | "actFor"
  >;
  /** What happened to accounts, for their owners and the operator. */
  events: Pick<SecurityEvents, "list" | "listAll">;
  oauth: OAuth;
  factors: Factors;
  owner: OwnerContexts;
  identity: Identity;
  records: RecordMethods;
  blobs: BlobMethods;
  sync: SyncMethods;
  lookups: IdentityLookups;
  lexicons: LexiconMethods;
  host: HostMethods;
  space: Space;
  appview: AppView;
  statistics: Statistics;
  site: Site;
  relays: Pick<Relays, "list">;
}

type Answer = object | Promise<object>;
type Done = void | Promise<void>;

export type AccountStatus =
  "active" | "deactivated" | "takendown" | "suspended" | "deleted" | "creating";

interface AccountMethods {
  createAccount(input: unknown, caller: Caller): Answer;
  createSession(input: unknown, caller: Caller): Answer;
  getSession(caller: Caller): Answer;
  refreshSession(refreshJwt: string, caller: Caller): Answer;
  deleteSession(refreshJwt: string, caller: Caller): Done;
  createInviteCode(input: unknown): Answer;
  createInviteCodes(input: unknown): Answer;
  getAccountInviteCodes(params: unknown, caller: Caller): Answer;
  disableOwnInviteCode(input: { code: string }, caller: Caller): Done;
  createAppPassword(input: unknown, caller: Caller): Answer;
  listAppPasswords(caller: Caller): Answer;
  revokeAppPassword(input: unknown, caller: Caller): Done;
  getServiceAuth(params: unknown, caller: Caller): Answer;
  reserveSigningKey(input: unknown): Answer;
  activateAccount(caller: Caller): Done;
  deactivateAccount(input: unknown, caller: Caller): Done;
  checkAccountStatus(caller: Caller): Answer;
  deleteAccount(input: unknown, caller: Caller): Done;
  requestEmailConfirmation(caller: Caller): Done;
  confirmEmail(input: unknown, caller: Caller): Done;
  requestEmailUpdate(caller: Caller): Answer;
  updateEmail(input: unknown, caller: Caller): Done;
  requestPasswordReset(input: unknown, caller: Caller): Done;
  resetPassword(input: unknown, caller: Caller): Done;
  changePassword(
    owner: AccountCaller,
    change: { password: string; deviceId: string; endsAppPasswords: boolean },
  ): Promise<void>;
  removePassword(owner: AccountCaller, deviceId: string): Done;
  requestAccountDelete(caller: Caller): Done;
  updateHandle(input: unknown, caller: Caller): Done;
  checkHandleAvailability(params: unknown): Answer;
  getRecommendedDidCredentials(caller: Caller): Answer;
  requestPlcOperationSignature(caller: Caller): Done;
  signPlcOperation(input: unknown, caller: Caller): Answer;
  submitPlcOperation(input: unknown, caller: Caller): Done;
}

/** For the pages: what the methods of app passwords have no room for. */
type LimitedAppPasswords = Pick<
  AppPasswords,
  "createLimitedAppPassword" | "listLimitedAppPasswords"
>;

/** Questions about identities wherever they live. */
interface IdentityLookups {
  resolveDid(params: unknown): Answer;
  resolveIdentity(params: unknown): Answer;
  refreshIdentity(input: unknown): Answer;
}

interface LexiconMethods {
  resolveLexicon(params: unknown): Answer;
}

/** Room on the disk. */
interface Space {
  /** @throws XrpcError ServiceUnavailable, InsufficientStorage when there is too little. */
  assertRoom(need: "some" | "much"): void;
}

/** What relays tell of hosts. */
interface HostMethods {
  getHostStatus(params: unknown): Answer;
  requestCrawl(input: unknown): Done;
  notifyOfUpdate(input: unknown): Done;
}

interface MigrationMethods {
  importRepo(upload: {
    caller: Caller;
    body: AsyncIterable<Uint8Array>;
  }): Promise<object>;
  findReport: Imports["findReport"];
}

interface AdminMethods {
  deleteAccount(input: unknown, caller: Caller): Done;
  disableAccountInvites(input: unknown, caller: Caller): Done;
  disableInviteCodes(input: unknown, caller: Caller): Done;
  enableAccountInvites(input: unknown, caller: Caller): Done;
  getAccountInfo(params: unknown): Answer;
  getAccountInfos(params: unknown): Answer;
  getInviteCodes(params: unknown): Answer;
  searchAccounts(params: unknown): Answer;
  sendEmail(input: unknown, caller: Caller): Answer;
  updateAccountEmail(input: unknown, caller: Caller): Done;
  updateAccountHandle(input: unknown, caller: Caller): Done;
  updateAccountPassword(input: unknown, caller: Caller): Done;
  updateAccountSigningKey(input: unknown, caller: Caller): Done;
  updateSubjectStatus(input: unknown, caller: Caller): Answer;
  getSubjectStatus(params: unknown): Answer;
  removeFactors(input: { did: string }, caller: Caller): { dueAtMs: number };
  keepFactors(input: { did: string }, caller: Caller): void;
  findFactorRemoval(did: Did): { dueAtMs: number } | null;
}

interface AccountReads {
  /**
   * Who a session's access token stands for.
   * @throws XrpcError ExpiredToken, InvalidToken
   */
  authenticateAccess(token: string): Caller | Promise<Caller>;
  /** null when there is no such account. */
  findStatus(did: Did): AccountStatus | null;
  /** The account here that holds the handle, whatever its status. */
  findByHandle(handle: Handle): { did: Did; status: AccountStatus } | null;
  /** A token for another service, signed by the account's key. */
  signServiceAuth(claims: {
    did: Did;
    aud: string;
    lxm: string;
  }): string | Promise<string>;
}

export interface Security {
  /** Constant in time. @throws XrpcError RateLimitExceeded after too many wrong ones. */
  isAdmin(proof: AdminProof, network: string): Promise<boolean>;
  readonly takesTokens: boolean;
  /**
   * Who a token of another service stands for. `spend` is called once the call
   * has succeeded: from then on the token is used up.
   * @throws XrpcError BadJwt and the other names of service tokens
   */
  verifyServiceAuth(
    token: string,
    expected: { lxm: string },
  ): Promise<{ caller: Caller; spend(): void }>;
  /** The same for a token of the moderation service; nobody else's is believed. */
  verifyModerator(
    token: string,
    expected: { lxm: string },
  ): Promise<{ caller: Caller; spend(): void }>;
}

export interface DidDocument {
  id: string;
  service?: { id: string; type: string; serviceEndpoint: unknown }[];
}

interface Identity {
  /** null when the handle leads to no account. */
  resolveHandle(handle: Handle): Promise<Did | null>;
  /** @throws XrpcError when the DID doesn't resolve. */
  resolveDid(did: Did): Promise<DidDocument>;
  /** The DID document to serve for a host name, or null. */
  didDocumentForHost(host: string): object | null | Promise<object | null>;
}

interface RecordMethods {
  /** True for a DID or handle whose repository this host serves. */
  isServed(repo: string): boolean;
  createRecord(input: unknown, caller: Caller): Answer;
  putRecord(input: unknown, caller: Caller): Answer;
  deleteRecord(input: unknown, caller: Caller): Answer;
  applyWrites(input: unknown, caller: Caller): Answer;
  getRecord(params: unknown): Answer;
  listRecords(params: unknown): Answer;
  describeRepo(params: unknown): Answer;
  getPreferences(caller: Caller): Answer;
  putPreferences(input: unknown, caller: Caller): Done;
}

export interface BlobUpload {
  caller: Caller;
  body: AsyncIterable<Uint8Array>;
  contentType: string | null;
  /** null when the client announces none, or the body was decompressed. */
  contentLength: number | null;
}

export interface BlobContent {
  /** A file's own stream, unwrapped, lets the server send its exact length. */
  stream: ReadableStream<Uint8Array>;
  sizeBytes: number;
  mimeType: string;
}

interface BlobMethods {
  uploadBlob(upload: BlobUpload): Answer;
  listMissingBlobs(params: unknown, caller: Caller): Answer;
  getBlob(params: unknown, caller: Caller): BlobContent | Promise<BlobContent>;
  listBlobs(params: unknown, caller: Caller): Answer;
}

type Bytes = ReadableStream<Uint8Array> | Uint8Array;

interface SyncMethods {
  getRepo(params: unknown, caller: Caller): Bytes | Promise<Bytes>;
  getRecord(params: unknown, caller: Caller): Bytes | Promise<Bytes>;
  getBlocks(params: unknown, caller: Caller): Bytes | Promise<Bytes>;
  getCheckout(params: unknown, caller: Caller): Bytes | Promise<Bytes>;
  getLatestCommit(params: unknown, caller: Caller): Answer;
  getHead(params: unknown, caller: Caller): Answer;
  getRepoStatus(params: unknown): Answer;
  listRepos(params: unknown): Answer;
  listReposByCollection(params: unknown): Answer;
  subscribers: {
    subscribe(socket: StreamSocket, options: SubscribeOptions): Subscription;
  };
}

/** One subscriber's connection as the domain sees it. */
export interface StreamSocket {
  /** Bytes sent; 0 when dropped, -1 when queued. */
  send(bytes: Uint8Array): number;
  bufferedBytes(): number;
  close(code: number, reason: string): void;
}

export interface SubscribeOptions {
  /** Seq of the last event the reader has; null for what happens from now on. */
  cursor: number | null;
  ip: string;
}

export interface Subscription {
  onDrain(): void;
  onClose(): void;
}
