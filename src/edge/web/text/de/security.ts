import type { Text } from "#edge/web/text/en.ts";

export const security: Text["security"] = {
  title: "Passwort und Faktoren",
  back: "Zurück zu allen Zugängen",
  change: "Ändern",
  overview: {
    intro:
      "Womit man in dieses Konto kommt. Vor jeder Änderung zeigen Sie noch einmal, dass Sie es sind.",
    what: "Zugang",
    state: "Zustand",
    password: "Passwort",
    passkeys: "Passkeys",
    totp: "Authenticator-App",
    backupCodes: "Ersatzcodes",
    rules: "Codes per E-Mail und Regeln",
    devices: "Vertraute Geräte",
    set: "Gesetzt",
    notSet: "Nicht vorhanden",
    on: "An",
    off: "Aus",
    count: (count) => String(count),
    left: (count) => `${count} übrig`,
    required: "Zweiter Faktor wird verlangt",
    notRequired: "Das Passwort allein genügt",
    recovery: (when) =>
      `Dem Betreiber wurde gesagt, Sie hätten Ihre zweiten Faktoren verloren. Am ${when} werden sie alle entfernt. Wenn das nicht von Ihnen kam, verhindern Sie es und ändern Sie Ihr Passwort.`,
    stop: "Meine Faktoren behalten",
  },
  held: {
    where: (address) =>
      `Codes zum Anmelden gehen noch an ${address}, die Adresse von vorher.`,
    confirm: (address) =>
      `Sie gehen an ${address}, sobald Sie diese Adresse bestätigt haben.`,
    until: (moment) =>
      `Der Betreiber hat die Adresse geändert; darum bleibt das mindestens bis ${moment} so.`,
    notYou:
      "Wenn Sie keine andere Adresse wollten, setzen Sie unter „E-Mail“ die richtige und wählen Sie ein neues Passwort.",
  },
  password: {
    title: "Passwort",
    intro:
      "Ein neues Passwort meldet jede Anwendung, jede Sitzung und jedes Gerät außer diesem Browser ab.",
    first: "Das Konto hat kein Passwort. Sie können eines setzen.",
    new: "Neues Passwort",
    again: "Noch einmal dasselbe",
    hint: "Mindestens 8 Zeichen; vier zufällige Wörter ergeben ein gutes.",
    appPasswords: "Auch meine App-Passwörter widerrufen",
    submit: "Passwort setzen",
    different: "Die beiden sind nicht gleich.",
    remove: "Ohne Passwort auskommen",
    removeHint:
      "Dann meldet Sie nur noch ein Passkey an, und Anwendungen brauchen die Anmeldeseite oder ein App-Passwort.",
    removeFirst:
      "Fügen Sie zuerst einen Passkey hinzu; dann kann das Passwort weg.",
    removeSubmit: "Passwort entfernen",
  },
  passkeys: {
    title: "Passkeys",
    intro:
      "Einen Passkey verwahrt Ihr Telefon, Ihr Computer oder Ihr Sicherheitsschlüssel, und Ihr Finger, Ihr Gesicht oder Ihre PIN öffnet ihn. Einer genügt zum Anmelden; niemand kann ihn erraten oder einer falschen Seite geben.",
    caption: "Ihre Passkeys",
    name: "Name",
    made: "Hinzugefügt",
    used: "Zuletzt benutzt",
    never: "Nie",
    kept: "Verwahrt",
    copied: "Auf mehreren Ihrer Geräte",
    single: "Auf einem Gerät",
    actions: "Aktionen",
    rename: "Umbenennen",
    renameOf: (name) => `${name} umbenennen`,
    newName: (name) => `Neuer Name für ${name}`,
    remove: "Entfernen",
    removeOf: (name) => `${name} entfernen`,
    add: "Einen Passkey hinzufügen",
    nameHint: "Woran Sie ihn erkennen, etwa „Telefon“.",
    submit: "Passkey hinzufügen",
    script: "Um einen Passkey hinzuzufügen, braucht es JavaScript.",
    failed:
      "Das hat nicht geklappt: Das Gerät hat zu spät geantwortet oder ist schon hinzugefügt. Versuchen Sie es noch einmal.",
    moved:
      "Passkeys gehören zum Namen dieses Servers. Bekommt der Server einen anderen Namen, müssen sie neu hinzugefügt werden.",
  },
  totp: {
    title: "Authenticator-App",
    isOn: "Nach dem Passwort werden Codes einer Authenticator-App verlangt.",
    since: "Seit",
    used: "Zuletzt benutzt",
    replace: "Auf eine andere App oder ein anderes Telefon umziehen",
    remove: "App entfernen",
    scan: "Scannen Sie dieses Bild mit einer Authenticator-App, etwa Aegis, Google Authenticator oder 1Password.",
    picture: "QR-Code für eine Authenticator-App",
    type: "Oder tippen Sie dort diesen Schlüssel ein:",
    code: "Der Code, den die App jetzt zeigt",
    submit: "Einschalten",
    wrong:
      "Das ist nicht der Code. Geht die Uhr Ihres Telefons richtig? Die Codes wechseln alle 30 Sekunden.",
  },
  codes: {
    title: "Ersatzcodes",
    intro:
      "Jeder dieser Codes meldet Sie einmal anstelle eines zweiten Faktors an, wenn Telefon und Schlüssel verloren sind. Drucken Sie sie aus, oder legen Sie sie zu Ihren anderen Papieren.",
    once: "Sie werden nur dieses eine Mal gezeigt.",
    left: (count) =>
      count === 1 ? "1 Code ist übrig." : `${count} Codes sind übrig.`,
    none: "Es sind keine Codes mehr übrig.",
    needsFactor:
      "Ersatzcodes gibt es mit dem ersten Passkey oder der ersten Authenticator-App.",
    make: "Zehn neue Codes machen",
    makeHint: "Die bisherigen sind dann wertlos.",
    done: "Ich habe sie aufbewahrt",
  },
  rules: {
    title: "Codes per E-Mail und Regeln",
    email: "Code per E-Mail",
    emailHint: (address) =>
      `Nach dem Passwort geht ein Code an ${address}. Das ist schwächer als ein Passkey oder eine App: Wer Ihre E-Mails liest, bekommt ihn auch.`,
    emailMissing:
      "Bestätigen Sie zuerst Ihre E-Mail-Adresse; dann können Codes dorthin gehen.",
    require: "Zweiter Faktor",
    requireHint:
      "Nach dem Passwort einen Passkey, den Code einer App oder einen Ersatzcode verlangen.",
    requireFirst:
      "Fügen Sie zuerst einen Passkey oder eine Authenticator-App hinzu.",
    apps: "Anwendungen mit Ihrem Passwort",
    appsHint:
      "Keine Anwendung mit dem Hauptpasswort einlassen. Mit App-Passwörtern kommen sie weiterhin herein, oder indem sie Sie auf die Anmeldeseite hier schicken.",
    turnOn: "Einschalten",
    turnOff: "Ausschalten",
  },
  devices: {
    title: "Vertraute Geräte",
    intro:
      "In diesen Browsern wird kein zweiter Faktor verlangt. Änderungen am Konto verlangen ihn trotzdem.",
    caption: "Vertraute Browser",
    browser: "Browser",
    address: "Adresse",
    until: "Bis",
    actions: "Aktionen",
    unknown: "Unbekannt",
    here: "Dieser Browser",
    distrust: "Nicht mehr vertrauen",
  },
  keep: {
    title: "Zweite Faktoren behalten",
    question: (handle, when) =>
      `Dem Betreiber dieses Servers wurde gesagt, wem @${handle} gehört, habe alle zweiten Faktoren verloren. Am ${when} werden sie entfernt, wenn Sie nicht widersprechen.`,
    submit: "Nein, behalten",
    done: "Sie bleiben. Wenn jemand anders darum gebeten hat, ändern Sie Ihr Passwort.",
    over: "Dieser Link ist nichts mehr wert: Die Faktoren wurden behalten oder sind schon entfernt.",
    account: "Zu Ihrem Konto",
  },
  done: {
    passwordChanged: "Ihr Passwort wurde geändert.",
    passwordRemoved: "Ihr Passwort wurde entfernt.",
    passkeyAdded: "Der Passkey wurde hinzugefügt.",
    passkeyRenamed: "Der Passkey hat seinen neuen Namen.",
    passkeyRemoved: "Der Passkey wurde entfernt.",
    totpAdded: "Die Authenticator-App ist eingeschaltet.",
    totpRemoved: "Die Authenticator-App wurde entfernt.",
    signInChanged: "Die Anmeldung wurde geändert.",
    deviceDistrusted: "Diesem Browser wird nicht mehr vertraut.",
    factorsKept: "Ihre zweiten Faktoren bleiben.",
  },
};
