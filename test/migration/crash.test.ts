import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage } from "#app/storage.ts";
import { runCli } from "#cli/run.ts";
import { sayFinding } from "#contexts/checks/findings.ts";
import { verifyHost } from "#contexts/checks/verify.ts";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { systemClock } from "#lib/clock.ts";
import { createLogger, silentLogger } from "#lib/log.ts";
import { eventsOf, readEvents } from "../support/events.ts";
import { carOf, makeForeignRepo, makePosts } from "../support/foreign-repo.ts";
import {
  arrive,
  createMover,
  importCar,
  pointHere,
  type Mover,
} from "../support/mover.ts";
import {
  ADMIN_PASSWORD,
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import { until } from "../support/until.ts";

/**
 * The life of an account, cut off at each of its steps: what is on disk at
 * that moment is copied, and a server that starts on the copy must go on.
 */
const directory = createPlcDirectory({ clock: systemClock });
let plc: ReturnType<typeof directory.start>;
let folder: string;
let port: number;

beforeAll(async () => {
  plc = directory.start({ port: 0, hostname: "127.0.0.1" });
  folder = mkdtempSync(join(tmpdir(), "tempest-crash-"));
  port = await findPort();
});
afterAll(async () => {
  await plc.stop();
  directory.close();
  rmSync(folder, { recursive: true, force: true });
});

let runs = 0;

/**
 * Prepares a host, lets something happen on it that ends at a step, and looks
 * at the host that starts from there.
 */
async function crash<T>(
  step: string,
  prepare: (network: Network) => Promise<T>,
  act: (network: Network, prepared: T) => Promise<unknown>,
  check: (network: Network, prepared: T) => Promise<void>,
): Promise<void> {
  const [dataFolder, copy] = ["host", "copy"].map((name) =>
    join(folder, `${name}${++runs}`),
  ) as [string, string];
  let armed = false;
  let isReached = false;
  const checkpoint = (reached: string) => {
    if (!armed || reached !== step) return;
    armed = false;
    isReached = true;
    // The index of a WAL is memory, which nothing survives.
    const filter = (path: string) => !path.endsWith("-shm");
    cpSync(dataFolder, copy, { recursive: true, filter });
    throw new Error(`ends at ${step}`);
  };
  const settings = {
    TEMPEST_DID_PLC_URL: plc.url,
    TEMPEST_PORT: String(port),
  };
  const log = createLogger({ level: "error", write: () => {} });
  const before = await startNetwork({
    ...{ settings, dataFolder, deps: { checkpoint, log } },
  });
  let prepared: T;
  try {
    prepared = await prepare(before);
    armed = true;
    await act(before, prepared);
  } finally {
    await before.stop();
  }
  expect(isReached).toBe(true);
  await expectVerified(copy);
  const after = await startNetwork({ settings, dataFolder: copy });
  try {
    await check(after, prepared);
  } finally {
    await after.stop();
  }
  await expectSound(after);
}

/** An operator who checks before the next start finds no damage either; on a copy, since the check finishes some things. */
async function expectVerified(dataFolder: string): Promise<void> {
  const data = `${dataFolder}-offline`;
  cpSync(dataFolder, data, { recursive: true });
  let said = "";
  const add = (text: string) => void (said += text);
  const argv = ["repo", "verify", "--all", "--data", data];
  const exitCode = await runCli(argv, { out: add, err: add });
  expect({ exitCode, said }).toMatchObject({ exitCode: 0 });
}

async function expectSound({ config }: Network): Promise<void> {
  const storage = openStorage(config, {
    clock: systemClock,
    log: silentLogger,
  });
  try {
    const problems: string[] = [];
    const host = await verifyHost(storage, null, (repo) =>
      problems.push(...repo.problems.map(sayFinding)),
    );
    expect([...host.problems.map(sayFinding), ...problems]).toEqual([]);
  } finally {
    storage.close();
  }
}

/** Names of the repository files and folders of blobs that are there. */
function filesOf({ config }: Network): { repos: string[]; blobs: string[] } {
  const scan = (name: string, pattern: string) => {
    const cwd = join(config.dataFolder, name);
    return [...new Bun.Glob(pattern).scanSync({ cwd, onlyFiles: true })];
  };
  return {
    repos: scan("repos", "**/*.{sqlite,spool}"),
    blobs: scan("blobs", "??/*/*"),
  };
}

const post = (network: Network, nsid: string, token: string) =>
  fetch(`${network.url}/xrpc/${nsid}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });

const statusOf = async (network: Network, did: string) => {
  const answer = await network.call("com.atproto.sync.getRepoStatus", {
    params: { did },
  });
  return answer.body;
};

interface Arrived {
  mover: Mover;
  account: TestAccount;
}

async function arriveWith(network: Network, posts: number): Promise<Arrived> {
  const mover = await createMover({ ...network, plcUrl: plc.url });
  const account = await arrive(network, mover, "mover");
  const repo = makeForeignRepo({ ...mover, records: makePosts(posts) });
  await importCar(network, account.accessJwt, carOf(repo));
  // So that there is something to read in any case.
  await network.createAccount("witness");
  return { mover, account };
}

async function indexedRecords(network: Network, { account }: Arrived) {
  const answer = await network.call("com.atproto.server.checkAccountStatus", {
    token: account.accessJwt,
  });
  return answer.body.indexedRecords;
}

const importMore = (network: Network, { mover, account }: Arrived) =>
  importCar(
    network,
    account.accessJwt,
    carOf(makeForeignRepo({ ...mover, records: makePosts(90) })),
  );

test.each([
  ["spooled", 20],
  ["verified", 20],
  ["staged", 20],
  ["placed", 20],
  ["import-logged", 90],
  ["done", 90],
])("an import that ends at %s leaves %i records", async (step, records) => {
  await crash(
    step,
    (network) => arriveWith(network, 20),
    importMore,
    async (network, arrived) => {
      expect(await indexedRecords(network, arrived)).toBe(records);
      await until("the spare files are gone", 30_000, () => {
        return filesOf(network).repos.length === 2;
      });
      // What was interrupted can be done again, and the move goes on.
      expect((await importMore(network, arrived)).status).toBe(200);
      expect(await indexedRecords(network, arrived)).toBe(90);
      const { mover, account } = arrived;
      const host = { ...network, plcUrl: plc.url };
      await pointHere(host, mover, account.accessJwt);
      const activated = await post(
        network,
        "com.atproto.server.activateAccount",
        account.accessJwt,
      );
      expect(activated.status).toBe(200);
    },
  );
});

test.each([
  ["checked", false],
  ["announced", true],
  ["activated", true],
])("an activation that ends at %s: active is %p", async (step, isActive) => {
  const activate = (network: Network, { account }: Arrived) =>
    post(network, "com.atproto.server.activateAccount", account.accessJwt);
  await crash(
    step,
    async (network) => {
      const arrived = await arriveWith(network, 12);
      const host = { ...network, plcUrl: plc.url };
      await pointHere(host, arrived.mover, arrived.account.accessJwt);
      return arrived;
    },
    activate,
    async (network, arrived) => {
      const { did, accessJwt: token } = arrived.account;
      expect(await statusOf(network, did)).toMatchObject({ active: isActive });
      expect((await activate(network, arrived)).status).toBe(200);
      // Told once, whatever happened in between.
      const events = eventsOf(await readEvents(network), did);
      expect(events.map(({ t }) => t)).toEqual([
        "#account",
        "#identity",
        "#commit",
        "#sync",
      ]);
      const written = await network.call("com.atproto.repo.createRecord", {
        token,
        input: {
          repo: did,
          collection: "com.example.thing",
          record: { text: "here" },
        },
      });
      expect([written.status, written.body.message]).toEqual([200, undefined]);
    },
  );
});

const ADMIN = `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString("base64")}`;

async function furnish(network: Network): Promise<TestAccount> {
  const account = await network.createAccount("leaver");
  const { did, accessJwt: token } = account;
  const uploaded = await network.call("com.atproto.repo.uploadBlob", {
    ...{ token, input: "a file", type: "text/plain" },
  });
  for (let i = 0; i < 5; i++) {
    const { status } = await network.call("com.atproto.repo.createRecord", {
      token,
      input: {
        repo: did,
        collection: "com.example.thing",
        record: { i, blob: uploaded.body.blob },
      },
    });
    expect(status).toBe(200);
  }
  await network.createAccount("witness");
  return account;
}

test.each(["marked", "told", "repos-removed", "blobs-removed", "log-purged"])(
  "a deletion that ends at %s is finished by the next start",
  async (step) => {
    await crash(
      step,
      furnish,
      (network, { did }) =>
        network.call("com.atproto.admin.deleteAccount", {
          ...{ token: ADMIN, input: { did } },
        }),
      async (network, { did, accessJwt: token, password }) => {
        expect((await statusOf(network, did)).error).toBe("RepoNotFound");
        const session = "com.atproto.server.getSession";
        expect((await network.call(session, { token })).status).not.toBe(200);
        // Handle and address are free once nothing is left.
        const again = await until("the account is gone", 30_000, async () => {
          const input = { handle: "leaver.test", email: "leaver@mail.test" };
          const made = await network.call("com.atproto.server.createAccount", {
            input: { ...input, password },
          });
          return made.status === 200 ? made.body.did : null;
        });
        expect(again).not.toBe(did);
        expect(filesOf(network)).toMatchObject({
          repos: { length: 2 },
          blobs: { length: 0 },
        });
        const events = eventsOf(await readEvents(network), did);
        expect(
          events.map(({ t, payload }) => ({ t, ...payload })),
        ).toMatchObject([{ t: "#account", active: false, status: "deleted" }]);
        const listed = await network.call("com.atproto.sync.listRepos");
        const dids = listed.body.repos.map((repo: { did: string }) => repo.did);
        expect(dids).not.toContain(did);
      },
    );
  },
);
