import type { Language } from "#lib/languages.ts";
import { de } from "./text/de.ts";
import { en, type LetterText } from "./text/en.ts";
import { fr } from "./text/fr.ts";

/** Everything that letters say, in each language. */
export const LETTER_TEXTS: Record<Language, LetterText> = { en, de, fr };

/** Puts values where their names stand in braces, and `unknown` for those that are missing. */
export function fillIn(
  text: string,
  values: Readonly<Record<string, string>>,
  unknown = "",
): string {
  return text.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    Object.hasOwn(values, name) ? values[name]! : unknown,
  );
}
