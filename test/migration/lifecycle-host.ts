import { afterEach, beforeEach, expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDomain } from "#app/domain.ts";
import { openStorage } from "#app/storage.ts";
import { loadConfig, type Config } from "#config.ts";
import { finishActivations } from "#contexts/accounts/unfinished-activations.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import { sayFinding } from "#contexts/checks/findings.ts";
import { verifyHost } from "#contexts/checks/verify.ts";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import { decodeFrame } from "#repo/frame.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { createPlcClient } from "#contexts/identity/plc.ts";
import { carOf, makeForeignRepo, makePosts } from "../support/foreign-repo.ts";
import type { Mover } from "../support/mover.ts";

/** The ends and beginnings of accounts, below the edge and on a clock that is moved by hand. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const directory = createPlcDirectory({ clock: createFakeClock(Date.now()) });
let plc: ReturnType<typeof directory.start>;
let folder: string;
export let clock: FakeClock;
export let config: Config;
export let host: Host;

type Host = Awaited<ReturnType<typeof openHost>>;

async function openHost() {
  const storage = openStorage(config, { clock, log: silentLogger });
  const domain = createDomain(config, storage, {
    clock,
    log: silentLogger,
    onFatal: (error) => {
      throw error;
    },
    mailTransport: null,
    shouldInvert: true,
  });
  await domain.sequencer.start();
  const { accountDb: db, eventLog } = storage;
  finishActivations({ db, eventLog, log: silentLogger });
  return { ...domain, storage };
}

async function closeHost(): Promise<void> {
  await host.sequencer.stop();
  host.storage.close();
}

export async function restart(): Promise<void> {
  await closeHost();
  host = await openHost();
}

/** Gives each test of a file a host, which must be sound in the end. */
export function useHost(): void {
  beforeEach(async () => {
    plc = directory.start({ port: 0, hostname: "127.0.0.1" });
    folder = mkdtempSync(join(tmpdir(), "tempest-lifecycle-"));
    clock = createFakeClock(Date.now());
    config = loadConfig({
      mode: "dev",
      env: {},
      flags: { TEMPEST_DATA_DIR: folder, TEMPEST_DID_PLC_URL: plc.url },
    }).config;
    host = await openHost();
  });
  afterEach(async () => {
    const problems: string[] = [];
    const report = await verifyHost(host.storage, null, (repo) =>
      problems.push(...repo.problems.map(sayFinding)),
    );
    await closeHost();
    await plc.stop();
    rmSync(folder, { recursive: true, force: true });
    expect([...report.problems.map(sayFinding), ...problems]).toEqual([]);
  });
}

let count = 0;

export async function addAccount(): Promise<SessionCaller> {
  const name = `person${++count}`;
  const { did, accessJwt } = (await host.contexts.accounts.createAccount(
    { handle: `${name}.test`, email: `${name}@mail.test`, password: "pw" },
    { kind: "anonymous" },
  )) as { did: Did; accessJwt: string };
  expect(did).toStartWith("did:plc:");
  return host.accounts.authenticateAccess(accessJwt);
}

export async function addMover(): Promise<Mover> {
  const [signer, rotation] = [1, 2].map(() =>
    createSigner("k256", generatePrivateKey("k256")),
  ) as [Mover["signer"], Mover["rotation"]];
  const client = createPlcClient({ url: plc.url, fetch });
  const { did, op } = client.signGenesis({
    signingKey: signer.didKey,
    rotationKeys: [rotation.didKey],
    handle: "mover.example.com",
    pds: "https://elsewhere.example.com",
    signer: rotation,
  });
  await client.submit(did, op);
  return { did, signer, rotation };
}

/** Makes the account of somebody who brings a DID, whose right was checked. */
export async function arrive({ did }: Mover): Promise<SessionCaller> {
  const name = `mover${++count}`;
  const aud = config.serviceDid;
  const { accessJwt } = (await host.contexts.accounts.createAccount(
    { did, handle: `${name}.test`, email: `${name}@a.test`, password: "pw" },
    { kind: "service", did, aud, lxm: null },
  )) as { accessJwt: string };
  return host.accounts.authenticateAccess(accessJwt);
}

export const carWith = (mover: Mover, posts: number) =>
  carOf(makeForeignRepo({ ...mover, records: makePosts(posts) }));

export const importCar = (
  caller: SessionCaller,
  car: Uint8Array<ArrayBuffer>,
) =>
  host.contexts.migration.importRepo({
    caller,
    body: new Response(car).body!,
  });

export const importPosts = (
  mover: Mover,
  caller: SessionCaller,
  posts: number,
) => importCar(caller, carWith(mover, posts));

export async function pointHere(
  { did, rotation }: Mover,
  caller: SessionCaller,
) {
  const wanted = host.accounts.getRecommendedDidCredentials(caller);
  const client = createPlcClient({ url: plc.url, fetch });
  await client.update(did, rotation, () => ({
    ...wanted,
    rotationKeys: [rotation.didKey, ...wanted.rotationKeys],
  }));
}

/** What readers of the stream are told of an account. */
export function eventsOf(did: string): string[] {
  const options = { after: 0, limit: 10_000, maxBytes: 1e9, did: did as Did };
  const rows = host.storage.eventLog.read(options);
  return rows.flatMap(({ frame }) => {
    if (frame.length === 0) return [];
    const { t, payload } = decodeFrame(frame);
    const { status, active } = payload as { status?: string; active?: boolean };
    return [
      t === "#account" ? `#account ${active ? "active" : status}` : `${t}`,
    ];
  });
}

export const writePost = (caller: SessionCaller) =>
  host.contexts.records.createRecord(
    {
      repo: caller.did,
      collection: "com.example.thing",
      record: { at: clock.nowMs() },
    },
    caller,
  );

export const deactivate = (caller: SessionCaller, deleteAfterMs?: number) =>
  host.contexts.accounts.deactivateAccount(
    deleteAfterMs === undefined
      ? {}
      : { deleteAfter: new Date(deleteAfterMs).toISOString() },
    caller,
  );
