import { decodeCar } from "#repo/car.ts";
import { cidKey, equalCids, formatCid, type CidBytes } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import { invertOps } from "#repo/mst/invert.ts";
import type { MstOp } from "#repo/mst/write.ts";
import type { Did } from "#repo/syntax.ts";
import type { EventLog, EventRow } from "#storage/event-log.ts";

export interface LogCheckReport {
  rows: number;
  /** Newest revision of each repository that has a commit in the log. */
  revs: Map<Did, string>;
  problems: string[];
}

interface Chain {
  rev: string;
  data: CidBytes;
  generation: number;
}

const PAGE_ROWS = 500;
const PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Reads the whole log as a careful relay would: numbers rise, every commit
 * follows the one before it in its repository, says what its signed block
 * says, and inverts to the tree before; nothing is committed while an account
 * is inactive.
 */
export function checkLog(eventLog: EventLog): LogCheckReport {
  const chains = new Map<Did, Chain>();
  const inactive = new Set<Did>();
  const problems: string[] = [];
  let rows = 0;
  let last = 0;
  for (;;) {
    const page = eventLog.read({
      after: last,
      limit: PAGE_ROWS,
      maxBytes: PAGE_BYTES,
    });
    if (page.length === 0) break;
    for (const row of page) {
      rows++;
      if (row.seq <= last) problems.push(`seq ${row.seq} follows ${last}`);
      last = row.seq;
      checkRow(row, chains, inactive, problems);
    }
  }
  const revs = new Map([...chains].map(([did, { rev }]) => [did, rev]));
  return { rows, revs, problems };
}

function checkRow(
  row: EventRow,
  chains: Map<Did, Chain>,
  inactive: Set<Did>,
  problems: string[],
): void {
  if (row.frame.length === 0) {
    // Readers see no such row; the next commit begins a chain of its own.
    chains.delete(row.did);
    return;
  }
  const { t, payload } = decodeFrame(row.frame);
  const say = (text: string) =>
    problems.push(`seq ${row.seq} (${row.did}): ${text}`);
  if (payload.seq !== row.seq) say(`the frame says seq ${payload.seq}`);
  if (t === "#account") {
    if (payload.active === true) inactive.delete(row.did);
    else inactive.add(row.did);
    if (payload.status === "deleted") chains.delete(row.did);
  }
  if (t !== "#commit") return;
  if (inactive.has(row.did)) say("a commit of an inactive account");
  checkCommit(row, payload as unknown as CommitPayload, chains, say);
}

interface CommitPayload {
  rev: string;
  since: string | null;
  prevData?: CidBytes;
  commit: CidBytes;
  blocks: Uint8Array;
  ops: MstOp[];
}

function checkCommit(
  row: EventRow,
  payload: CommitPayload,
  chains: Map<Did, Chain>,
  say: (text: string) => void,
): void {
  const chain = chains.get(row.did);
  const before = chain?.generation === row.generation ? chain : undefined;
  const prevData = payload.prevData ?? null;
  if (before !== undefined) {
    if (payload.since !== before.rev) {
      say(`since is ${payload.since}, the commit before was ${before.rev}`);
    }
    if (!equalCids(prevData, before.data))
      say("prevData is not the tree before");
    if (payload.rev <= before.rev) say(`rev ${payload.rev} does not rise`);
  }
  const blocks = new Map<string, Uint8Array>();
  for (const { cid, bytes } of decodeCar(payload.blocks).blocks) {
    blocks.set(cidKey(cid), bytes);
  }
  const bytes = blocks.get(cidKey(payload.commit));
  if (bytes === undefined) return say("the commit block is not in the slice");
  const commit = decodeCommit(bytes);
  if (commit.rev !== payload.rev) say(`the signed rev is ${commit.rev}`);
  const source = {
    getBlock: (cid: CidBytes) => blocks.get(cidKey(cid)) ?? null,
  };
  if (prevData !== null) {
    const inverted = invertOps(source, commit.data, payload.ops);
    if (!equalCids(inverted, prevData)) {
      say(`the ops invert to ${formatCid(inverted)}`);
    }
  }
  chains.set(row.did, {
    rev: payload.rev,
    data: commit.data,
    generation: row.generation,
  });
}
