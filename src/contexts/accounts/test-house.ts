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
import type { AccountEvent } from "#storage/account/outbox.ts";
import { createKeyStore } from "#storage/key-store.ts";
import { createMail } from "#contexts/mail/mail.ts";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { createPlcClient, type PlcClient } from "#contexts/identity/plc.ts";
import {
  dataOfOperation,
  type PlcData,
} from "#contexts/identity/plc-operation.ts";
import { checkNewHandle } from "#contexts/identity/handle-policy.ts";
import {
  createSecurityEvents,
  type SecurityEvents,
} from "#contexts/security/events.ts";
import { createPasswords } from "#contexts/security/passwords.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { createSessionTokens } from "#contexts/security/session-tokens.ts";
import { createSessions } from "#contexts/security/sessions.ts";
import {
  createLiveSettings,
  type LiveValues,
} from "#contexts/settings/live-settings.ts";
import { liveRows } from "#contexts/settings/live-rows-fixture.ts";
import { createAccounts, type Accounts } from "./accounts.ts";
import {
  createCreations,
  type Creations,
  type CreationStep,
} from "./creation.ts";
import { createEmailTokens } from "./email-tokens.ts";
import { createFactors, type Factors } from "./factors/factors.ts";
import type { HandleUpdateStep } from "./handle-update.ts";
import { createPuzzleCheck, type HumanCheck } from "./human-check.ts";
import { createRegistration } from "./registration.ts";
import { createSigningKeys, type SigningKeys } from "./signing-keys.ts";

/** What the tests may set differently at a restart. */
export interface HouseOptions {
  settings?: Partial<LiveValues>;
  humanCheck?: HumanCheck;
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
  readonly factors: Factors;
  readonly events: SecurityEvents;
  readonly clock: FakeClock;
  readonly rotationSigner: Signer;
  readonly recoveryDidKey: string;
  /** A directory; a failure makes it refuse or be away. */
  readonly plc: {
    identities: Map<Did, PlcData>;
    failure: Error | null;
    client: PlcClient;
  };
  readonly genesis: { repos: Map<Did, { handle: Handle; active: boolean }> };
  /** What handles resolve to, beyond ours. */
  readonly handles: Map<Handle, Did>;
  /** `alsoKnownAs` of the documents of other DIDs. */
  readonly claims: Map<Did, string[]>;
  readonly reused: Did[];
  /** What the operator has called the server. */
  readonly names: { service: string };
  /** Events that were told, oldest first. */
  readonly told: AccountEvent[];
  crashAt(step: CreationStep | HandleUpdateStep): void;
  /** The code in the newest letter. */
  lastCode(): string;
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
  const directory = createPlcDirectory({ clock });
  const plc: TestHouse["plc"] = {
    identities: new Map(),
    failure: null,
    client: createPlcClient({
      url: "http://plc.test",
      fetch: (url, init) => directory.fetch(new Request(url, init)),
    }),
  };
  const genesis: TestHouse["genesis"] = { repos: new Map() };
  const handles = new Map<Handle, Did>();
  const claims = new Map<Did, string[]>();
  const reused: Did[] = [];
  const names = { service: "Test" };
  const told: AccountEvent[] = [];
  let step: CreationStep | HandleUpdateStep | null = null;
  const checkpoint = (reached: CreationStep | HandleUpdateStep) => {
    if (reached === step) throw new Error(`killed at ${reached}`);
  };

  const tell = (db: AccountDb) => {
    for (const { id, event } of db.outbox.list(100)) {
      told.push(event);
      db.outbox.remove(id);
    }
  };

