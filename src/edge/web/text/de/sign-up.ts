import type { Text } from "#edge/web/text/en.ts";

export const signUp: Text["signUp"] = {
  title: "Konto anlegen",
  at: (server) => `bei ${server}`,
  invitedBy: (handle) => `@${handle} lädt Sie ein.`,
  invited: "Sie sind eingeladen.",
  about:
    "Dieser Server verwahrt Ihr Konto und was Sie schreiben, für Bluesky und jede andere Anwendung des AT-Protokolls. Sie können später zu einem anderen Server umziehen und alles mitnehmen.",
  inviteCode: "Einladungscode",
  inviteNeeded: "Dieser Server nimmt neue Leute auf Einladung auf.",
  inviteMayBe: "Falls Sie einen haben. Er erspart Ihnen die Prüfung unten.",
  approval:
    "Kein Einladungscode? Der Betreiber entscheidet, wer ein Konto bekommt.",
  apply: "Um ein Konto bitten",
  handle: "Handle",
  handleHint:
    "Ihr öffentlicher Name: 3 bis 18 Buchstaben, Ziffern oder Bindestriche. Sie können ihn später ändern, auch in eine eigene Domain.",
  domain: "Ende des Handles",
  free: "Dieser Handle ist frei.",
  taken: "Dieser Handle ist vergeben. Frei sind:",
  email: "E-Mail-Adresse",
  emailHint:
    "Für Codes und für Nachrichten zu Ihrem Konto. Sie ist nicht öffentlich.",
  password: "Passwort",
  passwordHint: "Mindestens 8 Zeichen. Einige Wörter ergeben ein gutes.",
  policies: "Regeln dieses Servers",
  agree: "Ich habe sie gelesen und stimme zu",
  submit: "Konto anlegen",
  haveOne: "Ich habe ein Konto",
  check: {
    title: "Sind Sie ein Mensch?",
    working: "Ihr Browser arbeitet an einer kleinen Aufgabe, die das zeigt …",
    done: "Ihr Browser hat es gezeigt.",
    failed:
      "Ihr Browser konnte die Aufgabe nicht lösen. Laden Sie die Seite neu, oder nehmen Sie einen anderen Browser.",
    script:
      "Diese Prüfung braucht JavaScript, das hier ausgeschaltet ist. Schalten Sie es ein, oder benutzen Sie einen Einladungscode.",
  },
  faults: {
    handle: {
      form: "Das kann kein Handle sein: 3 bis 18 Buchstaben, Ziffern oder Bindestriche, ohne Bindestrich am Anfang oder Ende.",
      taken: "Dieser Handle ist vergeben.",
      foreign:
        "Eine eigene Domain wird Ihr Handle, sobald das Konto da ist. Wählen Sie vorerst einen mit dem hier gezeigten Ende.",
    },
    email: {
      form: "Das ist keine E-Mail-Adresse: Sie braucht ein @ und eine Domain, etwa ich@example.com.",
      taken:
        "Zu dieser Adresse gibt es schon ein Konto. Melden Sie sich damit an, oder nehmen Sie eine andere Adresse.",
    },
    password: { form: "Nehmen Sie mindestens 8 und höchstens 256 Zeichen." },
    inviteCode: {
      missing:
        "Ein Einladungscode ist nötig. Fragen Sie jemanden, der hier ein Konto hat.",
      unusable:
        "Dieser Einladungscode ist unbekannt, aufgebraucht oder zurückgezogen.",
    },
    verificationCode: {
      missing:
        "Die Prüfung ist noch nicht fertig. Versuchen Sie es gleich noch einmal.",
      wrong: "Die Prüfung hat nicht geklappt. Versuchen Sie es noch einmal.",
    },
    agree: {
      missing: "Sie müssen den Regeln dieses Servers zustimmen.",
    },
    whole: {
      closed: "Dieser Server nimmt keine neuen Konten auf.",
      later:
        "Das Verzeichnis der Identitäten ist gerade nicht zu erreichen. Was Sie gewählt haben, bleibt für Sie reserviert: Geben Sie das Passwort in einer Minute noch einmal ein und senden Sie das Formular erneut.",
      cookies:
        "Ihr Browser hat das Cookie nicht behalten, das diese Seite braucht. Erlauben Sie Cookies für diese Website, oder nehmen Sie einen anderen Browser.",
    },
  },
  closed: {
    text: "Dieser Server nimmt zurzeit keine neuen Konten auf.",
    next: "Ein Konto eines anderen Servers funktioniert mit denselben Anwendungen und kann umziehen.",
  },
  invite: {
    unknownTitle: "Eine unbekannte Einladung",
    unknown:
      "Dieser Server kennt keinen solchen Einladungscode. Vielleicht wurde der Link unterwegs abgeschnitten; bitten Sie noch einmal darum.",
    usedTitle: "Eine verbrauchte Einladung",
    used: "Mit diesem Einladungscode wurden alle Konten angelegt, für die er gut war, oder er wurde zurückgezogen. Bitten Sie um einen neuen.",
    mine: "Wenn Sie Ihr Konto damit angelegt haben, melden Sie sich an.",
  },
};
