import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle, Tid } from "#repo/syntax.ts";
import { tidToMicros } from "#repo/tid.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import {
  type AccountRow,
  type AccountStatus,
  statusOf,
} from "#storage/account/accounts.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { SigningKeys } from "#contexts/accounts/signing-keys.ts";
import type { Blobs } from "#contexts/blobs/blobs.ts";
import {
  type DidDocument,
  findClaimedHandle,
  findPdsEndpoint,
  findSigningKey,
} from "#contexts/identity/did-document.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import type { Relays } from "#contexts/relays/relays.ts";

/** Whether a handle leads to the account, and how. */
export type HandleForward =
  | { kind: "ours" | "dns" | "https" | "nowhere" | "conflict" }
  | { kind: "other"; did: Did };

/** Whether the DID document names the handle. */
export type HandleBackward =
  | { kind: "claimed" | "nothing" | "unreachable" }
  | { kind: "other"; handle: Handle };

export interface HandleReport {
  handle: Handle;
  forward: HandleForward;
  backward: HandleBackward;
  isGood: boolean;
}

/** What one relay has of the account, against what is here. */
export interface RelayReport {
  url: string;
  kind:
    | "current"
    | "catching-up"
    | "behind"
    /** It knows the account and doesn't say how far. */
    | "known"
    /** It takes the account for one that is not active. */
    | "inactive"
    | "unknown"
    | "unsupported"
    | "unreachable";
  /** When the newest commit that it has was made. */
  seenMs: number | null;
  detail: string | null;
}

/** Something that its owner can mend, the gravest first. */
export type AccountWarning =
  | { kind: "takendown" }
  | { kind: "deactivated"; deleteAfterMs: number | null }
  | { kind: "identity"; expected: string; found: string | null; part: string }
  | { kind: "handle" }
  | { kind: "relay"; url: string; reason: "behind" | "unknown" | "inactive" }
  | { kind: "missing-blobs" }
  | { kind: "no-email" }
  | { kind: "email-unconfirmed" };

export interface AccountReport {
  status: AccountStatus;
  createdAtMs: number;
  email: string | null;
  isEmailConfirmed: boolean;
  records: number;
  repoBytes: number;
  blobs: number;
  blobBytes: number;
  /** null before the first commit. */
  head: { rev: Tid; atMs: number } | null;
  handle: HandleReport;
  relays: RelayReport[];
  warnings: AccountWarning[];
}

export interface OwnAccounts {
  /**
   * How an account is, as far as this host, its identity and the relays know.
   * What can't be reached within some seconds is said to be so.
   * @param options.refresh asks for the DID document anew.
   * @throws XrpcError AccountNotFound
   */
  report(did: Did, options?: { refresh?: boolean }): Promise<AccountReport>;
  /** @throws XrpcError AccountNotFound */
  email(did: Did): { address: string | null; isConfirmed: boolean };
  /** When an account that is deactivated will be deleted; null when it won't. */
  deleteAfterMs(did: Did): number | null;
  /** The handle alone, checked both ways. */
  checkHandle(did: Did, handle: Handle): Promise<HandleReport>;
}

/** Events need a moment to travel; what lasts longer is a fault. */
const PATIENCE_MS = 5 * 60_000;

