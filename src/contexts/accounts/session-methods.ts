import { invalidRequest, XrpcError, takenDown } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import { isDid, type Did, type Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import {
  statusOf,
  type AccountRow,
  type AccountStatus,
} from "#storage/account/accounts.ts";
import {
  type AccountCaller,
  type Caller,
  isLimited,
  type Origin,
  type SessionScope,
} from "#contexts/security/caller.ts";
import { permissionsOf } from "#contexts/security/permissions.ts";
import {
  hashAppPassword,
  LONGEST_PASSWORD_CHARS,
  type Passwords,
} from "#contexts/security/passwords.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { FactorCheck } from "./factors/factor-check.ts";
import { expiredToken } from "#contexts/security/session-tokens.ts";
import type { Sessions, TokenPair } from "#contexts/security/sessions.ts";

/** Input of com.atproto.server.createSession. */
export interface CreateSessionInput {
  identifier: string;
  password: string;
  authFactorToken?: string;
  allowTakendown?: boolean;
}

/** What the session methods tell of an account. */
export interface SessionView {
  handle: Handle;
  did: Did;
  didDoc?: object;
  email?: string;
  emailConfirmed?: boolean;
  emailAuthFactor?: boolean;
  active: boolean;
  status?: AccountStatus;
}

export interface SessionMethods {
  /**
   * Signs in by handle, DID or e-mail address. Deactivated accounts may; those
   * taken down or suspended only with `allowTakendown` and the main password,
   * for a session that can do little more than leave.
   * @throws XrpcError AuthenticationRequired (401) for a wrong name or password alike.
   * @throws XrpcError AccountTakedown (401)
   * @throws XrpcError Forbidden (403) where the owner lets no program in with the main password.
   * @throws XrpcError AuthFactorTokenRequired (401) when a code is needed: of an app, from the mail, or a backup code.
   * @throws XrpcError InvalidToken, ExpiredToken (400) for a code that is wrong or too old.
   * @throws XrpcError RateLimitExceeded (429) after many wrong codes.
   */
  createSession(
    input: CreateSessionInput,
    caller?: Caller,
  ): Promise<SessionView & TokenPair>;
  /** @throws XrpcError InvalidRequest for an account that was taken down. */
  getSession(caller: Caller): Promise<SessionView>;
  /** @throws XrpcError ExpiredToken, InvalidToken (400), AccountTakedown (401) */
  refreshSession(
    refreshJwt: string,
    caller?: Caller,
  ): Promise<SessionView & TokenPair>;
  /** Takes expired tokens too. @throws XrpcError InvalidToken (400) */
  deleteSession(refreshJwt: string, caller?: Caller): void;
}

export interface SessionMethodDeps {
  db: AccountDb;
  sessions: Sessions;
  passwords: Passwords;
  factorCheck: Pick<FactorCheck, "checkToken">;
  events: Pick<SecurityEvents, "record" | "recordSignIn">;
  /** The DID document to send along; null to send none. */
  findDidDocument(did: Did): Promise<object | null>;
  log: Pick<Logger, "error">;
  /** Runs something once the answer is on its way; `setImmediate` unless said. */
  defer?: (fn: () => void) => unknown;
}

export function createSessionMethods(deps: SessionMethodDeps): SessionMethods {
  const { db, sessions, events } = deps;
  const signIn = createSignIn(deps);

  async function view(account: AccountRow): Promise<SessionView> {
    const status = statusOf(account);
    const didDoc = await deps.findDidDocument(account.did);
    return {
      did: account.did,
      ...(didDoc !== null && { didDoc }),
      handle: account.handle,
      ...(account.email !== null && { email: account.email }),
      emailConfirmed: account.emailConfirmedAtMs !== null,
      emailAuthFactor: account.emailFactorAtMs !== null,
      active: status === "active",
      ...(status !== "active" && { status }),
    };
  }

  return {
    async createSession(input, caller) {
      const from = caller?.from ?? null;
      const { account, scope, appPasswordId } = await signIn(input, from);
      const { did } = account;
      const appPassword =
        appPasswordId && (db.appPasswords.find(appPasswordId)?.name ?? null);
      const pair = db.transaction(() => {
        const detail = { way: "program", appPassword };
        events.recordSignIn({ did, from, detail });
        return sessions.start({ did, scope, appPasswordId });
      });
      return { ...(await view(account)), ...pair };
    },
    async getSession(caller) {
      const { did } = asSession(caller);
      const account = db.accounts.find(did);
      if (account === null || isBarred(account)) {
        throw invalidRequest(`Could not find user info for account: ${did}`);
      }
      const seen = await view(account);
      return mayReadEmail(caller) ? seen : withoutEmail(seen);
    },
    async refreshSession(refreshJwt, caller) {
      const claims = sessions.parseRefresh(refreshJwt);
      const account = db.accounts.find(claims.did);
      if (account === null) throw expiredToken("The session has ended");
      if (isBarred(account)) throw takenDown();
      const pair = sessions.refresh(claims, caller?.from);
      return { ...(await view(account)), ...pair };
    },
    deleteSession(refreshJwt, caller) {
      const did = sessions.end(refreshJwt);
      if (did === null) return;
      events.record({ did, kind: "signedOut", from: caller?.from ?? null });
    },
  };
}

interface SignedIn {
  account: AccountRow;
  scope: SessionScope;
  appPasswordId: string | null;
}

function createSignIn(deps: SessionMethodDeps) {
  const { db, passwords, factorCheck, events, defer = setImmediate } = deps;

  /** 80 random bits need no slow hash, so this comes before the main password. */
  function checkAppPassword(
    account: AccountRow,
    password: string,
  ): SignedIn | null {
    const { did } = account;
    const hash = hashAppPassword(did, password);
    const found = db.appPasswords.findByHash(did, hash);
    if (found === null) return null;
    const scope = found.privileged ? "appPassPrivileged" : "appPass";
    return { account, scope, appPasswordId: found.id };
  }

  async function checkMainPassword(
    account: AccountRow | null,
    password: string,
    from: Origin | null,
  ): Promise<SignedIn> {
    const hash = account?.passwordHash ?? null;
    const check = await passwords.for(from).verify(password, hash);
    if (account === null || !check.isCorrect) {
      if (account !== null) fail(account, "password", from);
      throw badLogin();
    }
    if (check.isOutdated) {
      const passwordHash = await passwords.for(from).hash(password);
      // Unless it was changed while we hashed.
      if (db.accounts.find(account.did)?.passwordHash === hash) {
        db.accounts.update(account.did, { passwordHash });
      }
    }
    return { account, scope: "access", appPasswordId: null };
  }

  function fail(
    { did }: AccountRow,
    reason: "password" | "factor" | "notAllowed",
    from: Origin | null,
  ): void {
    const detail = { way: "program", reason };
    // Not before the answer, whose time would tell that there is an account.
    defer(() => {
      try {
        events.record({ did, kind: "signInFailed", from, detail });
      } catch (error) {
        deps.log.error("sign_in.not_recorded", { did, error });
      }
    });
  }

  /** App passwords come without a second factor: they are for programs. */
  function checkFactor(
    account: AccountRow,
    token: string | undefined,
    from: Origin | null,
  ): void {
    try {
      factorCheck.checkToken(account, token, from);
    } catch (error) {
      if (token?.trim()) fail(account, "factor", from);
      throw error;
    }
  }

  /** Told only to who knows the password. @throws XrpcError Forbidden */
  function checkPolicy(account: AccountRow, from: Origin | null): void {
    const { appsRefusedAtMs } = db.factors.policies.get(account.did);
    if (appsRefusedAtMs === null) return;
    fail(account, "notAllowed", from);
    throw new XrpcError(
      "Forbidden",
      "This account lets no application in with its main password. Use an app password, or sign in through the server's own page.",
    );
  }

  return async (
    input: CreateSessionInput,
    from: Origin | null,
  ): Promise<SignedIn> => {
    const { identifier, password } = input;
    if (password.length > LONGEST_PASSWORD_CHARS) throw badLogin();
    const account = findByIdentifier(db, identifier);
    const signedIn =
      (account && checkAppPassword(account, password)) ??
      (await checkMainPassword(account, password, from));
    const mayEnter = input.allowTakendown && signedIn.scope === "access";
    const barred = isBarred(signedIn.account);
    if (barred && !mayEnter) throw takenDown();
    if (signedIn.scope === "access") {
      checkPolicy(signedIn.account, from);
      checkFactor(signedIn.account, input.authFactorToken, from);
    }
    return barred ? { ...signedIn, scope: "takendown" } : signedIn;
  };
}

/** What somebody typed without what does not matter in it: spaces around, and the `@` of a handle. */
export function plainIdentifier(identifier: string): string {
  return identifier.trim().replace(/^@/, "");
}

/** Handle with or without `@`, DID, or e-mail address; handles and addresses in any case. */
export function findByIdentifier(
  db: Pick<AccountDb, "accounts">,
  identifier: string,
): AccountRow | null {
  const text = plainIdentifier(identifier);
  const found = isDid(text)
    ? db.accounts.find(text)
    : text.includes("@")
      ? db.accounts.findByEmail(text)
      : db.accounts.findByHandle(text.toLowerCase() as Handle);
  const status = found && statusOf(found);
  return status === "creating" || status === "deleted" ? null : found;
}

function isBarred(account: AccountRow): boolean {
  const status = statusOf(account);
  return status === "takendown" || status === "suspended";
}

/** Sessions of a password may, those too that only wait or leave. */
function mayReadEmail(caller: Caller): boolean {
  const wanted = { attr: "email", action: "read" } as const;
  return !isLimited(caller) || permissionsOf(caller).allowsAccount(wanted);
}

function withoutEmail(view: SessionView): SessionView {
  const { email: _, emailConfirmed: __, emailAuthFactor: ___, ...rest } = view;
  return rest;
}

/** @throws XrpcError AuthMissing for callers that act as no account of this server. */
export function asSession(caller: Caller): AccountCaller {
  if (caller.kind === "session" || caller.kind === "oauth") return caller;
  throw new XrpcError("AuthMissing", "Authentication Required");
}

function badLogin(): XrpcError {
  return new XrpcError(
    "AuthenticationRequired",
    "Invalid identifier or password",
  );
}
