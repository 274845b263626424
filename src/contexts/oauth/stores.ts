import type {
  Account,
  AccountStore,
  Did as ProviderDid,
  DeviceStore,
  LexiconStore,
  ReplayStore,
  RequestData,
  RequestStore,
  TokenData,
  TokenInfo,
  TokenStore,
} from "@atproto/oauth-provider/store";
import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountRow } from "#storage/account/accounts.ts";
import type { OAuthRequestRow } from "#storage/account/oauth-requests.ts";
import type { OAuthTokenRow } from "#storage/account/oauth-tokens.ts";
import { SIGNED_LIFE_MS } from "./ahead.ts";
import { hashSecret, isSameHash } from "./hash.ts";

/** The stores that the protocol's classes ask for, on our tables. */

export interface StoreDeps {
  db: Pick<AccountDb, "accounts" | "oauth" | "transaction">;
  serviceDid: string;
  clock: Clock;
}

const DAY_MS = 24 * 3_600_000;
/** How long a grant lives without use: @see https://atproto.com/specs/oauth#tokens-and-session-lifetime */
const PUBLIC_LIFE_MS = 14 * DAY_MS;
const CONFIDENTIAL_LIFE_MS = 92 * DAY_MS;
/** Between two clocks that are read one after the other. */
const SPARE_MS = 10_000;
/** Refresh tokens that come back after this long only fail. */
const USED_KEPT_MS = 30 * DAY_MS;

export function createAccountStore(deps: StoreDeps): AccountStore {
  const { db, serviceDid, clock } = deps;
  const grantsOf = (did: Did) =>
    new Map(
      db.oauth.grants
        .list(did)
        .map(({ clientId, scopes }) => [
          clientId,
          { authorizedScopes: scopes.split(" ") },
        ]),
    );
  const find = (did: string): Account => {
    const row = db.accounts.find(did as Did);
    if (row === null) throw new Error("No such account");
    return toAccount(row, serviceDid);
  };
  const deviceAccount = (deviceId: string, did: Did, atMs: number) => {
    const device = db.oauth.devices.find(deviceId)!;
    return {
      deviceId: deviceId as `dev-${string}`,
      deviceData: {
        sessionId: "ses-" as const,
        lastSeenAt: new Date(device.lastSeenAtMs),
        userAgent: device.userAgent,
        ipAddress: device.ipAddress,
      },
      account: find(did),
      authorizedClients: grantsOf(did),
      createdAt: new Date(atMs),
      updatedAt: new Date(atMs),
    };
  };
  const store = {
    setAuthorizedClient(
      did: string,
      clientId: string,
      { authorizedScopes }: { authorizedScopes: readonly string[] },
    ) {
      const scopes = authorizedScopes.join(" ");
      const updatedAtMs = clock.nowMs();
      db.oauth.grants.put({ did: did as Did, clientId, scopes, updatedAtMs });
    },
    getAccount: (did: string) => ({
      account: find(did),
      authorizedClients: grantsOf(did as Did),
    }),
    removeDeviceAccount: (deviceId: string, did: string) =>
      db.oauth.devices.removeAccount(deviceId, did as Did),
    /** Only what is remembered signs somebody in without a page. */
    listDeviceAccounts: (filter: { deviceId?: string; did?: string }) =>
      (filter.deviceId !== undefined
        ? db.oauth.devices.listAccounts(filter.deviceId)
        : db.oauth.devices.listDevices(filter.did as Did)
      )
        .filter(
          ({ requestHash, visitHash }) =>
            requestHash === null && visitHash === null,
        )
        .map((row) =>
          deviceAccount(row.deviceId, row.did, row.authenticatedAtMs),
        ),
  };
  return withRest<AccountStore>(store);
}

/** Browsers are known by our own cookies. */
export const deviceStore = withRest<DeviceStore>({
  createDevice: unused,
  readDevice: unused,
  updateDevice: unused,
  deleteDevice: unused,
});

