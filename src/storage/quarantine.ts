import { isDamage } from "#lib/disk-errors.ts";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import { WrongRepoError } from "./repo-file.ts";

/** Accounts that nobody is let in to until the next start. One damaged file concerns its account only. */
export interface Quarantine {
  add(did: Did, reason: string): void;
  lift(did: Did): void;
  has(did: Did): boolean;
  /** @throws XrpcError ServiceUnavailable when the account is in it. */
  check(did: Did): void;
  /** What users are told of a failure of the account's files. Damage puts the account in here. */
  failureOf(did: Did, error: unknown): unknown;
  /** Runs accesses to the account's files, with `failureOf` for what they throw. */
  guardOf(did: Did): <T>(access: () => T) => T;
}

export function createQuarantine(log?: Pick<Logger, "error">): Quarantine {
  const reasons = new Map<Did, string>();

  function add(did: Did, reason: string): void {
    reasons.set(did, reason);
    log?.error("repo.quarantined", { did, reason });
  }

  function failureOf(did: Did, error: unknown): unknown {
    if (!isOfSystem(error) && !isOfFile(error)) return error;
    // A read or write that failed may succeed the next time.
    if (isDamage(error) || isOfFile(error)) add(did, String(error));
    return unavailable(error);
  }

  return {
    add,
    has: (did) => reasons.has(did),
    lift: (did) => void reasons.delete(did),
    check(did) {
      const reason = reasons.get(did);
      if (reason !== undefined) throw unavailable(new Error(reason));
    },
    failureOf,
    guardOf: (did) => (access) => {
      try {
        return access();
      } catch (error) {
        throw failureOf(did, error);
      }
    },
  };
}

/** SQLite and the system give their errors a code, ours have none. */
function isOfSystem(error: unknown): boolean {
  return typeof (error as { code?: unknown }).code === "string";
}

function isOfFile(error: unknown): boolean {
  return error instanceof OperatorError || error instanceof WrongRepoError;
}

function unavailable(cause: unknown): XrpcError {
  return new XrpcError(
    "ServiceUnavailable",
    "This repository cannot be used at the moment",
    { cause, retryAfterSec: 60 },
  );
}
