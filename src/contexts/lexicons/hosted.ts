import { formatCid } from "#repo/cid.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { lexToJson } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import { findStatus } from "#contexts/blobs/availability.ts";
import type { ResolvedLexicon } from "./resolver.ts";

export interface HostedLexiconDeps {
  accountDb: Pick<AccountDb, "accounts" | "takedowns">;
  stores: Pick<ActorStores, "find">;
}

/** What is published by an account of this host, in the words of the resolver. */
export interface HostedLexicons {
  /**
   * True for an account whose repository this host serves, or refuses to. One
   * that is deactivated may have moved: its document tells.
   */
  isHosted(did: Did): boolean;
  /** null when there is none, it calls itself otherwise, or an operator took it or its account down. */
  find(did: Did, nsid: Nsid): Pick<ResolvedLexicon, "cid" | "schema"> | null;
}

const COLLECTION = "com.atproto.lexicon.schema" as Nsid;

export function createHostedLexicons({
  accountDb,
  stores,
}: HostedLexiconDeps): HostedLexicons {
  return {
    isHosted(did) {
      const status = findStatus(accountDb, did);
      return ["active", "takendown", "suspended"].includes(status ?? "");
    },
    find(did, nsid) {
      const rkey = nsid as string as RecordKey;
      if (findStatus(accountDb, did) !== "active") return null;
      if (accountDb.takedowns.findRecord(did, COLLECTION, rkey)) return null;
      const record = stores.find(did)?.findRecord(COLLECTION, rkey) ?? null;
      const schema = record && readSchema(record.bytes);
      // As with what other hosts send: a name is no other's.
      if (schema?.id !== nsid) return null;
      return { cid: formatCid(record!.cid), schema };
    },
  };
}

function readSchema(bytes: Uint8Array): { id?: unknown } | null {
  try {
    return lexToJson(decodeDrisl(bytes)) as { id?: unknown };
  } catch (error) {
    // Records that were brought along keep their bytes, whatever they are.
    if (error instanceof BlockError) return null;
    throw error;
  }
}
