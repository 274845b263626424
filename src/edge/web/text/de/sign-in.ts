import type { SignInText } from "#edge/web/text/en.ts";

export const signInPages: SignInText = {
  signIn: {
    title: "Anmelden",
    to: (app) => `Weiter geht es zu: ${app}`,
    identifier: "Handle oder E-Mail-Adresse",
    password: "Passwort",
    remember: "Auf diesem Gerät angemeldet bleiben",
    submit: "Anmelden",
    passkey: "Passkey benutzen",
    back: "Ein angemeldetes Konto benutzen",
    fixed: "Die Anwendung fragt nach diesem Konto.",
    actFor: "Mit einem eigenen Konto für dieses handeln",
    fromElsewhere:
      "Mit dem eigenen Konto auf einem anderen Server für ein Konto handeln",
    faults: {
      wrong: "Dieser Name und dieses Passwort gehören nicht zusammen.",
      "app-password":
        "Das ist ein App-Passwort. Melden Sie sich hier mit Ihrem Hauptpasswort an; App-Passwörter sind für Anwendungen, die danach fragen.",
      deactivated:
        "Dieses Konto ruht. Aktivieren Sie es, bevor Sie eine Anwendung einlassen.",
      "taken-down": "Dieses Konto wurde gesperrt.",
      "other-account": "Die Anwendung fragt nach einem anderen Konto.",
      "passkey-wrong":
        "Dieser Passkey hat hier nicht funktioniert, oder die Seite war zu lange offen. Versuchen Sie es noch einmal.",
      "factor-needed": "Noch ein Schritt.",
      "code-wrong": "Dieser Code ist falsch, zu alt oder wurde schon benutzt.",
      busy: "Gerade melden sich zu viele Leute an. Versuchen Sie es gleich noch einmal.",
      cookies:
        "Ihr Browser hat das Cookie nicht behalten, das diese Seite braucht. Erlauben Sie Cookies für diese Website, oder nehmen Sie einen anderen Browser.",
    },
    lost: "Probleme beim Anmelden?",
    create: "Konto anlegen",
    toAccount: "um Ihr Konto zu verwalten",
    other: "Ein anderes Konto benutzen",
    again: "Um weiterzugehen, zeigen Sie noch einmal, dass Sie es sind.",
    confirm: "Sind Sie es?",
  },
  factor: {
    title: "Noch ein Schritt",
    as: (name) => `um sich als ${name} anzumelden`,
    submit: "Weiter",
    trust: "Auf diesem Gerät 30 Tage lang nicht danach fragen",
    passkey: "Passkey benutzen",
    passkeyScript:
      "Passkeys brauchen JavaScript, das hier ausgeschaltet ist. Wählen Sie einen anderen Weg.",
    totp: "Code aus Ihrer Authenticator-App",
    totpHint: "Sechs Ziffern. Jeder Code gilt einmal.",
    email: "Code aus Ihrer E-Mail",
    emailHint:
      "Wir haben Ihnen eine E-Mail mit einem Code gesendet. Er gilt 15 Minuten.",
    backupCode: "Ersatzcode",
    backupCodeHint:
      "Einer der zehn Codes, die Sie zum Aufbewahren bekommen haben. Jeder gilt einmal.",
    recoveryKey:
      "Wenn Ihre Identität (DID) einen Rotationsschlüssel hat, den Sie selbst verwahren, unterschreiben Sie damit diesen Satz.",
    sentence: "Unterschreiben Sie genau diesen Text",
    signature: "Unterschrift",
    signatureHint:
      "ECDSA über SHA-256, 64 Bytes, in Base64 oder hexadezimal. Der Befehl tempest sign erzeugt eine.",
    others: "Ein anderer Weg",
    lost: "Haben Sie all das verloren? Fragen Sie den Betreiber dieses Servers: Er kann es nach einem Tag entfernen.",
    ways: {
      passkey: "Passkey benutzen",
      totp: "Authenticator-App benutzen",
      email: "Code per E-Mail bekommen",
      "backup-code": "Ersatzcode benutzen",
      "recovery-key": "Wiederherstellungsschlüssel benutzen",
    },
  },
  elsewhere: {
    title: "Wo ist Ihr eigenes Konto?",
    intro:
      "Sie melden sich auf den Seiten Ihres eigenen Servers an, der diesem dann sagt, wer Sie sind. Dieser Server erfährt sonst nichts und behält keinen Zugang zu Ihrem Konto. Danach sehen Sie, für wen Sie hier handeln dürfen.",
    identifier: "Ihr Handle oder Ihre DID",
    submit: "Weiter zu Ihrem Server",
    back: "Mit einem Konto dieses Servers anmelden",
    onTheWay: "Weiter zu einem anderen Server",
    leaving: (host) => `Es geht weiter zu ${host}.`,
    leave: "Weiter",
    faults: {
      unknown:
        "Unter diesem Namen gibt es kein Konto. Suchen Sie nach einem Tippfehler, oder geben Sie die DID an.",
      local:
        "Dieses Konto ist auf diesem Server: Melden Sie sich mit seinem Namen und Passwort an.",
      nobody:
        "Dieses Konto darf für das, nach dem die Anwendung fragt, nicht handeln, und auch für kein anderes hier. Erlauben kann es die Inhaberin oder der Inhaber auf den Seiten des Kontos.",
      unreachable:
        "Der Server dieses Kontos konnte nicht gebeten werden, Sie anzumelden. Versuchen Sie es in einigen Minuten noch einmal.",
      cancelled:
        "Sie wurden nicht angemeldet: Auf dem anderen Server wurde der Zugang abgelehnt. Beginnen Sie neu, wenn das ein Versehen war.",
      stale:
        "Diese Anmeldung ist vorbei oder wurde in einem anderen Browser begonnen. Beginnen Sie neu; sie muss innerhalb von zehn Minuten fertig sein.",
      "other-account":
        "Auf dem anderen Server ist jemand anderes angemeldet als das Konto, das Sie genannt haben. Wählen Sie dort das richtige Konto.",
      unproved:
        "Die Antwort des anderen Servers beweist nicht, wer Sie sind. Beginnen Sie neu.",
    },
  },
  choose: {
    title: "Konto wählen",
    to: (app) => `Weiter geht es zu: ${app}`,
    other: "Ein anderes Konto benutzen",
    actingAs: (actor) => `als ${actor}, mit Vollmacht dafür`,
  },
  consent: {
    title: (app) => `Zugriff für ${app} erlauben?`,
    local: "eine Anwendung auf diesem Computer",
    as: "Ihr Konto",
    actingFor: "Sie handeln für",
    actingAs: (actor) => `als ${actor}`,
    change: "Ein anderes Konto benutzen",
    intro:
      "Das Folgende wird erbeten. Nehmen Sie den Haken weg, wo Sie etwas nicht erlauben.",
    nothing:
      "Die Anwendung erfährt, wer Sie sind: Ihren Handle und Ihre Kennung. Sonst bittet sie um nichts.",
    unchecked: (app) =>
      `Niemand hat geprüft, wer hinter ${app} steht. Gehen Sie nur weiter, wenn Sie gerade von dort kommen.`,
    cannot:
      "Die Anwendung sieht Ihr Passwort nie. Sie kann weder das Passwort noch Ihren zweiten Schritt ändern noch Ihr Konto löschen. Was Sie erlauben, können Sie auf den Seiten Ihres Kontos jederzeit zurücknehmen.",
    namesTitle: "Was bedeuten die Namen?",
    names:
      "Ein Name wie app.bsky.feed.post steht für eine Art von Einträgen. Sein Anfang sagt, wer sie sich ausgedacht hat, als von hinten gelesene Domain: app.bsky ist bsky.app.",
    always:
      "Die Anwendung erfährt immer, wer Sie sind: Ihren Handle und Ihre Kennung.",
    from: "Beschrieben von der Anwendung unter",
    goesTo: "Nach Ihrer Antwort gehen Sie zu",
    allow: "Erlauben",
    deny: "Abbrechen",
  },
  asked: {
    generic:
      "Fast überall für Sie handeln: Ihre Einträge lesen und ändern, Dateien hochladen, Ihre Einstellungen ändern und andere Dienste in Ihrem Namen benutzen. Nicht Ihre privaten Nachrichten, Ihr Passwort oder Ihre E-Mail-Adresse.",
    chat: "Ihre privaten Nachrichten lesen und senden.",
    repoAll: (verbs) => `Einträge jeder Art: ${verbs}.`,
    repo: (verbs, names) => `Einträge der Art ${names}: ${verbs}.`,
    kinds: {
      "app.bsky.actor.profile": "Ihr Profil",
      "app.bsky.feed.generator": "Feeds, die Sie anbieten",
      "app.bsky.feed.like": "Likes",
      "app.bsky.feed.post": "Beiträge",
      "app.bsky.feed.postgate": "wer Sie zitieren darf",
      "app.bsky.feed.repost": "Reposts",
      "app.bsky.feed.threadgate": "wer Ihnen antworten darf",
      "app.bsky.graph.block": "Blockierungen",
      "app.bsky.graph.follow": "wem Sie folgen",
      "app.bsky.graph.list": "Listen",
      "app.bsky.graph.listblock": "blockierte Listen",
      "app.bsky.graph.listitem": "Leute auf Listen",
      "app.bsky.graph.starterpack": "Startpakete",
      "chat.bsky.actor.declaration": "wer Ihnen schreiben darf",
    },
    verbs: { create: "anlegen", update: "ändern", delete: "löschen" },
    rpcAll: (service) =>
      `Alles in Ihrem Namen benutzen, was es bei ${service} gibt.`,
    rpc: (names, service) => `${names} bei ${service} in Ihrem Namen benutzen.`,
    anyService: "einem beliebigen Dienst",
    blobAll: "Dateien jeder Art hochladen.",
    blob: (types) => `Dateien der Art ${types} hochladen.`,
    emailRead: "Ihre E-Mail-Adresse lesen.",
    emailManage: "Ihre E-Mail-Adresse lesen und ändern.",
    repoManage: "Alle Ihre Einträge durch eine Kopie von anderswo ersetzen.",
    repoRead: "Den Zustand Ihres Repositorys lesen.",
    statusManage:
      "Ihr Konto ruhen lassen; alle Anwendungen werden dabei abgemeldet.",
    statusRead: "Den Zustand Ihres Kontos lesen.",
    handle: "Ihren Handle ändern.",
    identity:
      "Ihre Identität ändern: Ihren Handle, Ihre Schlüssel und welcher Server Ihr Konto verwahrt. Wer das darf, kann Ihnen das Konto wegnehmen.",
    set: (nsid) => `Das Bündel von Rechten ${nsid}:`,
    emptySet: "nichts, was dieser Server kennt",
    other: (scope) => `Etwas, das dieser Server nicht kennt: ${scope}`,
    join: (items) =>
      items.length < 2
        ? items.join("")
        : `${items.slice(0, -1).join(", ")} und ${items.at(-1)}`,
  },
  error: {
    title: "Das hat nicht geklappt",
    back: "Gehen Sie zur Anwendung zurück und fangen Sie von vorn an.",
    cookies:
      "Ihr Browser hat das Cookie nicht behalten, das diese Seite braucht.",
    cookiesNext:
      "Erlauben Sie Cookies für diese Website, auch in privaten Fenstern, und gehen Sie weiter. Wenn es wieder geschieht, nehmen Sie einen anderen Browser.",
    cookiesAgain: "Weiter",
    ended: "Die Anfrage ist beendet oder hier nicht bekannt.",
    notBegun:
      "Diese Anmeldung auf einem anderen Server ist vorbei oder wurde in einem anderen Browser begonnen.",
    notPushed:
      "Die Anwendung hat ihre Anfrage nicht angekündigt, bevor sie Sie hierher schickte, wie sie es muss.",
    badClient:
      "Die Anwendung beschreibt sich nicht so, wie sie es muss; deshalb kann dieser Server Sie nicht weitergehen lassen.",
    badRedirect:
      "Die Anwendung will Sie zu einer Adresse schicken, die sie vorher nicht genannt hat; deshalb kann dieser Server Sie nicht weitergehen lassen.",
    badScope:
      "Die Anwendung bittet um etwas, das sie nicht haben darf oder das es nicht gibt.",
    clientNext:
      "Sie selbst können das nicht beheben. Sagen Sie den Leuten, die die Anwendung machen, was unten steht.",
    crossSite:
      "Eine andere Website hat Sie zu diesem Schritt geführt oder das Formular gesendet.",
    crossSiteNext:
      "Öffnen Sie die Seite dieses Servers selbst und tun Sie es dort. Wenn Sie hier nichts tun wollten, schließen Sie die Seite: Es hat sich nichts geändert.",
    embedded:
      "Diese Seite funktioniert nur für sich allein, nicht in einer anderen.",
    embeddedNext: "Öffnen Sie sie in einem eigenen Fenster.",
    limited: "Das war zu oft in kurzer Zeit.",
    wait: (minutes) =>
      minutes < 2
        ? "Warten Sie eine Minute und versuchen Sie es noch einmal."
        : minutes < 120
          ? `Warten Sie ${minutes} Minuten und versuchen Sie es noch einmal.`
          : `Warten Sie ${Math.ceil(minutes / 60)} Stunden und versuchen Sie es noch einmal.`,
    refused: "Mit dem, was gesendet wurde, kann dieser Server nichts anfangen.",
    goBack:
      "Gehen Sie zurück, prüfen Sie Ihre Eingaben und versuchen Sie es noch einmal.",
    server: "Auf diesem Server ist etwas schiefgegangen.",
    serverNext:
      "Versuchen Sie es in einer Minute noch einmal. Wenn es wieder geschieht, nennen Sie dem Betreiber die Nummer unten.",
    detail: "Was genau schiefging",
    rules: "Alle Regeln für Anwendungen",
    client: "Die Anwendung",
    requestId: "Nummer dieser Anfrage",
  },
  handOver: {
    title: "Zurück zur Anwendung",
    submit: "Weiter",
  },
};
