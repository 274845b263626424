import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { InvalidSyntax } from "#repo/errors.ts";
import { parseDidKey } from "#repo/keys.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { emailKey, type AccountRow } from "#storage/account/accounts.ts";
import type { NewHandle } from "#contexts/identity/handle-policy.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { Passwords } from "#contexts/security/passwords.ts";
import type { Creations } from "./creation.ts";
import { parseEmailAddress } from "./email-address.ts";
import { findHolder } from "./handle-holder.ts";
import type { Entry, Registration } from "./registration.ts";
import { didTaken, emailTaken, handleTaken } from "./reservation.ts";

/** Input of com.atproto.server.createAccount. */
export interface CreateAccountInput {
  handle: string;
  email?: string;
  password?: string;
  inviteCode?: string;
  /** Answer of the check for people, where the registration asks for one. */
  verificationCode?: string;
  did?: string;
  recoveryKey?: string;
  plcOp?: unknown;
}

export interface CreateAccountDeps {
  db: AccountDb;
  creations: Creations;
  passwords: Passwords;
  registration: Pick<Registration, "checkEntry" | "checkCode" | "admit">;
  /** Of new passwords; 8 unless said. */
  shortestPasswordChars?: number;
  /**
   * Reads a handle that somebody wants: form, length, reserved names.
   * @throws XrpcError InvalidHandle, HandleNotAvailable
   */
  checkNewHandle(text: string): NewHandle;
  resolveHandle(handle: Handle): Promise<Did | null>;
  /** Fetches the DID document anew. @throws XrpcError when there is none. */
  resolveDid(did: Did): Promise<{ id: string }>;
}

const SHORTEST_PASSWORD_CHARS = 8;
/** Of new passwords; older ones may be longer. */
const LONGEST_NEW_PASSWORD_CHARS = 256;

/** What the owner asks for, in the form in which it is stored. */
interface Request {
  did: Did | null;
  handle: Handle;
  /** Whether the handle is under one of our domains. */
  isOurs: boolean;
  email: string;
  password: string;
  entry: Entry;
  recoveryKey: string | null;
}

/**
 * The way in. A DID that is brought along must be proven by its own key; its
 * account is made deactivated, tells nobody, and is deleted after three days
 * unless it is activated.
 */
export function createAccountCreator(deps: CreateAccountDeps) {
  const { db, creations, passwords } = deps;

  function readRequest(input: CreateAccountInput, caller: Caller): Request {
    if (input.plcOp !== undefined) {
      throw invalidRequest('Unsupported input: "plcOp"');
    }
    const did = (input.did as Did | undefined) ?? null;
    if (did !== null && !(caller.kind === "service" && caller.did === did)) {
      throw new XrpcError(
        "AuthenticationRequired",
        `Missing auth to create account with did: ${did}`,
      );
    }
    const entry = {
      inviteCode: input.inviteCode?.trim() || null,
      verificationCode: input.verificationCode?.trim() || null,
    };
    deps.registration.checkEntry(entry, caller);
    return {
      did,
      ...deps.checkNewHandle(input.handle),
      email: parseEmailAddress(input.email ?? ""),
      password: checkNewPassword(input.password, deps.shortestPasswordChars),
      entry,
      recoveryKey: readRecoveryKey(input.recoveryKey),
    };
  }

  /** A name of another domain is only for those who bring their DID, and must lead to it. */
  async function checkForeign(handle: Handle, did: Did | null): Promise<void> {
    if (did === null) {
      throw new XrpcError("UnsupportedDomain", "Not a supported handle domain");
    }
    if ((await deps.resolveHandle(handle)) !== did) {
      throw new XrpcError(
        "InvalidHandle",
        "External handle did not resolve to DID",
      ).because("handleElsewhere");
    }
  }

  async function checkDid(did: Did): Promise<void> {
    const document = await deps.resolveDid(did).catch((cause: unknown) => {
      throw new XrpcError("UnresolvableDid", `Could not resolve ${did}`, {
        cause,
      });
    });
    if (document.id !== did) {
      throw new XrpcError(
        "IncompatibleDidDoc",
        `The document of ${did} belongs to ${document.id}`,
      );
    }
  }

  /** The cheap checks; the reservation makes them again, for good. */
  function checkFree({ did, handle, email }: Request): void {
    if (did !== null && db.accounts.find(did) !== null) throw didTaken(did);
    if (findHolder(db, handle) !== null) throw handleTaken(handle);
    if (db.accounts.findByEmail(email) !== null) throw emailTaken(email);
  }

  /** An owner who was told to try again goes on where it stopped. */
  async function findOwnCreation(
    request: Request,
    { from }: Caller,
  ): Promise<AccountRow | null> {
    const row = creations.findInterrupted(request.handle);
    if (
      row === null ||
      row.email === null ||
      emailKey(row.email) !== emailKey(request.email) ||
      (request.did !== null && request.did !== row.did)
    ) {
      return null;
    }
    const check = await passwords
      .for(from)
      .verify(request.password, row.passwordHash);
    return check.isCorrect ? row : null;
  }

  /**
   * @throws XrpcError InvalidHandle, HandleNotAvailable, UnsupportedDomain,
   *   InvalidInviteCode, InvalidPassword, UnresolvableDid, IncompatibleDidDoc,
   *   AlreadyExists, AuthenticationRequired, InvalidRequest, and those of
   *   Creations.create
   */
  return async (
    input: CreateAccountInput,
    caller: Caller,
  ): Promise<AccountRow> => {
    const request = readRequest(input, caller);
    const interrupted = await findOwnCreation(request, caller);
    if (interrupted !== null) return creations.finish(interrupted.did);
    const { did, handle, isOurs, password, entry, ...rest } = request;
    deps.registration.checkCode(entry, caller);
    checkFree(request);
    if (!isOurs) await checkForeign(handle, did);
    if (did !== null) await checkDid(did);
    const { mustUseInvite } = await deps.registration.admit(entry, caller);
    const passwordHash = await passwords.for(caller.from).hash(password);
    const { inviteCode } = entry;
    return creations.create({
      ...{ ...rest, did, handle, passwordHash, inviteCode, mustUseInvite },
    });
  };
}

/** @throws XrpcError InvalidPassword when it is shorter than asked for, or longer than 256 characters. */
export function checkNewPassword(
  password: string | undefined,
  shortestChars = SHORTEST_PASSWORD_CHARS,
): string {
  if (password === undefined || password.length < shortestChars) {
    throw new XrpcError(
      "InvalidPassword",
      shortestChars === 1
        ? "A password is required"
        : `A password needs at least ${shortestChars} characters`,
    ).because("passwordShort", { least: shortestChars });
  }
  if (password.length > LONGEST_NEW_PASSWORD_CHARS) {
    throw new XrpcError(
      "InvalidPassword",
      `Password too long. Maximum length is ${LONGEST_NEW_PASSWORD_CHARS} characters.`,
    ).because("passwordLong", { most: LONGEST_NEW_PASSWORD_CHARS });
  }
  return password;
}

function readRecoveryKey(didKey: string | undefined): string | null {
  if (didKey === undefined) return null;
  try {
    parseDidKey(didKey);
  } catch (error) {
    if (!(error instanceof InvalidSyntax)) throw error;
    throw invalidRequest("recoveryKey must be a did:key", error);
  }
  return didKey;
}
