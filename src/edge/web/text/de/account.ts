import type { Text } from "#edge/web/text/en.ts";
import { accountData } from "./account-data.ts";
import { accountSelf } from "./account-self.ts";
import { letters } from "./letters.ts";
import { security } from "./security.ts";

export const account: Text["account"] = {
  sections: {
    you: "",
    security: "Anmeldung und Zugriff",
    data: "Ihre Daten",
    more: "Mehr",
  },
  overview: {
    title: "Ihr Konto",
    allIsWell: "Mit Ihrem Konto ist alles in Ordnung.",
    identity: "Wer Sie sind",
    handle: "Handle",
    did: "Kennung",
    status: "Zustand",
    email: "E-Mail",
    noEmail: "keine",
    confirmed: "Bestätigt",
    unconfirmed: "Nicht bestätigt",
    since: "Hier seit",
    listing: {
      title: "Auf der ersten Seite dieses Servers",
      shown: "Für alle zu sehen, mit Name und Bild.",
      notShown: "Nicht zu sehen.",
      show: "Dort zeigen",
      hide: "Nicht mehr zeigen",
    },
    records: "Einträge",
    media: "Medien",
    onDisk: (size) => `${size} auf der Platte`,
    relays: "Was das Netz von Ihnen sieht",
    relaysHint:
      "Relays lesen diesen Server und geben weiter, was Sie schreiben. Das sagen sie über Ihr Konto, gefragt vor höchstens einer Minute.",
    relaysCaption: "Relays, denen dieser Server von seinen Konten erzählt",
    lastCommit: "Ihre letzte Änderung ist von",
    noRelays:
      "Dieser Server ist so eingestellt, dass er keinem Relay etwas sagt; deshalb hört sonst niemand davon.",
    relay: "Relay",
    relayState: "Was es sagt",
    seen: "Neueste Änderung, die es hat",
    notSaid: "nicht gesagt",
    checkAgain: "Alles noch einmal prüfen",
    relayStates: {
      current: "Hat alles",
      "catching-up": "Holt auf",
      behind: "Liegt zurück",
      known: "Kennt Sie",
      inactive: "Hält Sie für inaktiv",
      unknown: "Kennt Sie nicht",
      unsupported: "Beantwortet diese Frage nicht",
      unreachable: "Nicht zu erreichen",
    },
    statuses: {
      active: "Aktiv",
      deactivated: "Ruht",
      takendown: "Gesperrt",
      suspended: "Vorübergehend gesperrt",
      creating: "Wird angelegt",
      deleted: "Gelöscht",
    },
    handleStates: {
      good: "Stimmt in beide Richtungen",
      bad: "Funktioniert nicht",
      forward: {
        ours: "Der Handle führt zu Ihnen: Dieser Server antwortet für ihn.",
        dns: "Der Handle führt zu Ihnen: Ein DNS-Eintrag sagt es.",
        https: "Der Handle führt zu Ihnen: Seine Website sagt es.",
        nowhere:
          "Der Handle führt nirgendwohin: Weder sein DNS noch seine Website nennt Sie.",
        conflict:
          "Der Handle führt nirgendwohin: Sein DNS nennt mehrere Konten, und es darf nur eines sein.",
        other: (did) => `Der Handle führt zu jemand anderem, ${did}.`,
      },
      backward: {
        claimed: "Ihr DID-Dokument nennt den Handle.",
        nothing: "Ihr DID-Dokument nennt keinen Handle.",
        unreachable:
          "Ihr DID-Dokument ist gerade nicht zu lesen; diese Richtung ist also unbekannt.",
        other: (handle) =>
          `Ihr DID-Dokument nennt einen anderen Handle, @${handle}.`,
      },
    },
    warnings: {
      takendown:
        "Ihr Konto wurde vom Betreiber gesperrt. Ihre Daten können Sie trotzdem mitnehmen.",
      deactivated:
        "Ihr Konto ruht: Niemand sieht es, und Sie können nichts schreiben.",
      deleteAfter: "Gelöscht wird es nach dem",
      identity: (part, found, expected) =>
        `Ihr DID-Dokument nennt als ${part} ${found ?? "nichts"}; dort muss ${expected} stehen, sonst findet niemand, was Sie hier schreiben.`,
      handle:
        "Ihr Handle funktioniert nicht; andere sehen Sie deshalb als handle.invalid.",
      relay: {
        behind: (host) => `${host} hat Ihre neuesten Änderungen nicht.`,
        unknown: (host) => `${host} kennt Ihr Konto nicht.`,
        inactive: (host) => `${host} hält Ihr Konto für inaktiv.`,
      },
      missingBlobs:
        "Einige Ihrer Einträge nennen Bilder oder Dateien, die nicht auf diesem Server sind.",
      noEmail:
        "Es gibt keine E-Mail-Adresse; Sie können also weder ein neues Passwort setzen, wenn Sie Ihres verlieren, noch Ihr Konto löschen.",
      unconfirmed:
        "Ihre E-Mail-Adresse ist nicht bestätigt. Wenn sie falsch ist, können Sie kein neues Passwort setzen.",
    },
    fixes: {
      takendown: "Meine Daten mitnehmen",
      activate: "Mein Konto aktivieren",
      identity: "Meine Identität ansehen",
      handle: "Meinen Handle reparieren",
      announce: "Mein Konto neu ankündigen",
      missingBlobs: "Zeigen, was fehlt",
      noEmail: "Adresse hinzufügen",
      confirm: "Code senden",
    },
  },
  apps: {
    title: "Apps und Sitzungen",
    apps: "Anwendungen, die Sie eingelassen haben",
    appsHint:
      "Sie haben sich auf einer Seite dieses Servers angemeldet und Ihr Passwort nie gesehen. Wenn Sie den Zugriff zurücknehmen, gilt das sofort.",
    app: "Anwendung",
    may: "Darf",
    onlyName: "Erfahren, wer Sie sind, und sonst nichts.",
    lastUsed: "Zuletzt benutzt",
    since: "Seit",
    revoke: "Zugriff zurücknehmen",
    revokeName: (app) => `${app} den Zugriff nehmen`,
    passwords: "App-Passwörter",
    passwordsHint:
      "Für Anwendungen, die nach einem Passwort fragen. Damit lässt sich Ihr Konto nicht ändern, und Sie können jedes einzeln zurücknehmen.",
    newPassword: "Neues App-Passwort",
    name: "Name",
    kind: "Darf",
    created: "Angelegt",
    kinds: {
      plain: "Alles außer privaten Nachrichten und einem Umzug des Kontos",
      privileged: "Alles, auch private Nachrichten, aber nicht Ihr Konto",
    },
    delete: "Löschen",
    deleteName: (name) => `App-Passwort ${name} löschen`,
    sessions: "Mit einem Passwort angemeldet",
    sessionsHint:
      "Anwendungen, die nach Ihrem Passwort oder einem App-Passwort gefragt haben.",
    by: "Mit",
    mainPassword: "Ihrem Hauptpasswort",
    appPassword: (name) => `dem App-Passwort „${name}“`,
    end: "Beenden",
    endName: (by) => `Sitzung mit ${by} beenden`,
    endAll: "Alle beenden",
    browsers: "Browser",
    browsersHint: "Wo Sie auf den Seiten dieses Servers angemeldet sind.",
    browser: "Browser",
    from: "Von",
    seen: "Zuletzt gesehen",
    thisOne: "Dieser",
    untilClosed: "bis er geschlossen wird",
    signOut: "Abmelden",
    signOutName: (browser) => `${browser} abmelden`,
    signOutOthers: "Überall sonst abmelden",
  },
  newPassword: {
    title: "Neues App-Passwort",
    hint: "Geben Sie jeder Anwendung ein eigenes; dann können Sie eines zurücknehmen und die anderen lassen.",
    name: "Wofür ist es?",
    nameHint: "Ein Name für Sie selbst, etwa der der Anwendung.",
    kind: "Was darf es?",
    plain: "Alles außer privaten Nachrichten und einem Umzug des Kontos",
    privileged: "Auch private Nachrichten",
    limited: "Nur das hier:",
    limits: {
      posts: "Beiträge schreiben",
      likes: "Liken, reposten und folgen",
      profile: "Ihr Profil ändern",
      media: "Bilder und Filme hochladen",
      read: "Feeds und Benachrichtigungen über diesen Server lesen",
    },
    more: "Mehr, in den Worten von OAuth",
    moreHint: "Scopes, durch Leerzeichen getrennt, etwa repo:com.example.note",
    submit: "Anlegen",
    made: "Ihr neues App-Passwort",
    madeHint:
      "Kopieren Sie es jetzt: Es wird nur dieses eine Mal gezeigt, und niemand kann es später nachsehen.",
    forName: "Für",
    done: "Ich habe es kopiert",
  },
  delegation: {
    title: "Wer für Sie handelt",
    granted: "Wer für dieses Konto handeln darf",
    grantedHint:
      "Diese Leute melden sich mit ihrem eigenen Passwort bei einer Anwendung an und handeln in Ihrem Namen. Was Sie zurücknehmen, endet sofort.",
    delegate: "Person",
    account: "Konto",
    may: "Darf",
    expires: "Bis",
    since: "Seit",
    noEnd: "Bis Sie es zurücknehmen",
    over: "Abgelaufen",
    revoke: "Zurücknehmen",
    revokeName: (who) => `Zurücknehmen, was ${who} darf`,
    grant: "Jemanden für dieses Konto handeln lassen",
    never:
      "Was Sie auch wählen: An Ihr Passwort, Ihre E-Mail-Adresse, Ihre zweiten Faktoren, App-Passwörter, Ihren Handle, Ihre Schlüssel und das Ende des Kontos kommt niemand heran, und niemand kann andere einlassen.",
    who: "Handle oder DID",
    whoHint:
      "Des eigenen Kontos, hier oder auf einem anderen Server. Wen Sie schon einmal genannt haben, der bekommt dies anstelle des Bisherigen.",
    level: "Was ist erlaubt?",
    levels: {
      viewer: {
        name: "Ansehen.",
        may: "Lesen, was Sie in Bluesky sehen: Ihre Feeds, Benachrichtigungen und Einstellungen. Nichts schreiben.",
      },
      editor: {
        name: "Schreiben.",
        may: "Auch Beiträge schreiben, liken, folgen, Einträge löschen und Dateien hochladen, aber keine Einstellungen ändern.",
      },
      manager: {
        name: "Verwalten.",
        may: "Alles, was eine Anwendung von Ihnen könnte, mit privaten Nachrichten und Einstellungen.",
      },
      custom: {
        name: "Nur, was ich nenne.",
        may: "Rechte in den Worten von OAuth, unten eingetippt.",
      },
    },
    scopes: "Rechte, wenn Sie sie selbst nennen",
    scopesHint: "Durch Leerzeichen getrennt, etwa repo:com.example.note",
    until: "Letzter Tag (freiwillig)",
    untilHint: "Bis zum Ende dieses Tages, nach UTC.",
    submit: "Für mich handeln lassen",
    cancel: "Abbrechen",
    received: "Konten, für die Sie handeln dürfen",
    receivedHint:
      "Melden Sie sich bei einer Anwendung mit dem Namen des Kontos an, und wählen Sie, mit einem eigenen Konto dafür zu handeln.",
    renounce: "Zurückgeben",
    renounceName: (name) => `Zurückgeben, was Sie für ${name} dürfen`,
  },
  ...accountData,
  ...accountSelf,
  letters,
  done: {
    ...security.done,
    "code-sent":
      "Wir haben Ihnen eine E-Mail mit einem Code gesendet. Er gilt 15 Minuten.",
    "email-confirmed": "Ihre E-Mail-Adresse ist bestätigt.",
    "email-changed":
      "Ihre E-Mail-Adresse ist geändert. Bestätigen Sie die neue mit einem Code.",
    "letters-chosen":
      "Ihre Wahl ist gespeichert. Auch eine E-Mail sagt es Ihnen, falls sie nicht von Ihnen kam.",
    "letters-kept": "Das war schon Ihre Wahl.",
    cleaned: "Uploads, die seit einer Stunde nichts benutzt, sind gelöscht.",
    "file-removed": "Die Datei ist entfernt.",
    cleaning: "Unbenutzte Dateien werden entfernt.",
    "cleaning-stopped":
      "Angehalten. Was bis dahin entfernt war, bleibt entfernt.",
    "checkup-stopped": "Die Prüfung ist angehalten.",
    imported: "Ihr Repository ist jetzt hier.",
    "key-added":
      "Ihr Schlüssel ist jetzt der oberste. Verwahren Sie seine private Hälfte gut.",
    "key-removed": "Der Schlüssel kann Ihre Identität nicht mehr ändern.",
    "handle-changed": "Sie haben einen neuen Handle.",
    "profile-saved": "Ihr Profil ist gespeichert.",
    invited: "Sie haben neue Einladungen.",
    "invite-off": "Die Einladung ist abgeschaltet.",
    "no-invites": "Eine weitere Einladung haben Sie noch nicht verdient.",
    deactivated: "Ihr Konto ruht.",
    saved: "Gespeichert.",
    deleted: "Gelöscht.",
    deleting: "Das Löschen hat begonnen.",
    stopped: "Angehalten. Was bis dahin gelöscht war, bleibt gelöscht.",
    revoked: "Die Anwendung hat keinen Zugriff mehr.",
    ended: "Beendet.",
    "signed-out": "Dort abgemeldet.",
    "password-deleted":
      "Das App-Passwort ist weg, und die Sitzungen, die es geöffnet hat, auch.",
    activated: "Ihr Konto ist wieder aktiv.",
    "delegate-granted": "Die Person darf jetzt für Sie handeln.",
    "delegate-revoked": "Die Person darf nicht mehr für Sie handeln.",
    "delegation-renounced": "Sie handeln nicht mehr für dieses Konto.",
    listing: "Es ist, wie Sie es wünschen. Die erste Seite folgt sofort.",
    announced:
      "Ihr Konto wird neu angekündigt, sobald es an der Reihe ist. Relays brauchen dann vielleicht einige Minuten.",
    welcome:
      "Ihr Konto ist bereit. Wir haben Ihnen eine E-Mail gesendet: Bitte bestätigen Sie damit Ihre E-Mail-Adresse.",
  },
};
