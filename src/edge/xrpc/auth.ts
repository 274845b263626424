import type { AdminProof } from "#contexts/security/admin.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { XrpcError, takenDown } from "#lib/errors.ts";
import { networkOf } from "#lib/ip-address.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountStatus, Contexts } from "#edge/contexts.ts";
import { pathOf } from "#edge/http/request-url.ts";

/**
 * Who may call a method. A row of the registry names one of these; the words
 * after it are those of the protocol's own tables.
 */
export type Auth = OpenAuth | AccountAuth;

/** Methods that nobody calls for an account. */
export type OpenAuth =
  | { kind: "none" }
  | { kind: "refresh" }
  /** Anybody, or somebody whom another host vouches for. */
  | { kind: "service-optional" }
  | { kind: "admin" }
  /** The operator, or the moderation service by its own token. */
  | { kind: "moderator" };

export type AccountAuth =
  /** Anybody; an account or the administrator may say who they are. */
  | { kind: "optional"; session: SessionRule }
  | { kind: "session"; session: SessionRule; service: boolean };

type Scope = Extract<Caller, { kind: "session" }>["scope"];

interface SessionRule {
  scopes: ReadonlySet<Scope>;
  refused: ReadonlySet<AccountStatus>;
}

/**
 * `+takendown`, `+queued`: also sessions that may do little else.
 * `-takendown`, `-deactivated`: not while the account is in that state.
 * `+service`: also a token that the account's key signed for this call.
 */
type Flag =
  "+takendown" | "+queued" | "+service" | "-takendown" | "-deactivated";

export const NONE: OpenAuth = { kind: "none" };
export const REFRESH: OpenAuth = { kind: "refresh" };
export const ADMIN: OpenAuth = { kind: "admin" };
export const MOD: OpenAuth = { kind: "moderator" };
export const SERVICE_OPTIONAL: OpenAuth = { kind: "service-optional" };

/** Any session: main password or app password. */
export function session(...flags: Flag[]): AccountAuth {
  const scopes: Scope[] = ["access", "appPassPrivileged", "appPass"];
  return sessionAuth(scopes, flags);
}

/** Only a session that was begun with the main password. */
export function owner(...flags: Flag[]): AccountAuth {
  return sessionAuth(["access"], flags);
}

export function optional(...flags: Flag[]): AccountAuth {
  const scopes: Scope[] = ["access", "appPassPrivileged", "appPass"];
  return { kind: "optional", session: sessionRule(scopes, flags) };
}

function sessionAuth(scopes: Scope[], flags: Flag[]): AccountAuth {
  return {
    kind: "session",
    session: sessionRule(scopes, flags),
    service: flags.includes("+service"),
  };
}

function sessionRule(scopes: Scope[], flags: Flag[]): SessionRule {
  const refused: AccountStatus[] = [];
  if (flags.includes("+takendown")) scopes.push("takendown");
  if (flags.includes("+queued")) scopes.push("signupQueued");
  if (flags.includes("-takendown")) refused.push("takendown", "suspended");
  if (flags.includes("-deactivated")) refused.push("deactivated");
  return { scopes: new Set(scopes), refused: new Set(refused) };
}

export interface Authenticated {
  caller: Caller;
  bearer: string;
  /** To be called once the call has succeeded. */
  spend?: () => void;
  /** For the answer, whatever it is. */
  headers?: Record<string, string>;
}

/** Names the account that the holder of a service token acts for. */
const ACCOUNT_HEADER = "tempest-account";
/** Longest token that is looked at; ours and those of others stay below 2 KiB. */
const MAX_TOKEN_LENGTH = 8192;
const ANONYMOUS: Authenticated = { caller: { kind: "anonymous" }, bearer: "" };

/**
 * Finds out who calls, by the Authorization header.
 * @throws XrpcError AuthMissing when there is none and the method needs one,
 *   InvalidToken or ExpiredToken (400, on which clients refresh), AuthenticationRequired,
 *   AccountNotFound, AccountTakedown, AccountDeactivated, and the names of service tokens.
 */
export async function authenticate(
  contexts: Pick<Contexts, "accounts" | "delegations" | "oauth" | "security">,
  auth: Auth,
  { request, lxm, ip }: { request: Request; lxm: string; ip: string },
): Promise<Authenticated> {
  // Whoever may be anybody needs no header that makes sense.
  if (auth.kind === "none") return ANONYMOUS;
  const given = parseHeader(request.headers.get("authorization"));
  switch (auth.kind) {
    case "admin":
      return asAdmin(contexts, given, ip);
    case "moderator":
      if (given === null || isAdminProof(contexts, given)) {
        return asAdmin(contexts, given, ip);
      }
      return await contexts.security
        .verifyModerator(bearerOf(given), { lxm })
        .then((verified) => ({ ...verified, bearer: given.value }));
    case "refresh":
      return { ...ANONYMOUS, bearer: bearerOf(given) };
    case "service-optional":
      if (given === null) return ANONYMOUS;
      return asService(contexts, bearerOf(given), lxm);
    case "optional":
      if (given === null) return ANONYMOUS;
      if (given.scheme === "basic") return asAdmin(contexts, given, ip);
      if (given.scheme === "dpop") {
        return asApplication(contexts, auth.session, request);
      }
      return asSession(contexts, auth.session, bearerOf(given));
    case "session": {
      if (given?.scheme === "dpop") {
        return asApplication(contexts, auth.session, request);
      }
      const token = bearerOf(given);
      const account = request.headers.get(ACCOUNT_HEADER);
      if (account !== null && isServiceToken(token)) {
        return asDelegate(contexts, auth.session, { token, lxm, account });
      }
      if (auth.service && isServiceToken(token)) {
        const found = await asService(contexts, token, lxm);
        checkStatus(contexts, auth.session, found.caller);
        return found;
      }
      return asSession(contexts, auth.session, token);
    }
  }
}

