import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createFakeClock } from "#lib/clock.ts";
import { BlockError } from "./errors.ts";
import { isTid, parseTid, type Tid } from "./syntax.ts";
import { createTidClock, tidFromMicros, tidToMicros } from "./tid.ts";

const micros = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const clockId = fc.integer({ min: 0, max: 1023 });

describe("a TID", () => {
  test("spells a 64-bit number in base32-sortable", () => {
    // 3jzfcijpj2z2a is an example of the specification.
    const value = decodeAsBigInt("3jzfcijpj2z2a");
    const tid = tidFromMicros(Number(value >> 10n), Number(value & 1023n));
    expect(String(tid)).toBe("3jzfcijpj2z2a");
    expect(String(tidFromMicros(0, 0))).toBe("2222222222222");
    expect(String(tidFromMicros(0, 1023))).toBe("22222222222zz");
  });

  test("is that of the arithmetic with 64 bits, for every moment", () => {
    fc.assert(
      fc.property(micros, clockId, (time, id) => {
        const tid = tidFromMicros(time, id);
        expect(isTid(tid)).toBe(true);
        expect(decodeAsBigInt(tid)).toBe((BigInt(time) << 10n) | BigInt(id));
        expect(tidToMicros(tid)).toBe(time);
      }),
    );
  });

  test("sorts like its time, then its clock", () => {
    fc.assert(
      fc.property(micros, micros, clockId, clockId, (a, b, idA, idB) => {
        const order = a === b ? idA - idB : a - b;
        const left = tidFromMicros(a, idA);
        const right = tidFromMicros(b, idB);
        expect(left < right).toBe(order < 0);
      }),
    );
  });

  test("can't hold a time beyond 53 bits or before the epoch", () => {
    expect(() => tidFromMicros(2 ** 53, 0)).toThrow(BlockError);
    expect(() => tidFromMicros(-1, 0)).toThrow(BlockError);
  });
});

describe("a TID clock", () => {
  test("gives the time of its clock", () => {
    const clock = createFakeClock();
    const tids = createTidClock({ clock, clockId: 5 });
    expect(tids.next()).toBe(tidFromMicros(clock.nowMicros(), 5));
  });

  test("never repeats within a microsecond", () => {
    const tids = createTidClock({ clock: createFakeClock() });
    expectStrictlyRising(Array.from({ length: 5000 }, () => tids.next()));
  });

  test("never repeats when the time steps back", () => {
    const clock = createFakeClock();
    const tids = createTidClock({ clock });
    const steps = fc.array(fc.integer({ min: -5000, max: 5000 }));
    fc.assert(
      fc.property(steps, (moves) => {
        const made = moves.map((move) => {
          clock.advance(move);
          return tids.next();
        });
        expectStrictlyRising(made);
      }),
    );
  });

  test("follows the clock when it steps forward", () => {
    const clock = createFakeClock();
    const tids = createTidClock({ clock });
    tids.next();
    clock.advance(60_000);
    expect(tidToMicros(tids.next())).toBe(clock.nowMicros());
  });

  test("goes above the TID that is given, whichever clock made it", () => {
    const clock = createFakeClock();
    const tids = createTidClock({ clock, clockId: 0 });
    const ahead = tidFromMicros(clock.nowMicros() + 1_000_000, 1023);
    const next = tids.next(ahead);
    expect(next > ahead).toBe(true);
    expect(tids.next(next) > next).toBe(true);
    const behind = tidFromMicros(clock.nowMicros() - 1_000_000, 1023);
    expect(tidToMicros(tids.next(behind))).toBe(clock.nowMicros());
  });

  test("is not dragged along by one head that is far ahead", () => {
    const clock = createFakeClock();
    const tids = createTidClock({ clock });
    tids.next(tidFromMicros(clock.nowMicros() * 2, 0));
    expect(tidToMicros(tids.next())).toBe(clock.nowMicros());
    expect(tidToMicros(tids.next(null))).toBe(clock.nowMicros() + 1);
  });

  test("says so when nothing is above the TID that is given", () => {
    const tids = createTidClock({ clock: createFakeClock() });
    const last = parseTid("jzzzzzzzzzzzz");
    expect(() => tids.next(last)).toThrow(BlockError);
  });
});

function expectStrictlyRising(tids: Tid[]): void {
  for (let i = 1; i < tids.length; i++) {
    if (tids[i]! <= tids[i - 1]!) {
      throw new Error(`${tids[i]} follows ${tids[i - 1]}`);
    }
  }
}

function decodeAsBigInt(tid: string): bigint {
  const alphabet = "234567abcdefghijklmnopqrstuvwxyz";
  let value = 0n;
  for (const char of tid) value = value * 32n + BigInt(alphabet.indexOf(char));
  return value;
}
