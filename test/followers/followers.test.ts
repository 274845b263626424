import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTool } from "../../scripts/tools.ts";
import { createFollower, openStream } from "../support/firehose.ts";
import { createLoadReport, runLanes } from "../support/load.ts";
import {
  applyEffect,
  compareRecords,
  createModel,
  type AccountModel,
} from "../support/model.ts";
import { ADMIN_PASSWORD, call, createAccount } from "../support/network.ts";
import { createLane } from "../support/operations.ts";
import { findPort } from "../support/ports.ts";
import { startPlc, startServer, type ServerChild } from "../support/process.ts";
import { createRandom, runSeed } from "../support/random.ts";
import { checkAccount, exportRepo } from "../support/readback.ts";
import { sizeOf } from "../support/sizes.ts";
import { until } from "../support/until.ts";
import { startOfficialReader } from "./official-reader.ts";
import type { Reader } from "./reader.ts";
import { digestOf, runRelayReader } from "./relay-reader.ts";
import { startTapReader, type TapReader } from "./tap-reader.ts";

/**
 * Programs that others wrote read what our server says of a mixed load, with
 * all their checks on; in the end each must hold the same repositories as we.
 */
const seed = runSeed();
const random = createRandom(seed);
const writes = sizeOf("followerWrites");
const accountCount = sizeOf("followerAccounts");
const LANES_PER_ACCOUNT = 2;
const SETUP_TIMEOUT_MS = 60 * 60_000;
const CATCH_UP_TIMEOUT_MS = 5 * 60_000;

const tap = findTool("tap");
const relaycheck = findTool("relaycheck");
/** Where everything has to be installed, its absence is a failure. */
const canSkip = !process.env.CI;

let folder: string;
let plc: ServerChild;
let server: ServerChild;
let official: Reader;
let tapReader: TapReader | null = null;
let lastSeq = 0;
/** Who deleted the account halfway. */
let leaver: AccountModel;
const accounts: AccountModel[] = [];
const heads = new Map<string, string>();
const load = createLoadReport();
const streamProblems: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-followers-"));
  plc = await startPlc(join(folder, "plc.sqlite"));
  server = await startServer({
    dataFolder: join(folder, "data"),
    port: await findPort(),
    plcUrl: plc.url,
    adminPassword: ADMIN_PASSWORD,
  });
  official = startOfficialReader(server.url, plc.url);
  for (let i = 0; i < accountCount; i++) {
    const { did, handle, password, accessJwt } = await createAccount(
      server.url,
      `writer${i}`,
    );
    accounts.push(createModel({ did, handle, password, token: accessJwt }));
  }
  if (tap !== null) {
    const options = { url: server.url, plcUrl: plc.url, folder };
    tapReader = await startTapReader(tap, options);
    await tapReader.add(accounts.map(({ did }) => did));
  }
  await writeAll(writes / 2);
  await leaveAndComeBack(accounts[0]!, "takedown");
  await leaveAndComeBack(accounts[1]!, "deactivated");
  await leaveForGood(accounts.at(-1)!);
  await writeAll(writes);
  lastSeq = await readHeads();
  console.info(`TEST_SEED=${seed}: ${load.answered} writes, seq ${lastSeq}`);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await official?.stop();
  await tapReader?.stop();
  await server?.kill();
  await plc?.kill();
  rmSync(folder, { recursive: true, force: true });
});

let lanes: ReturnType<typeof createLane>[] | null = null;

async function writeAll(untilAnswered: number): Promise<void> {
  lanes ??= accounts.flatMap((account, i) =>
    Array.from({ length: LANES_PER_ACCOUNT }, (_, lane) => {
      const index = i * LANES_PER_ACCOUNT + lane;
      const own = random.fork(`lane ${index}`);
      return createLane(account, { index, isOwner: lane === 0, random: own });
    }),
  );
  const living = lanes.filter(({ account }) => accounts.includes(account));
  await runLanes(living, {
    url: server.url,
    report: load,
    shouldGoOn: () =>
      load.answered < untilAnswered && load.problems.length === 0,
  });
}

/** An account that was away for a while goes on where it was. */
async function leaveAndComeBack(
  account: AccountModel,
  field: "takedown" | "deactivated",
): Promise<void> {
  const { did, handle, password } = account;
  const subject = { $type: "com.atproto.admin.defs#repoRef", did };
  for (const applied of [true, false]) {
    const input = { subject, [field]: { applied } };
    await asAdmin("updateSubjectStatus", input);
  }
  const session = await call(server.url, "com.atproto.server.createSession", {
    input: { identifier: handle, password },
  });
  expect(session.status).toBe(200);
  account.token = session.body.accessJwt;
}

