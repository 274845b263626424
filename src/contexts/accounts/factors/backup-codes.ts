import { createHash } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { BackupCodeRows } from "#storage/account/factors.ts";
import { randomBase32, type Random } from "#contexts/security/random.ts";

/** Codes on paper, for when everything else is lost; each is good for one use. */
export interface BackupCodes {
  /** Makes ten, `xxxxxxxx-xxxxxxxx`, in place of those before. They are shown this once. */
  make(did: Did): string[];
  /** False for a code that is unknown or was used. */
  use(did: Did, code: string): boolean;
  countLeft(did: Did): number;
}

const COUNT = 10;
const LENGTH = 16; // 80 bits, so that nothing slower than SHA-256 is needed
const FORM = /^[a-z2-7]{16}$/;

export function createBackupCodes({
  rows,
  clock,
  random,
}: {
  rows: BackupCodeRows;
  clock: Clock;
  random: Random;
}): BackupCodes {
  return {
    make(did) {
      const codes = Array.from({ length: COUNT }, () =>
        randomBase32(random, LENGTH),
      );
      rows.replace(
        did,
        codes.map((code) => hash(did, code)),
      );
      return codes.map((code) => `${code.slice(0, 8)}-${code.slice(8)}`);
    },
    use(did, code) {
      const text = normalizeBackupCode(code);
      if (text === null) return false;
      return rows.use(did, hash(did, text), clock.nowMs());
    },
    countLeft: (did) => rows.countUnused(did),
  };
}

/** As it is stored, from how it was typed; null for what is no such code. */
export function normalizeBackupCode(code: string): string | null {
  const text = code.slice(0, 100).replace(/[\s-]+/g, "");
  return FORM.test(text.toLowerCase()) ? text.toLowerCase() : null;
}

function hash(did: Did, code: string): Uint8Array {
  const digest = createHash("sha256").update(`backup code\0${did}\0${code}`);
  return new Uint8Array(digest.digest());
}
