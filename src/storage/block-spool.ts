import { Database } from "bun:sqlite";
import { dirname } from "node:path";
import { isDiskFull } from "#lib/disk-errors.ts";
import type { BlockSpool } from "./actor-store.ts";
import { makeFolder } from "./durable-file.ts";
import { removeDatabase } from "./repo-paths.ts";
import { noRoom } from "./staged-repo.ts";

// Nobody reads the file after a crash, so it need not survive one.
const PRAGMAS = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA cache_size = -8192;
  CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    cid BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
  ) STRICT;
  BEGIN;`;

/** Keeps blocks in a file of their own, so that memory does not grow with them. */
export function createBlockSpool(path: string): BlockSpool {
  makeFolder(dirname(path));
  const db = new Database(path, { create: true, strict: true });
  db.run(PRAGMAS);
  const insert = db.query(
    "INSERT INTO block (cid, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const find = db.query<{ bytes: Uint8Array }, [Uint8Array]>(
    "SELECT bytes FROM block WHERE cid = ?",
  );
  let isOpen = true;
  return {
    add({ cid, bytes }) {
      try {
        return insert.run(cid, bytes).changes === 1;
      } catch (error) {
        throw isDiskFull(error) ? noRoom(error) : error;
      }
    },
    getBlock: (cid) => find.get(cid)?.bytes ?? null,
    [Symbol.dispose]() {
      if (!isOpen) return;
      isOpen = false;
      db.close(true);
      removeDatabase(path);
    },
  };
}
