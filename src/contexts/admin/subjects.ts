import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import { formatCid, isCid, parseCid } from "#repo/cid.ts";
import { isDid, parseAtUri, type Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type {
  BlobSubject,
  RecordSubject,
  TakedownRow,
} from "#storage/account/takedowns.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import type { AccountStates } from "#contexts/accounts/account-states.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { RecordAct } from "./audit.ts";
import { findHosted, getHosted, subjectNotFound } from "./hosted.ts";

const REPO = "com.atproto.admin.defs#repoRef";
const RECORD = "com.atproto.repo.strongRef";
const BLOB = "com.atproto.admin.defs#repoBlobRef";

/** What moderators judge: an account, a record, or a blob. */
export type Subject =
  | { $type: typeof REPO; did: string }
  | { $type: typeof RECORD; uri: string; cid: string }
  | { $type: typeof BLOB; did: string; cid: string; recordUri?: string };

/** com.atproto.admin.defs#statusAttr */
export interface StatusAttr {
  applied: boolean;
  /** The moderators' own reference. */
  ref?: string;
}

export interface UpdateSubjectStatusInput {
  subject: Subject;
  takedown?: StatusAttr;
  deactivated?: StatusAttr;
}

export interface SubjectStatus {
  subject: Subject;
  takedown: StatusAttr;
  /** Only of an account. */
  deactivated?: StatusAttr;
}

export interface Subjects {
  /**
   * Takes down or restores; an account can also be deactivated or activated.
   * Durable when it resolves; repeating it only changes the reference. An
   * account that is taken down loses its sessions; the bytes of a blob are
   * moved aside. Takedowns of records and blobs stay when the record is
   * written again, the blob uploaded again, or the account deleted.
   * @throws XrpcError NotFound (400) for an account that is not here.
   * @throws XrpcError InvalidRequest for anything but the three kinds of
   *   subjects, for a takedown together with an activation, and for the
   *   (de)activation of anything but an account.
   */
  updateSubjectStatus(
    input: UpdateSubjectStatusInput,
    caller: Caller,
  ): Promise<{ subject: Subject; takedown?: StatusAttr }>;
  /**
   * @throws XrpcError NotFound (400) when there is no such account, record or blob.
   * @throws XrpcError InvalidRequest when none is named.
   */
  getSubjectStatus(params: {
    did?: string;
    uri?: string;
    blob?: string;
  }): SubjectStatus;
}

export interface SubjectDeps {
  db: AccountDb;
  stores: Pick<ActorStores, "find">;
  blobStore: Pick<BlobStore, "quarantine" | "restore">;
  locks: KeyedMutex;
  states: Pick<AccountStates, "takeDown" | "restore" | "deactivate">;
  /** Makes a deactivated account active again and tells the network. */
  activate(did: Did): Promise<unknown>;
  clock: Clock;
  record: RecordAct;
}

export function createSubjects(deps: SubjectDeps): Subjects {
  const { db, states, clock } = deps;

  async function updateAccount(
    did: Did,
    { takedown, deactivated }: UpdateSubjectStatusInput,
  ): Promise<void> {
    if (takedown?.applied === true) {
      await states.takeDown(did, newTakedown(takedown).ref);
    } else if (takedown !== undefined) {
      await states.restore(did);
    }
    if (deactivated?.applied === true) await states.deactivate(did);
    else if (deactivated !== undefined) await deps.activate(did);
  }

  function updateRecord(record: RecordSubject, takedown: StatusAttr): void {
    if (takedown.applied) {
      db.takedowns.putRecord(record, newTakedown(takedown));
    } else {
      db.takedowns.removeRecord(record);
    }
  }

  /**
   * The row alone decides who sees the blob: it comes before the file goes,
   * and goes after the file is back.
   */
  function updateBlob(blob: BlobSubject, takedown: StatusAttr): Promise<void> {
    const { did, cid } = blob;
    return deps.locks.run(did, async () => {
      if (takedown.applied) {
        db.takedowns.putBlob(blob, newTakedown(takedown));
        await deps.blobStore.quarantine(did, cid);
      } else {
        await deps.blobStore.restore(did, cid);
        db.takedowns.removeBlob(blob);
      }
    });
  }

  function newTakedown({ ref }: StatusAttr): TakedownRow {
    const createdAtMs = clock.nowMs();
    return { ref: ref ?? new Date(createdAtMs).toISOString(), createdAtMs };
  }

  return {
    async updateSubjectStatus(input, caller) {
      const { subject, takedown, deactivated } = input;
      const target = parseSubject(subject);
      getHosted(db, target.did);
      checkChanges(input);
      if (target.kind === "account") await updateAccount(target.did, input);
      else if (takedown === undefined) return { subject };
      else if (target.kind === "record") updateRecord(target.record, takedown);
      else await updateBlob(target.blob, takedown);
      deps.record(caller, {
        action: "updateSubjectStatus",
        subject: target.name,
        detail: { takedown, deactivated },
      });
      return { subject, ...(takedown !== undefined && { takedown }) };
    },
    getSubjectStatus({ did, uri, blob }) {
      if (blob !== undefined) {
        if (did === undefined) {
          throw invalidRequest(
            "Must provide a did to request blob state",
          ).because("subjectAccount");
        }
        return blobStatus(deps, did, blob);
      }
      if (uri !== undefined) return recordStatus(deps, uri);
      if (did !== undefined) return accountStatus(deps, did);
      throw invalidRequest("No provided subject").because("subjectNone");
    },
  };
}

function checkChanges(input: UpdateSubjectStatusInput): void {
  const { subject, takedown, deactivated } = input;
  if (deactivated === undefined) return;
  if (subject.$type !== REPO) {
    throw invalidRequest("Only an account can be deactivated").because(
      "subjectForm",
    );
  }
  if (takedown?.applied === true && !deactivated.applied) {
    throw invalidRequest(
      "An account can't be activated by its takedown",
    ).because("subjectForm");
  }
}

type Target = { did: Did; name: string } & (
  | { kind: "account" }
  | { kind: "record"; record: RecordSubject }
  | { kind: "blob"; blob: BlobSubject }
);

function parseSubject(subject: Subject): Target {
  switch (subject.$type) {
    case REPO: {
      const did = subject.did as Did;
      return { kind: "account", did, name: did };
    }
    case RECORD: {
      const record = parseRecordUri(subject.uri);
      return { kind: "record", did: record.did, name: subject.uri, record };
    }
    case BLOB: {
      const did = subject.did as Did;
      const blob = { did, cid: parseBlobCid(subject.cid) };
      return { kind: "blob", did, name: `${did} ${subject.cid}`, blob };
    }
    default:
      throw invalidRequest("Invalid subject").because("subjectForm");
  }
}

function parseRecordUri(uri: string): RecordSubject {
  const { host, collection, rkey } = parseAtUri(uri);
  if (!isDid(host) || collection === undefined || rkey === undefined) {
    throw invalidRequest(
      "uri must name a record by the DID of its account",
    ).because("recordUri");
  }
  return { did: host, collection, rkey };
}

function parseBlobCid(text: string) {
  if (!isCid(text))
    throw invalidRequest("cid must be that of a blob").because("cidForm");
  return parseCid(text);
}

type StatusDeps = Pick<SubjectDeps, "db" | "stores">;

function accountStatus({ db }: StatusDeps, did: string): SubjectStatus {
  const row = findHosted(db, did);
  if (row === null) throw subjectNotFound("Subject not found");
  return {
    subject: { $type: REPO, did },
    takedown: {
      applied: row.takedownAtMs !== null,
      ...(row.takedownRef !== null && { ref: row.takedownRef }),
    },
    deactivated: { applied: row.deactivatedAtMs !== null },
  };
}

function recordStatus({ db, stores }: StatusDeps, uri: string): SubjectStatus {
  const { did, collection, rkey } = parseRecordUri(uri);
  const store = findHosted(db, did) && stores.find(did);
  const record = store?.findRecord(collection, rkey) ?? null;
  if (record === null) throw subjectNotFound("Subject not found");
  return {
    subject: { $type: RECORD, uri, cid: formatCid(record.cid) },
    takedown: statusOf(db.takedowns.findRecord(did, collection, rkey)),
  };
}

function blobStatus(
  { db }: StatusDeps,
  didText: string,
  cidText: string,
): SubjectStatus {
  const did = didText as Did;
  const cid = parseBlobCid(cidText);
  const takedown = db.takedowns.findBlob(did, cid);
  if (takedown === null && db.blobs.find(did, cid) === null) {
    throw subjectNotFound("Subject not found");
  }
  return {
    subject: { $type: BLOB, did, cid: cidText },
    takedown: statusOf(takedown),
  };
}

function statusOf(takedown: TakedownRow | null): StatusAttr {
  return takedown === null
    ? { applied: false }
    : { applied: true, ref: takedown.ref };
}
