/**
 * What went wrong with the disk, by the code of an error of SQLite or of the
 * system. @see https://sqlite.org/rescode.html, errno(3)
 */

/** True for a failure that goes away when there is room again. */
export function isDiskFull(error: unknown): boolean {
  // The index of a WAL is a file too, and grows outside of any transaction.
  const codes = ["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "ENOSPC", "EDQUOT"];
  return codes.includes(codeOf(error));
}

/** True while another program holds a lock. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

/** True for a failed sync: what the disk holds is no longer known, and trying again would lie. */
export function isSyncFailure(error: unknown): boolean {
  return /^SQLITE_IOERR_(DIR_)?FSYNC$/.test(codeOf(error));
}

/** True for a file that does not hold what was written to it. */
export function isDamage(error: unknown): boolean {
  const damage = /^SQLITE_(CORRUPT|NOTADB|IOERR_(DATA|CORRUPTFS|SHORT_READ)$)/;
  return damage.test(codeOf(error));
}

/** True for every failure of the disk, of no matter which kind; a read or write that failed may succeed later. */
export function isDiskFailure(error: unknown): boolean {
  const failure = /^(SQLITE_(FULL|IOERR|READONLY|CANTOPEN)|EIO$|EROFS$)/;
  return failure.test(codeOf(error)) || isDiskFull(error) || isDamage(error);
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