export function createRequestStore({ db }: StoreDeps): RequestStore {
  const { requests } = db.oauth;
  return {
    createRequest(id, data) {
      requests.insert({
        idHash: hashSecret(id),
        clientId: data.clientId,
        clientAuthJson:
          data.clientAuth === null ? null : JSON.stringify(data.clientAuth),
        parametersJson: JSON.stringify(withController(data.parameters, null)),
        deviceId: data.deviceId,
        did: data.did as Did | null,
        codeHash: data.code === null ? null : hashSecret(data.code),
        expiresAtMs: data.expiresAt.getTime(),
      });
    },
    readRequest(id) {
      const row = requests.find(hashSecret(id));
      return row && toRequest(row, "cod-");
    },
    updateRequest(id, { did, code, deviceId, expiresAt, parameters }) {
      requests.update(hashSecret(id), {
        ...(did !== undefined && { did: did as Did | null }),
        ...(code !== undefined && { codeHash: code && hashSecret(code) }),
        ...(deviceId !== undefined && { deviceId }),
        ...(expiresAt !== undefined && { expiresAtMs: expiresAt.getTime() }),
        ...(parameters !== undefined && {
          parametersJson: JSON.stringify(parameters),
        }),
      });
    },
    deleteRequest: (id) => requests.remove(hashSecret(id)),
    consumeRequestCode(code) {
      const row = requests.consume(hashSecret(code));
      // Nobody needs the id of a request that is gone.
      return row && { requestId: "req-", data: toRequest(row, code) };
    },
  };
}

export function createTokenStore(deps: StoreDeps): TokenStore {
  const { db, serviceDid } = deps;
  const { tokens } = db.oauth;

  /** Rows are named by their number where the secret that they are for is not at hand. */
  const findRow = (id: string): OAuthTokenRow | null =>
    id.startsWith(ROW_PREFIX)
      ? tokens.find(Number(id.slice(ROW_PREFIX.length)))
      : tokens.findByToken(hashSecret(id));

  function toInfo(
    row: OAuthTokenRow | null,
    refreshToken: string | null,
  ): TokenInfo | null {
    const account = row && db.accounts.find(row.did);
    if (row === null || account === null) return null;
    const isCurrent =
      refreshToken !== null &&
      isSameHash(row.refreshHash, hashSecret(refreshToken));
    return {
      id: `${ROW_PREFIX}${row.id}` as TokenInfo["id"],
      data: toTokenData(row),
      account: toAccount(account, serviceDid),
      currentRefreshToken: isCurrent
        ? (refreshToken as TokenInfo["currentRefreshToken"])
        : null,
    };
  }

  return {
    createToken(tokenId, data, refreshToken) {
      const updatedAtMs = data.updatedAt.getTime();
      tokens.insert({
        tokenHash: hashSecret(tokenId),
        did: data.did as Did,
        controllerDid: controllerOf(data.parameters),
        clientId: data.clientId,
        clientAuthJson: JSON.stringify(data.clientAuth),
        deviceId: data.deviceId,
        parametersJson: JSON.stringify(data.parameters),
        scope: data.scope,
        codeHash: data.code && hashSecret(data.code),
        refreshHash: refreshToken ? hashSecret(refreshToken) : null,
        createdAtMs: data.createdAt.getTime(),
        updatedAtMs,
        expiresAtMs: data.expiresAt.getTime(),
        endsAtMs: endOf(data.clientAuth, updatedAtMs),
      });
    },
    readToken: (id) => toInfo(findRow(id), null),
    deleteToken(id) {
      const row = findRow(id);
      if (row !== null) tokens.remove(row.id);
    },
    rotateToken(id, newTokenId, newRefreshToken, data) {
      const row = findRow(id);
      const updatedAtMs = data.updatedAt.getTime();
      const isRotated =
        row?.refreshHash != null &&
        tokens.rotate(row.id, row.refreshHash, {
          tokenHash: hashSecret(newTokenId),
          refreshHash: hashSecret(newRefreshToken),
          clientAuthJson: JSON.stringify(data.clientAuth),
          scope: data.scope,
          updatedAtMs,
          expiresAtMs: data.expiresAt.getTime(),
          endsAtMs: endOf(data.clientAuth, updatedAtMs),
          forgetBeforeMs: updatedAtMs - USED_KEPT_MS,
        });
      if (!isRotated) throw new Error("The token was removed meanwhile");
    },
    findTokenByRefreshToken: (token) =>
      toInfo(tokens.findByRefresh(hashSecret(token)), token),
    findTokenByCode: (code) =>
      toInfo(tokens.findByCode(hashSecret(code)), null),
    listAccountTokens: (did) =>
      tokens.list(did as Did).map((row) => toInfo(row, null)!),
  };
}

/**
 * Proofs are remembered in memory, because the nonces that they need die with
 * the process; what outlives it is on disk. What an application signed is kept
 * for as long as it could be shown again, whatever it says of its own end.
 */
