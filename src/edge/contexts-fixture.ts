import { describeClient } from "#contexts/oauth/client-description.ts";
import type { Caller, SessionScope } from "#contexts/security/caller.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type {
  AccountStatus,
  Contexts,
  StreamSocket,
  SubscribeOptions,
} from "./contexts.ts";

/** A domain that is made up, for the tests of the edge: it notes what it is asked and answers what it is told to. */

export const ALICE = "did:plc:alicealicealicealicealic" as Did;
export const ALICE_HANDLE = "alice.pds.test" as Handle;
export const PASSWORD = "correct horse";
export const CID_TEXT =
  "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";

/** What the made-up domain was told, and what it is to answer. */
export interface Stage {
  status: AccountStatus | null;
  /** Each call of a context's function that takes input, with what it was given. */
  calls: { name: string; args: unknown[] }[];
  /** Replaces the answer of the next calls. */
  answer: ((name: string) => unknown) | null;
  spent: number;
  sockets: { socket: StreamSocket; options: SubscribeOptions }[];
  closed: number;
}

/** A server that is open to everybody, and remembers nobody. */
const STATISTICS: Contexts["statistics"] = {
  read: () => ({
    ...{ status: "ok", version: "0.0.0", uptimeSeconds: 1 },
    generatedAt: "2026-11-26T00:00:00.000Z",
    metrics: {
      ...{ hostedAccountCount: 1, totalAccountCount: 1, commitCount: 2 },
      ...{ collectionCount: 1, recordCount: 3, lastIndexedAt: null },
    },
    health: {
      status: "ok",
      checks: {
        ...{ storageWritable: true, accountDatabase: true },
        ...{ sequencerDatabase: true, sequencerReadable: true },
        ...{ repoDirectory: true, blobDirectory: true, tornWriteCount: 0 },
      },
    },
    ...{ users: [], latestRecord: null, commitWeeks: [], collections: [] },
  }),
  isListed: () => false,
  setListed() {},
};

const REGISTRATION: Contexts["registration"] = {
  view: () => ({
    ...{ policy: "open", chosen: "open", mayChange: true, check: null },
    ...{ tripped: null, signUpsPerHour: 0, signUpsLastHour: 0 },
  }),
  needsInvite: () => false,
  checkEntry() {},
  checkCode() {},
  admit: async () => ({ mustUseInvite: false }),
  checkRate() {},
  newPuzzle: () => null,
  choose() {},
  resume() {},
  watch() {},
  apply() {},
  list: () => [],
  countWaiting: () => 0,
  approve: unused,
  refuse: unused,
};

function unused(): never {
  throw new Error("not on this stage");
}

const SCOPE_BY_TOKEN: Record<string, SessionScope> = {
  main: "access",
  app: "appPass",
  "app-privileged": "appPassPrivileged",
  leaving: "takendown",
  waiting: "signupQueued",
};

