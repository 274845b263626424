import { decodeCar } from "#repo/car.ts";
import { createBlockMap } from "#repo/block.ts";
import { equalCids, formatCid, type CidBytes } from "#repo/cid.ts";
import { decodeCommit, type Commit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import type {
  AccountPayload,
  CommitPayload,
  SyncPayload,
} from "#repo/frame-reader.ts";
import { invertOps } from "#repo/mst/invert.ts";
import type { Did } from "#repo/syntax.ts";
import type { RepoChange } from "#storage/actor-store.ts";
import type { EventLog, EventRow } from "#storage/event-log.ts";
import { changeOfRow, placementOfRow } from "#contexts/sequencer/redo.ts";
import { type Finding, tellFinding } from "./findings.ts";

/** The last row of the log that changed a repository. */
export interface LoggedHead {
  rev: string;
  seq: number;
  generation: number;
}

export interface LogCheckReport {
  rows: number;
  /** By repository; none for one whose rows are all pruned. */
  heads: ReadonlyMap<Did, LoggedHead>;
  /** Empty when all is well. */
  problems: Finding[];
}

/** Where readers of the stream believe a repository stands. */
interface Chain {
  rev: string;
  data: CidBytes;
  generation: number;
}

interface Check {
  chains: Map<Did, Chain>;
  heads: Map<Did, LoggedHead>;
  inactive: Set<Did>;
  problems: Finding[];
}

/** Called every few rows, records or files; what it throws ends the check. */
export type Step = () => Promise<void>;

type Say = (finding: Finding) => void;

const ROWS_BETWEEN_STEPS = 20;
const PAGE_ROWS = 500;
const PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Reads the log, of one repository or whole, as a careful relay would: numbers
 * rise, every commit follows the one before it in its repository, says what
 * its signed block says, inverts to the tree before, and is what its redo
 * record will apply; nothing is committed while an account is inactive. A row
 * that cannot be read is a problem and stops no other.
 * @param options.through The last row that is looked at, where more are written meanwhile.
 */
export async function checkLog(
  eventLog: EventLog,
  options: { did?: Did; through?: number; step?: Step } = {},
): Promise<LogCheckReport> {
  const { did, through = Number.MAX_SAFE_INTEGER, step } = options;
  const check: Check = {
    chains: new Map(),
    heads: new Map(),
    inactive: new Set(),
    problems: [],
  };
  let rows = 0;
  let last = 0;
  for (const row of readRows(eventLog, did)) {
    if (row === "pruned") {
      // What was read before has no next one to be held against.
      check.chains.clear();
      continue;
    }
    if (row.seq > through) break;
    if (rows++ % ROWS_BETWEEN_STEPS === 0) await step?.();
    const { seq, did: owner } = row;
    const say: Say = (finding) =>
      check.problems.push({ ...finding, row: { seq, did: owner } });
    if (seq <= last) say(tellFinding("seqFalls", last));
    last = seq;
    try {
      checkRow(row, check, say);
    } catch (error) {
      const detail = (error as Error).message;
      say({ ...tellFinding("unreadable"), detail });
    }
  }
  return { rows, heads: check.heads, problems: check.problems };
}

function* readRows(
  eventLog: EventLog,
  did?: Did,
): Generator<EventRow | "pruned"> {
  for (let after = 0; ;) {
    const page = eventLog.read({
      after,
      limit: PAGE_ROWS,
      maxBytes: PAGE_BYTES,
      ...(did !== undefined && { did }),
    });
    const last = page.at(-1);
    if (last === undefined) return;
    // A server that runs may have removed rows that were to be read.
    if (after > 0 && eventLog.prunedThrough() > after) yield "pruned";
    yield* page;
    after = last.seq;
  }
}

function checkRow(row: EventRow, check: Check, say: Say): void {
  const change = changeOfRow(row);
  const moved = row.kind === "import" ? placementOfRow(row) : change;
  if (moved !== null) {
    const { rev } = moved;
    if (row.rev !== rev) say(tellFinding("redoRev", rev));
    const { seq, generation } = row;
    check.heads.set(row.did, { rev, seq, generation });
  }
  if (row.frame.length === 0) {
    // Readers see no such row; the next commit begins a chain of its own.
    check.chains.delete(row.did);
    return;
  }
  const { t, payload } = decodeFrame(row.frame);
  if (payload.seq !== row.seq)
    say(tellFinding("frameSeq", String(payload.seq)));
  const owner = t === "#commit" ? payload.repo : payload.did;
  if (owner !== row.did) say(tellFinding("frameOf", String(owner)));
  if (t === "#account") checkAccount(row, payload, check);
  if (t === "#sync") checkSync(row, payload, check, say);
  if (t !== "#commit") return;
  if (change === null) say(tellFinding("noRedo"));
  else checkRedo(payload, change, say);
  checkCommit(row, payload, check, say);
}

function checkAccount(
  row: EventRow,
  payload: AccountPayload,
  { inactive, chains, heads }: Check,
): void {
  if (payload.active) inactive.delete(row.did);
  else inactive.add(row.did);
  if (payload.status !== "deleted") return;
  chains.delete(row.did);
  heads.delete(row.did);
}

/** What readers are shown and what the repository is made from must agree. */
function checkRedo(payload: CommitPayload, change: RepoChange, say: Say): void {
  const agrees =
    payload.rev === change.rev &&
    payload.since === change.since &&
    equalCids(payload.commit, change.commit) &&
    equalCids(payload.prevData, change.prevData);
  if (!agrees) say(tellFinding("redoCommit"));
  const redone = new Map(
    change.records.map(({ collection, rkey, cid }) => [
      `${collection}/${rkey}`,
      cid,
    ]),
  );
  const differs = payload.ops.some(
    ({ path, cid }) => !redone.has(path) || !equalCids(redone.get(path)!, cid),
  );
  if (differs || redone.size !== payload.ops.length) {
    say(tellFinding("redoOps"));
  }
}

function checkCommit(
  row: EventRow,
  payload: CommitPayload,
  { chains, inactive }: Check,
  say: Say,
): void {
  if (inactive.has(row.did)) say(tellFinding("inactiveCommit"));
  const before = chains.get(row.did);
  if (before?.generation === row.generation) follow(before, payload, say);
  const { commit, blocks } = readSlice(payload.blocks, payload.commit);
  checkSigned(row.did, payload.rev, commit, say);
  chains.set(row.did, {
    rev: payload.rev,
    data: commit.data,
    generation: row.generation,
  });
  if (payload.prevData === null) return;
  const inverted = invertOps(blocks, commit.data, payload.ops);
  if (!equalCids(inverted, payload.prevData)) {
    say(tellFinding("inverts", formatCid(inverted)));
  }
}

function follow(before: Chain, payload: CommitPayload, say: Say): void {
  const { since, prevData, rev } = payload;
  if (since !== before.rev) {
    say(tellFinding("since", since, before.rev));
  }
  if (!equalCids(prevData, before.data)) say(tellFinding("prevData"));
  if (rev <= before.rev) say(tellFinding("revStays", rev));
}

/** A sync shows a head, and the next commit follows on it. */
function checkSync(
  row: EventRow,
  payload: SyncPayload,
  { chains, inactive }: Check,
  say: Say,
): void {
  if (inactive.has(row.did)) say(tellFinding("inactiveSync"));
  const root = decodeCar(payload.blocks).roots[0] ?? null;
  const { commit } = readSlice(payload.blocks, root);
  const { rev } = payload;
  checkSigned(row.did, rev, commit, say);
  const before = chains.get(row.did);
  const { generation } = row;
  if (before?.generation === generation) {
    if (rev < before.rev) say(tellFinding("syncRev", rev, before.rev));
    if (rev === before.rev && !equalCids(commit.data, before.data)) {
      say(tellFinding("syncTree"));
    }
  }
  chains.set(row.did, { rev, data: commit.data, generation });
}

function readSlice(car: Uint8Array, cid: CidBytes | null) {
  const { roots, blocks: list } = decodeCar(car);
  const blocks = createBlockMap(list);
  const bytes = cid === null ? null : blocks.getBlock(cid);
  if (bytes === null || !equalCids(roots[0] ?? null, cid)) {
    throw new Error("the commit is not the root of its blocks");
  }
  return { blocks, commit: decodeCommit(bytes) };
}

function checkSigned(did: Did, rev: string, commit: Commit, say: Say): void {
  if (commit.rev !== rev) say(tellFinding("signedRev", commit.rev));
  if (commit.did !== did) say(tellFinding("signedOf", commit.did));
}
