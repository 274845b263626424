import { createKeyedMutex } from "#lib/mutex.ts";
import {
  cidKey,
  cidOfCbor,
  equalCids,
  formatCid,
  type CidBytes,
} from "#repo/cid.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import { walkTree } from "#repo/mst/walk.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did, Handle, Nsid, RecordKey } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import type { AccountStatus } from "#storage/account/accounts.ts";
import type { ActorStore } from "#storage/actor-store.ts";
import type { EventRow } from "#storage/event-log.ts";
import {
  createSequencerHost,
  type SequencerHost,
} from "#contexts/sequencer/sequencer-fixture.ts";
import type { PreparedWrite } from "./prepare.ts";
import { createWriter, type CommitResult, type Writer } from "./write.ts";

export const THING = "com.example.thing" as Nsid;

/** The writer on real files, which can be ended at any moment and opened again. */
export interface WriteHost extends Omit<SequencerHost, "open"> {
  readonly writer: Writer;
  readonly signer: Signer;
  /** Accounts that are not `active`. */
  readonly statuses: Map<Did, AccountStatus>;
  /** Blobs that are gone. */
  readonly missingBlobs: CidBytes[];
  open(): Promise<void>;
  addAccount(name: string, options?: { active: boolean }): Promise<Did>;
  commit(did: Did, ...writes: PreparedWrite[]): Promise<CommitResult>;
  store(did: Did): ActorStore;
  /** Every row of the log, or those of an account. */
  rows(did?: Did): EventRow[];
  /** Text of what each path holds, as the index says. */
  records(did: Did): Map<string, CidBytes>;
}

export async function createWriteHost(
  options: {
    shouldInvert?: boolean;
    files?: Parameters<typeof createSequencerHost>[1];
  } = {},
): Promise<WriteHost> {
  const host = await createSequencerHost([], options.files);
  const { clock, generations } = host;
  const signer = createSigner("k256", generatePrivateKey("k256"));
  const tids = createTidClock({ clock, clockId: 1 });
  const statuses = new Map<Did, AccountStatus>();
  const missingBlobs: CidBytes[] = [];
  const openLog = host.open;

  const makeWriter = () =>
    createWriter({
      stores: host.stores,
      sequencer: host.sequencer,
      locks: createKeyedMutex({ maxWaitMs: 10_000 }),
      statusOf: (did) =>
        generations.has(did) ? (statuses.get(did) ?? "active") : null,
      generationOf: (did) => generations.get(did) ?? null,
      signerOf: () => signer,
      nodeCache: createNodeCache({ maxBytes: 1e6 }),
      tids,
      clock,
      findMissingBlob: (_did, cids) =>
        cids.find((cid) =>
          missingBlobs.some((other) => equalCids(cid, other)),
        ) ?? null,
      shouldInvert: options.shouldInvert ?? true,
    });

  return Object.assign(host as unknown as WriteHost, {
    writer: makeWriter(),
    signer,
    statuses,
    missingBlobs,
    async open() {
      await openLog();
      Object.assign(host, { writer: makeWriter() });
    },
    async addAccount(name: string, { active } = { active: true }) {
      const did = `did:plc:${name}` as Did;
      const handle = `${name}.test` as Handle;
      generations.set(did, 1);
      if (!active) statuses.set(did, "deactivated");
      const { writer } = host as unknown as WriteHost;
      await writer.createRepo({ did, handle, signer, active });
      return did;
    },
    commit(did: Did, ...writes: PreparedWrite[]) {
      clock.advance(1);
      return (host as unknown as WriteHost).writer.commit({ did, writes });
    },
    store: (did: Did) => host.stores.find(did)!,
    rows: (did?: Did) =>
      host.eventLog.read({
        after: 0,
        limit: 1e6,
        maxBytes: 1e9,
        ...(did !== undefined && { did }),
      }),
    records(did: Did) {
      const store = host.stores.find(did)!;
      const listing = { limit: 1e6, cursor: null, reverse: true };
      const found = store
        .listCollections()
        .flatMap((collection) => store.listRecords({ collection, ...listing }));
      return new Map(
        found.map(({ collection, rkey, cid }) => [
          `${collection}/${rkey}`,
          cid,
        ]),
      );
    },
  });
}

type Action = PreparedWrite["action"];

/** A write of one record, of which equal fields are equal blocks. */
export function write(
  action: Exclude<Action, "delete">,
  rkey: string,
  fields: LexMap,
  more: Partial<PreparedWrite> = {},
): PreparedWrite {
  const collection = more.collection ?? THING;
  const bytes = encodeDrisl({ $type: collection, ...fields });
  return {
    action,
    collection,
    rkey: rkey as RecordKey,
    cid: cidOfCbor(bytes),
    bytes,
    blobs: [],
    subject: null,
    dedupe: false,
    ...more,
  };
}

export function remove(
  rkey: string,
  more: Partial<PreparedWrite> = {},
): PreparedWrite {
  return {
    ...write("put", rkey, {}, more),
    action: "delete",
    cid: null,
    bytes: null,
  };
}

/**
 * What is wrong with a repository, by a look that has nothing in common with
 * how it is written: its head is signed, its tree whole, every record in tree
 * and index alike, and there is no block that nothing refers to.
 */
export function faultsOf(store: ActorStore, didKey: string): string[] {
  const faults: string[] = [];
  const head = store.head()!;
  const commitBytes = store.getBlock(head.commit);
  if (commitBytes === null) return ["no commit"];
  const commit = decodeCommit(commitBytes);
  if (!verifyCommit(commitBytes, didKey)) faults.push("signature");
  if (commit.did !== store.did) faults.push("DID");
  if (commit.rev !== head.rev) faults.push("rev");
  if (!equalCids(commit.data, head.data)) faults.push("data");
  const reachable = new Set([cidKey(head.commit)]);
  let records = 0;
  for (const step of walkTree(store, head.data)) {
    reachable.add(cidKey(step.cid));
    if (step.kind === "node") continue;
    records++;
    const [collection, rkey] = step.path.split("/") as [Nsid, RecordKey];
    const bytes = store.getBlock(step.cid);
    if (bytes === null) faults.push(`no block of ${step.path}`);
    else if (!equalCids(cidOfCbor(bytes), step.cid)) {
      faults.push(`bytes of ${step.path}`);
    }
    const indexed = store.findRecord(collection, rkey);
    if (!equalCids(indexed?.cid ?? null, step.cid)) {
      faults.push(`index of ${step.path}: ${formatCid(step.cid)}`);
    }
  }
  const counts = store.counts();
  if (counts.records !== records) {
    faults.push(
      `${counts.records} records in the index, ${records} in the tree`,
    );
  }
  if (counts.blocks !== reachable.size) {
    faults.push(`${counts.blocks} blocks, ${reachable.size} in use`);
  }
  return faults;
}
