import { afterAll, beforeAll, expect } from "bun:test";
import type { Block } from "#repo/block.ts";
import { encodeCarHeader } from "#repo/car.ts";
import { cidOfCbor, toLink } from "#repo/cid.ts";
import { signCommit } from "#repo/commit.ts";
import { encodeDrisl, type LexMap, type LexValue } from "#repo/drisl.ts";
import { depthOfKey } from "#repo/mst/key.ts";
import { type Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import {
  carOf,
  makeForeignRepo,
  makePosts,
  rawCar,
  type ForeignRepo,
} from "../support/foreign-repo.ts";
import {
  arrive,
  createMover,
  importCar,
  type Mover,
} from "../support/mover.ts";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";

/** CARs that are broken by accident or on purpose: refused, and nothing changed. */
export let network: Network;
export let mover: Mover;
export let account: TestAccount;
export let good: ForeignRepo;
export let car: Uint8Array;
/** What is there all the time, since nothing of the others may get in. */
export let kept: Uint8Array;
export let before: unknown;

export const MAX_BYTES = 3_000_000;

/** Gives the tests of a file somebody who has brought a repository. */
export function useVictim(): void {
  beforeAll(async () => {
    network = await startNetwork({
      settings: { TEMPEST_MAX_REPO_IMPORT_SIZE: String(MAX_BYTES) },
    });
    mover = await createMover(network);
    account = await arrive(network, mover, "victim");
    good = makeForeignRepo({ ...mover, records: makePosts(60) });
    car = carOf(good);
    // What is here must be what was imported, after each that was refused.
    kept = carOf(makeForeignRepo({ ...mover, records: makePosts(7) }));
    expect((await importCar(network, account.accessJwt, kept)).status).toBe(
      200,
    );
    before = await state();
  });
  afterAll(() => network.stop());
}

export async function state(): Promise<unknown> {
  const { accessJwt: token, did } = account;
  const status = await network.call("com.atproto.server.checkAccountStatus", {
    token,
  });
  const exported = await network.call("com.atproto.sync.getRepo", {
    token,
    params: { did },
  });
  return [status.body, Bun.hash(exported.body)];
}

export async function expectRefused(bytes: Uint8Array, message?: RegExp) {
  const answer = await importCar(network, account.accessJwt, bytes);
  expect([answer.status, answer.body.error]).toEqual([400, "InvalidRequest"]);
  expect(answer.body.message).not.toBe("");
  if (message !== undefined) expect(answer.body.message).toMatch(message);
  expect(await state()).toEqual(before);
}

export const block = (value: LexValue): Block => {
  const bytes = encodeDrisl(value);
  return { cid: cidOfCbor(bytes), bytes };
};

/** A repository whose tree has any nodes at all. */
export function withTree(
  root: Block,
  others: readonly Block[] = [],
  options: { did?: string; signer?: Signer } = {},
): Uint8Array {
  const commit = signCommit(
    {
      did: (options.did ?? mover.did) as Did,
      data: root.cid,
      rev: good.rev,
    },
    options.signer ?? mover.signer,
  );
  return rawCar(commit.cid, [commit, root, ...others]);
}

type Entry = { key: string; value: Block; right?: Block | null };

export function node(
  entries: readonly Entry[],
  left: Block | null = null,
): Block {
  let last = "";
  const e = entries.map(({ key, value, right = null }) => {
    let p = 0;
    while (p < last.length && last[p] === key[p]) p++;
    last = key;
    return {
      k: new Uint8Array(Buffer.from(key.slice(p))),
      p,
      t: right && toLink(right.cid),
      v: toLink(value.cid),
    };
  });
  return block({ e, l: left && toLink(left.cid) } as unknown as LexMap);
}

export const record = block({ $type: "com.example.record", n: 1 });

/** Keys of one depth, ascending. */
export function keysOf(depth: number, count: number): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < count; i++) {
    const key = `com.example.record/${i}`;
    if (depthOfKey(key) === depth) keys.push(key);
  }
  return keys.sort();
}

export const varint = (...bytes: number[]) => new Uint8Array(bytes);
export const header = () => encodeCarHeader(good.commit.cid);
export const join = (...parts: Uint8Array[]) =>
  new Uint8Array(Buffer.concat(parts));
