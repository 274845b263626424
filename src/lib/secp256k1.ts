/** libsecp256k1 in machine code. A hash is 32 bytes. */
export interface NativeSecp256k1 {
  /**
   * @returns the 33 bytes of the compressed key.
   * @throws Error for bytes that are no private key.
   */
  publicKeyOf(privateKey: Uint8Array): Uint8Array;
  /**
   * The nonce is RFC 6979's, so that a message has one signature.
   * @returns 64 bytes: r and s, s low.
   * @throws Error for bytes that are no private key.
   */
  sign(hash: Uint8Array, privateKey: Uint8Array): Uint8Array;
  /**
   * False also for a high s.
   * @throws Error when the key or the signature can't be read.
   */
  verify(
    signature: Uint8Array,
    hash: Uint8Array,
    publicKey: Uint8Array,
  ): boolean;
}

/** What the addon itself offers; all answer with a status. */
interface Addon {
  publicKeyCreate(publicKey: Uint8Array, privateKey: Uint8Array): number;
  ecdsaSign(
    result: { signature: Uint8Array; recid: number | null },
    hash: Uint8Array,
    privateKey: Uint8Array,
    data: undefined,
    noncefn: undefined,
  ): number;
  ecdsaVerify(
    signature: Uint8Array,
    hash: Uint8Array,
    publicKey: Uint8Array,
  ): number;
}

// The statuses of the addon's source, src/secp256k1.cc.
const STATUS_OK = 0;
const STATUS_WRONG_SIGNATURE = 3;
const SIGNATURE_SIZE_BYTES = 64;
const COMPRESSED_SIZE_BYTES = 33;

// Made once, and not before a key is used: the addon computes tables of its own,
// which takes as long as a tenth of a start.
let loaded: NativeSecp256k1 | null | undefined;

/**
 * The library that the executable carries for this platform; null where it
 * carries none or it does not load. It signs about six times as fast as the
 * portable code, which also takes a tenth of a second to warm up, and makes the
 * same bytes.
 */
export function loadNativeSecp256k1(): NativeSecp256k1 | null {
  if (loaded === undefined) loaded = open();
  return loaded;
}

function open(): NativeSecp256k1 | null {
  try {
    const addon = openAddon();
    return addon === null ? null : wrap(addon);
  } catch {
    return null;
  }
}

// The path is written out because only then the bundler takes the file along.
// A system with another libc can't load it and gets the portable code.
function openAddon(): Addon | null {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const {
    Secp256k1,
  } = require("secp256k1/prebuilds/linux-x64/secp256k1.glibc.node");
  return new Secp256k1();
}

function wrap(addon: Addon): NativeSecp256k1 {
  return {
    publicKeyOf(privateKey) {
      const publicKey = new Uint8Array(COMPRESSED_SIZE_BYTES);
      const status = addon.publicKeyCreate(publicKey, privateKey);
      if (status !== STATUS_OK) throw new Error("not a private key");
      return publicKey;
    },
    sign(hash, privateKey) {
      const signature = new Uint8Array(SIGNATURE_SIZE_BYTES);
      const result = { signature, recid: null };
      const status = addon.ecdsaSign(
        result,
        hash,
        privateKey,
        undefined,
        undefined,
      );
      if (status !== STATUS_OK) throw new Error("not a private key");
      return signature;
    },
    verify(signature, hash, publicKey) {
      const status = addon.ecdsaVerify(signature, hash, publicKey);
      if (status === STATUS_OK) return true;
      if (status === STATUS_WRONG_SIGNATURE) return false;
      throw new Error("not a public key or not a signature");
    },
  };
}
