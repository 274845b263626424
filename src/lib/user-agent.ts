import type { Language } from "./languages.ts";

/** Programs by the word that gives them away; the first that fits, because most claim to be several. */
const BROWSERS: readonly [word: RegExp, name: string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/.*\bSafari\//, "Safari"],
];
const SYSTEMS: readonly [word: RegExp, name: string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];
const LONGEST = 60;

const WORDS: Record<Language, { on: string; unknown: string }> = {
  en: { on: "on", unknown: "an unknown program" },
  de: { on: "auf", unknown: "ein unbekanntes Programm" },
  fr: { on: "sous", unknown: "un programme inconnu" },
};

/**
 * What people know a browser or program by, such as "Firefox on Windows".
 * Harmless in a letter or page, whatever it was made from.
 */
export function describeUserAgent(
  userAgent: string | null,
  language: Language = "en",
): string {
  const words = WORDS[language];
  const text = userAgent ?? "";
  const browser = BROWSERS.find(([word]) => word.test(text))?.[1];
  const system = SYSTEMS.find(([word]) => word.test(text))?.[1];
  if (browser !== undefined) {
    return system === undefined ? browser : `${browser} ${words.on} ${system}`;
  }
  const product = /^[\w.+-]+/.exec(text)?.[0].slice(0, LONGEST);
  return product ?? words.unknown;
}