/** @param self What the server says of itself. */
export function createFakeContexts(
  stage: Stage,
  self: { hostname: string; publicUrl: string; serviceDid: string },
): Contexts {
  const record =
    (name: string, fallback: unknown) =>
    (...args: unknown[]): never => {
      stage.calls.push({ name, args });
      return (stage.answer === null ? fallback : stage.answer(name)) as never;
    };
  return {
    accounts: {
      ...fakeAccounts(record),
      ...fakeAccountReads(stage),
      signUp: unused,
      checkSignUp: () => ({}),
      describeInvite: () => null,
      confirmEmailByCode: unused,
      createLimitedAppPassword: unused,
      listLimitedAppPasswords: () => [],
    },
    security: {
      takesTokens: false,
      isAdmin: async (proof) =>
        proof.kind === "password" &&
        proof.user === "admin" &&
        proof.password === PASSWORD,
      verifyServiceAuth: async (_token, { lxm }) => asAlice(lxm),
      verifyModerator: async (token, { lxm }) => {
        if (token === "moderator") return asAlice(lxm);
        throw new XrpcError("UntrustedIss", "Untrusted issuer");
      },
    },
    admins: {
      ways: { password: true, dids: [] },
      signInAdmin: unused,
      signInAsAccount: unused,
      signInAsRemote: unused,
      findAdminSession: () => null,
      listAdminSessions: () => [],
      revokeAdminSession: () => false,
      revokeAllAdminSessions: () => 0,
    },
    delegations: {
      grant: unused,
      revoke: () => false,
      renounce: () => false,
      actFor: async () => null,
      list: async () => [],
      listFor: () => [],
    },
    events: {
      list: () => ({ events: [], cursor: null }),
      listAll: () => ({ events: [], cursor: null }),
    },
    admin: recordAll(record, {
      deleteAccount: undefined,
      disableAccountInvites: undefined,
      disableInviteCodes: undefined,
      enableAccountInvites: undefined,
      getAccountInfo: {},
      getAccountInfos: { infos: [] },
      getInviteCodes: { codes: [] },
      getSubjectStatus: {},
      searchAccounts: { accounts: [] },
      sendEmail: { sent: true },
      updateAccountEmail: undefined,
      updateAccountHandle: undefined,
      updateAccountPassword: undefined,
      updateAccountSigningKey: undefined,
      updateSubjectStatus: {},
      removeFactors: { dueAtMs: 0 },
      keepFactors: undefined,
      findFactorRemoval: null,
    }),
    // Pages are tried with the real one.
    factors: {} as Contexts["factors"],
    // No page of an owner is opened on this stage.
    owner: {} as Contexts["owner"],
    oauth: {
      access: {} as Contexts["oauth"]["access"],
      protectedResource: () => ({}),
      engine: () => Promise.reject(new Error("no sign-in on this stage")),
      remoteSignIn: () => Promise.reject(new Error("nor elsewhere")),
      client: describeClient(self.publicUrl),
      browsers: {
        findId: () => null,
        enter: unused,
        open: () => ({ id: "dev-1", newCookie: null }),
        list: () => [],
        signIn: () => Promise.resolve({ fault: "wrong", factor: null }),
        signOut: () => {},
      },
      removeExpired: () => 0,
    },
    registration: REGISTRATION,
    // Nobody is the operator on this stage.
    console: null as never,
    migration: recordAll(record, { importRepo: undefined, findReport: null }),
    identity: {
      resolveHandle: async (handle) => (handle === ALICE_HANDLE ? ALICE : null),
      resolveDid: async (did) => ({ id: did, service: [] }),
      didDocumentForHost: (host) =>
        host === self.hostname ? { id: self.serviceDid } : null,
    },
    records: {
      isServed: (repo) => repo === ALICE,
      ...recordAll(record, {
        createRecord: { uri: `at://${ALICE}/a.b.c/d`, cid: CID_TEXT },
        putRecord: { uri: `at://${ALICE}/a.b.c/d`, cid: CID_TEXT },
        deleteRecord: {},
        applyWrites: {},
        getRecord: { uri: `at://${ALICE}/a.b.c/d`, value: {} },
        listRecords: { records: [] },
        describeRepo: {},
        getPreferences: { preferences: [] },
        putPreferences: undefined,
      }),
    },
    blobs: recordAll(record, {
      uploadBlob: {},
      listMissingBlobs: { blobs: [] },
      getBlob: {},
      listBlobs: { cids: [] },
    }),
    sync: { ...fakeSync(record), subscribers: { subscribe } },
    lookups: recordAll(record, {
      resolveDid: { didDoc: {} },
      resolveIdentity: {},
      refreshIdentity: {},
    }),
    lexicons: recordAll(record, { resolveLexicon: {} }),
    appview: {
      findFresh: () => null,
      patch: async () => null,
      findOwnProfile: () => null,
      feedGenerators: { find: async () => ALICE },
    },
    statistics: STATISTICS,
    site: { findPage: () => null, findFile: () => null },
    relays: { list: () => [] },
    space: { assertRoom() {} },
    host: recordAll(record, {
      getHostStatus: { hostname: self.hostname },
      requestCrawl: undefined,
      notifyOfUpdate: undefined,
    }),
  };

  function asAlice(lxm: string) {
    const aud = self.serviceDid;
    const caller = { kind: "service" as const, did: ALICE, aud, lxm };
    return { caller, spend: () => void stage.spent++ };
  }

  function subscribe(socket: StreamSocket, options: SubscribeOptions) {
    stage.sockets.push({ socket, options });
    return { onDrain() {}, onClose: () => void stage.closed++ };
  }
}

