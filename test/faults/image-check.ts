import { createApp, type App } from "#app.ts";
import { openStorage } from "#app/storage.ts";
import { loadConfig, type Config } from "#config.ts";
import { sayFinding } from "#contexts/checks/findings.ts";
import { verifyHost } from "#contexts/checks/verify.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import { createStreamCheck } from "../crash/stream-check.ts";
import { createWitness } from "../support/firehose.ts";
import { compareRecords } from "../support/model.ts";
import { ADMIN_PASSWORD, call } from "../support/network.ts";
import type { Random } from "../support/random.ts";
import {
  checkAccount,
  exportRepo,
  get,
  listRepo,
} from "../support/readback.ts";
import type { Mover, World } from "./history.ts";

const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

/** The settings of a server of these tests. */
function settingsOf(options: {
  dataFolder: string;
  port: number;
  plcUrl: string;
}): Record<string, string> {
  return {
    TEMPEST_HOSTNAME: "localhost",
    TEMPEST_PORT: String(options.port),
    TEMPEST_DATA_DIR: options.dataFolder,
    TEMPEST_DID_PLC_URL: options.plcUrl,
    TEMPEST_ADMIN_PASSWORD: ADMIN_PASSWORD,
    TEMPEST_INVITE_REQUIRED: "false",
    TEMPEST_RATE_LIMITS_ENABLED: "false",
    TEMPEST_SIGN_UPS_PER_HOUR: "0",
  };
}

/**
 * Lets our program recover what a disk held, in this process, and holds what
 * it shows, and what its own check finds, against what must be so.
 * @returns sentences; none when all is well.
 */
export async function checkImage(
  options: Parameters<typeof settingsOf>[0],
  world: World,
  random: Random,
): Promise<string[]> {
  const config = configOf(options);
  try {
    const shown = await serve(config, (url) =>
      compareWorld(url, world, random),
    );
    return [...shown, ...(await verify(config))];
  } catch (error) {
    return [`${(error as Error).stack}`];
  }
}

/** What our own check finds in a data folder. @returns sentences; none when all is well. */
export function verifyFolder(
  options: Parameters<typeof settingsOf>[0],
): Promise<string[]> {
  return verify(configOf(options));
}

function configOf(options: Parameters<typeof settingsOf>[0]): Config {
  const flags = settingsOf(options);
  return loadConfig({ mode: "serve", env: {}, flags }).config;
}

async function serve<T>(
  config: Config,
  act: (url: string) => Promise<T>,
): Promise<T> {
  let app: App | null = null;
  // The end of the process, were it one of its own.
  const fatal = Promise.withResolvers<never>();
  async function run(): Promise<T> {
    app = await createApp(config, {
      log: silentLogger,
      onFatal: fatal.reject,
    });
    await app.start();
    return act(config.publicUrl);
  }
  try {
    return await Promise.race([run(), fatal.promise]);
  } finally {
    await (app as App | null)?.stop();
  }
}

/** What a running server shows, held against what must be so. @returns sentences; none when all is well. */
export async function compareWorld(
  url: string,
  world: World,
  random: Random,
): Promise<string[]> {
  const problems: string[] = [];
  const accounts = [...world.accounts.values()];
  for (const account of accounts) {
    problems.push(...(await checkAccount(url, account, random)));
  }
  for (const [did, mover] of world.movers) {
    problems.push(...(await checkMover(url, did, mover)));
  }
  for (const [did, possible] of world.takedowns) {
    const nsid = "com.atproto.admin.getSubjectStatus";
    const { takedown } = await get(url, nsid, { did }, ADMIN);
    if (!possible.includes(takedown.applied)) {
      problems.push(`the takedown of ${did} is ${takedown.applied}`);
    }
  }
  const stream = await createStreamCheck().check(url, {
    ...{ accounts, deleted: new Set<string>(), witness: createWitness() },
    isImported: (did) => world.movers.has(did),
  });
  return [...problems, ...stream];
}

/** Leaves the account active, so that everybody may look at it. */
async function checkMover(
  url: string,
  did: string,
  { isHere, records, isActive }: Mover,
): Promise<string[]> {
  const problems: string[] = [];
  const nsid = "com.atproto.sync.getRepoStatus";
  const { status, body } = await call(url, nsid, { params: { did } });
  if (status !== 200) return isHere ? [`${did}: ${body.error}`] : [];
  const { active } = body;
  if (!isActive.includes(active)) problems.push(`${did} has active=${active}`);
  if (active !== true) await activate(url, did);
  const listed = await listRepo(url, did);
  const expected =
    records.find((one) => Bun.deepEquals(one, listed)) ?? records[0]!;
  const { records: exported } = await exportRepo(url, did);
  return [
    ...problems,
    ...compareRecords(`listRecords of ${did}`, expected, listed),
    ...compareRecords(`getRepo of ${did}`, expected, exported),
  ];
}

async function activate(url: string, did: string): Promise<void> {
  await call(url, "com.atproto.admin.updateSubjectStatus", {
    token: ADMIN,
    input: {
      subject: { $type: "com.atproto.admin.defs#repoRef", did },
      deactivated: { applied: false },
    },
  });
}

/** The check of `tempest repo verify --all`. */
async function verify(config: Config): Promise<string[]> {
  const deps = { clock: systemClock, log: silentLogger };
  const storage = openStorage(config, deps);
  try {
    const problems: string[] = [];
    const host = await verifyHost(storage, null, (repo) =>
      problems.push(
        ...repo.problems.map((found) => `${repo.did}: ${sayFinding(found)}`),
      ),
    );
    return [...host.problems.map(sayFinding), ...problems];
  } finally {
    storage.close();
  }
}
