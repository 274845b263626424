import { existsSync } from "node:fs";
import { join } from "node:path";
import { openStorage, type Storage } from "#app/storage.ts";
import type { Config } from "#config.ts";
import { finishActivations } from "#contexts/accounts/unfinished-activations.ts";
import { type Finding, sayFinding } from "#contexts/checks/findings.ts";
import {
  verifyHost,
  type HostVerification,
  type RepoVerification,
} from "#contexts/checks/verify.ts";
import {
  createSequencer,
  type Sequencer,
} from "#contexts/sequencer/sequencer.ts";
import { systemClock } from "#lib/clock.ts";
import { OperatorError } from "#lib/errors.ts";
import { createLogger } from "#lib/log.ts";
import { type Did, type Handle, isDid, isHandle } from "#repo/syntax.ts";
import { type Call, EXIT, type Terminal } from "./command.ts";
import { loadOfflineConfig } from "./offline-config.ts";

/**
 * Checks repositories, the log and the blobs in the data folder of a server
 * that does not run. What a crash left undone is done first, as at a start.
 * @throws OperatorError when the folder is not fit, or in use.
 */
export async function runRepoVerify(call: Call): Promise<number> {
  const names = readNames(call);
  const config = loadOfflineConfig(call);
  refuseMissing(config);
  const storage = openStorage(config, { clock: systemClock, log: createLog() });
  const sequencer = createOfflineSequencer(storage);
  try {
    const dids = names?.map((name) => findDid(storage, name)) ?? null;
    await sequencer.start();
    const { accountDb: db, eventLog } = storage;
    finishActivations({ db, eventLog, log: createLog() });
    const repos: RepoVerification[] = [];
    const host = await verifyHost(storage, dids, (repo) => {
      repos.push(repo);
      if (!isJson(call)) printRepo(call.terminal, repo);
    });
    await sequencer.stop();
    return report(call, host, repos);
  } finally {
    storage.close();
  }
}

/** DIDs and handles; null for all accounts. */
function readNames(call: Call): (Did | Handle)[] | null {
  const isAll = call.flags.get("all") === "true";
  if (isAll === call.args.length > 0) {
    throw new OperatorError("Name the accounts to check, or all of them.", {
      hint: "tempest repo verify --all, or tempest repo verify HANDLE",
      exitCode: EXIT.usage,
    });
  }
  if (isAll) return null;
  return call.args.map((text) => {
    const name = text.replace(/^@/, "").toLowerCase();
    if (isDid(text)) return text;
    if (isHandle(name)) return name;
    throw new OperatorError(`${text} is neither a DID nor a handle.`, {
      hint: "Name accounts such as did:plc:… or alice.example.com.",
      exitCode: EXIT.usage,
    });
  });
}

function findDid({ accountDb }: Storage, name: Did | Handle): Did {
  if (isDid(name)) return name;
  const found = accountDb.accounts.findByHandle(name);
  if (found !== null) return found.did;
  throw new OperatorError(`No account here is ${name}.`, {
    hint: "`tempest repo verify --all` checks all that there are.",
    exitCode: EXIT.failed,
  });
}

/** To check must not be to make. */
function refuseMissing({ dataFolder }: Config): void {
  if (existsSync(join(dataFolder, "sequencer.sqlite"))) return;
  throw new OperatorError(`There is no data of Tempest in ${dataFolder}.`, {
    hint: "Say where it is with --data.",
    exitCode: EXIT.misconfigured,
  });
}

function createLog() {
  return createLogger({ level: "error", format: "text" });
}

function createOfflineSequencer(storage: Storage): Sequencer {
  return createSequencer({
    eventLog: storage.eventLog,
    stores: storage.stores,
    outbox: storage.accountDb.outbox,
    generationOf: storage.accountDb.accounts.generationOf,
    switchGeneration: storage.accountDb.accounts.switchGeneration,
    clock: systemClock,
    log: createLog(),
    onFatal(cause) {
      throw new OperatorError("The disk failed while the log was written.", {
        hint: "Check the disk (dmesg, free space), then try again.",
        exitCode: EXIT.failed,
        cause,
      });
    },
  });
}

const isJson = ({ flags }: Call) => flags.get("json") === "true";

function printRepo({ out }: Terminal, repo: RepoVerification): void {
  const { did, status, records, blobs, missingBlobs, problems } = repo;
  const missing = missingBlobs > 0 ? `, ${missingBlobs} blobs missing` : "";
  const verdict = problems.length === 0 ? "ok" : "DAMAGED";
  out(
    `${verdict}  ${did}  ${status}, ${records} records, ${blobs} blobs${missing}\n`,
  );
  for (const problem of problems) out(`    ${sayFinding(problem)}\n`);
}

const inWords = <R extends { problems: Finding[] }>(report: R) => ({
  ...report,
  problems: report.problems.map(sayFinding),
});

function report(
  call: Call,
  host: HostVerification,
  repos: readonly RepoVerification[],
): number {
  const damaged = repos.filter(({ problems }) => problems.length > 0).length;
  const isOk = damaged === 0 && host.problems.length === 0;
  const { out } = call.terminal;
  if (isJson(call)) {
    const said = { ok: isOk, ...inWords(host), repos: repos.map(inWords) };
    out(`${JSON.stringify(said)}\n`);
  } else {
    for (const problem of host.problems) out(`${sayFinding(problem)}\n`);
    out(
      `${repos.length} repositories, ${damaged} damaged; ` +
        `${host.logRows} rows of the log, ${host.problems.length} problems\n`,
    );
  }
  return isOk ? EXIT.ok : EXIT.failed;
}
