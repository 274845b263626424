import type { Text } from "#edge/web/text/en.ts";

export const recovery: Text["recovery"] = {
  ask: {
    title: "Neues Passwort setzen",
    intro:
      "Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir senden einen Code dorthin, mit dem Sie ein neues Passwort wählen.",
    email: "E-Mail-Adresse",
    submit: "Code senden",
    haveCode: "Ich habe einen Code",
    other: "Ich kann die E-Mails dieser Adresse nicht lesen",
  },
  code: {
    title: "Neues Passwort setzen",
    sent: "Wenn es zu dieser Adresse ein Konto gibt, ist eine E-Mail unterwegs. Das kann eine Minute dauern; sehen Sie auch im Spam-Ordner nach.",
    code: "Code aus der E-Mail",
    codeHint: "Zehn Buchstaben und Ziffern. Er gilt 15 Minuten.",
    password: "Neues Passwort",
    passwordHint: "Mindestens 8 Zeichen. Einige Wörter ergeben ein gutes.",
    ends: "Alle angemeldeten Apps und Browser müssen sich neu anmelden. App-Passwörter bleiben.",
    submit: "Passwort setzen",
    again: "Einen weiteren Code senden",
  },
  done: {
    title: "Das Passwort ist gesetzt",
    text: "Ab jetzt gilt das neue Passwort. Wenn Ihr Konto einen zweiten Schritt verlangt, verlangt es ihn weiterhin.",
    signIn: "Anmelden",
  },
  faults: {
    email: "Das ist keine E-Mail-Adresse: Sie braucht ein @ und eine Domain.",
    code: "Dieser Code ist falsch oder wurde schon benutzt.",
    expired: "Dieser Code ist zu alt. Lassen Sie einen neuen senden.",
    password: "Nehmen Sie mindestens 8 und höchstens 256 Zeichen.",
    signedOut:
      "Melden Sie sich an, um einen Code senden zu lassen, oder benutzen Sie den Link in der E-Mail.",
  },
  verify: {
    title: "E-Mail-Adresse bestätigen",
    intro:
      "Mit einer bestätigten Adresse können Sie ein neues Passwort setzen, wenn Sie Ihres verloren haben.",
    code: "Code aus der E-Mail",
    submit: "Adresse bestätigen",
    send: "Code senden",
    sent: (address) =>
      `Eine E-Mail an ${address} ist unterwegs. Geben Sie den Code darin ein, oder folgen Sie ihrem Link.`,
    confirmed: "Die Adresse ist bestätigt",
    confirmedText:
      "Die Adresse gehört jetzt zu Ihrem Konto. Mehr ist nicht zu tun.",
    already: "Die Adresse Ihres Kontos ist schon bestätigt.",
    none: "Ihr Konto hat keine E-Mail-Adresse.",
    toAccount: "Zu Ihrem Konto",
  },
  recover: {
    title: "Probleme beim Anmelden?",
    intro: "Wählen Sie, was Ihnen fehlt.",
    password: {
      title: "Das Passwort",
      text: "Wir senden einen Code per E-Mail, mit dem Sie ein neues setzen.",
      link: "Neues Passwort setzen",
    },
    handle: {
      title: "Der Handle",
      text: "Melden Sie sich mit Ihrer E-Mail-Adresse statt mit dem Handle an. Er steht auch in jeder E-Mail dieses Servers.",
      link: "Anmelden",
    },
    factor: {
      title: "Der zweite Schritt: das Telefon mit den Codes oder der Passkey",
      text: "Melden Sie sich mit dem Passwort an und wählen Sie dann „Ein anderer Weg“. Einer Ihrer Ersatzcodes genügt, ebenso der Wiederherstellungsschlüssel, wenn Ihre Identität einen hat, den Sie selbst verwahren. Ein neues Passwort allein nimmt den zweiten Schritt nicht weg.",
      link: "Anmelden",
    },
    mail: {
      title: "Die E-Mails",
      text: "Wenn Sie noch irgendwo angemeldet sind, ändern Sie dort die Adresse Ihres Kontos. Sonst melden Sie sich mit dem Passwort an und ändern Sie sie auf den Seiten Ihres Kontos.",
      link: "Anmelden",
    },
    all: {
      title: "Alles",
      text: "Dann kann nur der Betreiber dieses Servers helfen; er wird fragen, wer Sie sind. Eine Änderung dauert einen Tag und wird Ihnen per E-Mail gemeldet, damit niemand das Konto hinter Ihrem Rücken übernimmt.",
      contact: "An den Betreiber schreiben",
      support: "Hilfe finden",
      none: "Der Betreiber hat auf diesem Server keine Adresse hinterlassen.",
    },
  },
};
