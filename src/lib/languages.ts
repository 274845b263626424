/** The languages of pages and letters, by their codes; the first is that of a server that names none. */
export const LANGUAGES = ["en", "de", "fr"] as const;

export type Language = (typeof LANGUAGES)[number];

/** True for a language that pages and letters are written in. */
export function isLanguage(code: string): code is Language {
  return (LANGUAGES as readonly string[]).includes(code);
}

/** English has its days before its months, as most readers of it do. */
const LOCALES: Record<Language, string> = { en: "en-GB", de: "de", fr: "fr" };

const UNITS: Record<Language, readonly string[]> = {
  en: ["B", "KB", "MB", "GB", "TB"],
  de: ["B", "KB", "MB", "GB", "TB"],
  fr: ["o", "Ko", "Mo", "Go", "To"],
};

const moments = new Map<Language, Intl.DateTimeFormat>();
const days = new Map<Language, Intl.DateTimeFormat>();
const numbers = new Map<string, Intl.NumberFormat>();

/** A moment to the minute, in UTC, which is said: its readers may be anywhere. */
export function momentInWords(atMs: number, language: Language): string {
  let format = moments.get(language);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(LOCALES[language], {
      ...{ day: "numeric", month: "short", year: "numeric" },
      ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
      ...{ timeZone: "UTC", timeZoneName: "short" },
    });
    moments.set(language, format);
  }
  return format.format(atMs);
}

/** A day of UTC without its year, for the marks of plots. */
export function dayInWords(atMs: number, language: Language): string {
  let format = days.get(language);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(LOCALES[language], {
      ...{ day: "numeric", month: "short", timeZone: "UTC" },
    });
    days.set(language, format);
  }
  return format.format(atMs);
}

/** A number with the language's own separators. */
export function numberInWords(
  value: number,
  language: Language,
  digits = 0,
): string {
  const key = `${language} ${digits}`;
  let format = numbers.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(LOCALES[language], {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    numbers.set(key, format);
  }
  return format.format(value);
}

/** A number of bytes as people read it: three figures, steps of a thousand. */
export function bytesInWords(bytes: number, language: Language): string {
  const units = UNITS[language];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${numberInWords(value, language, digits)} ${units[unit]}`;
}
