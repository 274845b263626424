import type { Text } from "#edge/web/text/en.ts";

export const shell: Text["shell"] = {
  skip: "Zum Inhalt springen",
  menu: "Menü",
  signOut: "Abmelden",
  switchTo: (handle) => `Zu @${handle} wechseln`,
  pages: "Seiten der Liste",
  next: "Nächste Seite",
  first: "Zurück zum Anfang",
  language: "Sprache",
  terms: "Nutzungsbedingungen",
  privacy: "Datenschutz",
  support: "Hilfe",
  contact: "An den Betreiber schreiben",
  faults: "Bitte sehen Sie sich das noch einmal an:",
  none: "Hier ist noch nichts.",
  about: (name, of) => `${name}: ${of}`,
  plotNothing: (name) => `${name}: nichts gemessen.`,
  plotSays: ({ name, latest, highest, at }) =>
    `${name}: zuletzt ${latest}, höchstens ${highest} (${at}).`,
  csv: "Alles als Tabelle herunterladen (CSV)",
};