export function createOwnAccounts(deps: {
  db: Pick<AccountDb, "accounts" | "usage">;
  stores: Pick<ActorStores, "find">;
  eventLog: Pick<EventLog, "collectionCounts">;
  identity: Pick<Identity, "resolveDid" | "inspectHandle">;
  keys: Pick<SigningKeys, "getSigner">;
  blobs: Pick<Blobs, "hasMissingBlobs">;
  relays: Pick<Relays, "askAboutRepo">;
  publicUrl: string;
  clock: Clock;
}): OwnAccounts {
  const { db, identity, clock } = deps;
  const publicUrl = deps.publicUrl.replace(/\/+$/, "");

  const findDocument = (did: Did, refresh: boolean) =>
    identity.resolveDid(did, { refresh }).catch((error: unknown) => {
      if (error instanceof XrpcError) return null;
      throw error;
    });

  function getRow(did: Did): AccountRow {
    const row = db.accounts.find(did);
    if (row !== null) return row;
    throw new XrpcError("AccountNotFound", "Account not found");
  }

  async function inspect(
    did: Did,
    handle: Handle,
    document: DidDocument | null,
  ): Promise<HandleReport> {
    const finding = await identity.inspectHandle(handle);
    const forward = forwardOf(did, finding);
    const backward = backwardOf(handle, document);
    const leadsHere = ["ours", "dns", "https"].includes(forward.kind);
    const isGood = leadsHere && backward.kind === "claimed";
    return { handle, forward, backward, isGood };
  }

  function findMismatch(
    did: Did,
    document: DidDocument | null,
  ): AccountWarning[] {
    if (document === null) return [];
    const pds = findPdsEndpoint(document);
    if (pds !== publicUrl) {
      const part = "atproto_pds";
      return [{ kind: "identity", part, expected: publicUrl, found: pds }];
    }
    const expected = deps.keys.getSigner(did).didKey;
    const found = findSigningKey(document);
    if (found === expected) return [];
    return [{ kind: "identity", part: "atproto", expected, found }];
  }

  async function askRelays(
    did: Did,
    head: AccountReport["head"],
  ): Promise<RelayReport[]> {
    const answers = await deps.relays.askAboutRepo(did);
    const isOld = head !== null && head.atMs + PATIENCE_MS <= clock.nowMs();
    return answers.map(({ url, report }) => {
      const none = { url, seenMs: null, detail: null };
      if (report.kind === "unreachable") {
        return { ...none, kind: report.kind, detail: report.reason };
      }
      if (report.kind !== "known") return { ...none, kind: report.kind };
      const { rev, status: detail } = report;
      const seenMs = rev === null ? null : timeOf(rev as Tid);
      const known = { url, seenMs, detail };
      if (!report.active) return { ...known, kind: "inactive" };
      if (rev === null || head === null) return { ...known, kind: "known" };
      if (rev >= head.rev) return { ...known, kind: "current" };
      return { ...known, kind: isOld ? "behind" : "catching-up" };
    });
  }

  return {
    email(did) {
      const row = getRow(did);
      const isConfirmed = row.emailConfirmedAtMs !== null;
      return { address: row.email, isConfirmed };
    },
    deleteAfterMs: (did) => getRow(did).deleteAfterMs,
    async checkHandle(did, handle) {
      return inspect(did, handle, await findDocument(did, true));
    },
    async report(did, { refresh = false } = {}) {
      const row = getRow(did);
      const store = deps.stores.find(did);
      const rev = store?.head()?.rev ?? null;
      const head = rev === null ? null : { rev, atMs: timeOf(rev) };
      const document = await findDocument(did, refresh);
      const [handle, relays] = await Promise.all([
        inspect(did, row.handle, document),
        askRelays(did, head),
      ]);
      const usage = db.usage.find(did);
      const counts = deps.eventLog.collectionCounts(did);
      return {
        status: statusOf(row),
        createdAtMs: row.createdAtMs,
        email: row.email,
        isEmailConfirmed: row.emailConfirmedAtMs !== null,
        records: [...counts.values()].reduce((sum, count) => sum + count, 0),
        repoBytes: store?.sizeBytes() ?? 0,
        blobs: usage?.blobCount ?? 0,
        blobBytes: usage?.blobBytes ?? 0,
        ...{ head, handle, relays },
        warnings: [
          ...statusWarnings(row),
          ...findMismatch(did, document),
          ...(handle.isGood ? [] : [{ kind: "handle" as const }]),
          ...relayWarnings(row, relays, head, clock.nowMs()),
          ...(deps.blobs.hasMissingBlobs(did)
            ? [{ kind: "missing-blobs" as const }]
            : []),
          ...emailWarnings(row),
        ],
      };
    },
  };
}

function forwardOf(
  did: Did,
  finding: Awaited<ReturnType<Identity["inspectHandle"]>>,
): HandleForward {
  const { isOurs, dns, https } = finding;
  if (isOurs) return { kind: "ours" };
  if (dns === "conflict") return { kind: "conflict" };
  // DNS is preferred, as in resolution.
  const found = dns ?? https;
  if (found === null) return { kind: "nowhere" };
  if (found !== did) return { kind: "other", did: found };
  return { kind: dns === null ? "https" : "dns" };
}

function backwardOf(
  handle: Handle,
  document: DidDocument | null,
): HandleBackward {
  if (document === null) return { kind: "unreachable" };
  const claimed = findClaimedHandle(document);
  if (claimed === null) return { kind: "nothing" };
  return claimed === handle
    ? { kind: "claimed" }
    : { kind: "other", handle: claimed };
}

function statusWarnings(row: AccountRow): AccountWarning[] {
  const status = statusOf(row);
  if (status === "takendown" || status === "suspended") {
    return [{ kind: "takendown" }];
  }
  const { deleteAfterMs } = row;
  return status === "deactivated"
    ? [{ kind: "deactivated", deleteAfterMs }]
    : [];
}

/** Relays have nothing to say of an account that rests, nor of one that has just come. */
function relayWarnings(
  row: AccountRow,
  relays: readonly RelayReport[],
  head: AccountReport["head"],
  nowMs: number,
): AccountWarning[] {
  if (statusOf(row) !== "active" || head === null) return [];
  const isNew = Math.max(row.createdAtMs, head.atMs) + PATIENCE_MS > nowMs;
  return relays.flatMap(({ kind, url }): AccountWarning[] => {
    const isWrong =
      kind === "behind" ||
      ((kind === "unknown" || kind === "inactive") && !isNew);
    return isWrong ? [{ kind: "relay", url, reason: kind }] : [];
  });
}

function emailWarnings(row: AccountRow): AccountWarning[] {
  if (row.email === null) return [{ kind: "no-email" }];
  return row.emailConfirmedAtMs === null ? [{ kind: "email-unconfirmed" }] : [];
}

const timeOf = (rev: Tid): number => Math.floor(tidToMicros(rev) / 1000);
