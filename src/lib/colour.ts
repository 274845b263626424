/** An opaque colour: red, green and blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

/** Reads `#rgb` and `#rrggbb`; null for anything else. */
export function parseColour(text: string): Colour | null {
  const [, digits] = HEX.exec(text) ?? [];
  if (digits === undefined) return null;
  const size = digits.length / 3;
  const at = (index: number) => {
    const part = digits.slice(index * size, (index + 1) * size);
    return Number.parseInt(size === 1 ? part + part : part, 16);
  };
  return [at(0), at(1), at(2)];
}

export function formatColour(colour: Colour): string {
  const hex = colour.map((part) => Math.round(part).toString(16));
  return `#${hex.map((part) => part.padStart(2, "0")).join("")}`;
}

/** From 1, the same, to 21, black on white. @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrastOf(one: Colour, other: Colour): number {
  const [light, dark] = [luminanceOf(one), luminanceOf(other)].toSorted(
    (a, b) => b - a,
  ) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminanceOf(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** So much of one colour, and the rest of the other. */
export function mixColours(one: Colour, other: Colour, share: number): Colour {
  return one.map(
    (part, index) => part * share + other[index]! * (1 - share),
  ) as unknown as Colour;
}

/**
 * The colour, or the nearest to it that can be read on all the papers: mixed
 * with as little black or white as it takes.
 */
export function toReadable(
  colour: Colour,
  papers: readonly Colour[],
  minContrast: number,
): Colour {
  const isDark = contrastOf(papers[0]!, WHITE) > contrastOf(papers[0]!, BLACK);
  const ink = isDark ? WHITE : BLACK;
  for (let share = 0; share < 1; share += 0.02) {
    const mixed = mixColours(ink, colour, share);
    // As it is written in the end, for rounding may take the last bit away.
    const written = mixed.map(Math.round) as unknown as Colour;
    if (papers.every((paper) => contrastOf(written, paper) >= minContrast)) {
      return written;
    }
  }
  return ink;
}

export const WHITE: Colour = [255, 255, 255];
export const BLACK: Colour = [0, 0, 0];