  const open = (given: HouseOptions) => {
    const db = openAccountDb(path);
    const keyStore = createKeyStore({
      keysPath: folder,
      masterKey: MASTER_KEY,
    });
    const keys = createSigningKeys({
      db,
      keyStore,
      clock,
      random: systemRandom,
    });
    const tokens = createSessionTokens({
      serviceDid: SERVICE_DID,
      jwtKey: new Uint8Array(32).fill(1),
      refreshIdKey: new Uint8Array(32).fill(2),
      clock,
    });
    const mail = createMail({
      outbox: db.mails,
      transport: null,
      from: "pds@pds.test",
      serviceName: "Test",
      clock,
      log: silentLogger,
    });
    const random = systemRandom;
    const emailTokens = createEmailTokens({ db, mail, clock, random });
    const events = createSecurityEvents({
      ...{ db, mail, clock, publicUrl: PUBLIC_URL, log: silentLogger },
    });
    const factors = createFactors({
      ...{ db, keyStore, events, emailTokens, clock, random },
      plc: plc.client,
      serverDidKeys: () => [rotationSigner.didKey, recoveryDidKey],
      publicUrl: PUBLIC_URL,
      getServiceName: () => names.service,
      log: silentLogger,
    });
    const deps = {
      db,
      keys,
      clock,
      log: silentLogger,
      locks: createKeyedMutex({ maxWaitMs: 10_000 }),
      plc: createFakePlc(plc),
      genesis: createFakeGenesis(genesis),
      rotationSigner,
      recoveryDidKey,
      emailTokens,
      events,
      factorCheck: factors.check,
      publicUrl: PUBLIC_URL,
      hostname: "pds.test",
      registration: createRegistration({
        ...{ db, mail, clock, log: silentLogger, publicUrl: PUBLIC_URL },
        live: createLiveSettings({
          ...{ db, clock },
          rows: liveRows({
            registration: given.inviteRequired ? "invite" : "open",
            ...given.settings,
          }),
        }),
        humanCheck:
          given.humanCheck ??
          createPuzzleCheck({
            ...{ key: MASTER_KEY, clock, random, bits: 4 },
          }),
      }),
      inviteIntervalMs: given.inviteIntervalMs ?? null,
      inviteEpochMs: 0,
      permissionSets: { resolve: async () => {} },
      passwords: createPasswords({ cost: CHEAP }),
      sessions: createSessions({
        db,
        tokens,
        clock,
        expandScopes: (scopes) => scopes,
        onReuse: (session) => reused.push(session.did),
      }),
      checkNewHandle: (text: string, options?: { byOperator?: boolean }) =>
        checkNewHandle(text, { domains: [".test"], devMode: true }, options),
      resolveHandle: async (handle: Handle) => handles.get(handle) ?? null,
      async resolveDid(did: Did) {
        if (did.includes("nowhere")) throw new Error("no such DID");
        const id = did.replace("twisted", "straight") as Did;
        return { id, alsoKnownAs: claims.get(did) ?? [] };
      },
      findDidDocument: async (did: Did) =>
        given.didDocWithSession ? { id: did } : null,
      forgetDid() {},
      drainOutbox: async () => tell(db),
      checkpoint,
      onHandleStep: checkpoint,
      // Tests have no connection whose answer could be on its way.
      defer: (fn: () => void) => fn(),
    };
    return {
      db,
      keys,
      factors,
      events,
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
    names,
    told,
    claims,
    crashAt(reached: CreationStep | HandleUpdateStep) {
      step = reached;
    },
    lastCode() {
      const [letter] = house.db.mails.list({ before: null, limit: 1 });
      return /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/.exec(letter!.textBody)![0];
    },
    restart(given: HouseOptions = options) {
      step = null;
      house.db.close();
      Object.assign(house, open(given));
      tell(house.db);
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
      directory.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return house;
}

function createFakePlc(plc: TestHouse["plc"]): PlcClient {
  const { client } = plc;
  return {
    ...client,
    async submit(did, operation) {
      await Promise.resolve();
      if (plc.failure !== null) throw plc.failure;
      await client.submit(did, operation);
      plc.identities.set(did, dataOfOperation(operation)!);
    },
    async getLastOp(did) {
      if (plc.failure !== null) throw plc.failure;
      return client.getLastOp(did);
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