type Record_ = (
  name: string,
  fallback: unknown,
) => (...args: unknown[]) => never;

function recordAll<K extends string>(
  record: Record_,
  answers: Record<K, unknown>,
): Record<K, (...args: unknown[]) => never> {
  const entries = Object.entries(answers) as [K, unknown][];
  return Object.fromEntries(
    entries.map(([name, answer]) => [name, record(name, answer)]),
  ) as Record<K, (...args: unknown[]) => never>;
}

function fakeAccounts(record: Record_) {
  const tokens = { accessJwt: "a", refreshJwt: "r" };
  const account = { did: ALICE, handle: ALICE_HANDLE };
  return recordAll(record, {
    createAccount: { ...tokens, ...account },
    createSession: { ...tokens, ...account },
    getSession: account,
    refreshSession: { ...tokens, ...account },
    deleteSession: undefined,
    createInviteCode: { code: "pds-test-aaaaa-bbbbb" },
    createInviteCodes: { codes: [] },
    getAccountInviteCodes: { codes: [] },
    disableOwnInviteCode: undefined,
    createAppPassword: {},
    listAppPasswords: { passwords: [] },
    revokeAppPassword: undefined,
    getServiceAuth: { token: "t" },
    reserveSigningKey: { signingKey: "did:key:z" },
    requestEmailConfirmation: undefined,
    confirmEmail: undefined,
    requestEmailUpdate: { tokenRequired: false },
    updateEmail: undefined,
    requestPasswordReset: undefined,
    resetPassword: undefined,
    changePassword: undefined,
    removePassword: undefined,
    requestAccountDelete: undefined,
    updateHandle: undefined,
    activateAccount: undefined,
    deactivateAccount: undefined,
    checkAccountStatus: {},
    deleteAccount: undefined,
    checkHandleAvailability: {},
    getRecommendedDidCredentials: {},
    requestPlcOperationSignature: undefined,
    signPlcOperation: { operation: {} },
    submitPlcOperation: undefined,
  });
}

function fakeAccountReads(stage: Stage) {
  return {
    authenticateAccess(token: string): Caller {
      if (token === "expired") {
        throw new XrpcError("ExpiredToken", "Token has expired");
      }
      const scope = SCOPE_BY_TOKEN[token];
      if (scope === undefined) {
        throw new XrpcError("InvalidToken", "Token could not be verified");
      }
      return { kind: "session", did: ALICE, scope, sessionId: "s" };
    },
    findStatus: () => stage.status,
    findByHandle: (handle: Handle) =>
      handle === ALICE_HANDLE && stage.status !== null
        ? { did: ALICE, status: stage.status }
        : null,
    signServiceAuth: (claims: { aud: string; lxm: string }) =>
      `signed:${claims.aud}:${claims.lxm}`,
  };
}

function fakeSync(record: Record_) {
  const bytes = Uint8Array.of(1, 2, 3);
  return recordAll(record, {
    getRepo: bytes,
    getRecord: bytes,
    getBlocks: bytes,
    getCheckout: bytes,
    getLatestCommit: { cid: CID_TEXT, rev: "3l4qpz7ajrc2a" },
    getHead: { root: CID_TEXT },
    getRepoStatus: { did: ALICE, active: true },
    listRepos: { repos: [] },
    listReposByCollection: { repos: [] },
  });
}
