import type { LetterText } from "./en.ts";

const NOT_YOU =
  "Wenn Sie das nicht waren, tun Sie nichts: Ohne den Code ändert sich nichts.";
const CHANGE_PASSWORD =
  "Wenn Sie das nicht waren, kommt jemand anders in Ihr Konto: Ändern Sie jetzt Ihr Passwort, das meldet alle ab, und sehen Sie Ihr Konto durch: {page}.";
const TAKEN_OVER =
  "Wenn Sie das nicht waren, übernimmt vielleicht jemand Ihr Konto: Schreiben Sie sofort dem Betreiber von {service}. Wer einen stärkeren Schlüssel der Identität hat, kann eine Änderung 72 Stunden lang rückgängig machen.";

const codes: LetterText["codes"] = {
  confirmEmail: {
    subject: "Bestätigen Sie Ihre E-Mail-Adresse",
    intro:
      "Bitte bestätigen Sie, dass diese Adresse zu Ihrem Konto {handle} gehört.",
    action: "Adresse bestätigen",
    closing:
      "Wenn Sie hier kein Konto haben, hat jemand Ihre Adresse aus Versehen eingegeben, und Sie können diese E-Mail übergehen.",
  },
  updateEmail: {
    subject: "Änderung Ihrer E-Mail-Adresse",
    intro: "Jemand möchte die E-Mail-Adresse von {handle} ändern.",
    closing: NOT_YOU,
  },
  resetPassword: {
    subject: "Neues Passwort setzen",
    intro: "Jemand möchte für {handle} ein neues Passwort setzen.",
    action: "Neues Passwort setzen",
    closing: NOT_YOU,
  },
  deleteAccount: {
    subject: "Ihr Konto löschen",
    intro:
      "Jemand möchte das Konto {handle} mit allem darin löschen. Das lässt sich nicht rückgängig machen.",
    closing: `${NOT_YOU} Wenn Sie noch anderswo angemeldet sind, ändern Sie Ihr Passwort.`,
  },
  plcOperation: {
    subject: "Änderung Ihrer Identität",
    intro:
      "Jemand bittet diesen Server, eine Änderung der Identität (DID) von {handle} zu unterschreiben, etwa um mit dem Konto zu einem anderen Server umzuziehen. Wer diesen Code hat, kann das Konto übernehmen: Geben Sie ihn niemandem.",
    closing: NOT_YOU,
  },
  signIn: {
    subject: "Ihr Code zum Anmelden",
    intro:
      "Jemand hat das richtige Passwort für {handle} eingegeben und möchte sich anmelden.",
    closing:
      "Wenn Sie das nicht waren, kennt jemand Ihr Passwort: Ändern Sie es. Ohne den Code kommt niemand hinein.",
  },
};

