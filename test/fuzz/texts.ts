import type { Random } from "../support/random.ts";

/** Characters with a meaning somewhere, and some that only look as if. */
const UNITS = [
  ..."abkxzAKZ0129-._:~%/#?@&=+,;*()[]{}<>\"'\\|^` \t\r\n\0\u007f",
  ..."éßıK😀٣．。\u200b\u202e\ufeff\ud800\udfff",
  "%00",
  "%2e%2e%2f",
  "did:",
  "at://",
  "__proto__",
  "xn--",
  "://",
  "..",
  "$link",
  "\u0000",
];

/**
 * One of the examples with some characters put in, left out, said twice or many
 * times, changed in case or taken from another example.
 */
export function damageText(
  random: Random,
  examples: readonly string[],
  units: readonly string[] = [],
): string {
  let text = random.pick(examples);
  for (let edits = random.int(0, 4); edits > 0; edits--) {
    const at = random.int(0, text.length);
    const to = Math.min(text.length, at + random.int(0, 4));
    const part = text.slice(at, to);
    text =
      text.slice(0, at) +
      replacement(random, part, examples, units) +
      text.slice(to);
  }
  return text;
}

function replacement(
  random: Random,
  part: string,
  examples: readonly string[],
  units: readonly string[],
): string {
  switch (random.int(0, 6)) {
    case 0:
      return "";
    case 1:
      return part + part;
    case 2:
      return random.next() < 0.2
        ? random.pick(UNITS).repeat(random.pick([62, 63, 64, 300, 2100]))
        : part.repeat(random.int(1, 20));
    case 3:
      return part === part.toLowerCase()
        ? part.toUpperCase()
        : part.toLowerCase();
    case 4: {
      const other = random.pick(examples);
      const from = random.int(0, other.length);
      return other.slice(from, from + random.int(1, 12));
    }
    case 5:
      return part + random.pick(units.length > 0 ? units : UNITS);
    default:
      return random.pick(UNITS);
  }
}
