import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { isDid, isHandle } from "#repo/syntax.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { DelegationRow } from "#storage/account/delegations.ts";
import type { PermissionSets } from "#contexts/lexicons/permission-sets.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type {
  Caller,
  Permissions,
  SessionCaller,
} from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import {
  createDelegateHomes,
  type DelegateHomeDeps,
  type DelegateHomes,
} from "./delegate-homes.ts";
import { findHosted } from "./account-states.ts";
import { parseScopes } from "./app-passwords.ts";
import {
  createDelegationLevels,
  type Level,
  LEVELS,
} from "./delegation-levels.ts";

/** That somebody may act for an account, as both sides see it. */
export interface Delegation {
  did: Did;
  /** null when the account is not here any more. */
  handle: Handle | null;
  delegateDid: Did;
  /** null for somebody from elsewhere, also where an account of theirs rests here. */
  delegateHandle: Handle | null;
  level: Level;
  /** What the level allows, in the words of OAuth. */
  scopes: string[];
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601; null: until it is taken back. */
  expiresAt: string | null;
}

export interface GrantInput {
  /** DID or handle of who may act, hosted here or elsewhere. */
  delegate: string;
  level: Level;
  /** For the level `custom`. */
  scopes?: readonly string[];
  /** null: until it is taken back. */
  expiresAtMs: number | null;
}

/**
 * Accounts that others may act for. The owner's word is looked at again at each
 * call and each refresh, so that it is taken back at once. Nobody who acts for
 * an account reaches its credentials, its identity, its end, or those who may
 * act for it; nor can they hand on what they were given.
 */
export interface Delegations extends Pick<
  DelegateHomes,
  "livesHere" | "noteElsewhere"
> {
  /**
   * Replaces what the same delegate had.
   * @throws XrpcError Forbidden for all but the owner; InvalidRequest for a
   *   delegate, level, scope or time that makes no sense, or too many delegates.
   */
  grant(input: GrantInput, caller: Caller): Promise<Delegation>;
  /** Signs the delegate out; false when there was nothing to take back. @throws XrpcError Forbidden */
  revoke(input: { delegateDid: string }, caller: Caller): boolean;
  /** Gives back what somebody else granted. @throws XrpcError Forbidden */
  renounce(input: { did: string }, caller: Caller): boolean;
  /** Who may act for the account, oldest first. Asks the network about those whose account rests here. */
  list(did: Did): Promise<Delegation[]>;
  /** For whom somebody may act now, oldest first. */
  listFor(delegateDid: Did): Delegation[];
  /** Whether anybody from elsewhere may act for an account of ours. */
  hasOthers(): boolean;
  /** What somebody may do for an account now; null for nothing. */
  findPermissions(did: Did, delegateDid: Did): Permissions | null;
  /** The same for a call of somebody whose key says who they are, which is remembered now and then. */
  actFor(did: Did, delegateDid: Did): Promise<Permissions | null>;
  /** Takes away those whose time is over; returns the number, `limit` at most. */
  endExpired(limit: number): number;
}

export interface DelegationDeps extends DelegateHomeDeps {
  db: AccountDb;
  lexicons: Pick<Lexicons, "list" | "find">;
  permissionSets: PermissionSets;
  events: Pick<SecurityEvents, "record" | "recordBy">;
  resolveHandle(handle: Handle): Promise<Did | null>;
  clock: Clock;
}

const MOST_DELEGATES = 50;
const REMEMBER_STEP_MS = 3_600_000;
const MOST_REMEMBERED = 10_000;
const DAY_MS = 24 * 3_600_000;
const LONGEST_MS = 3660 * DAY_MS;