const notices: LetterText["notices"] = {
  newDevice: {
    subject: "Eine neue Anmeldung bei Ihrem Konto",
    what: "Jemand hat sich bei {handle} auf {service} von einem Gerät oder Programm angemeldet, das dafür noch nicht benutzt worden war.",
    otherwise: `Wenn Sie das waren, ist nichts zu tun. ${CHANGE_PASSWORD}`,
  },
  sessionReused: {
    subject: "Eine Sitzung Ihres Kontos wurde beendet",
    what: "Jemand hat einen alten Schlüssel einer Sitzung von {handle} auf {service} benutzt, der längst ersetzt war. Vielleicht haben zwei Programme eine Kopie davon; deshalb wurde die Sitzung beendet, und Sie müssen sich dort neu anmelden.",
    otherwise:
      "Wenn Sie eine App oder ein Gerät aus einer Sicherung wiederhergestellt haben, kommt es daher. Wenn nicht, hat vielleicht jemand den Schlüssel kopiert: Ändern Sie Ihr Passwort: {page}.",
  },
  tokenReused: {
    subject: "Eine Anwendung wurde von Ihrem Konto abgemeldet",
    what: "Ein alter Schlüssel der Anwendung {application} für {handle} auf {service} wurde noch einmal benutzt, nachdem er ersetzt war. Vielleicht haben zwei Programme eine Kopie davon; deshalb wurde die Anwendung abgemeldet.",
    otherwise:
      "Wenn Sie eine App oder ein Gerät aus einer Sicherung wiederhergestellt haben, kommt es daher: Melden Sie sich bei der Anwendung neu an. Wenn nicht, hat vielleicht jemand den Schlüssel kopiert: Sehen Sie Ihr Konto durch: {page}.",
  },
  passwordChanged: {
    subject: "Ihr Passwort wurde geändert",
    what: "Das Passwort von {handle} auf {service} wurde geändert, und alle wurden abgemeldet.",
    otherwise:
      "Wenn Sie das nicht waren, setzen Sie unter {page} ein neues Passwort, mit dem Code, den Sie dort per E-Mail bekommen, und sagen Sie es dem Betreiber von {service}.",
  },
  passwordRemoved: {
    subject: "Ihr Konto hat kein Passwort mehr",
    what: "Bei {handle} auf {service} meldet man sich jetzt nur noch mit Passkeys an. Alle wurden abgemeldet.",
    otherwise:
      "Wenn Sie das nicht waren, setzen Sie unter {page} ein neues Passwort, mit einem Code, den Sie per E-Mail bekommen, und sagen Sie es dem Betreiber von {service}.",
  },
  signInPolicyChanged: {
    subject: "Die Anmeldung bei Ihrem Konto wurde geändert",
    what: "Für die Anmeldung bei {handle} auf {service} gilt jetzt: {rule}.",
    otherwise: CHANGE_PASSWORD,
  },
  recoveryKeyUsed: {
    subject: "Der Wiederherstellungsschlüssel Ihres Kontos wurde benutzt",
    what: "Jemand hat sich bei {handle} auf {service} anstelle des zweiten Faktors mit einem Schlüssel der Identität angemeldet.",
    otherwise:
      "Wenn Sie das nicht waren, hat jemand einen Schlüssel, der Ihr Konto auf einen anderen Server bringen kann: Ersetzen Sie diesen Schlüssel in Ihrer Identität, und ändern Sie Ihr Passwort: {page}.",
  },
  factorGuessed: {
    subject: "Jemand rät die Anmeldecodes Ihres Kontos",
    what: "Jemand hat das richtige Passwort für {handle} auf {service} eingegeben und dann viele falsche Codes. Einen Tag lang werden keine Codes mehr angenommen.",
    otherwise:
      "Jemand kennt Ihr Passwort: Ändern Sie es unter {page}, oder lassen Sie sich dort einen Code senden, um ein neues zu setzen.",
  },
  emailChanged: {
    subject: "Ihre E-Mail-Adresse wurde geändert",
    what: "Die E-Mail-Adresse von {handle} auf {service} wurde geändert. Diese E-Mail geht an die bisherige und an die neue Adresse. Falls Codes per E-Mail die Anmeldung schützen, gehen sie vorerst weiter an die bisherige Adresse.",
    otherwise:
      "Wenn Sie das nicht waren, kommt jemand anders in Ihr Konto: Melden Sie sich unter {page} an, ändern Sie Ihr Passwort und die Adresse, und sagen Sie es dem Betreiber von {service}.",
  },
  handleChanged: {
    subject: "Ihr Handle wurde geändert",
    what: "Ihr Konto auf {service} heißt jetzt {handle}; vorher hieß es {before}.",
    otherwise: CHANGE_PASSWORD,
  },
  factorAdded: {
    subject: "Ein zweiter Faktor wurde zu Ihrem Konto hinzugefügt",
    what: "Ein zweiter Faktor ({factor}) schützt jetzt die Anmeldung bei {handle} auf {service}.",
    otherwise: CHANGE_PASSWORD,
  },
  factorRemoved: {
    subject: "Ein zweiter Faktor wurde von Ihrem Konto entfernt",
    what: "Ein zweiter Faktor ({factor}) schützt die Anmeldung bei {handle} auf {service} nicht mehr.",
    otherwise: CHANGE_PASSWORD,
  },
  backupCodesReplaced: {
    subject: "Für Ihr Konto gibt es neue Ersatzcodes",
    what: "Für {handle} auf {service} wurden neue Ersatzcodes gemacht. Die bisherigen sind jetzt wertlos.",
    otherwise: CHANGE_PASSWORD,
  },
  backupCodeUsed: {
    subject: "Ein Ersatzcode Ihres Kontos wurde benutzt",
    what: "Jemand hat sich bei {handle} auf {service} mit einem der Ersatzcodes angemeldet.",
    otherwise: CHANGE_PASSWORD,
  },
  recoveryBegun: {
    subject: "Jemand will die zweiten Faktoren Ihres Kontos entfernen lassen",
    what: "Der Betreiber von {service} wurde gebeten, alle zweiten Faktoren von {handle} zu entfernen. Das geschieht in 24 Stunden, wenn Sie es nicht verhindern.",
    otherwise:
      "Wenn Sie nicht darum gebeten haben, gibt sich jemand für Sie aus. Verhindern Sie es hier: {link} (auch wenn Sie sich mit einem Ihrer Faktoren anmelden, ist es verhindert), und sagen Sie es dem Betreiber von {service}.",
  },
  recoveryCancelled: {
    subject: "Die zweiten Faktoren Ihres Kontos bleiben",
    what: "Die zweiten Faktoren von {handle} auf {service} werden nicht entfernt; es wurde verhindert.",
    otherwise:
      "Wenn Sie sie verloren haben und es nicht selbst verhindert haben, schreiben Sie dem Betreiber von {service}.",
  },
  recoveryDone: {
    subject: "Die zweiten Faktoren Ihres Kontos sind entfernt",
    what: "Alle zweiten Faktoren von {handle} auf {service} wurden entfernt. Das Passwort allein öffnet das Konto jetzt: Fügen Sie wieder einen Faktor hinzu.",
    otherwise: CHANGE_PASSWORD,
  },
  lettersChanged: {
    subject: "Es wurde geändert, welche E-Mails Sie bekommen",
    what: "Zu {handle} auf {service} kommen keine E-Mails mehr über: {off}. E-Mails, die das Konto schützen, wie diese, kommen immer.",
    otherwise: CHANGE_PASSWORD,
  },
  appPasswordCreated: {
    subject: "Für Ihr Konto wurde ein App-Passwort angelegt",
    what: "Für {handle} auf {service} wurde ein App-Passwort mit dem Namen „{name}“ angelegt. Wer es hat, kann das Konto ohne Ihr Passwort benutzen.",
    otherwise:
      "Wenn Sie das nicht waren, kommt jemand anders in Ihr Konto: Widerrufen Sie es unter {page}, und ändern Sie Ihr Passwort.",
  },
  identitySigned: {
    subject: "Eine Änderung Ihrer Identität wurde unterschrieben",
    what: "{service} hat eine Änderung der Identität (DID) von {handle} unterschrieben, etwa um mit dem Konto zu einem anderen Server umzuziehen.",
    otherwise: TAKEN_OVER,
  },
  identityChanged: {
    subject: "Ihre Identität wurde geändert",
    what: "Eine Änderung der Identität (DID) von {handle} wurde über {service} veröffentlicht.",
    otherwise: TAKEN_OVER,
  },
  delegationGranted: {
    subject: "Jemand darf für Ihr Konto handeln",
    what: "{delegate} darf jetzt für {handle} auf {service} handeln, und zwar {level}.",
    otherwise:
      "Wenn Sie das nicht waren, kommt jemand anders in Ihr Konto: Nehmen Sie es unter {page} zurück, und ändern Sie Ihr Passwort.",
  },
};

