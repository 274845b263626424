import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import { createKeyStore, type KeyStoreOptions } from "./key-store.ts";

const secret = new Uint8Array(Buffer.from("a signing key of 32 bytes, say..."));
const did = "did:plc:alice";

let keysPath: string;
beforeEach(() => {
  keysPath = mkdtempSync(join(tmpdir(), "tempest-keys-"));
});
afterEach(() => rmSync(keysPath, { recursive: true, force: true }));

function open(options: Partial<KeyStoreOptions> = {}) {
  return createKeyStore({ keysPath, masterKey: null, ...options });
}

function refusal(run: () => unknown): OperatorError {
  try {
    run();
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("the master key", () => {
  test("is made at the first start, for us alone, and used from then on", () => {
    const sealed = open().seal("key", did, "1", secret);
    const path = join(keysPath, "master.key");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, "utf8");
    expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    expect(open().open("key", did, "1", sealed)).toEqual(secret);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("may be given, and is then not written", () => {
    const masterKey = new Uint8Array(32).fill(7);
    const sealed = open({ masterKey }).seal("key", did, "1", secret);
    expect(readdirSync(keysPath)).toEqual(["master.id"]);
    expect(open({ masterKey }).open("key", did, "1", sealed)).toEqual(secret);
    const hex = Buffer.from(masterKey).toString("hex");
    expect(readFileSync(join(keysPath, "master.id"), "utf8")).not.toContain(
      hex.slice(0, 16),
    );
  });

  test("must be the one of the first start", () => {
    open();
    const masterKey = new Uint8Array(32).fill(7);
    const error = refusal(() => open({ masterKey }));
    expect(error.exitCode).toBe(78);
    expect(error.hint).not.toBe("");
    rmSync(join(keysPath, "master.key"));
    expect(refusal(() => open()).message).toContain("missing");
    expect(readdirSync(keysPath)).toEqual(["master.id"]);
  });

  test("is not made where there are secrets already", () => {
    const error = refusal(() => open({ mayCreate: false }));
    expect(error.message).toContain("missing");
    expect(readdirSync(keysPath)).toEqual([]);
  });

  test("is kept when the first start ended half way", () => {
    open();
    const path = join(keysPath, "master.key");
    const text = readFileSync(path, "utf8");
    rmSync(join(keysPath, "master.id"));
    open();
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("has 32 bytes", () => {
    const masterKey = new Uint8Array(31);
    expect(refusal(() => open({ masterKey })).message).toContain("31 bytes");
    writeFileSync(join(keysPath, "master.key"), "abc", { mode: 0o600 });
    expect(refusal(() => open()).exitCode).toBe(78);
  });

  test("is refused while others can read it", () => {
    open();
    chmodSync(join(keysPath, "master.key"), 0o640);
    expect(refusal(() => open()).hint).toContain("chmod 600");
  });
});

describe("a sealed secret", () => {
  test("shows nothing of what it holds, and is new each time", () => {
    const keys = open();
    const [first, second] = [0, 1].map(() =>
      keys.seal("key", did, "1", secret),
    );
    expect(first).not.toEqual(second);
    expect(Buffer.from(first!).includes(secret.subarray(0, 8))).toBe(false);
    expect(keys.open("key", did, "1", second!)).toEqual(secret);
    const empty = keys.seal("key", did, "1", new Uint8Array(0));
    expect(keys.open("key", did, "1", empty)).toEqual(new Uint8Array(0));
  });

  const elsewhere: [purpose: string, context: string, keyId: string][] = [
    ["other", did, "1"],
    ["key", "did:plc:bob", "1"],
    ["key", did, "2"],
    ["key", `${did}1`, ""],
    ["key", "", `${did}1`],
  ];
  test.each(elsewhere)(
    "does not open as %p %p %p",
    (purpose, context, keyId) => {
      const keys = open();
      const sealed = keys.seal("key", did, "1", secret);
      expect(
        refusal(() => keys.open(purpose, context, keyId, sealed)).exitCode,
      ).toBe(78);
    },
  );

  test("does not open with any bit changed, or cut", () => {
    const keys = open();
    const sealed = keys.seal("key", did, "1", secret);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1;
      refusal(() => keys.open("key", did, "1", changed));
      refusal(() => keys.open("key", did, "1", sealed.subarray(0, at)));
    }
  });

  test("does not open with another master key", () => {
    const sealed = open().seal("key", did, "1", secret);
    rmSync(keysPath, { recursive: true });
    keysPath = mkdtempSync(join(tmpdir(), "tempest-keys-"));
    expect(
      refusal(() => open().open("key", did, "1", sealed)).message,
    ).toContain("another master key");
  });
});

test("derived secrets stay the same, and differ by purpose and master key", () => {
  const given = (fill: number) => ({
    keysPath,
    masterKey: new Uint8Array(32).fill(fill),
  });
  const keys = createKeyStore(given(1));
  const jwt = keys.derive("jwt 1", 32);
  expect(jwt.length).toBe(32);
  expect(createKeyStore(given(1)).derive("jwt 1", 32)).toEqual(jwt);
  expect(keys.derive("jwt 2", 32)).not.toEqual(jwt);
  rmSync(join(keysPath, "master.id"));
  expect(createKeyStore(given(2)).derive("jwt 1", 32)).not.toEqual(jwt);
});
