import type { AdminHostText } from "#edge/web/text/en.ts";

const decimal = (value: number) => value.toLocaleString("de");

export const adminHost: AdminHostText = {
  storage: {
    title: "Speicher",
    space: "Platz",
    free: "Frei",
    freeOf: (free, all) => `${free} von ${all}`,
    growth: "Wachstum",
    unknown: "nach zwei Tagen bekannt",
    perDay: (bytes) => `${bytes} am Tag`,
    forecast: "Voll",
    noForecast: "nicht in Sicht",
    days: (count) => `in etwa ${count} Tagen`,
    blobs: "Dateien",
    blobsOf: (count, bytes) => `${count}, ${bytes}`,
    repos: "Repositorys",
    accountDb: "Konten (account.sqlite)",
    sequencerDb: "Protokoll (sequencer.sqlite)",
    measure: "Jetzt alle Konten messen",
    checks: "Ob alles heil ist",
    checksHint:
      "Jeder Eintrag, jeder Block und jede Datei wird mit Signatur, Verzeichnis und Log verglichen, so wie sie in einem Augenblick sind. Nichts wird verändert, und die Konten schreiben weiter.",
    checkAll: "Alle Repositorys prüfen",
    checkNever: "In letzter Zeit wurden sie nicht geprüft.",
    checkGood: (done, all) =>
      done === all
        ? `Alle ${all} Repositorys sind heil.`
        : `${done} von ${all} Repositorys wurden angesehen und sind heil.`,
    checkBad: (bad, done) =>
      `${bad} der ${done} angesehenen Repositorys haben Fehler.`,
    checkLook: "Auftrag ansehen",
    plot: "Was die größten Konten belegen",
    plotSays: (handle, size) => `@${handle}: ${size}.`,
    largest: "Größte Konten",
    largestHint:
      "Dateien zählen, wie sie kommen; Repositorys werden jede Stunde gemessen",
    account: "Konto",
    repo: "Repository",
    files: "Zahl der Dateien",
    records: "Einträge",
  },
  logs: {
    title: "Protokoll",
    level: "Stufe",
    levels: {
      debug: "Alles",
      info: "Was geschieht",
      warn: "Warnungen",
      error: "Fehler",
    },
    search: "Enthält",
    find: "Zeigen",
    caption: "Die letzten Zeilen, die neueste zuerst; Zeiten in UTC",
    time: "Zeit",
    event: "Ereignis",
    fields: "Mehr",
    written: "Wie viel geschrieben wird",
    writtenHint: (level) =>
      `Das Protokoll wird ab der Stufe „${level}“ geschrieben. Eine Änderung gilt sofort.`,
    writeFrom: "Schreiben",
    change: "Ändern",
  },
  jobs: {
    title: "Aufträge",
    queue: "Aufträge",
    queueHint: "Der neueste zuerst; nach einem Neustart gehen sie weiter",
    job: "Auftrag",
    state: "Zustand",
    states: {
      queued: "Wartet",
      running: "Läuft",
      done: "Fertig",
      failed: "Gescheitert",
      cancelled: "Abgebrochen",
    },
    progress: "Fortschritt",
    made: "Begonnen",
    chores: "Von selbst",
    choresHint: "Was der Server hin und wieder tut",
    chore: "Arbeit",
    every: "Alle",
    interval: (ms) =>
      ms < 60_000
        ? `${decimal(ms / 1000)} s`
        : ms < 3_600_000
          ? `${decimal(ms / 60_000)} min`
          : `${decimal(ms / 3_600_000)} h`,
    last: "Zuletzt",
    notYet: "seit dem Start noch nicht",
    fine: "Gut",
    took: (ms) => `(${decimal(ms)} ms)`,
    run: "Jetzt ausführen",
    runOne: (name) => `Jetzt ausführen: ${name}`,
    gone: "Diesen Auftrag gibt es nicht mehr",
    goneHint: "Aufträge werden nach ihrem Ende einen Monat lang aufbewahrt.",
    inVain: "Vergeblich oder mit Fehlern",
    due: "Fällig",
    ended: "Beendet",
    tries: "Versuche",
    error: "Letzter Fehler",
    goesOn: "Die Arbeit geht weiter, wenn Sie diese Seite schließen.",
    refresh: "Noch einmal nachsehen",
    cancel: "Abbrechen",
    back: "Alle Aufträge",
    failedHint: "Konten, bei denen etwas nicht stimmte, höchstens fünfzig",
    account: "Konto",
    why: "Warum",
  },
};