export function createReplayStore({ db, clock }: StoreDeps): ReplayStore {
  const seen = new Map<string, number>();
  const isNew = (key: string, nowMs: number, expiresAtMs: number): boolean => {
    if ((seen.get(key) ?? 0) > nowMs) return false;
    seen.delete(key);
    seen.set(key, expiresAtMs);
    // All live equally long, so the first in the map is the first to go.
    for (const [oldest, endsAtMs] of seen) {
      if (endsAtMs > nowMs) break;
      seen.delete(oldest);
    }
    return true;
  };
  return {
    unique(namespace, nonce, spanMs) {
      const nowMs = clock.nowMs();
      const isSigned = /^(?:Auth|JAR)@/.test(namespace);
      const keptMs = isSigned ? SIGNED_LIFE_MS + SPARE_MS : Math.ceil(spanMs);
      const expiresAtMs = nowMs + keptMs;
      const key = Buffer.from(hashSecret(`${namespace}\0${nonce}`));
      if (namespace === "DPoP") {
        return isNew(key.toString("base64"), nowMs, expiresAtMs);
      }
      return db.oauth.replays.use(new Uint8Array(key), { nowMs, expiresAtMs });
    },
  };
}

export function createLexiconStore({ db }: StoreDeps): LexiconStore {
  const { lexicons } = db.oauth;
  return {
    findLexicon(nsid) {
      const json = lexicons.find(nsid);
      if (json === null) return null;
      const data = JSON.parse(json);
      return {
        ...data,
        createdAt: new Date(data.createdAt),
        updatedAt: new Date(data.updatedAt),
        lastSucceededAt: data.lastSucceededAt && new Date(data.lastSucceededAt),
      };
    },
    storeLexicon: (nsid, data) => lexicons.put(nsid, JSON.stringify(data)),
    deleteLexicon: (nsid) => lexicons.remove(nsid),
  };
}

const ROW_PREFIX = "tok-row:";

/** What the protocol knows of an account. */
export function toAccount(row: AccountRow, serviceDid: string): Account {
  return {
    did: row.did as ProviderDid,
    pds: serviceDid as ProviderDid,
    handle: row.handle as NonNullable<Account["handle"]>,
    deactivated: statusOf(row) !== "active",
    ...(row.email !== null && { email: row.email }),
    emailVerified: row.emailConfirmedAtMs !== null,
  };
}

function toRequest(row: OAuthRequestRow, code: string): RequestData {
  return {
    clientId: row.clientId,
    clientAuth: row.clientAuthJson && JSON.parse(row.clientAuthJson),
    parameters: JSON.parse(row.parametersJson),
    expiresAt: new Date(row.expiresAtMs),
    deviceId: row.deviceId as RequestData["deviceId"],
    did: row.did as ProviderDid | null,
    code: row.codeHash === null ? null : (code as RequestData["code"]),
  };
}

function toTokenData(row: OAuthTokenRow): TokenData {
  return {
    createdAt: new Date(row.createdAtMs),
    updatedAt: new Date(row.updatedAtMs),
    expiresAt: new Date(row.expiresAtMs),
    clientId: row.clientId,
    clientAuth: JSON.parse(row.clientAuthJson),
    deviceId: row.deviceId as TokenData["deviceId"],
    did: row.did as ProviderDid,
    parameters: JSON.parse(row.parametersJson),
    details: null,
    // Whoever asks for it has it; it is only looked up by its hash.
    code: null,
    scope: row.scope,
  };
}

function endOf(clientAuth: { method: string }, fromMs: number): number {
  const isPublic = clientAuth.method === "none";
  return fromMs + (isPublic ? PUBLIC_LIFE_MS : CONFIDENTIAL_LIFE_MS);
}

/**
 * Who allows a request for somebody else travels with its parameters from the
 * page to the token; never out of the application's own words.
 */
const CONTROLLER = "tempest_controller";

export function withController(
  parameters: object,
  controllerDid: Did | null,
): object {
  const { [CONTROLLER]: _, ...rest } = parameters as Record<string, unknown>;
  return controllerDid === null
    ? rest
    : { ...rest, [CONTROLLER]: controllerDid };
}

export function controllerOf(parameters: object): Did | null {
  const did = Reflect.get(parameters, CONTROLLER) as Did | undefined;
  return did ?? null;
}

function unused(): never {
  throw new Error("Not part of this server's way to sign in");
}

/** The interface, whose other functions only the reference's own pages call. */
function withRest<Store extends object>(given: object): Store {
  return new Proxy(given, {
    get: (target, name) => Reflect.get(target, name) ?? unused,
    has: () => true,
  }) as Store;
}
