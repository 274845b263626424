import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createKeyedMutex, type KeyedMutex } from "#lib/mutex.ts";
import { cidOfCbor, formatCid, type Cid, type CidBytes } from "#repo/cid.ts";
import type { Did, Handle, Tid } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { ActorStores, RecordChange } from "#storage/actor-store.ts";
import { createActorStores } from "#storage/actor-stores.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import { createDiskBlobStore } from "#storage/disk-blob-store.ts";

/** Real storage in a temporary folder, for tests of contexts that read accounts and repositories. */
export interface TestHost {
  folder: string;
  accountDb: AccountDb;
  stores: ActorStores;
  blobStore: BlobStore;
  locks: KeyedMutex;
  clock: FakeClock;
  /** Adds an active account with an empty repository. */
  addAccount(input: { did: Did; handle: string }): void;
  /** Applies records to a repository as a commit would, but with neither tree nor signature. */
  apply(
    did: Did,
    records: readonly RecordChange[],
    bytesByPath: ReadonlyMap<string, Uint8Array>,
  ): { cid: Cid; rev: Tid };
  close(): void;
}

/** Nothing here tests durability, and an fsync costs more than a test. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export function createTestHost(): TestHost {
  const folder = mkdtempSync(join(MEMORY, "tempest-host-"));
  // Without it the blobs lie beside the accounts of another PDS.
  writeFileSync(join(folder, "tempest.json"), "{}");
  const clock = createFakeClock();
  const tids = createTidClock({ clock, clockId: 1 });
  const accountDb = openAccountDb(join(folder, "account.sqlite"));
  const stores = createActorStores({
    reposPath: join(folder, "repos"),
    generationOf: (did) => accountDb.accounts.generationOf(did),
  });
  let seq = 0;

  const apply: TestHost["apply"] = (did, records, bytesByPath) => {
    const store = stores.find(did)!;
    const head = store.head();
    const rev = tids.next(head?.rev);
    const commit = cidOfText(`${did} ${rev}`);
    const blocks = records.flatMap(({ collection, rkey, cid }) =>
      cid === null
        ? []
        : [{ cid, bytes: bytesByPath.get(`${collection}/${rkey}`)! }],
    );
    store.apply({
      seq: ++seq,
      rev,
      since: head?.rev ?? null,
      commit,
      data: commit,
      prevData: head?.data ?? null,
      blocks,
      removed: [],
      records,
    });
    return { cid: formatCid(commit), rev };
  };

  return {
    folder,
    accountDb,
    stores,
    blobStore: createDiskBlobStore({
      blobsPath: join(folder, "blobs"),
      clock,
    }),
    locks: createKeyedMutex({ maxWaitMs: 10_000 }),
    clock,
    addAccount({ did, handle }) {
      accountDb.accounts.insert({
        ...EMPTY_ROW,
        did,
        handle: handle as Handle,
      });
      stores.create(did, 1);
      apply(did, [], new Map());
    },
    apply,
    close() {
      stores.close();
      accountDb.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function cidOfText(text: string): CidBytes {
  return cidOfCbor(new TextEncoder().encode(text));
}

const EMPTY_ROW: Omit<AccountRow, "did" | "handle"> = {
  email: null,
  emailConfirmedAtMs: null,
  emailFactorAtMs: null,
  passwordHash: null,
  generation: 1,
  creationState: null,
  createdAtMs: 0,
  deactivatedAtMs: null,
  deleteAfterMs: null,
  suspendedAtMs: null,
  takedownAtMs: null,
  takedownRef: null,
  deletingAtMs: null,
  invitesDisabledAtMs: null,
  inviteNote: null,
};
