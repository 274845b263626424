import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStream } from "../support/firehose.ts";
import {
  ADMIN_PASSWORD,
  call,
  createAccount,
  type Answer,
  type TestAccount,
} from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import {
  startPlc,
  startServer,
  urlOf,
  type ServerChild,
  type ServerOptions,
} from "../support/process.ts";
import { createRandom, runSeed } from "../support/random.ts";
import { get } from "../support/readback.ts";
import { sizeOf } from "../support/sizes.ts";
import { until } from "../support/until.ts";
import { createHistory, type History } from "./history.ts";
import { compareWorld, verifyFolder } from "./image-check.ts";
import { createLoad, type Load } from "./load.ts";

/** A small disk that somebody else fills up, and empties again. */
const MIB = 1024 * 1024;
const DISK_MIB = 64;
const SCARCE_MIB = 24;
const RESERVE_MIB = 4;
const ANSWERS = 40;
const TIMEOUT_MS = 60 * 60_000;
const RECOVERY_MS = 20_000;

const canMount =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("mount") !== null;

let folder: string;
let disk: string;
let plc: ServerChild;
let server: ServerChild;
let options: ServerOptions;
let port: number;
let url: string;
let load: Load;
let history: History;
/** Nobody else writes to this account. */
let prober: TestAccount;
const seed = runSeed();
const random = createRandom(seed);

/** A refusal that says when to come again. */
function mayRefuse({ status, headers }: Answer<unknown>): boolean {
  const isRefusal = status === 503 || status === 507;
  return isRefusal && Number(headers.get("retry-after")) > 0;
}

/** Leaves so much room on the disk, or none at all. */
function fillUpTo(freeBytes: number): void {
  const piece = Buffer.alloc(64 * 1024);
  const fd = openSync(join(disk, "filler"), "w");
  try {
    for (;;) {
      const left = freeOf(disk) - freeBytes;
      if (left <= 0) return;
      writeSync(fd, piece, 0, Math.min(left, piece.length));
    }
  } catch (error) {
    expect((error as { code?: string }).code).toBe("ENOSPC");
  } finally {
    closeSync(fd);
  }
}

function freeOf(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

const makeRoom = () => rmSync(join(disk, "filler"), { force: true });

async function statusOfUpload(token: string): Promise<number> {
  const input = new TextEncoder().encode(`a file ${random.next()}`);
  const answer = await call(url, "com.atproto.repo.uploadBlob", {
    ...{ token, input, type: "text/plain" },
  });
  expect(answer.status === 200 || mayRefuse(answer)).toBe(true);
  return answer.status;
}

async function statusOfWrite(did: string, token: string): Promise<number> {
  const answer = await call(url, "com.atproto.repo.createRecord", {
    token,
    input: { repo: did, collection: "com.example.other", record: {} },
  });
  expect(answer.status === 200 || mayRefuse(answer)).toBe(true);
  return answer.status;
}

/** What everybody can still do. */
async function expectReads(did: string): Promise<void> {
  await get(url, "com.atproto.repo.describeRepo", { repo: did });
  await get(url, "com.atproto.sync.getRepo", { did });
  await get(url, "com.atproto.sync.listRepos", {});
  let events = 0;
  const stream = await openStream(url, 0, () => events++);
  await until("events", RECOVERY_MS, () => events > 3);
  stream.close();
}

describe.skipIf(!canMount)("a full disk", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tempest-full-"));
    disk = mkdtempSync(join(folder, "disk-"));
    const size = `size=${DISK_MIB}m,mode=700`;
    const mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", disk];
    expect(Bun.spawnSync(mount).exitCode).toBe(0);
    plc = await startPlc(join(folder, "plc.sqlite"));
    port = await findPort();
    options = {
      ...{ port, plcUrl: plc.url, adminPassword: ADMIN_PASSWORD },
      dataFolder: join(disk, "data"),
      env: {
        TEMPEST_DISK_SCARCE_BYTES: String(SCARCE_MIB * MIB),
        TEMPEST_DISK_RESERVE_BYTES: String(RESERVE_MIB * MIB),
        TEMPEST_OPEN_REPOS: random.pick(["4", "200"]),
        TEMPEST_REPO_THREAD: random.pick(["on", "auto"]),
      },
    };
    server = await startServer(options);
    url = urlOf({ port });
    history = createHistory(() => 0);
    load = createLoad({ history, plcUrl: plc.url, random, mayRefuse });
    await load.settleIn(url);
    prober = await createAccount(url, "prober");
  });
  afterAll(async () => {
    await server?.kill();
    await plc?.kill();
    Bun.spawnSync(["umount", disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("is told in two steps, and forgotten when there is room", async () => {
    const { did, accessJwt: token } = prober;
    const both = async () =>
      [await statusOfWrite(did, token), await statusOfUpload(token)].join();
    const becomes = (what: string) =>
      until(what, RECOVERY_MS, async () => (await both()) === what);

    await becomes("200,200");
    fillUpTo((SCARCE_MIB - 4) * MIB);
    await becomes("200,507");
    expect(existsSync(join(disk, "data/reserve"))).toBe(true);
    fillUpTo(RESERVE_MIB * MIB);
    await becomes("503,503");
    await expectReads(did);
    expect(existsSync(join(disk, "data/reserve"))).toBe(false);
    // A start needs hardly any room: the index of each WAL.
    fillUpTo(MIB / 2);
    await server.kill();
    server = await startServer(options);
    await becomes("503,503");
    await expectReads(did);
    makeRoom();
    await becomes("200,200");
  });

  test(
    "that comes at once, at any moment, costs no answer and no restart",
    async () => {
      makeRoom();
      for (let round = 0; round < sizeOf("diskFills"); round++) {
        const what = `round ${round}, TEST_SEED=${seed}`;
        const before = load.refused;
        await load.run(url, random.int(1, ANSWERS));
        // Now and then nothing is left, not even for what is under way.
        fillUpTo(random.next() < 0.5 ? 0 : random.int(0, 400_000));
        await until(`somebody is refused in ${what}`, RECOVERY_MS, async () => {
          await load.run(url, 10 * ANSWERS, 1500);
          expect(load.problems, what).toEqual([]);
          return load.refused > before;
        });
        await expectReads(prober.did);
        makeRoom();
        await load.resume(url, RECOVERY_MS);
        await until("all write again", RECOVERY_MS, async () => {
          const refused = load.refused;
          await load.run(url, ANSWERS, 2000);
          return load.refused === refused;
        });
        await load.wake(url);
        expect(server.exitCode(), what).toBeNull();
        const world = history.worldAt(0);
        expect(await compareWorld(url, world, random), what).toEqual([]);
      }
      expect(await server.stop()).toBe(0);
      const dataFolder = join(disk, "data");
      const where = { dataFolder, port, plcUrl: plc.url };
      expect(await verifyFolder(where)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