export function createDelegations(deps: DelegationDeps): Delegations {
  const { db, events, clock } = deps;
  const rows = db.delegations;
  const levels = createDelegationLevels(deps.lexicons);
  const rememberCall = createCallMemory(deps);
  const homes = createDelegateHomes(deps);

  const isActive = ({ expiresAtMs }: DelegationRow) =>
    expiresAtMs === null || expiresAtMs > clock.nowMs();
  const handleOf = (did: Did) => db.accounts.find(did)?.handle ?? null;
  const scopesOf = ({ level, scopes }: DelegationRow) =>
    levels.scopesOf(level as Level, scopes);

  function toView(row: DelegationRow): Delegation {
    return {
      did: row.did,
      handle: handleOf(row.did),
      delegateDid: row.delegateDid,
      delegateHandle: handleOf(row.delegateDid),
      level: row.level as Level,
      scopes: scopesOf(row).split(" "),
      createdAt: new Date(row.createdAtMs).toISOString(),
      expiresAt:
        row.expiresAtMs === null
          ? null
          : new Date(row.expiresAtMs).toISOString(),
    };
  }

  /** What rests here may be of long ago: who moved away has the name that they have there. */
  async function toNamed(row: DelegationRow): Promise<Delegation> {
    const view = toView(row);
    const isHere = await homes.livesHere(row.delegateDid);
    return isHere ? view : { ...view, delegateHandle: null };
  }

  /** Ends it on both sides, with all that was signed in by it. */
  function end(
    { did, delegateDid, level }: DelegationRow,
    by: { caller?: SessionCaller; reason: string },
  ): boolean {
    return db.transaction(() => {
      if (!rows.remove(did, delegateDid)) return false;
      db.oauth.tokens.removeControlled(did, delegateDid);
      const from = by.caller?.from ?? null;
      const actor =
        by.caller === undefined || by.caller.did === did ? null : delegateDid;
      const { reason } = by;
      events.record({
        ...{ did, kind: "delegationRevoked", actor, from },
        detail: {
          delegate: handleOf(delegateDid) ?? delegateDid,
          level,
          reason,
        },
      });
      events.record({
        ...{ did: delegateDid, kind: "delegationEnded" },
        detail: { account: handleOf(did) ?? did, level, reason },
      });
      return true;
    });
  }

  function findPermissions(did: Did, delegateDid: Did): Permissions | null {
    const row = rows.find(did, delegateDid);
    if (row === null || !isActive(row)) return null;
    if (!homes.mayAct(row)) return null;
    return levels.permissionsOf(deps.permissionSets.expand(scopesOf(row)));
  }

  return {
    async grant({ delegate, level, scopes = [], expiresAtMs }, caller) {
      const owner = asOwner(caller);
      const { did } = owner;
      if (!LEVELS.includes(level))
        throw invalidRequest("No such level").because("grantLevel");
      const own = level === "custom" ? parseScopes(scopes) : "";
      checkTime(expiresAtMs, clock.nowMs());
      await deps.permissionSets.resolve(own);
      const delegateDid = await findDelegate(deps, delegate);
      if (delegateDid === did) {
        throw invalidRequest(
          "Nobody needs a grant for their own account",
        ).because("grantSelf");
      }
      const row = {
        ...{ did, delegateDid, level, expiresAtMs, elsewhereAtMs: null },
        scopes: levels.scopesOf(level, own),
        createdAtMs: clock.nowMs(),
      };
      db.transaction(() => {
        findHosted(db, did);
        const known = rows.find(did, delegateDid) !== null;
        if (!known && rows.list(did).length >= MOST_DELEGATES) {
          throw invalidRequest(
            `There are ${MOST_DELEGATES} delegates already`,
          ).because("delegatesFull", { most: MOST_DELEGATES });
        }
        rows.put(row);
        const expires = toView(row).expiresAt;
        events.recordBy(owner, {
          kind: "delegationGranted",
          detail: {
            delegate: handleOf(delegateDid) ?? delegateDid,
            ...{ level, expires },
          },
        });
        events.record({
          ...{ did: delegateDid, kind: "delegationReceived" },
          detail: { account: handleOf(did) ?? did, level, expires },
        });
      });
      return toView(row);
    },
    revoke({ delegateDid }, caller) {
      const owner = asOwner(caller);
      const row = rows.find(owner.did, delegateDid as Did);
      return row !== null && end(row, { caller: owner, reason: "revoked" });
    },
    renounce({ did }, caller) {
      const delegate = asOwner(caller);
      const row = rows.find(did as Did, delegate.did);
      return (
        row !== null && end(row, { caller: delegate, reason: "renounced" })
      );
    },
    list: (did) => Promise.all(rows.list(did).map(toNamed)),
    listFor: (delegateDid) =>
      rows
        .listFor(delegateDid)
        .filter(isActive)
        .filter(({ did }) => {
          const account = db.accounts.findHosting(did);
          return account !== null && statusOf(account) === "active";
        })
        .map(toView),
    hasOthers: rows.hasOthers,
    ...{ livesHere: homes.livesHere, noteElsewhere: homes.noteElsewhere },
    findPermissions,
    async actFor(did, delegateDid) {
      const row = rows.find(did, delegateDid);
      if (row === null) return null;
      await homes.lookAgain(row);
      const permissions = findPermissions(did, delegateDid);
      if (permissions !== null) rememberCall(did, delegateDid);
      return permissions;
    },
    endExpired(limit) {
      const expired = rows.listExpired(clock.nowMs(), limit);
      for (const row of expired) end(row, { reason: "expired" });
      return expired.length;
    },
  };
}

/** @throws XrpcError Forbidden for all but the account's owner, signed in with everything. */
function asOwner(caller: Caller): SessionCaller {
  if (caller.kind === "session" && caller.scope === "access") return caller;
  throw new XrpcError("Forbidden", "Only the account's owner may do this");
}

/** @throws XrpcError InvalidRequest */
function checkTime(expiresAtMs: number | null, nowMs: number): void {
  if (expiresAtMs === null) return;
  const leftMs = expiresAtMs - nowMs;
  if (leftMs > 0 && leftMs <= LONGEST_MS) return;
  throw invalidRequest(
    "The end must be in the future, in ten years at most",
  ).because("grantEnd");
}

/** @throws XrpcError InvalidRequest */
async function findDelegate(
  { db, ...deps }: DelegationDeps,
  name: string,
): Promise<Did> {
  const text = name.trim().replace(/^@/, "");
  if (isDid(text)) {
    if (db.accounts.find(text) !== null) return text;
    await deps.resolveDid(text).catch((error: unknown) => {
      throw invalidRequest(`There is no account ${text}`, error).because(
        "accountUnknown",
        { account: text },
      );
    });
    return text;
  }
  const handle = text.toLowerCase();
  const did = isHandle(handle)
    ? (db.accounts.findByHandle(handle)?.did ??
      (await deps.resolveHandle(handle).catch(() => null)))
    : null;
  if (did !== null) return did;
  throw invalidRequest(`There is no account ${name.trim()}`).because(
    "accountUnknown",
    { account: name.trim() },
  );
}

/** Remembers calls of delegates now and then: each would be a write of its own. */
function createCallMemory({ events, clock }: DelegationDeps) {
  const calledAtMs = new Map<string, number>();
  return (did: Did, delegateDid: Did): void => {
    const key = `${did} ${delegateDid}`;
    const nowMs = clock.nowMs();
    if ((calledAtMs.get(key) ?? 0) + REMEMBER_STEP_MS > nowMs) return;
    calledAtMs.delete(key);
    calledAtMs.set(key, nowMs);
    const oldest = calledAtMs.keys().next();
    if (calledAtMs.size > MOST_REMEMBERED) calledAtMs.delete(oldest.value!);
    events.record({ did, kind: "delegateCalled", actor: delegateDid });
  };
}
