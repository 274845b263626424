import { BlockError } from "#repo/errors.ts";
import type { Target } from "../engine.ts";
import { bytesOf, textOf } from "../expect.ts";
import { randomBytes } from "../bytes.ts";
import { damageText } from "../texts.ts";

/** Parsers with a fault each, to see that it is found. */

function bytes(name: string, check: (bytes: Uint8Array) => boolean): Target {
  return {
    name,
    make: (random) => randomBytes(random, 40),
    check: (input) => check(bytesOf(input)),
  };
}

export const PLANTED: readonly Target[] = [
  bytes("throws what is no refusal", (input) => {
    const at = input.indexOf(0xfb);
    if (at >= 0 && input[at + 1]! > 0x7f) throw new TypeError("a float");
    return input.length % 2 === 0;
  }),
  bytes("writes another spelling", (input) => {
    if (input.includes(0x18)) throw new Error("bytes: hex 17, not hex 18");
    return false;
  }),
  {
    name: "never ends",
    make: (random) => damageText(random, ["did:plc:abc"]),
    check(input) {
      const text = textOf(input);
      if (text.length > 3) while (text.startsWith("did:plc:abc"));
      return false;
    },
  },
  {
    name: "takes long",
    make: (random) => damageText(random, ["at://alice.test"]),
    check(input) {
      if (textOf(input).includes("//")) burn(80_000);
      return false;
    },
  },
  bytes("refuses as it should", (input) => {
    try {
      throw new BlockError("no");
    } catch {
      return input[0]! > 127;
    }
  }),
];

/** Uses the processor for so long, however often others have it meanwhile. */
function burn(micros: number): void {
  const begun = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(begun);
    if (user + system >= micros) return;
  }
}
