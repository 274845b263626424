import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import { writeDurably } from "./durable-file.ts";

/**
 * Secrets at rest, and secrets that need not be stored. All come from one
 * master key, which is never in the databases.
 */
export interface KeyStore {
  /**
   * Encrypts a secret for one place: what is sealed for a purpose, a context
   * (a DID, or empty) and a key id opens for the same three only, so that rows
   * can't be exchanged. Sealing twice gives different bytes.
   */
  seal(
    purpose: string,
    context: string,
    keyId: string,
    secret: Uint8Array,
  ): Uint8Array;
  /** @throws OperatorError when the bytes were changed, moved, or sealed with another master key. */
  open(
    purpose: string,
    context: string,
    keyId: string,
    sealed: Uint8Array,
  ): Uint8Array;
  /** A secret of `length` bytes (1…8160) that is the same at every start. */
  derive(purpose: string, length: number): Uint8Array;
}

export interface KeyStoreOptions {
  keysPath: string;
  /** 32 bytes from elsewhere; null: the file in `keysPath`. */
  masterKey: Uint8Array | null;
  /**
   * False when there are secrets already: then a master key that is missing is
   * an error, and none is made. Default true.
   */
  mayCreate?: boolean;
  random?: (length: number) => Uint8Array;
}

const CIPHER = "aes-256-gcm";
const KEY_SIZE_BYTES = 32; // AES-256
const NONCE_SIZE_BYTES = 12; // NIST SP 800-38D §8.2: 96 bits, random
const TAG_SIZE_BYTES = 16;
const ID_SIZE_BYTES = 16;
// Sealed: version, id of the master key, nonce, ciphertext, tag.
const VERSION = 1;
const NONCE_AT = 1 + ID_SIZE_BYTES;
const CIPHERTEXT_AT = NONCE_AT + NONCE_SIZE_BYTES;

const KEY_FILE = "master.key";
const CHECK_FILE = "master.id";

/**
 * Opens the key store. The first start makes a master key, unless one is
 * given, and notes its id; every later start compares.
 * @throws OperatorError (exit 78) when the master key is missing, is not the
 *   one that the stored secrets were sealed with, or is open to other users.
 */
export function createKeyStore(options: KeyStoreOptions): KeyStore {
  const random = options.random ?? randomBytes;
  const master = options.masterKey ?? loadOrMake(options, random);
  if (master.length !== KEY_SIZE_BYTES) {
    throw refusal(
      `the master key has ${master.length} bytes instead of ${KEY_SIZE_BYTES}`,
      "Give 64 hexadecimal digits.",
    );
  }
  const id = hkdf(master, "tempest master key id", ID_SIZE_BYTES);
  checkId(options, id);
  // As many as there are kinds of secrets.
  const sealingKeys = new Map<string, Uint8Array>();

  function sealingKey(purpose: string): Uint8Array {
    const found = sealingKeys.get(purpose);
    if (found !== undefined) return found;
    const key = hkdf(master, `tempest seal ${purpose}`, KEY_SIZE_BYTES);
    sealingKeys.set(purpose, key);
    return key;
  }

  return {
    seal(purpose, context, keyId, secret) {
      const nonce = random(NONCE_SIZE_BYTES);
      const cipher = createCipheriv(CIPHER, sealingKey(purpose), nonce);
      cipher.setAAD(place(purpose, context, keyId));
      const sealed = [cipher.update(secret), cipher.final()];
      const header = [Uint8Array.of(VERSION), id, nonce];
      return new Uint8Array(
        Buffer.concat([...header, ...sealed, cipher.getAuthTag()]),
      );
    },
    open(purpose, context, keyId, sealed) {
      checkEnvelope(sealed, id);
      const nonce = sealed.subarray(NONCE_AT, CIPHERTEXT_AT);
      const tagAt = sealed.length - TAG_SIZE_BYTES;
      const cipher = createDecipheriv(CIPHER, sealingKey(purpose), nonce);
      cipher.setAAD(place(purpose, context, keyId));
      cipher.setAuthTag(sealed.subarray(tagAt));
      try {
        const secret = cipher.update(sealed.subarray(CIPHERTEXT_AT, tagAt));
        return new Uint8Array(Buffer.concat([secret, cipher.final()]));
      } catch (cause) {
        throw damaged(cause);
      }
    },
    derive: (purpose, length) => hkdf(master, `tempest ${purpose}`, length),
  };
}

function hkdf(master: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", master, "", info, length));
}

/** What the sealed bytes are bound to. JSON keeps the parts apart. */
function place(purpose: string, context: string, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, purpose, context, keyId]));
}

function checkEnvelope(sealed: Uint8Array, id: Uint8Array): void {
  if (sealed.length < CIPHERTEXT_AT + TAG_SIZE_BYTES || sealed[0] !== VERSION) {
    throw damaged(null);
  }
  if (Buffer.compare(sealed.subarray(1, NONCE_AT), id) !== 0) {
    throw refusal(
      "a stored secret was sealed with another master key",
      "Start with the master key that was in use when the secret was stored.",
    );
  }
}

function loadOrMake(
  { keysPath, mayCreate = true }: KeyStoreOptions,
  random: (length: number) => Uint8Array,
): Uint8Array {
  const path = join(keysPath, KEY_FILE);
  if (existsSync(path)) return load(path);
  if (!mayCreate || existsSync(join(keysPath, CHECK_FILE))) {
    throw refusal(
      `the master key is missing: there is no ${path}`,
      "Put the file back from your copy, or give the key by the setting that it came from. Without it the stored keys cannot be read.",
    );
  }
  const key = random(KEY_SIZE_BYTES);
  writeDurably(path, Buffer.from(`${Buffer.from(key).toString("hex")}\n`));
  return key;
}

function load(path: string): Uint8Array {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw refusal(
      `${path} is open to other users of this machine (mode ${mode.toString(8)})`,
      `Run: chmod 600 ${path}`,
    );
  }
  const text = readFileSync(path, "latin1").trim();
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw refusal(
      `${path} does not hold a master key`,
      "Put the file back from your copy: 64 hexadecimal digits.",
    );
  }
  return new Uint8Array(Buffer.from(text, "hex"));
}

function checkId({ keysPath }: KeyStoreOptions, id: Uint8Array): void {
  const path = join(keysPath, CHECK_FILE);
  const text = Buffer.from(id).toString("hex");
  if (!existsSync(path)) {
    writeDurably(path, Buffer.from(`${text}\n`));
    return;
  }
  if (readFileSync(path, "latin1").trim() !== text) {
    throw refusal(
      "this is not the master key that the data folder was set up with",
      "Start with the first one; a new key cannot read the keys that are stored.",
    );
  }
}

function damaged(cause: unknown): OperatorError {
  return refusal(
    "a stored secret was changed, or belongs elsewhere",
    "Restore account.sqlite from a backup.",
    cause,
  );
}

function refusal(
  message: string,
  hint: string,
  cause?: unknown,
): OperatorError {
  return new OperatorError(message, { hint, exitCode: 78, cause });
}
