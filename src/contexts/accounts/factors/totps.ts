import { Secret, TOTP } from "otpauth";
import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { TotpRow, TotpRows } from "#storage/account/totps.ts";
import type { KeyStore } from "#storage/key-store.ts";
import { randomId, type Random } from "#contexts/security/random.ts";

/** What an authenticator app is given. */
export interface TotpSecret {
  /** Base32, for typing. */
  secret: string;
  /** `otpauth:` URI, for a picture. */
  uri: string;
}

/**
 * Codes of authenticator apps. A secret counts once a code has shown that the
 * app has it; a code is good for one use.
 * @see https://www.rfc-editor.org/rfc/rfc6238
 */
export interface Totps {
  /** The secret that waits for its first code, or a new one. One that is in use stays in use until then. */
  begin(account: Pick<AccountRow, "did" | "handle">): TotpSecret;
  /** False for a wrong code; the secret goes on waiting then. */
  confirm(did: Did, code: string): boolean;
  /** False for a code that is wrong, too old, or was used. */
  use(did: Did, code: string): boolean;
}

// What every app supports: RFC 6238 with the defaults of the Key URI format.
const SETTINGS = { algorithm: "SHA1", digits: 6, period: 30 };
/** Clocks of phones are off by some seconds: RFC 6238 §5.2. */
const WINDOW_STEPS = 1;
const SECRET_SIZE_BYTES = 20; // RFC 4226 §4 R6: as long as the hash
const PURPOSE = "totp";

export function createTotps({
  rows,
  keyStore,
  clock,
  random,
  getServiceName,
}: {
  rows: TotpRows;
  keyStore: KeyStore;
  clock: Clock;
  random: Random;
  /** The app shows it beside the account. */
  getServiceName(): string;
}): Totps {
  const open = ({ did, id, sealed }: TotpRow): Secret => {
    const bytes = keyStore.open(PURPOSE, did, id, sealed);
    return new Secret({ buffer: new Uint8Array(bytes).buffer });
  };

  /** The time step that a code belongs to; null for a code of none. */
  function findStep(row: TotpRow, code: string): number | null {
    const token = code.replace(/\s+/g, "");
    if (!/^\d{6}$/.test(token)) return null;
    const timestamp = clock.nowMs();
    const totp = new TOTP({ ...SETTINGS, secret: open(row) });
    const delta = totp.validate({ token, timestamp, window: WINDOW_STEPS });
    return delta === null ? null : totp.counter({ timestamp }) + delta;
  }

  function make({ did }: Pick<AccountRow, "did">): TotpRow {
    const id = randomId(random);
    const secret = random(SECRET_SIZE_BYTES);
    const sealed = keyStore.seal(PURPOSE, did, id, secret);
    rows.putWaiting({ id, did, sealed, createdAtMs: clock.nowMs() });
    secret.fill(0);
    return rows.findWaiting(did)!;
  }

  return {
    begin(account) {
      const row = rows.findWaiting(account.did) ?? make(account);
      const secret = open(row);
      const label = account.handle;
      // It stands between name and account in the URI.
      const issuer = getServiceName().replaceAll(":", " ");
      const totp = new TOTP({ ...SETTINGS, issuer, label, secret });
      return { secret: secret.base32, uri: totp.toString() };
    },
    confirm(did, code) {
      const row = rows.findWaiting(did);
      const step = row && findStep(row, code);
      if (step === null) return false;
      rows.confirm(did, { step, nowMs: clock.nowMs() });
      return true;
    },
    use(did, code) {
      const row = rows.find(did);
      const step = row && findStep(row, code);
      if (row === null || step === null) return false;
      return rows.use(row.id, { step, nowMs: clock.nowMs() });
    },
  };
}