interface Credentials {
  scheme: string;
  value: string;
}

/**
 * Null also for a header without a value, as clients send that have no token yet.
 * @throws XrpcError InvalidToken when no method could use the header.
 */
function parseHeader(header: string | null): Credentials | null {
  const text = header?.trim() ?? "";
  if (text === "") return null;
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(text) ?? [];
  const known = scheme.toLowerCase();
  if (known !== "bearer" && known !== "basic" && known !== "dpop") {
    throw new XrpcError(
      "InvalidToken",
      "The Authorization header is malformed or of an unknown scheme",
    );
  }
  return { scheme: known, value };
}

function bearerOf(given: Credentials | null): string {
  if (given === null) {
    throw new XrpcError("AuthMissing", "Authentication Required");
  }
  if (given.scheme !== "bearer") {
    throw new XrpcError("InvalidToken", "Unexpected authorization type");
  }
  if (given.value.length > MAX_TOKEN_LENGTH) {
    throw new XrpcError("InvalidToken", "Token too long");
  }
  return given.value;
}

async function asAdmin(
  { security }: Pick<Contexts, "security">,
  given: Credentials | null,
  ip: string,
): Promise<Authenticated> {
  if (given === null) {
    throw new XrpcError("AuthMissing", "Authentication Required");
  }
  const proof = adminProofOf(given);
  if (proof === null || !(await security.isAdmin(proof, networkOf(ip)))) {
    throw new XrpcError(
      "AuthenticationRequired",
      "Authentication Required: not the administrator",
    );
  }
  return { caller: { kind: "admin" }, bearer: "" };
}

function adminProofOf({ scheme, value }: Credentials): AdminProof | null {
  if (value.length > MAX_TOKEN_LENGTH || scheme === "dpop") return null;
  if (scheme === "bearer") return { kind: "token", token: value };
  const text = Buffer.from(value, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 0) return null;
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)];
  return { kind: "password", user, password };
}

/** Tokens of other services are signed; the operator's own is just a long word. */
function isAdminProof(
  { security }: Pick<Contexts, "security">,
  { scheme, value }: Credentials,
): boolean {
  if (scheme === "basic") return true;
  return scheme === "bearer" && security.takesTokens && !isJwt(value);
}

function isJwt(token: string): boolean {
  const [header = "", ...rest] = token.split(".");
  return rest.length === 2 && Buffer.from(header, "base64url").at(0) === 0x7b;
}

async function asService(
  { security }: Pick<Contexts, "security">,
  token: string,
  lxm: string,
): Promise<Authenticated> {
  const { caller, spend } = await security.verifyServiceAuth(token, { lxm });
  return { caller, bearer: token, spend };
}

async function asSession(
  contexts: Pick<Contexts, "accounts">,
  rule: SessionRule,
  token: string,
): Promise<Authenticated> {
  const caller = await contexts.accounts.authenticateAccess(token);
  if (caller.kind !== "session" || !rule.scopes.has(caller.scope)) {
    throw new XrpcError("InvalidToken", "Bad token scope");
  }
  checkStatus(contexts, rule, caller);
  return { caller, bearer: token };
}

/** Somebody whose own account is elsewhere, and who may act for one that is here. */
async function asDelegate(
  contexts: Pick<Contexts, "accounts" | "delegations" | "security">,
  rule: SessionRule,
  { token, lxm, account }: { token: string; lxm: string; account: string },
): Promise<Authenticated> {
  const { security, delegations } = contexts;
  const { caller, spend } = await security.verifyServiceAuth(token, { lxm });
  const did = account as Did;
  const controllerDid = "did" in caller ? caller.did : null;
  const permissions =
    controllerDid && (await delegations.actFor(did, controllerDid));
  if (!controllerDid || !permissions) {
    throw new XrpcError("Forbidden", "You may not act for this account");
  }
  const acting: Caller = {
    ...{ kind: "oauth", did, scopes: [], permissions },
    ...{ clientId: controllerDid, controllerDid },
  };
  checkStatus(contexts, rule, acting);
  return { caller: acting, bearer: token, spend };
}

/** An application that proves that the token is its own. */
async function asApplication(
  contexts: Pick<Contexts, "accounts" | "oauth">,
  rule: SessionRule,
  { method, url, headers }: Request,
): Promise<Authenticated> {
  const engine = await contexts.oauth.engine();
  const caller = await engine.authenticate({
    method,
    path: pathOf(url),
    authorization: headers.get("authorization")!,
    dpop: headers.get("dpop"),
  });
  checkStatus(contexts, rule, caller);
  const nonce = { "DPoP-Nonce": engine.nextNonce() };
  return { caller, bearer: "", headers: nonce };
}

/** A token is valid for hours; what its account may do can change in between. */
function checkStatus(
  { accounts }: Pick<Contexts, "accounts">,
  { refused }: SessionRule,
  caller: Caller,
): void {
  if (!("did" in caller)) return;
  const status = accounts.findStatus(caller.did);
  if (status === null || status === "deleted" || status === "creating") {
    throw new XrpcError("AccountNotFound", "Account not found");
  }
  if (!refused.has(status)) return;
  if (status === "deactivated") {
    throw new XrpcError("AccountDeactivated", "Account is deactivated");
  }
  throw takenDown();
}

/** Tokens for one call name their method; those of sessions must not. */
function isServiceToken(token: string): boolean {
  try {
    const body = Buffer.from(token.split(".")[1] ?? "", "base64url");
    const claims: unknown = JSON.parse(body.toString());
    return typeof claims === "object" && claims !== null && "lxm" in claims;
  } catch {
    return false;
  }
}