export const de: LetterText = {
  codes,
  notices,
  messages: {
    applicationApproved: {
      subject: "Ihr Konto bei {service}",
      content: `Sie haben bei {service} um ein Konto mit dem Namen {handle} gebeten. Willkommen!

Legen Sie Ihr Konto hier an: {link}

Ihr Einladungscode, gut für ein Konto: {code}`,
    },
    applicationRefused: {
      subject: "Ihre Anfrage bei {service}",
      content:
        "Sie haben bei {service} um ein Konto gebeten. Der Betreiber kann Ihnen keines anbieten.",
    },
    registrationGuard: {
      subject: "Neue Konten brauchen wieder einen Einladungscode",
      content: `Auf {origin} wurden innerhalb einer Stunde {count} Konten angelegt; das ist die Grenze, die Sie gesetzt haben. Damit keine Flut von Konten hereinkommt, brauchen neue ab jetzt einen Einladungscode.

Sehen Sie sich die neuesten Konten an, und öffnen Sie danach die Registrierung wieder: {page}`,
    },
    trial: {
      subject: "Ein Versuch – {service}",
      content: "Diese E-Mail zeigt, dass {service} E-Mails senden kann.",
    },
  },
  words: {
    code: "Ihr Code, gültig für {minutes} Minuten:",
    goOn: "Weiter",
    fact: "{name}: {value}",
    when: "Wann",
    who: "Wer",
    address: "Von der Adresse",
    device: "Mit",
    operator: "der Betreiber des Servers",
    unknown: "unbekannt",
  },
  values: {
    factor: {
      totp: "Authenticator-App",
      passkey: "Passkey „{name}“",
      email: "Code per E-Mail",
    },
    rule: {
      factorRequired: "Nach dem Passwort wird ein zweiter Faktor verlangt",
      factorNotRequired: "Nach dem Passwort wird kein zweiter Faktor verlangt",
      appsRefused:
        "Anwendungen können sich nicht mit dem Hauptpasswort anmelden",
      appsAllowed: "Anwendungen dürfen sich mit dem Hauptpasswort anmelden",
    },
    level: {
      viewer: "zum Ansehen",
      editor: "zum Schreiben",
      manager: "zum Verwalten",
      custom: "mit eigens genannten Rechten",
    },
    off: {
      signIns: "neue Anmeldungen",
      oldKeys: "abgemeldete Sitzungen und Anwendungen",
      appPasswords: "neue App-Passwörter",
      handle: "Änderungen des Handles",
      none: "nichts",
    },
  },
};
