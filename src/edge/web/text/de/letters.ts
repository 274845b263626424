import type { Text } from "#edge/web/text/en.ts";

export const letters: Text["account"]["letters"] = {
  title: "E-Mails",
  hint: (address) =>
    `Wenn mit Ihrem Konto etwas geschieht, sagt Ihnen eine E-Mail an ${address} es sofort. Worüber Sie keine bekommen, das steht trotzdem im Sicherheitsprotokoll.`,
  noAddress:
    "Wenn mit Ihrem Konto etwas geschieht, sagt eine E-Mail es sofort. Ihr Konto hat keine E-Mail-Adresse; deshalb kann keine gesendet werden.",
  addAddress: "Adresse hinzufügen",
  choose: "Schreiben Sie mir über",
  topics: {
    signIns:
      "Eine Anmeldung von einem Gerät oder Programm, das ich noch nicht benutzt habe",
    oldKeys:
      "Eine Sitzung oder Anwendung, die abgemeldet wurde, weil jemand einen alten Schlüssel davon benutzt hat",
    appPasswords: "Ein neues App-Passwort",
    handle: "Eine Änderung meines Handles",
  },
  language: "Sprache der E-Mails",
  save: "Speichern",
  always: "Immer geschrieben",
  alwaysHint:
    "Diese E-Mails schützen Ihr Konto: Wer es Ihnen nehmen will, würde sie zuerst abschalten. Deshalb kann es niemand.",
  guarded: [
    "Ein neues Passwort, oder keines mehr",
    "Eine neue E-Mail-Adresse; auch die bisherige erfährt davon",
    "Ein zweiter Faktor, der hinzugefügt, entfernt oder geraten wird, neue Ersatzcodes, und ein benutzter",
    "Eine Änderung der Regeln für die Anmeldung",
    "Dass der Betreiber die zweiten Faktoren wegnimmt oder ein Wiederherstellungsschlüssel benutzt wird",
    "Eine Änderung Ihrer Identität (DID), die unterschrieben oder veröffentlicht wurde",
    "Jemand, der nun für Ihr Konto handeln darf",
    "Eine Änderung der Wahl auf dieser Seite",
  ],
  codes:
    "Codes, um die Sie bitten, sind keine Warnungen; sie kommen, wann immer Sie darum bitten.",
};
