import type { Database } from "bun:sqlite";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { cidKey, equalCids, formatCid } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type {
  ActorReader,
  ActorSnapshot,
  ActorStore,
  RecordChange,
  RepoChange,
  RepoHead,
} from "./actor-store.ts";
import { createRepoReader, hashSubject } from "./repo-reader.ts";
import { REPO_MIGRATIONS } from "./repo-schema.ts";
import { closeDatabase, openDatabase } from "./sqlite.ts";

export interface RepoFileOptions {
  path: string;
  did: Did;
  generation: number;
  /** Runs every access; may turn its failure into another. */
  guard: <T>(access: () => T) => T;
  onApplied: () => void;
}

export interface RepoFile {
  store: ActorStore;
  close(): void;
}

// Small: most accounts are, and a commit touches many pages a little.
const PAGE_SIZE_BYTES = 2048;
const CACHE_KIB = 256;

/**
 * Opens the file of one repository, making it where it doesn't exist.
 * @throws WrongRepoError when the file holds the repository of another account.
 */
export function openRepoFile(options: RepoFileOptions): RepoFile {
  const { path, did, generation } = options;
  const db = openDatabase({
    ...FILE,
    path,
    seed: (fresh) =>
      fresh.run("INSERT INTO repo (id, did, generation) VALUES (1, ?, ?)", [
        did,
        generation,
      ]),
  });
  closeUnlessOwn(db, options);
  const reader = createRepoReader({ ...options, db });
  return {
    store: createStore(db, reader, options),
    close: () => closeDatabase(db),
  };
}

/** Opens a view of the file as it is now; a file that isn't there is an error. */
export function openRepoSnapshot(
  options: Omit<RepoFileOptions, "onApplied">,
): ActorSnapshot {
  const db = openDatabase({ ...FILE, path: options.path, readonly: true });
  closeUnlessOwn(db, options);
  const reader = createRepoReader({ ...options, db });
  try {
    db.run("BEGIN");
    // The view is taken by the first read, not by BEGIN.
    reader.head();
  } catch (error) {
    closeDatabase(db);
    throw error;
  }
  return { ...reader, [Symbol.dispose]: () => closeDatabase(db) };
}

const FILE = {
  kind: "repo",
  synchronous: "NORMAL",
  migrations: REPO_MIGRATIONS,
  pageSizeBytes: PAGE_SIZE_BYTES,
  cacheKib: CACHE_KIB,
} as const;

/** The name of a file says which repository it should hold, the file which it does. */
export class WrongRepoError extends Error {
  override name = "WrongRepoError";
}

function closeUnlessOwn(
  db: Database,
  expected: { path: string; did: Did; generation: number },
): void {
  const found = db.query("SELECT did, generation FROM repo").get() as {
    did: string;
    generation: number;
  } | null;
  if (found?.did === expected.did && found.generation === expected.generation) {
    return;
  }
  closeDatabase(db);
  throw new WrongRepoError(
    `${expected.path} holds generation ${found?.generation} of ${found?.did}`,
  );
}

function createStore(
  db: Database,
  reader: ActorReader,
  options: RepoFileOptions,
): ActorStore {
  // What the file says, kept from one commit to the next; a failure forgets it.
  let head: RepoHead | null | undefined;
  const readHead = () => (head === undefined ? (head = reader.head()) : head);
  const write = db.transaction((change: RepoChange) => {
    writeBlocks(db, change);
    for (const record of change.records) writeRecord(db, change, record);
    removeBlocks(db, change);
    writeHead(db, change);
  });
  let isWalNamed = false;

  return {
    ...reader,
    head: readHead,
    apply(change) {
      const before = readHead();
      if (before !== null && change.seq <= before.appliedSeq) return;
      checkFollows(change, before);
      head = undefined;
      options.guard(() => write.immediate(change));
      const { rev, commit, data, seq } = change;
      head = { rev, commit, data, appliedSeq: seq };
      options.onApplied();
    },
    async sync() {
      const named = isWalNamed;
      await syncFile(`${options.path}-wal`);
      if (!named) await syncFile(dirname(options.path));
      isWalNamed = true;
    },
  };
}

/**
 * Only ever the WAL and folders: closing a second descriptor of the database
 * itself would drop the locks of the first.
 */
async function syncFile(path: string): Promise<void> {
  let file;
  try {
    file = await open(path, "r");
  } catch (error) {
    // No WAL: the file was closed, and closing moved all into the database.
    if ((error as { code?: string }).code === "ENOENT") return;
    throw error;
  }
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

function checkFollows(change: RepoChange, head: RepoHead | null): void {
  if (change.since !== (head?.rev ?? null)) {
    throw new BlockError(
      `commit ${change.rev} follows ${change.since}, the repository is at ${head?.rev ?? null}`,
    );
  }
  if (!equalCids(change.prevData, head?.data ?? null)) {
    throw new BlockError(
      `commit ${change.rev} changes another tree than the repository's`,
    );
  }
  if (head !== null && change.rev <= head.rev) {
    throw new BlockError(`commit ${change.rev} is not above ${head.rev}`);
  }
}

function writeBlocks(db: Database, change: RepoChange): void {
  const insert = db.query(
    `INSERT INTO block (cid, rev, bytes) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  for (const { cid, bytes } of change.blocks) {
    insert.run(cid, change.rev, bytes);
  }
}

function writeRecord(
  db: Database,
  change: RepoChange,
  record: RecordChange,
): void {
  const { collection, rkey, cid, subject } = record;
  db.query("DELETE FROM record_blob WHERE collection = ? AND rkey = ?").run(
    collection,
    rkey,
  );
  if (cid === null) {
    db.query("DELETE FROM record WHERE collection = ? AND rkey = ?").run(
      collection,
      rkey,
    );
    return;
  }
  const { changes } = db
    .query(
      `INSERT INTO record (collection, rkey, block_id, rev, subject_hash)
       SELECT ?, ?, id, ?, ? FROM block WHERE cid = ?
       ON CONFLICT DO UPDATE SET block_id = excluded.block_id,
         rev = excluded.rev, subject_hash = excluded.subject_hash`,
    )
    .run(
      collection,
      rkey,
      change.rev,
      subject === null ? null : hashSubject(subject),
      cid,
    );
  if (changes === 0) {
    throw new BlockError("a record's block is not here", formatCid(cid));
  }
  const insertBlob = db.query(
    `INSERT INTO record_blob (blob_cid, collection, rkey, rev)
     VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  for (const blob of record.blobs) {
    insertBlob.run(formatCid(blob), collection, rkey, change.rev);
  }
}

function removeBlocks(db: Database, change: RepoChange): void {
  if (change.removed.length === 0) return;
  const kept = new Set(change.blocks.map(({ cid }) => cidKey(cid)));
  const remove = db.query("DELETE FROM block WHERE cid = ?");
  for (const cid of change.removed) {
    if (!kept.has(cidKey(cid))) remove.run(cid);
  }
}

function writeHead(db: Database, change: RepoChange): void {
  db.query(
    "UPDATE repo SET rev = ?, commit_cid = ?, data_cid = ?, applied_seq = ?",
  ).run(change.rev, change.commit, change.data, change.seq);
}
