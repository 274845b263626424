import { expect, test } from "bun:test";
import {
  isDamage,
  isDiskFailure,
  isDiskFull,
  isSyncFailure,
} from "./disk-errors.ts";

test.each([
  ["SQLITE_FULL", "full"],
  ["SQLITE_IOERR_SHMSIZE", "full"],
  ["ENOSPC", "full"],
  ["EDQUOT", "full"],
  ["SQLITE_IOERR_FSYNC", "sync"],
  ["SQLITE_IOERR_DIR_FSYNC", "sync"],
  ["SQLITE_CORRUPT_INDEX", "damage"],
  ["SQLITE_NOTADB", "damage"],
  ["SQLITE_IOERR_SHORT_READ", "damage"],
  ["SQLITE_IOERR_WRITE", "other"],
  ["SQLITE_READONLY_DBMOVED", "other"],
  ["SQLITE_CANTOPEN", "other"],
  ["EIO", "other"],
  ["EROFS", "other"],
])("%s is a failure of the disk: %s", (code, kind) => {
  const error = { code };
  expect(isDiskFailure(error)).toBe(true);
  expect(isDiskFull(error)).toBe(kind === "full");
  expect(isSyncFailure(error)).toBe(kind === "sync");
  expect(isDamage(error)).toBe(kind === "damage");
});

test.each([
  { code: "SQLITE_CONSTRAINT" },
  { code: "ECONNREFUSED" },
  { code: 28 },
  new Error("ENOSPC"),
  null,
])("%p is none", (error) => {
  expect(isDiskFailure(error)).toBe(false);
});
