import type { Credentials } from "./credentials.ts";
import type { Storage } from "./storage.ts";
import { type Accounts } from "#contexts/accounts/accounts.ts";
import { createActivations } from "#contexts/accounts/activation.ts";
import { createDeletions } from "#contexts/accounts/deletion.ts";
import { createKeyRotations } from "#contexts/accounts/key-rotation.ts";
import { createLifecycle } from "#contexts/accounts/lifecycle.ts";
import { createSigningKeys } from "#contexts/accounts/signing-keys.ts";
import { type Identity } from "#contexts/identity/identity.ts";
import { type Lexicons } from "#contexts/lexicons/lexicons.ts";
import { createImports } from "#contexts/migration/import-repo.ts";
import { createSequencer } from "#contexts/sequencer/sequencer.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { type KeyedMutex } from "#lib/mutex.ts";
import { type TidClock } from "#repo/tid.ts";
import type { Config } from "#config.ts";

/** Calls back at each step of what a crash may interrupt. */
export type Checkpoint = (step: string) => void;

/** How accounts arrive, become active, rest and end. */
export function createLifecycleContexts(
  config: Config,
  { accountDb: db, stores, blobStore, eventLog }: Storage,
  deps: Credentials & {
    accounts: Accounts;
    identity: Identity;
    keys: ReturnType<typeof createSigningKeys>;
    lexicons: Lexicons;
    locks: KeyedMutex;
    sequencer: ReturnType<typeof createSequencer>;
    tids: TidClock;
    clock: Clock;
    log: Logger;
    checkpoint?: Checkpoint;
  },
) {
  const { accounts, identity, keys, sequencer, tids, clock } = deps;
  const identityCheck = {
    identity,
    keys,
    // Not taken out here: to work it out loads the library for signatures.
    rotationKey: () => deps.rotationSigner.didKey,
    publicUrl: config.publicUrl,
  };
  const shared = { ...deps, db, stores, blobStore, eventLog };
  const announcing = { stores, sequencer, tids, clock };
  const { drainOutbox } = sequencer;
  const activations = createActivations({
    ...shared,
    ...identityCheck,
    ...{ announcing, drainOutbox },
  });
  const keyRotations = createKeyRotations({
    ...shared,
    ...{ announcing, drainOutbox },
    plc: identity.plc,
    resolveDid: (did) => identity.resolveDid(did, { refresh: true }),
    forgetDid: identity.forgetDid,
  });
  const deletions = createDeletions(shared);
  const lifecycle = createLifecycle({
    ...shared,
    identityCheck,
    activations,
    deletions,
    states: accounts.states,
  });
  const imports = createImports({
    ...shared,
    acceptingRepoImports: config.acceptingRepoImports,
    maxRepoImportBytes: config.maxRepoImportBytes,
  });
  return { activations, deletions, keyRotations, lifecycle, imports };
}
