import type { Credentials } from "./credentials.ts";
import type { Checkpoint } from "./lifecycle.ts";
import type { Storage } from "./storage.ts";
import { createAccounts, type Accounts } from "#contexts/accounts/accounts.ts";
import type { Registration } from "#contexts/accounts/registration.ts";
import { createSigningKeys } from "#contexts/accounts/signing-keys.ts";
import { checkNewHandle } from "#contexts/identity/handle-policy.ts";
import { type Identity } from "#contexts/identity/identity.ts";
import type { PermissionSets } from "#contexts/lexicons/permission-sets.ts";
import { createWriter } from "#contexts/records/write.ts";
import { createSessionTokens } from "#contexts/security/session-tokens.ts";
import { createSessions } from "#contexts/security/sessions.ts";
import { createSequencer } from "#contexts/sequencer/sequencer.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import type { Config } from "#config.ts";

export function createAccountsContext(
  config: Config,
  { accountDb: db, keyStore }: Storage,
  deps: Credentials & {
    clock: Clock;
    log: Logger;
    locks: ReturnType<typeof createKeyedMutex>;
    keys: ReturnType<typeof createSigningKeys>;
    identity: Identity;
    writer: ReturnType<typeof createWriter>;
    sequencer: ReturnType<typeof createSequencer>;
    checkpoint: Checkpoint;
    registration: Registration;
    permissionSets: PermissionSets;
  },
): Accounts {
  const { clock, log, identity, writer, sequencer } = deps;
  const secret = config.jwtSecret?.reveal() ?? null;
  const sessions = createSessions({
    ...{ db, clock },
    tokens: createSessionTokens({
      serviceDid: config.serviceDid,
      jwtKey:
        secret === null
          ? keyStore.derive("session-tokens", 32)
          : Buffer.from(secret),
      refreshIdKey: keyStore.derive("refresh-token-ids", 32),
      clock,
    }),
    expandScopes: deps.permissionSets.expand,
    onReuse({ did, id }, from) {
      log.warn("session.reused", { did, sessionId: id });
      deps.events.record({ did, kind: "sessionReused", from: from ?? null });
    },
  });
  return createAccounts({
    ...{ db, clock, log, sessions, locks: deps.locks, keys: deps.keys },
    plc: identity.plc,
    genesis: { publish: writer.createRepo },
    rotationSigner: deps.rotationSigner,
    recoveryDidKey: config.recoveryDidKey,
    publicUrl: config.publicUrl,
    hostname: config.hostname,
    registration: deps.registration,
    permissionSets: deps.permissionSets,
    inviteIntervalMs: config.inviteIntervalMs,
    inviteEpochMs: config.inviteEpochMs,
    passwords: deps.passwords,
    emailTokens: deps.emailTokens,
    events: deps.events,
    factorCheck: deps.factors.check,
    // On a network of one machine people use passwords such as "pw".
    ...(config.devMode && { shortestPasswordChars: 1 }),
    checkNewHandle: (text: string, options?: { byOperator?: boolean }) =>
      checkNewHandle(text, handlePolicyOf(config), options),
    resolveHandle: identity.resolveHandle,
    resolveDid: (did) => identity.resolveDid(did, { refresh: true }),
    findDidDocument: async (did) =>
      config.didDocWithSession
        ? await identity.resolveDid(did).catch(() => null)
        : null,
    forgetDid: identity.forgetDid,
    drainOutbox: sequencer.drainOutbox,
    checkpoint: (step) => deps.checkpoint(`creation-${step}`),
    onHandleStep: (step) => deps.checkpoint(`handle-${step}`),
  });
}

export function handlePolicyOf({ handleDomains: domains, devMode }: Config) {
  return { domains, devMode };
}