async function asAdmin(method: string, input: object): Promise<void> {
  const token = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;
  const nsid = `com.atproto.admin.${method}`;
  const { status, body } = await call(server.url, nsid, { token, input });
  expect(status, JSON.stringify(body)).toBe(200);
}

/** Its records are of no concern to anybody any more. */
async function leaveForGood(account: AccountModel): Promise<void> {
  await asAdmin("deleteAccount", { did: account.did });
  accounts.splice(accounts.indexOf(account), 1);
  leaver = account;
}

/** Notes where every repository stands, and reads the events up to there as we understand them. */
async function readHeads(): Promise<number> {
  for (const account of accounts) {
    heads.set(account.did, await writeLast(account));
  }
  const follower = createFollower();
  const stream = await openStream(server.url, 0, follower.take);
  await until("our own reader is done", CATCH_UP_TIMEOUT_MS, () =>
    [...heads].every(([did, rev]) => follower.repos.get(did)?.rev === rev),
  );
  stream.close();
  streamProblems.push(...follower.problems);
  return follower.lastSeq;
}

/** With it no reader can be done before the end. */
async function writeLast(account: AccountModel): Promise<string> {
  const { did, token } = account;
  const collection = "com.example.load.end";
  const record = { $type: collection };
  const nsid = "com.atproto.repo.putRecord";
  const input = { repo: did, collection, rkey: "self", record };
  const { status, body } = await call(server.url, nsid, { token, input });
  expect(status).toBe(200);
  const paths = new Map([[`${collection}/self`, body.cid as string]]);
  applyEffect(account, { paths });
  return body.commit.rev;
}

async function expectSameView(reader: Reader): Promise<void> {
  for (const [did, rev] of heads) {
    await until(`${did} is read to its end`, CATCH_UP_TIMEOUT_MS, () => {
      return reader.failures().length > 0 || reader.hasReached(did, rev);
    });
  }
  expect(reader.failures()).toEqual([]);
  const differences = accounts.flatMap(({ did, handle, records }) =>
    compareRecords(handle, records, reader.recordsOf(did)),
  );
  expect(differences).toEqual([]);
  await until("the one who left is forgotten", CATCH_UP_TIMEOUT_MS, () =>
    reader.hasForgotten(leaver.did),
  );
}

test(
  "the server itself holds what it has answered",
  async () => {
    expect(load.problems).toEqual([]);
    expect(streamProblems).toEqual([]);
    expect(load.unanswered).toBe(0);
    expect(load.answered).toBeGreaterThanOrEqual(writes);
    const problems: string[] = [];
    for (const account of accounts) {
      problems.push(...(await checkAccount(server.url, account, random)));
      const { rev } = await exportRepo(server.url, account.did);
      if (rev !== heads.get(account.did))
        problems.push(`${account.did}: ${rev}`);
    }
    expect(problems).toEqual([]);
  },
  SETUP_TIMEOUT_MS,
);

test(
  "the Firehose of @atproto/sync",
  () => expectSameView(official),
  SETUP_TIMEOUT_MS,
);

test.skipIf(tap === null && canSkip)(
  named("tap of indigo", tap),
  () => {
    expect(tapReader, "tap is not installed").not.toBeNull();
    return expectSameView(tapReader!);
  },
  SETUP_TIMEOUT_MS,
);

test.skipIf(relaycheck === null && canSkip)(
  named("the checks of indigo's relay", relaycheck),
  async () => {
    expect(relaycheck, "relaycheck is not built").not.toBeNull();
    const report = await runRelayReader(relaycheck!, {
      url: server.url,
      plcUrl: plc.url,
      untilSeq: lastSeq,
    });
    expect(report.failures).toEqual([]);
    expect(report.failed).toBe(0);
    expect(report.lastSeq).toBe(lastSeq);
    expect(report.repos[leaver.did]).toBeUndefined();
    // Two who came back, and one of whom only the deletion is left.
    expect(report.events.account).toBe(accountCount + 4);
    const theirs = accounts.map(({ did }) => report.repos[did]);
    expect(theirs).toEqual(
      accounts.map(({ did, records }) => ({
        rev: heads.get(did)!,
        records: records.size,
        digest: digestOf(records),
      })),
    );
  },
  SETUP_TIMEOUT_MS,
);

/** A test that is skipped says why. */
function named(name: string, program: string | null): string {
  return program === null ? `${name} (there is no Go to build it)` : name;
}
