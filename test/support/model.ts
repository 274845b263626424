import { cidOfCbor, formatCid } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { jsonToLex } from "#repo/lex-json.ts";

/** A record as JSON, `$type` included. */
export type Json = { [key: string]: unknown };

/** What a call does to an account if it happens; all of it or nothing. */
export interface Effect {
  /** CID, or null for nothing, at each path that the call names. */
  paths: ReadonlyMap<string, string | null>;
  /** A record whose key the server chooses. */
  keyless?: { collection: string; cid: string };
  preferences?: readonly unknown[];
  /** A blob that is stored, by CID. */
  blob?: { cid: string; bytes: Uint8Array };
}

/** What must be true of an account, by the answers that were given. */
export interface AccountModel {
  did: string;
  handle: string;
  password: string;
  token: string;
  /** CID by path. */
  records: Map<string, string>;
  preferences: readonly unknown[];
  blobs: Map<string, Uint8Array>;
  /** Effects of calls that got no answer: they may have happened. */
  open: Effect[];
  /** Paths that calls named since the last check. */
  touched: Set<string>;
}

export function createModel(
  account: Pick<AccountModel, "did" | "handle" | "password" | "token">,
): AccountModel {
  return {
    ...account,
    records: new Map(),
    preferences: [],
    blobs: new Map(),
    open: [],
    touched: new Set(),
  };
}

/** The CID that a record must get, by the codec of `repo/`, which the properties compare with the official one. */
export function cidOfRecord(record: Json): string {
  return formatCid(cidOfCbor(encodeDrisl(jsonToLex(record))));
}

export function applyEffect(account: AccountModel, effect: Effect): void {
  for (const [path, cid] of effect.paths) {
    account.touched.add(path);
    if (cid === null) account.records.delete(path);
    else account.records.set(path, cid);
  }
  if (effect.preferences) account.preferences = effect.preferences;
  if (effect.blob) account.blobs.set(effect.blob.cid, effect.blob.bytes);
}

/**
 * Settles the calls that got no answer, by what the server now shows: each has
 * happened whole or not at all.
 * @returns sentences on those that happened in part.
 */
export function settleOpen(
  account: AccountModel,
  actual: ReadonlyMap<string, string>,
): string[] {
  const problems: string[] = [];
  for (const effect of account.open.splice(0)) {
    settleKeyless(account, effect, actual);
    const done = [...effect.paths].filter(
      ([path, cid]) => (actual.get(path) ?? null) === cid,
    );
    const undone = [...effect.paths].filter(
      ([path]) => actual.get(path) === account.records.get(path),
    );
    if (done.length === effect.paths.size) {
      applyEffect(account, { paths: effect.paths });
    } else if (undone.length !== effect.paths.size) {
      problems.push(
        `${account.handle}: of ${effect.paths.size} changes in one commit ${done.length} happened`,
      );
    }
  }
  return problems;
}

function settleKeyless(
  account: AccountModel,
  { keyless }: Effect,
  actual: ReadonlyMap<string, string>,
): void {
  if (keyless === undefined) return;
  for (const [path, cid] of actual) {
    if (account.records.has(path) || cid !== keyless.cid) continue;
    if (!path.startsWith(`${keyless.collection}/`)) continue;
    applyEffect(account, { paths: new Map([[path, cid]]) });
    return;
  }
}

const SHOWN = 5;

/** Sentences on the paths where two views of a repository differ, a few of them. */
export function compareRecords(
  what: string,
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): string[] {
  const problems: string[] = [];
  for (const path of new Set([...expected.keys(), ...actual.keys()])) {
    const [want, have] = [expected.get(path), actual.get(path)];
    if (want === have) continue;
    problems.push(
      `${what}: ${path} is ${have ?? "absent"}, not ${want ?? "absent"}`,
    );
  }
  const more = problems.length - SHOWN;
  return more > 0
    ? [...problems.slice(0, SHOWN), `${what}: and ${more} more`]
    : problems;
}
