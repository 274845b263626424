import {
  createModel,
  type AccountModel,
  type Effect,
} from "../support/model.ts";

/** A call to a server, and what is true once it has happened. */
export type Fact =
  | { kind: "account"; account: Parameters<typeof createModel>[0] }
  | { kind: "write"; did: string; effect: Effect }
  | { kind: "import"; did: string; records: ReadonlyMap<string, string> }
  | { kind: "active"; did: string; isActive: boolean }
  | { kind: "takedown"; did: string; isApplied: boolean };

interface Entry {
  begunAt: number;
  /** Null when no answer has come, and nothing has shown whether it happened. */
  answeredAt: number | null;
  /** From where on it is known that it never happened. */
  goneAt?: number;
  fact: Fact;
}

/** What must be so, and what may be, of an account that brings repositories and rests. */
export interface Mover {
  /** False when its arrival was not answered. */
  isHere: boolean;
  /** The last answered import comes first. */
  records: ReadonlyMap<string, string>[];
  isActive: boolean[];
}

/** What a server has to show. */
export interface World {
  accounts: Map<string, AccountModel>;
  movers: Map<string, Mover>;
  /** Takedowns of accounts: what each may be. */
  takedowns: Map<string, boolean[]>;
}

/** Calls and answers by their place in the trace of the disk. */
export interface History {
  /** Makes a call. The fact may be completed by its answer. @returns what it answered; rejects as it does, without an answer in the history. */
  make<T>(fact: Fact, call: () => Promise<T>): Promise<T>;
  /**
   * Settles writes without an answer, by what a server shows after it has
   * started again: from here on they have happened, or never will.
   */
  settle(hasHappened: (did: string, effect: Effect) => boolean): void;
  /** What holds for a server whose disk stopped at that place. */
  worldAt(position: number): World;
  readonly answered: number;
}

export function createHistory(position: () => number): History {
  const entries: Entry[] = [];
  return {
    get answered() {
      return entries.filter(({ answeredAt }) => answeredAt !== null).length;
    },
    async make(fact, call) {
      const entry: Entry = { begunAt: position(), answeredAt: null, fact };
      entries.push(entry);
      const answer = await call();
      entry.answeredAt = position();
      return answer;
    },
    settle(hasHappened) {
      for (const entry of entries) {
        const { fact, answeredAt } = entry;
        if (fact.kind !== "write" || answeredAt !== null || entry.goneAt)
          continue;
        if (hasHappened(fact.did, fact.effect)) entry.answeredAt = position();
        else entry.goneAt = position();
      }
    },
    worldAt(at) {
      const world: World = {
        accounts: new Map(),
        movers: new Map(),
        takedowns: new Map(),
      };
      for (const { begunAt, answeredAt, goneAt, fact } of entries) {
        if (begunAt > at) continue;
        if (goneAt !== undefined && goneAt <= at) continue;
        add(world, fact, answeredAt !== null && answeredAt <= at);
      }
      return world;
    },
  };
}

function add(world: World, fact: Fact, isAnswered: boolean): void {
  switch (fact.kind) {
    case "account":
      if (!isAnswered) return;
      world.accounts.set(fact.account.did, createModel(fact.account));
      return;
    case "write": {
      const account = world.accounts.get(fact.did)!;
      if (isAnswered) settle(account, fact.effect);
      else account.open.push(fact.effect);
      return;
    }
    case "takedown":
      addPossible(world.takedowns, fact.did, fact.isApplied, isAnswered);
      return;
    case "import": {
      const { records } = moverOf(world, fact.did);
      if (isAnswered) records.length = 0;
      records.push(fact.records);
      return;
    }
    case "active": {
      const mover = moverOf(world, fact.did);
      mover.isHere ||= isAnswered;
      if (isAnswered) mover.isActive = [];
      mover.isActive.push(fact.isActive);
    }
  }
}

function settle(account: AccountModel, effect: Effect): void {
  for (const [path, cid] of effect.paths) {
    account.touched.add(path);
    if (cid === null) account.records.delete(path);
    else account.records.set(path, cid);
  }
  if (effect.preferences) account.preferences = effect.preferences;
  if (effect.blob) account.blobs.set(effect.blob.cid, effect.blob.bytes);
}

function addPossible(
  map: Map<string, boolean[]>,
  did: string,
  value: boolean,
  isAnswered: boolean,
): void {
  const before = isAnswered ? [] : (map.get(did) ?? [false]);
  map.set(did, [...before, value]);
}

function moverOf({ movers }: World, did: string): Mover {
  const found = movers.get(did);
  if (found !== undefined) return found;
  const mover: Mover = {
    ...{ isHere: false, records: [new Map()], isActive: [] },
  };
  movers.set(did, mover);
  return mover;
}
