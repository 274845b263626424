import { randomInt } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { BlockError } from "./errors.ts";
import type { Tid } from "./syntax.ts";

/**
 * Timestamp identifiers: 53 bits of microseconds and 10 bits that tell clocks
 * apart, as 13 characters that sort like the number.
 * @see https://atproto.com/specs/tid
 */

const ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"; // base32-sortable
// 64 bits are 13 characters of 5 bits with one bit to spare; the clock id is the
// last two characters exactly, so that no arithmetic needs more than 53 bits.
const MICROS_CHARS = 11;
const CLOCK_ID_CHARS = 2;
export const MAX_CLOCK_ID = 1023;

/**
 * The TID of that moment.
 * @param micros microseconds since the Unix epoch, 0 to 2^53 - 1.
 * @param clockId 0 to 1023.
 */
export function tidFromMicros(micros: number, clockId: number): Tid {
  if (!Number.isSafeInteger(micros) || micros < 0) {
    throw new BlockError(`no TID can hold ${micros} microseconds`);
  }
  return (spell(micros, MICROS_CHARS) + spell(clockId, CLOCK_ID_CHARS)) as Tid;
}

function spell(value: number, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    text = ALPHABET[value % 32]! + text;
    value = Math.floor(value / 32);
  }
  return text;
}

/**
 * Microseconds since the Unix epoch. Above 2^53 - 1 (the year 2255), which the
 * grammar of TIDs allows, it is off by one at most.
 */
export function tidToMicros(tid: Tid): number {
  let micros = 0;
  for (let i = 0; i < MICROS_CHARS; i++) {
    micros = micros * 32 + ALPHABET.indexOf(tid[i]!);
  }
  return micros;
}

export interface TidClock {
  /**
   * A TID of now, above all that `next()` has returned and above `after`.
   * When `after` lies ahead of the clock the answer is one microsecond above it,
   * and later answers for others are not pushed ahead: the same `after` then
   * gives the same TID again, so pass the last one used.
   * @throws BlockError when no TID is above `after`.
   */
  next(after?: Tid | null): Tid;
}

/**
 * A source of TIDs that never repeats one, also when the clock steps back or
 * two calls fall into one microsecond.
 * @param deps.clockId 0 to 1023; random unless given, as the specification asks.
 */
export function createTidClock(deps: {
  clock: Clock;
  clockId?: number;
}): TidClock {
  const clockId = deps.clockId ?? randomInt(MAX_CLOCK_ID + 1);
  let lastMicros = -1;
  return {
    next(after) {
      const micros = Math.max(deps.clock.nowMicros(), lastMicros + 1);
      if (after) {
        const above = tidToMicros(after) + 1;
        // One account with a head far in the future must not take all with it.
        if (above > micros) return tidFromMicros(above, clockId);
      }
      lastMicros = micros;
      return tidFromMicros(micros, clockId);
    },
  };
}
