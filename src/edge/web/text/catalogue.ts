import { en, type Text } from "./en.ts";

export type { Text };

/** One catalogue for each language, by its code. */
const CATALOGUES: Readonly<Record<string, Text>> = { en };

/**
 * The catalogue that a browser likes best.
 * @param accepted The Accept-Language header.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-language
 */
export function textFor(accepted: string | null): Text {
  const wanted = (accepted ?? "")
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [tag = "", quality] = part.trim().split(/;\s*q=/);
      const code = tag.trim().toLowerCase().split("-", 1)[0]!;
      return { code, quality: Number(quality ?? 1) };
    })
    .filter(({ code }) => Object.hasOwn(CATALOGUES, code))
    .toSorted((a, b) => b.quality - a.quality);
  return CATALOGUES[wanted[0]?.code ?? "en"]!;
}
