import { XrpcError } from "#lib/errors.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { statusOf, type AccountStatus } from "#storage/account/accounts.ts";
import type { Caller, SessionCaller } from "#contexts/security/caller.ts";
import { systemRandom, type Random } from "#contexts/security/random.ts";
import type { PermissionSets } from "#contexts/lexicons/permission-sets.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Sessions, TokenPair } from "#contexts/security/sessions.ts";
import {
  createAccountStates,
  type AccountStateDeps,
  type AccountStates,
} from "./account-states.ts";
import { createAppPasswords, type AppPasswords } from "./app-passwords.ts";
import {
  createAccountCreator,
  type CreateAccountDeps,
  type CreateAccountInput,
} from "./create-account.ts";
import {
  createCreations,
  type CreationDeps,
  type ResumeResult,
} from "./creation.ts";
import { createEmailMethods, type EmailMethods } from "./email-methods.ts";
import {
  createAvailabilityCheck,
  type AvailabilityParams,
} from "./handle-availability.ts";
import {
  createHandleUpdates,
  type HandleUpdateDeps,
  type HandleUpdates,
} from "./handle-update.ts";
import { createInvites, type InviteDeps, type Invites } from "./invites.ts";
import {
  createPasswordChanges,
  type PasswordChangeDeps,
  type PasswordChanges,
} from "./password-change.ts";
import {
  createPasswordResets,
  type PasswordResetDeps,
  type PasswordResets,
} from "./password-reset.ts";
import {
  createPlcMethods,
  type PlcMethodDeps,
  type PlcMethods,
} from "./plc-methods.ts";
import type { Registration } from "./registration.ts";
import { createServiceTokens, type ServiceTokens } from "./service-tokens.ts";
import {
  createSessionMethods,
  type SessionMethodDeps,
  type SessionMethods,
  type SessionView,
} from "./session-methods.ts";
import type { SigningKeys } from "./signing-keys.ts";
import { createSignUps, type SignUps } from "./sign-up.ts";

export type AccountsDeps = CreationDeps &
  Omit<CreateAccountDeps, "creations"> &
  Omit<InviteDeps, "random"> &
  SessionMethodDeps &
  AccountStateDeps &
  HandleUpdateDeps &
  PasswordChangeDeps &
  PasswordResetDeps &
  PlcMethodDeps & {
    sessions: Sessions;
    keys: SigningKeys;
    random?: Random;
    events: SecurityEvents;
    permissionSets: Pick<PermissionSets, "resolve">;
    registration: Registration;
  };

/** Accounts of this host: how they are made, entered and left. */
export interface Accounts
  extends
    SessionMethods,
    AppPasswords,
    ServiceTokens,
    EmailMethods,
    PasswordChanges,
    PasswordResets,
    HandleUpdates,
    PlcMethods,
    SignUps,
    Invites {
  /**
   * Makes an account and signs in. With a `did` the caller must hold a service
   * token of that DID; the account is then made deactivated.
   * @throws XrpcError InvalidHandle, HandleNotAvailable, UnsupportedDomain,
   *   InvalidInviteCode, InvalidPassword, UnresolvableDid, IncompatibleDidDoc,
   *   InvalidRequest (400), AuthenticationRequired (401), UpstreamFailure (502)
   *   when the PLC directory refuses, ServiceUnavailable (503) when it can't be
   *   reached: the account is then finished later, or by the same call again.
   */
  createAccount(
    input: CreateAccountInput,
    caller: Caller,
  ): Promise<TokenPair & Pick<SessionView, "handle" | "did" | "didDoc">>;
  /** Whether somebody could get a handle here. @see createAvailabilityCheck */
  checkHandleAvailability(params: AvailabilityParams): object;
  /** Goes on with creations that a crash or an outage interrupted; for boot and then now and again. */
  resumeCreations(): Promise<ResumeResult>;
  /** @throws XrpcError ExpiredToken, InvalidToken (400), AccountNotFound (403) */
  authenticateAccess(accessJwt: string): SessionCaller;
  /** null when there is no such account. */
  findStatus(did: Did): AccountStatus | null;
  /** The account that holds a handle, whatever its status; in any case. */
  findByHandle(handle: Handle): { did: Did; status: AccountStatus } | null;
  /** @throws XrpcError AccountNotFound when the account has no key here. */
  getSigner(did: Did): Signer;
  /** @returns did:key of a key for an account that is on its way here; the same one for the same DID. */
  reserveSigningKey(input: { did?: string }): { signingKey: string };
  readonly states: AccountStates;
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { db, sessions, keys, events, clock, random = systemRandom } = deps;
  const creations = createCreations(deps);
  const create = createAccountCreator({ ...deps, creations });
  return {
    ...createSessionMethods(deps),
    ...createAppPasswords({ ...deps, random }),
    ...createServiceTokens({ keys, clock, random }),
    ...createInvites({ ...deps, random }),
    ...createEmailMethods(deps),
    ...createPasswordChanges(deps),
    ...createPasswordResets(deps),
    ...createHandleUpdates(deps),
    ...createPlcMethods(deps),
    ...createSignUps({ ...deps, create }),
    checkHandleAvailability: createAvailabilityCheck({ ...deps, random }),
    states: createAccountStates(deps),
    async createAccount(input, caller) {
      const { did, handle, creationState } = await create(input, caller);
      if (creationState !== null) {
        throw new XrpcError("ServiceUnavailable", "The account is not ready");
      }
      const pair = db.transaction(() => {
        const from = caller.from ?? null;
        events.record({ did, kind: "accountCreated", from });
        events.recordSignIn({ did, from, detail: { way: "program" } });
        return sessions.start({ did, scope: "access" });
      });
      const didDoc = await deps.findDidDocument(did);
      return { ...pair, handle, did, ...(didDoc !== null && { didDoc }) };
    },
    resumeCreations: () => creations.resume(),
    authenticateAccess: (accessJwt) => sessions.authenticate(accessJwt),
    findStatus(did) {
      const row = db.accounts.findHosting(did);
      return row && statusOf(row);
    },
    findByHandle(handle) {
      const row = db.accounts.findByHandle(handle.toLowerCase() as Handle);
      return row && { did: row.did, status: statusOf(row) };
    },
    getSigner: (did) => keys.getSigner(did),
    reserveSigningKey: ({ did }) => ({
      signingKey: keys.reserve((did as Did | undefined) ?? null),
    }),
  };
}
