import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createKeyStore } from "#storage/key-store.ts";
import { createPlcClient, type PlcClient } from "#contexts/identity/plc.ts";
import {
  dataOfOperation,
  type PlcData,
} from "#contexts/identity/plc-operation.ts";
import { checkNewHandle } from "#contexts/identity/handle-policy.ts";
import { createPasswords } from "#contexts/security/passwords.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { createSessionTokens } from "#contexts/security/session-tokens.ts";
import { createSessions } from "#contexts/security/sessions.ts";
import { createAccounts, type Accounts } from "./accounts.ts";
import {
  createCreations,
  type Creations,
  type CreationStep,
} from "./creation.ts";
import { createSigningKeys, type SigningKeys } from "./signing-keys.ts";

/** What the tests may set differently at a restart. */
export interface HouseOptions {
  inviteRequired?: boolean;
  inviteIntervalMs?: number | null;
  didDocWithSession?: boolean;
}

/**
 * The accounts context on a real database, with a PLC directory and a network
 * that are fakes and outlive restarts.
 */
export interface TestHouse {
  readonly db: AccountDb;
  readonly accounts: Accounts;
  readonly creations: Creations;
  readonly keys: SigningKeys;
  readonly clock: FakeClock;
  readonly rotationSigner: Signer;
  readonly recoveryDidKey: string;
  readonly plc: { identities: Map<Did, PlcData>; failure: Error | null };
  readonly genesis: { repos: Map<Did, { handle: Handle; active: boolean }> };
  /** What handles resolve to, beyond ours. */
  readonly handles: Map<Handle, Did>;
  readonly reused: Did[];
  crashAt(step: CreationStep): void;
  /** Opens everything again, as after the end of the process. */
  restart(options?: HouseOptions): void;
  invite(code: string, availableUses: number): void;
  remove(): void;
}

const PUBLIC_URL = "https://pds.test";
export const SERVICE_DID = "did:web:pds.test";
const MASTER_KEY = new Uint8Array(32).fill(3);
const CHEAP = { memoryKib: 8, iterations: 1 };

export function createTestHouse(options: HouseOptions = {}): TestHouse {
  const folder = mkdtempSync(join(tmpdir(), "tempest-accounts-"));
  const path = join(folder, "account.sqlite");
  const clock = createFakeClock();
  const rotationSigner = createSigner("k256", generatePrivateKey("k256"));
  const recoveryDidKey = createSigner(
    "p256",
    generatePrivateKey("p256"),
  ).didKey;
  const plc: TestHouse["plc"] = { identities: new Map(), failure: null };
  const genesis: TestHouse["genesis"] = { repos: new Map() };
  const handles = new Map<Handle, Did>();
  const reused: Did[] = [];
  let step: CreationStep | null = null;

  const open = (given: HouseOptions) => {
    const db = openAccountDb(path);
    const keys = createSigningKeys({
      db,
      keyStore: createKeyStore({ keysPath: folder, masterKey: MASTER_KEY }),
      clock,
      random: systemRandom,
    });
    const tokens = createSessionTokens({
      serviceDid: SERVICE_DID,
      jwtKey: new Uint8Array(32).fill(1),
      refreshIdKey: new Uint8Array(32).fill(2),
      clock,
    });
    const deps = {
      db,
      keys,
      clock,
      log: silentLogger,
      locks: createKeyedMutex({ maxWaitMs: 1000 }),
      plc: createFakePlc(plc),
      genesis: createFakeGenesis(genesis),
      rotationSigner,
      recoveryDidKey,
      publicUrl: PUBLIC_URL,
      hostname: "pds.test",
      inviteRequired: given.inviteRequired ?? false,
      inviteIntervalMs: given.inviteIntervalMs ?? null,
      inviteEpochMs: 0,
      passwords: createPasswords({ cost: CHEAP }),
      sessions: createSessions({
        db,
        tokens,
        clock,
        onReuse: (session) => reused.push(session.did),
      }),
      checkNewHandle: (text: string) =>
        checkNewHandle(text, { domains: [".test"], devMode: true }),
      resolveHandle: async (handle: Handle) => handles.get(handle) ?? null,
      async resolveDid(did: Did) {
        if (did.includes("nowhere")) throw new Error("no such DID");
        return { id: did.replace("twisted", "straight") };
      },
      findDidDocument: async (did: Did) =>
        given.didDocWithSession ? { id: did } : null,
      drainOutbox: async () => {},
      checkpoint(reached: CreationStep) {
        if (reached === step) throw new Error(`killed at ${reached}`);
      },
    };
    return {
      db,
      keys,
      accounts: createAccounts(deps),
      creations: createCreations(deps),
    };
  };

  const house = {
    ...open(options),
    clock,
    rotationSigner,
    recoveryDidKey,
    plc,
    genesis,
    handles,
    reused,
    crashAt(reached: CreationStep) {
      step = reached;
    },
    restart(given: HouseOptions = options) {
      step = null;
      house.db.close();
      Object.assign(house, open(given));
    },
    invite: (code: string, availableUses: number) =>
      house.db.inviteCodes.insert({
        code,
        availableUses,
        forAccount: "admin",
        createdBy: "admin",
        createdAtMs: clock.nowMs(),
        disabledAtMs: null,
      }),
    remove() {
      house.db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return house;
}

function createFakePlc(
  plc: TestHouse["plc"],
): Pick<PlcClient, "signGenesis" | "submit"> {
  const { signGenesis } = createPlcClient({
    url: "http://plc.test",
    fetch: async () => {
      throw new Error("not to be called");
    },
  });
  return {
    signGenesis,
    async submit(did, operation) {
      await Promise.resolve();
      if (plc.failure !== null) throw plc.failure;
      plc.identities.set(did, dataOfOperation(operation)!);
    },
  };
}

function createFakeGenesis({ repos }: TestHouse["genesis"]) {
  return {
    async publish({
      did,
      handle,
      active,
    }: {
      did: Did;
      handle: Handle;
      active: boolean;
    }) {
      await Promise.resolve();
      if (!repos.has(did)) repos.set(did, { handle, active });
    },
  };
}
