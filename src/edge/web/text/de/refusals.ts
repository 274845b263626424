import type { Text } from "#edge/web/text/en.ts";

/** What settings of the page expect, as the settings say it; any other stays as it is. */
const EXPECTED: Readonly<Record<string, string>> = {
  "an http or https URL": "eine Adresse, die mit http oder https beginnt",
  "a whole number from 0 to 1000000": "eine ganze Zahl von 0 bis 1000000",
  "text without line breaks": "Text ohne Zeilenumbrüche",
};

export const refusals: Text["refusals"] = {
  other: (said) =>
    `Das wurde abgelehnt; der Server sagt auf Englisch: „${said}“. Ändern Sie, wovon er spricht, und versuchen Sie es noch einmal, oder fragen Sie, wer diesen Server betreibt.`,
  names: {
    AccountDeactivated: "Das Konto ruht. Es muss zuerst aktiviert werden.",
    AccountNotFound: "So ein Konto gibt es hier nicht, oder nicht mehr.",
    AccountTakedown: "Das Konto wurde gesperrt.",
    AuthenticationRequired: "Das Passwort ist falsch.",
    AuthMissing: "Sie sind inzwischen abgemeldet. Melden Sie sich neu an.",
    BlobNotFound:
      "Eine Datei, die der Eintrag nennt, ist nicht hier. Laden Sie sie zuerst hoch.",
    DidDeactivated: "Diese Identität wurde beendet.",
    DidNotFound:
      "Diese Identität gibt es nicht. Sehen Sie nach, wie sie geschrieben wird.",
    ExpiredToken: "Dieser Code ist zu alt. Lassen Sie einen neuen senden.",
    Forbidden:
      "Das darf nur, wem das Konto gehört und wer mit allen Rechten angemeldet ist.",
    HandleNotAvailable:
      "Dieser Handle ist vergeben oder vorbehalten. Wählen Sie einen anderen.",
    HandleNotFound:
      "Dieser Handle führt zu keinem Konto. Sehen Sie nach, wie er geschrieben wird.",
    InsufficientStorage:
      "Dieser Server hat dafür gerade keinen Platz. Sagen Sie es denen, die ihn betreiben.",
    InternalServerError:
      "Der Server hat dabei versagt. Das Protokoll sagt, warum.",
    InvalidEmail:
      "Das ist keine E-Mail-Adresse: Sie braucht ein @ und eine Domain. Sehen Sie nach, wie sie geschrieben wird.",
    InvalidHandle: "Das ist kein Handle. So sieht einer aus: anna.example.com.",
    InvalidInviteCode:
      "Der Einladungscode fehlt, ist falsch oder wurde schon verbraucht.",
    InvalidSwap:
      "Der Eintrag wurde anderswo geändert, nachdem Sie ihn geöffnet haben. Sehen Sie nach, was jetzt dort steht; um Ihren darüber zu speichern, speichern Sie noch einmal.",
    InvalidToken:
      "Dieser Code ist falsch. Tippen Sie ihn so ein, wie er in der E-Mail steht.",
    NotFound:
      "Das gibt es hier nicht, oder nicht mehr. Sehen Sie noch einmal in der Liste nach.",
    PayloadTooLarge: "Das ist mehr, als dieser Server auf einmal annimmt.",
    RecordNotFound: "Diesen Eintrag gibt es nicht, oder nicht mehr.",
    RepoNotFound: "Dieses Repository gibt es hier nicht.",
    RepoDeactivated: "Das Konto ruht. Es muss zuerst aktiviert werden.",
    RepoSuspended: "Das Konto wurde auf Zeit gesperrt.",
    RepoTakendown: "Das Konto wurde gesperrt.",
    RequestTimeout: "Das hat zu lange gedauert. Versuchen Sie es noch einmal.",
    ServiceUnavailable:
      "Der Server kann das gerade nicht. Versuchen Sie es in einer Minute noch einmal.",
    TokenRequired: "Der Code aus der E-Mail fehlt.",
    UnsupportedDomain:
      "Unter dieser Domain vergibt der Server keine Handles. Wählen Sie eine andere.",
    UnsupportedMediaType:
      "Das lässt sich nicht lesen. Benutzen Sie das Formular der Seite.",
    UpstreamFailure:
      "Ein anderer Server, der dafür gebraucht wird, hat versagt. Versuchen Sie es in einer Minute noch einmal.",
    UpstreamTimeout:
      "Ein anderer Server hat zu lange nicht geantwortet. Versuchen Sie es in einer Minute noch einmal.",
  },
  reasons: {
    accountInactive:
      "Das kann nur ein aktives Konto. Aktivieren Sie es zuerst.",
    accountUnknown: ({ account }) =>
      `Ein Konto „${account}“ gibt es nicht. Sehen Sie nach, wie es geschrieben wird.`,
    applicationDecided: "Über diese Anfrage hat schon jemand entschieden.",
    applicationsFull:
      "Es warten schon zu viele. Versuchen Sie es an einem anderen Tag noch einmal.",
    applicationsOff: "Dieser Server nimmt keine Anfragen nach Konten an.",
    appPasswordName: ({ most }) =>
      `Geben Sie dem App-Passwort einen Namen mit höchstens ${most} Zeichen.`,
    appPasswordTwice: ({ name }) =>
      `Ein App-Passwort „${name}“ haben Sie schon. Wählen Sie einen anderen Namen.`,
    appPasswordsFull: ({ most }) =>
      `Sie haben ${most} App-Passwörter; mehr geht nicht. Entfernen Sie eines, das Sie nicht mehr brauchen.`,
    carBad: ({ said }) =>
      `Diese Datei ist kein Repository, das sich aufnehmen lässt: „${said}“. Laden Sie sie von Ihrem alten Server neu herunter.`,
    carFuture:
      "Das Repository wurde nach der Uhr dieses Servers in der Zukunft geändert. Prüfen Sie die Uhr des Servers, von dem es kommt.",
    carOther: ({ did }) =>
      `Das ist das Repository von ${did}, nicht das Ihres Kontos. Wählen Sie die Datei Ihres eigenen.`,
    carRoots: ({ count }) =>
      `Ein Repository beginnt mit einem Commit; diese Datei nennt ${count}. Laden Sie sie von Ihrem alten Server neu herunter.`,
    carRootMissing:
      "Die Datei ist nicht vollständig: Ihr erster Teil fehlt. Laden Sie sie von Ihrem alten Server neu herunter.",
    carSigned:
      "Das Repository ist nicht mit einem Schlüssel Ihres Kontos unterschrieben. Wählen Sie die Datei, die Ihr eigener Server Ihnen gegeben hat.",
    cidForm: "Das ist kein CID. Kopieren Sie ihn noch einmal, und ganz.",
    codeMissing: "Der Code aus der E-Mail fehlt.",
    collectionForm:
      "Das ist kein Name einer Sammlung. So sieht einer aus: app.bsky.feed.post.",
    countOutside: ({ most }) =>
      `Geben Sie eine ganze Zahl von 1 bis ${most} ein.`,
    cursorForm:
      "Diese Seite hat die Liste nicht. Beginnen Sie wieder bei der ersten.",
    dateWrong: "Das ist kein Datum. Wählen Sie eines aus dem Kalender.",
    dateZone: ({ path }) =>
      `„${path}“ muss eine Zeit mit Zeitzone sein, etwa 2026-01-02T03:04:05.678Z.`,
    delegatesFull: ({ most }) =>
      `${most} Personen dürfen für Sie handeln; mehr geht nicht. Nehmen Sie es zuerst einer wieder.`,
    deleteBusy:
      "Es wird schon gelöscht. Warten Sie, bis das fertig ist, oder halten Sie es an.",
    deleteMost: ({ most }) => `Wählen Sie höchstens ${most} Einträge.`,
    deleteNothing: "Es gibt nichts zu löschen.",
    directoryAway:
      "Das Verzeichnis der Identitäten antwortet gerade nicht. Versuchen Sie es in einer Minute noch einmal.",
    directoryLater:
      "Das Verzeichnis der Identitäten antwortet gerade nicht. Die Änderung ist aufgehoben und wird fertig, sobald es antwortet.",
    directoryRefused: ({ said }) =>
      `Das Verzeichnis der Identitäten hat die Änderung nicht angenommen: „${said}“. Hier hat sich nichts geändert.`,
    emailForm:
      "Das ist keine E-Mail-Adresse: Sie braucht ein @ und eine Domain. Sehen Sie nach, wie sie geschrieben wird.",
    emailHeld:
      "Bestätigen Sie zuerst die neue E-Mail-Adresse; dann können Codes zum Anmelden dorthin gehen.",
    emailMissing: "Geben Sie eine E-Mail-Adresse ein.",
    emailNone: "Das Konto hat keine E-Mail-Adresse. Setzen Sie zuerst eine.",
    emailTaken:
      "Diese E-Mail-Adresse hat hier schon ein anderes Konto. Wählen Sie eine andere.",
    emailUnconfirmed: "Bestätigen Sie zuerst die E-Mail-Adresse.",
    factorFirst:
      "Fügen Sie zuerst eine Authenticator-App oder einen Passkey hinzu.",
    factorNone: "Das Konto hat keinen zweiten Faktor.",
    fieldTwice: ({ name }) =>
      `Das Formular enthielt „${name}“ zweimal. Laden Sie die Seite neu und füllen Sie es noch einmal aus.`,
    fileBig: ({ place, most }) =>
      `Die Datei bei „${place}“ ist zu groß: Höchstens ${most} Bytes sind erlaubt. Wählen Sie eine kleinere.`,
    fileKind: ({ place, is }) =>
      `Die Datei bei „${place}“ ist von der Art ${is}, und die passt dort nicht. Wählen Sie eine andere.`,
    fileOldForm: ({ place }) =>
      `Die Datei bei „${place}“ ist in einer alten Form genannt. Nennen Sie sie mit $type, ref, mimeType und size.`,
    fileSize: ({ place, is }) =>
      `Die Datei bei „${place}“ hat ${is} Bytes. Schreiben Sie das als ihre Größe.`,
    fileTakenDown: "Diese Datei wurde hier gesperrt.",
    fileTooBig: ({ most }) =>
      `Die Datei ist zu groß: Höchstens ${most} Bytes sind hier erlaubt. Wählen Sie eine kleinere.`,
    grantEnd: "Wählen Sie ein Ende in der Zukunft, innerhalb von zehn Jahren.",
    grantLevel: "Wählen Sie, wie viel die Person darf.",
    grantSelf: "Das ist Ihr eigenes Konto, für das Sie ohnehin handeln dürfen.",
    handleChars:
      "Ein Handle hat vor dem Namen des Servers Buchstaben, Ziffern und Bindestriche, und keine weiteren Punkte.",
    handleElsewhere:
      "Dieser Handle führt noch nicht zu dem Konto. Setzen Sie zuerst seinen DNS-Eintrag oder seine Datei und versuchen Sie es dann noch einmal; DNS kann einige Minuten brauchen.",
    handleLong: ({ most }) =>
      `Der Handle ist zu lang: Vor dem Namen des Servers stehen höchstens ${most} Zeichen.`,
    handleNotOurs:
      "Bitten Sie um einen Handle unter einem der Namen dieses Servers.",
    handleShort: ({ least }) =>
      `Der Handle ist zu kurz: Vor dem Namen des Servers braucht er ${least} Zeichen.`,
    handleTld:
      "So kann ein Handle nicht enden. Nehmen Sie eine Domain, die es für alle gibt.",
    identityElsewhere: ({ said }) =>
      `Die Identität führt noch nicht zu diesem Server: „${said}“. Bringen Sie das zuerst in Ordnung und versuchen Sie es dann noch einmal.`,
    identityEnded:
      "Diese Identität wurde für immer beendet und lässt sich nicht mehr ändern.",
    identityFixed:
      "Diese Identität ist eine Webadresse (did:web) und hat hier keine Schlüssel. Ändern Sie dort ihr Dokument.",
    identityNotOurs:
      "Dieser Server hat keinen Schlüssel der Identität und kann sie nicht ändern. Ändern Sie sie mit Ihrem eigenen Schlüssel.",
    identityUnknown: ({ said }) =>
      `Die Identität lässt sich nicht nachschlagen: „${said}“. Versuchen Sie es in einer Minute noch einmal.`,
    identityUnnamed: ({ said }) =>
      `Das Dokument der Identität muss zuerst dort geändert werden, wo es liegt: „${said}“.`,
    importsOff:
      "Dieser Server nimmt keine Repositorys auf. Fragen Sie, wer ihn betreibt.",
    inviteGone: "Diese Einladung haben Sie nicht.",
    inviteUsed: "Diese Einladung ist verbraucht.",
    jobOver: "Die Aufgabe ist schon zu Ende.",
    jsonBad: ({ said }) => `Das ist kein JSON: „${said}“.`,
    keyForm:
      "Das ist kein öffentlicher Schlüssel. Er beginnt mit did:key:z und ist von der Kurve P-256 oder K-256.",
    keyGone: "Diesen Schlüssel gibt es nicht mehr.",
    keyOurs:
      "Ohne seinen Schlüssel kann dieser Server Ihnen nicht dienen. Er muss bleiben.",
    keyThere: "Diesen Schlüssel gibt es schon.",
    keysFull: ({ most }) =>
      `Eine Identität hat höchstens ${most} Schlüssel. Entfernen Sie zuerst einen.`,
    lexiconUnknown: ({ collection }) =>
      `Dieser Server weiß nicht, wie ein Eintrag von ${collection} aussieht.`,
    listChanged: ({ count, expected }) =>
      `Die Liste hat inzwischen ${count} Konten, nicht ${expected}. Sehen Sie sie noch einmal an.`,
    listEverybody:
      "Grenzen Sie die Liste zuerst ein: Das träfe sonst alle Konten.",
    objectOnly: "Ein Eintrag ist ein JSON-Objekt: Er beginnt mit {",
    openWord:
      "Tippen Sie das Wort „open“, damit alle sich Konten anlegen können.",
    operationRefused: ({ said }) =>
      `So lässt sich die Identität nicht ändern: „${said}“.`,
    passkeyFirst:
      "Ohne Passkey käme niemand mehr herein. Fügen Sie zuerst einen hinzu.",
    passkeyGone: "Diesen Passkey gibt es nicht mehr.",
    passkeyLast:
      "Das Konto hat kein Passwort, darum muss sein letzter Passkey bleiben. Setzen Sie zuerst ein Passwort.",
    passkeyName: "Geben Sie dem Passkey einen Namen.",
    passwordLong: ({ most }) => `Nehmen Sie höchstens ${most} Zeichen.`,
    passwordShort: ({ least }) => `Nehmen Sie mindestens ${least} Zeichen.`,
    recordBad: ({ said }) => `Der Eintrag passt nicht: „${said}“.`,
    recordBig: ({ most, size }) =>
      `Der Eintrag hat ${size} Bytes; höchstens ${most} sind erlaubt.`,
    recordGone: ({ path }) => `Den Eintrag „${path}“ gibt es nicht mehr.`,
    recordThere: ({ path }) =>
      `Einen Eintrag „${path}“ gibt es schon. Wählen Sie einen anderen Schlüssel.`,
    recordUri:
      "Nennen Sie den Eintrag mit der DID seines Kontos: at://did:…/Sammlung/Schlüssel.",
    rkeyForm:
      "Dieser Schlüssel geht nicht: Nehmen Sie Buchstaben, Ziffern und die Zeichen . - _ ~ :",
    rkeyOther: ({ expected }) => `Der Schlüssel muss so sein: ${expected}.`,
    scopeWrong: ({ scope }) =>
      `„${scope}“ ist keine Berechtigung, die sich hier geben lässt.`,
    scopesMany: "Das sind zu viele Berechtigungen für ein App-Passwort.",
    scopesNone: "Wählen Sie mindestens eine Berechtigung.",
    settingElsewhere: ({ name }) =>
      `${name} ist durch einen Schalter, in der Umgebung oder in der Datei gesetzt. Ändern Sie es dort.`,
    settingForm: ({ name, expects }) =>
      `${name} kann diesen Wert nicht haben. Verlangt ist: ${EXPECTED[expects] ?? expects}.`,
    signUpsClosed: "Dieser Server nimmt keine neuen Konten an.",
    subjectAccount: "Nennen Sie auch das Konto der Datei.",
    subjectForm:
      "So lässt sich darüber nicht entscheiden. Prüfen Sie, was genannt ist.",
    subjectNone: "Nennen Sie einen Eintrag, ein Konto oder eine Datei.",
    syntax: ({ kind, value }) =>
      `„${value}“ ist nicht so geschrieben, wie es sein muss (${kind}).`,
    typeOther: ({ expected, actual }) =>
      `Der Eintrag sagt, er sei vom Typ ${actual}, liegt aber unter ${expected}.`,
    uploadCut:
      "Die Datei kam nicht vollständig an. Senden Sie sie noch einmal.",
    uploadNone: "Wählen Sie zuerst eine Datei.",
  },
};
