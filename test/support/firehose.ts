import { createBlockMap } from "#repo/block.ts";
import { decodeCar } from "#repo/car.ts";
import { equalCids, formatCid, type CidBytes } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import type { CommitPayload } from "#repo/frame-reader.ts";
import { invertOps } from "#repo/mst/invert.ts";

/** What a reader of the stream knows of one repository. */
export interface RepoView {
  rev: string;
  data: CidBytes;
  /** CIDs by path, from the operations alone. */
  records: Map<string, string>;
  /** Types of the events so far. */
  kinds: string[];
  /** By the last account event. */
  isActive: boolean;
}

/** Reads events and believes nothing that it has not checked. */
export interface Follower {
  take(frame: Uint8Array): void;
  readonly repos: ReadonlyMap<string, RepoView>;
  /** Accounts that were told to be deleted. */
  readonly deleted: ReadonlySet<string>;
  /** Sentences; none when all was as it should be. */
  readonly problems: readonly string[];
  readonly lastSeq: number;
  readonly events: number;
}

/**
 * Remembers events across connections and restarts: whoever saw an event must
 * see the same one, byte for byte, whenever it asks again.
 */
export interface Witness {
  see(frame: Uint8Array): void;
  /**
   * Sentences on events that differ from, or are missing among, those of a
   * whole replay; the events of accounts that are gone may be gone.
   */
  compare(replay: Witness, isGone: (did: string) => boolean): string[];
  hashOf(seq: number): number | null;
  readonly lastSeq: number;
  readonly seen: number;
}

export function createWitness(): Witness {
  const events = new Map<number, { hash: number; did: string }>();
  let last = 0;
  return {
    see(frame) {
      const { t, payload } = decodeFrame(frame);
      if (t === "#info" || t === null) return;
      const did = t === "#commit" ? payload.repo : payload.did;
      events.set(payload.seq, { hash: Bun.hash.crc32(frame), did });
      last = Math.max(last, payload.seq);
    },
    hashOf: (seq) => events.get(seq)?.hash ?? null,
    compare(replay, isGone) {
      const problems: string[] = [];
      for (const [seq, { hash, did }] of events) {
        const again = replay.hashOf(seq);
        if (again === hash || (again === null && isGone(did))) continue;
        const how = again === null ? "is gone" : "has changed";
        problems.push(`event ${seq} of ${did}, which was sent, ${how}`);
      }
      return problems;
    },
    get lastSeq() {
      return last;
    },
    get seen() {
      return events.size;
    },
  };
}

/**
 * @param isChecked Whether to invert the operations of an event, which is most of the work.
 * @param isImported Whether an account's records came by other ways than the stream.
 */
export function createFollower(
  isChecked: (seq: number) => boolean = () => true,
  isImported: (did: string) => boolean = () => false,
): Follower {
  const repos = new Map<string, RepoView>();
  const deleted = new Set<string>();
  const problems: string[] = [];
  let lastSeq = 0;
  let events = 0;

  function viewOf(did: string): RepoView {
    const found = repos.get(did);
    if (found !== undefined) return found;
    const view = {
      rev: "",
      data: null!,
      records: new Map(),
      kinds: [],
      isActive: false,
    };
    repos.set(did, view);
    return view;
  }

  function takeCommit(payload: CommitPayload): void {
    const { seq, repo, rev } = payload;
    const say = (text: string) => problems.push(`${seq} of ${repo}: ${text}`);
    const view = viewOf(repo);
    const isFirst = view.rev === "";
    const isWhole = !isImported(repo);
    if (isWhole && payload.since !== (isFirst ? null : view.rev)) {
      say(`since is ${payload.since}, the rev before is ${view.rev}`);
    }
    if (isWhole && !isFirst && !equalCids(payload.prevData, view.data)) {
      say("prevData is not the tree before");
    }
    if (!view.isActive) say("a commit of an inactive account");
    if (rev <= view.rev) say(`rev ${rev} does not rise above ${view.rev}`);
    const blocks = createBlockMap(decodeCar(payload.blocks).blocks);
    const commit = decodeCommit(blocks.getBlock(payload.commit)!);
    if (commit.rev !== rev || commit.did !== repo) say("signed otherwise");
    if (isChecked(seq) && payload.prevData !== null) {
      const before = invertOps(blocks, commit.data, payload.ops);
      if (!equalCids(before, payload.prevData)) say("it does not invert");
    }
    for (const { path, cid, prev } of payload.ops) {
      const known = view.records.get(path) ?? null;
      if (isWhole && known !== (prev && formatCid(prev)))
        say(`prev of ${path} is wrong`);
      if (cid === null) view.records.delete(path);
      else view.records.set(path, formatCid(cid));
    }
    view.rev = rev;
    view.data = commit.data;
  }

  return {
    repos,
    deleted,
    problems,
    get lastSeq() {
      return lastSeq;
    },
    get events() {
      return events;
    },
    take(frame) {
      try {
        takeFrame(frame);
      } catch (error) {
        problems.push(`after ${lastSeq}: ${(error as Error).message}`);
      }
    },
  };

  function takeFrame(frame: Uint8Array): void {
    const { t, payload } = decodeFrame(frame);
    if (t === "#info" || t === null) {
      problems.push(`${t}: ${JSON.stringify(payload)}`);
      return;
    }
    events++;
    if (payload.seq <= lastSeq) {
      problems.push(`seq ${payload.seq} comes after ${lastSeq}`);
    }
    lastSeq = payload.seq;
    const did = t === "#commit" ? payload.repo : payload.did;
    viewOf(did).kinds.push(t);
    if (t === "#commit") takeCommit(payload);
    if (t === "#sync" && isImported(did)) viewOf(did).rev = payload.rev;
    if (t === "#account") viewOf(did).isActive = payload.active;
    if (t === "#account" && payload.status === "deleted") {
      repos.delete(did);
      deleted.add(did);
    }
  }
}

/** An open stream of events. */
export interface Stream {
  /** Resolves when the connection has ended, whoever ended it. */
  closed: Promise<void>;
  close(): void;
}

/** Connects and hands over every message. @param cursor null for live only. */
export async function openStream(
  url: string,
  cursor: number | null,
  onFrame: (frame: Uint8Array) => void,
): Promise<Stream> {
  const query = cursor === null ? "" : `?cursor=${cursor}`;
  const socket = new WebSocket(
    `${url.replace(/^http/, "ws")}/xrpc/com.atproto.sync.subscribeRepos${query}`,
  );
  socket.binaryType = "arraybuffer";
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onmessage = ({ data }) => onFrame(new Uint8Array(data as ArrayBuffer));
  socket.onerror = () => opened.reject(new Error(`no stream from ${url}`));
  socket.onclose = () => {
    opened.reject(new Error(`the stream of ${url} ended at once`));
    closed.resolve();
  };
  await opened.promise;
  return { closed: closed.promise, close: () => socket.close() };
}
