import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import { createKeyedMutex, type KeyedMutex } from "#lib/mutex.ts";
import { cidOfCbor, parseCid, toLink, type CidBytes } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did, Handle, Nsid, RecordKey } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import { openAccountDb } from "#storage/account/account-db.ts";
import { createActorStores } from "#storage/actor-stores.ts";
import { createDiskBlobStore } from "#storage/disk-blob-store.ts";
import { createSequencerDb } from "#storage/sequencer-db.ts";
import { findStatus } from "#contexts/blobs/availability.ts";
import { createBlobs } from "#contexts/blobs/blobs.ts";
import type { PreparedWrite } from "#contexts/records/prepare.ts";
import { createWriter, type Writer } from "#contexts/records/write.ts";
import {
  createSequencer,
  type Sequencer,
} from "#contexts/sequencer/sequencer.ts";
import type { VerifyDeps } from "./verify.ts";

/** Everything that writes, on real files, as a server has it; for tests of the checks. */
export interface CheckHost extends VerifyDeps {
  folder: string;
  clock: FakeClock;
  locks: KeyedMutex;
  sequencer: Sequencer;
  writer: Writer;
  addAccount(name: string, options?: { active: boolean }): Promise<Did>;
  /** Creates, or with a null text deletes, records of `app.bsky.feed.post` in one commit. */
  write(did: Did, records: Record<string, string | null>): Promise<void>;
  /** Uploads a blob and writes a record that names it. */
  writeBlob(did: Did, rkey: string, text: string): Promise<CidBytes>;
  /** Closes all files, which is when damage can be planted, and opens them anew. */
  restart(damage: () => void): Promise<void>;
  remove(): Promise<void>;
}

export const POST = "app.bsky.feed.post" as Nsid;

type Opened = VerifyDeps & { sequencer: Sequencer; writer: Writer };

export async function createCheckHost(): Promise<CheckHost> {
  const folder = mkdtempSync(join(tmpdir(), "tempest-checks-"));
  // Without it the blobs lie beside the accounts of another PDS.
  writeFileSync(join(folder, "tempest.json"), "{}");
  const clock = createFakeClock();
  const tids = createTidClock({ clock, clockId: 1 });
  const signers = new Map<Did, Signer>();
  const locks = createKeyedMutex({ maxWaitMs: 10_000 });

  async function open(): Promise<Opened> {
    const accountDb = openAccountDb(join(folder, "account.sqlite"));
    const eventLog = createSequencerDb({
      path: join(folder, "sequencer.sqlite"),
    });
    const { generationOf, switchGeneration } = accountDb.accounts;
    const stores = createActorStores({
      reposPath: join(folder, "repos"),
      generationOf,
    });
    const blobStore = createDiskBlobStore({
      blobsPath: join(folder, "blobs"),
      clock,
    });
    const blobs = createBlobs({
      ...{ blobStore, accountDb, stores, locks, clock },
      maxUploadBytes: 1e6,
    });
    const sequencer = createSequencer({
      ...{ eventLog, stores, clock, log: silentLogger },
      ...{ generationOf, switchGeneration },
      outbox: accountDb.outbox,
      onFatal: (error) => {
        throw error;
      },
    });
    const writer = createWriter({
      ...{ stores, sequencer, locks, generationOf, tids, clock },
      statusOf: (did) => findStatus(accountDb, did),
      signerOf: (did) => signers.get(did)!,
      nodeCache: createNodeCache({ maxBytes: 1e6 }),
      findMissingBlob: blobs.findMissing,
      shouldInvert: true,
    });
    await sequencer.start();
    return { accountDb, eventLog, stores, blobStore, sequencer, writer };
  }

  async function close(opened: Opened): Promise<void> {
    await opened.sequencer.stop();
    opened.stores.close();
    opened.eventLog.close();
    opened.accountDb.close();
  }

  function commit(did: Did, writes: PreparedWrite[]): Promise<unknown> {
    clock.advance(1);
    return host.writer.commit({ did, writes });
  }

  const host: CheckHost = {
    ...(await open()),
    ...{ folder, clock, locks },
    async addAccount(name, { active } = { active: true }) {
      const did = `did:plc:${name}` as Did;
      const signer = createSigner("k256", generatePrivateKey("k256"));
      signers.set(did, signer);
      insertAccount(host, did, signer, active);
      const handle = `${name}.test` as Handle;
      await host.writer.createRepo({ did, handle, signer, active });
      return did;
    },
    async write(did, records) {
      const entries = Object.entries(records);
      await commit(
        did,
        entries.map(([rkey, text]) =>
          text === null ? deletion(rkey) : creation(rkey, { text }),
        ),
      );
    },
    async writeBlob(did, rkey, text) {
      const staged = await host.blobStore.put(did, Buffer.from(text), {
        maxBytes: 1e6,
      });
      await staged.commit({ isPromised: false });
      const { cid, sizeBytes } = staged;
      const mimeType = "text/plain";
      const row = { did, cid, mimeType, sizeBytes, createdAtMs: clock.nowMs() };
      host.accountDb.blobs.insert(row);
      const ref = toLink(cid);
      const blob = { $type: "blob", ref, mimeType, size: sizeBytes };
      await commit(did, [creation(rkey, { text, blob }, [cid])]);
      return cid;
    },
    async restart(damage) {
      await close(host);
      damage();
      Object.assign(host, await open());
    },
    async remove() {
      await close(host);
      rmSync(folder, { recursive: true });
    },
  };
  return host;
}

function insertAccount(
  { accountDb, clock }: CheckHost,
  did: Did,
  signer: Signer,
  active: boolean,
): void {
  const createdAtMs = clock.nowMs();
  const handle = `${did.slice("did:plc:".length)}.test` as Handle;
  accountDb.accounts.insert({
    ...{ did, handle, createdAtMs, email: null, passwordHash: null },
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null },
    generation: accountDb.accounts.allocateGeneration(did),
    ...{ creationState: null, deleteAfterMs: null, suspendedAtMs: null },
    deactivatedAtMs: active ? null : createdAtMs,
    ...{ takedownAtMs: null, takedownRef: null, deletingAtMs: null },
    ...{ invitesDisabledAtMs: null, inviteNote: null },
  });
  accountDb.signingKeys.insert({
    ...{ did, createdAtMs, retiredAtMs: null, sealed: new Uint8Array(0) },
    ...{ keyId: did, didKey: signer.didKey, curve: "k256" },
  });
}

function creation(
  rkey: string,
  fields: object,
  blobs: CidBytes[] = [],
): PreparedWrite {
  const bytes = encodeDrisl({ $type: POST, ...fields });
  return {
    action: "put",
    collection: POST,
    rkey: rkey as RecordKey,
    cid: cidOfCbor(bytes),
    bytes,
    blobs,
    subject: null,
    dedupe: false,
  };
}

function deletion(rkey: string): PreparedWrite {
  return {
    ...creation(rkey, {}),
    action: "delete",
    cid: null,
    bytes: null,
  };
}

/** A CID that is well-formed and names nothing here. */
export const ELSEWHERE = parseCid(
  "bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq",
);
