import { describe, expect, test } from "bun:test";
import { scryptSync } from "node:crypto";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import { createHashQueue } from "./hash-queue.ts";
import { createPasswords, hashAppPassword } from "./passwords.ts";

const cheap = { memoryKib: 8, iterations: 1 };
const passwords = createPasswords({ cost: cheap });

describe("a password", () => {
  test("is kept as argon2id and recognised", async () => {
    const hash = await passwords.hash("correct horse");
    expect(hash).toStartWith("$argon2id$v=19$m=8,t=1,p=1$");
    expect(await passwords.verify("correct horse", hash)).toEqual({
      isCorrect: true,
      isOutdated: false,
    });
    expect((await passwords.verify("wrong", hash)).isCorrect).toBe(false);
    expect((await passwords.verify("", hash)).isCorrect).toBe(false);
  });

  test("of an account that isn't there is never right", async () => {
    expect(await passwords.verify("anything", null)).toEqual({
      isCorrect: false,
      isOutdated: false,
    });
  });

  test("hashed at another cost is recognised as outdated", async () => {
    const old = createPasswords({ cost: { memoryKib: 16, iterations: 2 } });
    const hash = await old.hash("correct horse");
    expect(await passwords.verify("correct horse", hash)).toEqual({
      isCorrect: true,
      isOutdated: true,
    });
  });

  test("in the scrypt form of the reference server is recognised as outdated", async () => {
    const salt = "00112233445566778899aabbccddeeff";
    const key = scryptSync("correct horse", salt, 64).toString("hex");
    const hash = `${salt}:${key}`;
    expect(await passwords.verify("correct horse", hash)).toEqual({
      isCorrect: true,
      isOutdated: true,
    });
    expect((await passwords.verify("wrong", hash)).isCorrect).toBe(false);
  });

  test("that is wrong costs the same argon2id computation, whatever is stored", async () => {
    const done: string[] = [];
    const counting = createPasswords({
      cost: cheap,
      hashing: {
        async argon2id() {
          throw new Error("nothing is hashed to say no");
        },
        async isArgon2id(_password, hash) {
          done.push(hash.slice(0, "$argon2id$v=19$m=8,t=1,p=1$".length));
          return false;
        },
        scrypt: async () => Buffer.alloc(64, 1),
      },
    });
    const current = "$argon2id$v=19$m=8,t=1,p=1$";
    const imported = `${"0".repeat(32)}:${"0".repeat(128)}`;
    for (const hash of [`${current}c2FsdA$aGFzaA`, imported, null]) {
      done.length = 0;
      expect((await counting.verify("wrong", hash)).isCorrect).toBe(false);
      expect([hash, done]).toEqual([hash, [current]]);
    }
    // Of another cost: its own, and beside it what all others take.
    done.length = 0;
    const old = "$argon2id$v=19$m=4,t=1,p=1$c2FsdA$aGFzaA";
    await counting.verify("wrong", old);
    expect(done).toEqual(["$argon2id$v=19$m=4,t=1,p=1$", current]);
  });

  test("longer than 512 characters is refused without any work", async () => {
    const none = createPasswords({ cost: cheap, slots: 0, maxWaiting: 0 });
    expect((await none.verify("x".repeat(513), null)).isCorrect).toBe(false);
    await expect(none.verify("x".repeat(512), null)).rejects.toThrow(XrpcError);
  });

  test("for an app depends on the account", () => {
    const alice = hashAppPassword("did:plc:alice" as Did, "abcd");
    expect(alice).toBe(hashAppPassword("did:plc:alice" as Did, "abcd"));
    expect(alice).not.toBe(hashAppPassword("did:plc:bob" as Did, "abcd"));
  });
});

test("costly work is done a few at a time, the rest waits or is refused", async () => {
  const queue = createHashQueue({ slots: 2, maxWaiting: 1 });
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  let running = 0;
  let most = 0;
  const runs = gates.map((gate, i) =>
    queue.run(async () => {
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
      return i;
    }),
  );
  const refused = await queue.run(async () => 9).catch((error) => error);
  expect(refused).toBeInstanceOf(XrpcError);
  expect(refused.status).toBe(503);
  for (const gate of gates) gate.resolve();
  expect(await Promise.all(runs)).toEqual([0, 1, 2]);
  expect(most).toBe(2);
  expect(await queue.run(async () => "free")).toBe("free");
});

test("who asks for much keeps nobody else waiting, nor out", async () => {
  const queue = createHashQueue({ slots: 1, maxWaiting: 4 });
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const refused: string[] = [];
  const ask = (name: string, line: string) =>
    queue
      .run(async () => void order.push(name), line)
      .catch(({ status }) => void refused.push(`${name} ${status}`));
  const first = queue.run(() => gate.promise, "a");
  const flood = ["a1", "a2", "a3", "a4", "a5"].map((name) => ask(name, "a"));
  const others = [ask("b1", "b"), ask("c1", "c"), ask("b2", "b")];
  gate.resolve();
  await Promise.all([first, ...flood, ...others]);
  expect(order).toEqual(["a1", "b1", "c1", "a2"]);
  // The latest of the longest line goes, and never for one as long.
  expect(refused.sort()).toEqual(["a3 503", "a4 503", "a5 503", "b2 503"]);
});
