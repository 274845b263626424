import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError, takenDown } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import { BlockError, InvalidSyntax, PathError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { TidClock } from "#repo/tid.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { ActorStores, BlockSpool } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { SigningKeys } from "#contexts/accounts/signing-keys.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import { replacementEvents } from "#contexts/records/activation.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import { takeInCar, type CarIntake } from "./car-intake.ts";
import { createImportReports, type ImportReports } from "./import-reports.ts";
import { createImportGate } from "./import-gate.ts";
import { placementEvent } from "./placement.ts";
import { assertOwnCommit, type SignatureCheckDeps } from "./signature-check.ts";
import { takeInTree, type TreeReport } from "./tree-intake.ts";

/** The points at which an import may be interrupted, in order. Until `placed` nothing has changed; from the log's row on it has happened. */
export type ImportStep = "spooled" | "verified" | "staged" | "placed" | "done";

export interface ImportDeps extends SignatureCheckDeps {
  db: Pick<AccountDb, "accounts" | "importReports" | "signingKeys">;
  stores: ActorStores;
  eventLog: Pick<EventLog, "lowWaterMark">;
  sequencer: Pick<Sequencer, "submit" | "isBehind" | "lowWater">;
  keys: Pick<SigningKeys, "getSigner">;
  lexicons: Lexicons;
  locks: KeyedMutex;
  tids: TidClock;
  clock: Clock;
  log: Logger;
  acceptingRepoImports: boolean;
  /** Largest CAR; null takes any. */
  maxRepoImportBytes: number | null;
  /** Called at each step; tests throw from it. */
  checkpoint?: (step: ImportStep) => void;
}

/** What an import has taken in and what it has left out. */
export interface ImportReport extends Omit<TreeReport, "usedBlocks"> {
  did: Did;
  rev: string;
  blocks: number;
  duplicateBlocks: number;
  unreferencedBlocks: number;
}

export interface Imports {
  /**
   * Puts a repository from elsewhere, whole, in the place of the account's
   * own. Tree, commit and signature are checked strictly; records are kept as
   * they are, also those that could not be written here. A CAR that holds only
   * changes is completed from what is here. Nothing changes until all is
   * checked and durable, and a failure or crash leaves all as it was. A
   * deactivated account keeps the commit that came; an active one gets a
   * commit of ours over the same tree, and readers a sync of it.
   * @throws XrpcError InvalidRequest for a CAR that is not a whole, signed repository of the account.
   * @throws XrpcError PayloadTooLarge, AccountTakedown, InsufficientStorage
   * @throws XrpcError ServiceUnavailable while another import of the account is under way, or too many are.
   * @see https://atproto.com/guides/account-migration
   */
  importRepo(input: {
    caller: Caller;
    body: AsyncIterable<Uint8Array>;
  }): Promise<ImportReport>;
  findReport: ImportReports["find"];
  /** Removes repository files that imports have replaced or left behind. Returns their number. */
  removeSpareRepos(): Promise<number>;
}

export function createImports(deps: ImportDeps): Imports {
  const { db, stores, sequencer, locks, clock } = deps;
  const checkpoint = deps.checkpoint ?? (() => {});
  const gate = createImportGate();
  const reports = createImportReports(deps);

  /** @throws XrpcError AccountNotFound, AccountTakedown */
  function findImporting(did: Did): { generation: number; isActive: boolean } {
    const row = db.accounts.find(did);
    const status = row && statusOf(row);
    if (row === null || status === "creating" || status === "deleted") {
      throw new XrpcError("AccountNotFound", "Account not found");
    }
    if (status === "takendown" || status === "suspended") {
      throw takenDown();
    }
    return { generation: row.generation, isActive: status === "active" };
  }

  /** Under the account's mutex, so that it happens at one moment between two writes. */
  async function replace(
    did: Did,
    car: CarIntake,
    spool: BlockSpool,
  ): Promise<TreeReport> {
    const { generation: old, isActive } = findImporting(did);
    if (sequencer.isBehind(did)) throw catchingUp();
    const before = stores.find(did)?.head()?.rev ?? null;
    const generation = db.accounts.allocateGeneration(did);
    const head = {
      rev: car.commit.rev,
      commit: car.block.cid,
      data: car.commit.data,
    };
    const staged = stores.stage(did, generation);
    let report: TreeReport;
    try {
      report = await takeInTree({
        root: car,
        findBlock: spool.getBlock,
        findKept: (cid) => stores.find(did)?.getBlock(cid) ?? null,
        staged,
        lexicons: deps.lexicons,
      });
      checkpoint("staged");
      await staged.place(head);
    } finally {
      staged.discard();
    }
    checkpoint("placed");
    const { collectionCounts } = report;
    const placed = { did, generation, head, collectionCounts };
    const events = [placementEvent(placed)];
    if (isActive) {
      const store = stores.findGeneration(did, generation)!;
      const signer = deps.keys.getSigner(did);
      const at = { ...head, appliedSeq: 0 };
      events.push(...replacementEvents(deps, store, at, { signer, before }));
    }
    const [seq] = await sequencer.submit(events);
    await removeReplaced(did, old, seq!);
    return report;
  }

  /** Until the mark has passed, a replay of the log may still want the old file. */
  async function removeReplaced(
    did: Did,
    generation: number,
    seq: number,
  ): Promise<void> {
    try {
      await sequencer.lowWater.flush();
      if (deps.eventLog.lowWaterMark() >= seq) stores.remove(did, generation);
    } catch (error) {
      // The import is done; the file goes another time.
      deps.log.warn("repo.replaced_not_removed", { did, generation, error });
    }
  }

  async function takeIn(
    did: Did,
    body: AsyncIterable<Uint8Array>,
  ): Promise<ImportReport> {
    const spool = stores.createSpool();
    try {
      const maxBytes = deps.maxRepoImportBytes ?? Number.POSITIVE_INFINITY;
      const car = await takeInCar(body, { did, spool, clock, maxBytes });
      checkpoint("spooled");
      const head = stores.find(did)?.head()?.commit ?? null;
      await assertOwnCommit(deps, did, car.block, head);
      checkpoint("verified");
      const { usedBlocks, ...tree } = await gate.inTurn(() =>
        locks.run(did, () => replace(did, car, spool)),
      );
      checkpoint("done");
      return {
        did,
        rev: car.commit.rev,
        blocks: usedBlocks,
        duplicateBlocks: car.duplicateBlocks,
        unreferencedBlocks: car.uniqueBlocks - usedBlocks,
        ...tree,
      };
    } finally {
      spool[Symbol.dispose]();
    }
  }

  return {
    async importRepo({ caller, body }) {
      if (!deps.acceptingRepoImports) {
        throw invalidRequest("This server takes in no repositories").because(
          "importsOff",
        );
      }
      if (caller.kind !== "session" && caller.kind !== "oauth") {
        throw new XrpcError("Forbidden", "Only the owner may import");
      }
      const { did } = caller;
      findImporting(did);
      const leave = gate.enter(did);
      try {
        const report = await takeIn(did, body);
        reports.keep(report);
        return report;
      } catch (error) {
        throw asRefusal(error);
      } finally {
        leave();
      }
    },
    findReport: reports.find,
    async removeSpareRepos() {
      await sequencer.lowWater.flush();
      const mark = deps.eventLog.lowWaterMark();
      const spare = stores.listSpare().filter(({ did }) => {
        if (gate.isInside(did) || sequencer.isBehind(did)) return false;
        return (stores.find(did)?.head()?.appliedSeq ?? 0) <= mark;
      });
      for (const { did, generation } of spare) stores.remove(did, generation);
      return spare.length;
    },
  };
}

/** What is wrong with a CAR is the caller's to mend. */
function asRefusal(error: unknown): unknown {
  const isOfInput =
    error instanceof BlockError ||
    error instanceof PathError ||
    error instanceof InvalidSyntax;
  if (!isOfInput) return error;
  return invalidRequest(`Invalid repository: ${error.message}`, error).because(
    "carBad",
    { said: error.message },
  );
}

function catchingUp(): XrpcError {
  return new XrpcError(
    "ServiceUnavailable",
    "The repository is catching up with its log",
    { retryAfterSec: 5 },
  );
}
