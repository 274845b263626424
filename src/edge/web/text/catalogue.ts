import { isLanguage, type Language, LANGUAGES } from "#lib/languages.ts";
import { de } from "./de.ts";
import { en, type Text } from "./en.ts";
import { fr } from "./fr.ts";

export type { Text };

/** One catalogue for each language, by its code. */
const CATALOGUES: Record<Language, Text> = { en, de, fr };

/** What something with a name of its own is called in words; the name itself where there are none. */
export function nameIn(
  names: Readonly<Record<string, string>>,
  name: string,
): string {
  return Object.hasOwn(names, name) ? names[name]! : name;
}

/** What each language is called in itself. */
export const LANGUAGE_NAMES = LANGUAGES.map((code) => ({
  code,
  name: CATALOGUES[code].name,
}));

export function textIn(language: Language): Text {
  return CATALOGUES[language];
}

/**
 * The catalogue that a browser likes best.
 * @param chosen what somebody chose on a page; it counts more.
 * @param accepted the Accept-Language header.
 * @param otherwise for a browser that likes none that there is.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-language
 */
export function textFor(
  accepted: string | null,
  chosen?: string | null,
  otherwise: Language = LANGUAGES[0],
): Text {
  if (chosen && isLanguage(chosen)) return CATALOGUES[chosen];
  const wanted = (accepted ?? "")
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [tag = "", quality] = part.trim().split(/;\s*q=/);
      const code = tag.trim().toLowerCase().split("-", 1)[0]!;
      return { code, quality: Number(quality ?? 1) };
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .find(({ code }) => isLanguage(code));
  const code = wanted?.code ?? otherwise;
  return CATALOGUES[isLanguage(code) ? code : otherwise];
}
