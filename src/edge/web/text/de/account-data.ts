import type { AccountDataText } from "#edge/web/text/en.ts";

export const accountData: AccountDataText = {
  activity: {
    title: "Aktivität",
    hint: "Was dieser Server dem Netz über Ihr Konto gesagt hat, so weit zurück, wie er es aufbewahrt: jede Änderung Ihrer Einträge und dessen, wer und wo Sie sind. Ist etwas dabei, was keine Ihrer Anwendungen getan hat?",
    access: "Sehen Sie nach, wer Zugriff hat.",
    caption: "Was dem Netz gesagt wurde, das Neueste zuerst",
    refresh: "Noch einmal nachsehen",
    number: "Nummer",
    what: "Was",
    rev: "Revision",
    when: "Wann",
    more: (count) => `und ${count} weitere`,
    empty: "Ein Commit, der keinen Eintrag ändert",
    unreadable: "Nicht zu lesen",
    kinds: {
      commit: "Einträge geändert",
      sync: "Das Repository wurde neu gemeldet",
      identity: "Identität geändert",
      account: "Zustand des Kontos",
      import: "Ein Repository wurde eingesetzt",
    },
    actions: { create: "Angelegt", update: "Geändert", delete: "Gelöscht" },
  },
  jobs: {
    states: {
      queued: "Wartet, bis es an der Reihe ist",
      running: "Im Gange",
      done: "Fertig",
      failed: "Aufgegeben",
      cancelled: "Angehalten",
    },
    doneOf: (done, total) => `${done} von ${total}`,
    doneIn: (time) => `Es dürfte ${time} fertig sein.`,
    goesOn: (time) =>
      `Es wartet, bis Ihr Konto wieder mehr schreiben darf, und geht ${time} weiter.`,
    survives: "Es geht weiter, wenn Sie diese Seite schließen.",
    refresh: "Nachsehen, wie weit es ist",
    stop: "Anhalten",
  },
  repo: {
    title: "Einträge",
    collections: "Sammlungen",
    collection: "Sammlung",
    records: "Einträge",
    state: "Das Repository",
    did: "Kennung",
    commit: "Letzter Commit",
    rev: "Revision",
    back: "Alle Sammlungen",
    backTo: (collection) => `Alles aus ${collection}`,
    newRecord: "Neuer Eintrag",
    newHere: "Hier ein neuer Eintrag",
    order:
      "Höchster Schlüssel zuerst; das ist der neueste, wo Schlüssel Zeiten sind",
    key: "Schlüssel",
    keyHint: "Bleibt er leer, wird einer erzeugt.",
    content: "Inhalt",
    size: "Größe",
    uri: "Adresse",
    cid: "CID",
    raw: "Wie andere ihn bekommen",
    rawLink: "JSON",
    edit: "Bearbeiten",
    editing: (rkey) => `${rkey} bearbeiten`,
    json: "Eintrag als JSON",
    save: "Speichern",
    delete: "Löschen",
    takenDown: "Gesperrt",
    takenDownHint:
      "Der Betreiber hat diesen Eintrag gesperrt. Nur Sie sehen ihn.",
    unreadable: "Die Bytes dieses Eintrags sind nicht zu lesen.",
    large: "Dieser Eintrag ist zu groß, um hier gezeigt zu werden.",
    byNow: "Was jetzt dort steht",
    ends: {
      newest: "Neueste",
      newer: "Neuere",
      older: "Ältere",
      oldest: "Älteste",
    },
    deleteChosen: "Angehakte löschen",
    deleteAll: "Ganze Sammlung löschen",
    reviewTitle: "Einträge löschen?",
    reviewCount: (count, collection) =>
      count === 1
        ? `Ein Eintrag aus ${collection} wird gelöscht.`
        : `${count.toLocaleString("de")} Einträge aus ${collection} werden gelöscht.`,
    andMore: (count) => `und ${count.toLocaleString("de")} weitere`,
    reviewHint:
      "Das lässt sich nicht rückgängig machen. Anwendungen und andere Server erfahren davon, aber niemand kann sie zwingen zu vergessen, was sie kopiert haben. Wenn Sie es vielleicht zurückhaben wollen, laden Sie zuerst Ihre Daten herunter.",
    typeName: (collection) => `Geben Sie ${collection} ein, um weiterzugehen`,
    typedWrong:
      "Was Sie eingegeben haben, ist nicht der Name der Sammlung. Es wurde nichts gelöscht.",
    inactive: "Ihr Konto ist nicht aktiv; deshalb kann nichts gelöscht werden.",
    deleteNow: "Löschen",
    keep: "Behalten",
    deleting: (collection) => `Löschen aus ${collection}`,
    pace: "Es geht langsam, damit Relays diesen Server weiter lesen, und lässt Ihnen Raum, inzwischen zu schreiben.",
  },
  media: {
    title: "Medien",
    file: "Datei",
    type: "Art",
    size: "Größe",
    usedBy: "Benutzt von",
    unused: "Unbenutzt",
    takenDown: "Gesperrt",
    picture: (cid) => `Bild ${cid}`,
    uploaded: "Hochgeladen",
    usage: (count, size) =>
      count === 1
        ? `Eine Datei, ${size} auf der Festplatte.`
        : `${count.toLocaleString("de")} Dateien, zusammen ${size} auf der Festplatte.`,
    filter: "Welche Dateien",
    shows: {
      all: "Alle",
      used: "Benutzte",
      unused: "Unbenutzte",
      missing: "Fehlende",
    },
    captions: {
      all: "Alle Dateien",
      used: "Dateien, die Einträge nennen",
      unused: "Dateien, die kein Eintrag nennt",
    },
    noneYet: "Unter den bisher angesehenen ist keine; es gibt noch mehr.",
    remove: "Entfernen",
    removeName: (cid) => `Datei ${cid} entfernen`,
    notRemoved:
      "Diese Datei ist noch da: Ein Eintrag nennt sie, oder sie wurde vor weniger als einer Stunde hochgeladen, und ein Eintrag könnte unterwegs sein.",
    cleaning: "Unbenutzte Dateien werden entfernt",
    removed: (count, size) =>
      `Bisher ${count.toLocaleString("de")} entfernt, ${size}.`,
    unusedHint:
      "Uploads, die kein Eintrag nennt, werden einige Stunden später von selbst entfernt.",
    clean: "Unbenutzte Uploads jetzt entfernen",
    missing: "Fehlende Dateien",
    missingHint:
      "Ihre Einträge nennen sie, und sie sind nicht hier; andere sehen also eine Lücke. Meist wurde ein Umzug von einem anderen Server nicht beendet: Die Anwendung, mit der Sie umgezogen sind, kann sie noch einmal senden.",
  },
  data: {
    title: "Herunterladen und einspielen",
    export: "Mitnehmen",
    exportHint:
      "Ihr Repository enthält alle Ihre Einträge, unterschrieben und in der Form, die jeder Server des Netzes liest. Ihre Einstellungen sind eine eigene Datei.",
    all: "Alles herunterladen (tar)",
    allHint:
      "Alles ist eine Datei mit dem Repository (repo.car), den Einstellungen und allen Ihren Medien, jedes unter seiner CID. Jedes System kann sie auspacken. Was nicht hier ist, steht in missing.txt.",
    car: "Mein Repository herunterladen (CAR)",
    preferences: "Meine Einstellungen herunterladen",
    import: "Hierher bringen",
    importHint:
      "Eine CAR-Datei Ihres eigenen Repositorys tritt an die Stelle aller Einträge, die hier sind. Sie wird zuerst geprüft, und nichts ändert sich, wenn nicht alles stimmt. Laden Sie vorher herunter, was hier ist.",
    file: "CAR-Datei",
    importNow: "Meine Einträge damit ersetzen",
    imported: "Es ist jetzt hier",
    records: "Einträge",
    blocks: "Übernommene Blöcke",
    unreferenced: "Weggelassene Blöcke, auf die nichts verweist",
    rev: "Revision",
  },
};
