import type { AdminPeopleText } from "#edge/web/text/en.ts";

export const adminPeople: AdminPeopleText = {
  accounts: {
    title: "Konten",
    list: "Konten",
    counts: (active, deactivated, takenDown) =>
      `${active} aktiv, ${deactivated} ruhen, ${takenDown} gesperrt.`,
    make: "Konto anlegen",
    search: "Handle, E-Mail oder DID",
    status: "Zustand",
    any: "Jeder",
    from: "Angelegt ab",
    to: "Angelegt bis",
    sort: "Reihenfolge",
    find: "Zeigen",
    handle: "Handle",
    email: "E-Mail",
    records: "Einträge",
    size: "Größe",
    created: "Angelegt",
    sorts: {
      newest: "Neueste zuerst",
      oldest: "Älteste zuerst",
      handle: "Nach Handle",
      largest: "Größte zuerst",
    },
    statuses: {
      active: "Aktiv",
      deactivated: "Ruht",
      suspended: "Vorübergehend gesperrt",
      takendown: "Gesperrt",
      creating: "Wird angelegt",
      deleted: "Gelöscht",
    },
    bulk: "Alle gefundenen",
    bulkHint:
      "Mit jedem Konto, das der Filter findet, dasselbe tun. Sie sehen, wen es träfe, bevor etwas geschieht.",
    act: "Was",
    preview: "Zeigen, wen es träfe",
    acts: {
      takeDown: "Sperren",
      restore: "Wiederherstellen",
      deactivate: "Ruhen lassen",
      disableInvites: "Keine Einladungscodes mehr geben",
      enableInvites: "Wieder Einladungscodes geben",
      announce: "Den Relays ankündigen",
      delete: "Löschen",
    },
    consequences: {
      takeDown:
        "Sie sind sofort nicht mehr zu sehen, hier und für alle, die diesen Server lesen, und werden abgemeldet. Nichts wird gelöscht.",
      restore:
        "Sie sind wieder zu sehen, und ihre Besitzer können sich anmelden.",
      deactivate:
        "Sie ruhen: Niemand sieht sie, bis ihre Besitzer sie wieder aktivieren.",
      disableInvites:
        "Sie verdienen keine Codes mehr; die, die sie haben, bleiben gültig.",
      enableInvites: "Sie verdienen wieder Codes.",
      announce:
        "Relays erfahren wieder von ihnen, in einem Tempo, das keine Beiträge verzögert.",
      delete:
        "Alles von ihnen auf diesem Server wird endgültig gelöscht: Einträge, Dateien, Sitzungen. Das lässt sich nicht rückgängig machen.",
    },
    bulkCount: (count) =>
      count === 1 ? "1 Konto ist gemeint:" : `${count} Konten sind gemeint:`,
    bulkOthers: (count) =>
      count === 1
        ? "1 weiteres wurde gefunden und bleibt, wie es ist: An ihm würde sich nichts ändern."
        : `${count} weitere wurden gefunden und bleiben, wie sie sind: An ihnen würde sich nichts ändern.`,
    bulkLogged:
      "Das ist ein Auftrag, dem Sie zusehen und den Sie abbrechen können, und was mit jedem Konto geschieht, steht bei den Handlungen.",
    typeCount: (count) => `Geben Sie ${count} ein, um weiterzugehen`,
  },
  acted: {
    createAccount: ({ handle }) => `Legte das Konto @${handle} an`,
    deleteAccount: ({ handle }) => `Löschte das Konto @${handle}`,
    updateAccountEmail: () => "Änderte die E-Mail-Adresse",
    updateAccountHandle: ({ before, after }) =>
      `Änderte den Handle von @${before} zu @${after}`,
    updateAccountPassword: () => "Setzte ein neues Passwort",
    updateAccountSigningKey: () => "Wechselte den Signaturschlüssel",
    sendEmail: ({ subject }) => `Schrieb einen Brief: „${subject}“`,
    verifyEmail: () => "Bestätigte die E-Mail-Adresse",
    sendPasswordReset: () => "Schickte einen Code für ein neues Passwort",
    makePasswordReset: () => "Machte einen Link für ein neues Passwort",
    endSessions: () => "Beendete alle Sitzungen",
    removeFactors: ({ dueAt }) =>
      `Ließ die zweiten Faktoren entfernen, ab ${dueAt}`,
    keepFactors: () => "Behielt die zweiten Faktoren",
    enableAccountInvites: () => "Ließ es wieder Einladungscodes verdienen",
    disableAccountInvites: () => "Ließ es keine Einladungscodes mehr verdienen",
    disableInviteCodes: ({ codes }) =>
      codes === "" ? "Sperrte Einladungscodes" : `Sperrte ${codes}`,
    createInviteCodes: ({ codeCount, useCount }) =>
      `Machte ${codeCount} Einladungscodes, jeden für ${useCount} Konten`,
    takenDown: ({ ref }) =>
      ref === "" ? "Nahm es weg" : `Nahm es weg (${ref})`,
    restored: () => "Machte es wieder sichtbar",
    deactivated: () => "Deaktivierte es",
    activated: () => "Aktivierte es",
    bulk: ({ act, count }) => `Für ${count} Konten: ${act}`,
    announce: () => "Ließ es Relays ankündigen",
    requestCrawl: () => "Bat Relays, diesen Server zu lesen",
    disconnect: () => "Beendete die Verbindung eines Lesers",
    checkRepo: () => "Ließ das Repository prüfen",
    checkRepos: () => "Ließ alle Repositorys prüfen",
    cancelJob: () => "Brach einen Auftrag ab",
    runChore: () => "Ließ es sofort tun",
    changeSetting: ({ before, after }) =>
      `Änderte die Einstellung von „${before}“ zu „${after}“`,
    chooseRegistration: ({ policy }) =>
      `Wählte, wer ein Konto anlegen darf: ${policy}`,
    resumeRegistration: () => "Ließ neue Konten wieder herein",
    approveApplication: () => "Nahm eine Anfrage an",
    refuseApplication: () => "Lehnte eine Anfrage ab",
    resendMail: () => "Schickte einen Brief noch einmal",
    tryMail: ({ isSent }) =>
      isSent === "true"
        ? "Schickte einen Probebrief"
        : "Versuchte vergeblich, einen Probebrief zu schicken",
    endAdminSession: () => "Beendete eine Sitzung dieser Seiten",
    endAdminSessions: () => "Beendete alle Sitzungen dieser Seiten",
  },
  newAccount: {
    title: "Konto anlegen",
    intro:
      "Das Konto wird angelegt, was auch immer die Registrierung sagt, mit einer neuen Identität. Übergeben Sie das Passwort, und bitten Sie darum, es zu ändern.",
    handle: "Handle",
    handleHint: (domains) => `Ein ganzer Name unter ${domains}`,
    email: "E-Mail-Adresse",
    password: "Passwort",
    passwordHint: "Mindestens acht Zeichen.",
    submit: "Konto anlegen",
  },
  account: {
    none: "Dieses Konto gibt es nicht",
    noneHint: "Dieses Konto ist nicht hier oder wird gerade gelöscht.",
    facts: "Was bekannt ist",
    did: "Kennung",
    noEmail: "keine",
    factorsGo: "Faktoren werden entfernt am",
    confirmed: "bestätigt",
    unconfirmed: "nicht bestätigt",
    deactivated: "Ruht seit",
    deleteAfter: "Wird gelöscht am",
    takenDown: "Gesperrt",
    ref: "Aktenzeichen",
    refHint: "Ihres, für später: die Nummer eines Falls oder ein Wort, warum.",
    sessions: "Angemeldet",
    sessionCounts: ({ sessions, applications, appPasswords }) =>
      `Sitzungen: ${sessions}, Anwendungen: ${applications}, App-Passwörter: ${appPasswords}`,
    usage: "Gespeichert",
    usageWords: ({ records, repo, blobs, blobBytes }) =>
      `Einträge: ${records} (${repo}), Dateien: ${blobs} (${blobBytes})`,
    invites: "Einladungscodes",
    invitesOff: "verdient keine mehr",
    note: "Bemerkung",
    acts: "Was Sie tun können",
    actsHint:
      "Jedes sagt, was es tut, bevor es das tut, und steht bei den Handlungen.",
    moderate: "Ein Eintrag oder eine Datei …",
    relays: "Was Relays sagen",
    relaysHint: "Jetzt gefragt oder innerhalb der letzten Minute",
    relay: "Relay",
    rev: "Neuester Commit, den es hat",
    notActive: "nicht aktiv",
    relayAnswers: {
      unknown: "kennt es nicht",
      unsupported: "beantwortet diese Frage nicht",
      unreachable: "hat nicht geantwortet",
    },
    names: {
      sendReset: "Einen Code für ein neues Passwort senden",
      makeReset: "Einen Link für ein neues Passwort machen",
      verifyEmail: "Die E-Mail-Adresse bestätigen",
      changeEmail: "Die E-Mail-Adresse ändern",
      changeHandle: "Den Handle ändern",
      signOut: "Überall abmelden",
      removeFactors: "Verlorene zweite Faktoren entfernen",
      keepFactors: "Die zweiten Faktoren behalten",
      announce: "Den Relays ankündigen",
      checkRepo: "Repository prüfen",
      rotateKey: "Den Signaturschlüssel wechseln",
      disableInvites: "Keine Einladungscodes mehr geben",
      enableInvites: "Wieder Einladungscodes geben",
      deactivate: "Ruhen lassen",
      activate: "Aktivieren",
      takeDown: "Sperren",
      restore: "Wiederherstellen",
      delete: "Löschen",
    },
    consequences: {
      sendReset:
        "Eine E-Mail mit einem Code geht an die Adresse des Kontos. Der Code setzt ein neues Passwort und gilt 15 Minuten.",
      makeReset:
        "Es entsteht ein Code, der innerhalb von 15 Minuten einmal ein neues Passwort setzt. Er wird nur Ihnen gezeigt: Geben Sie ihn dem Besitzer und niemandem sonst. Ein Code, der vorher gesendet wurde, ist dann wertlos.",
      verifyEmail:
        "Die Adresse gilt auf Ihr Wort hin als die des Besitzers. Tun Sie das, wenn Sie wissen, dass sie es ist.",
      changeEmail:
        "Die Adresse wird geändert und muss neu bestätigt werden. Codes, die an die alte gingen, sind wertlos.",
      changeHandle:
        "Der Handle und die Identität werden geändert, und Relays erfahren es. Der alte Handle ist für andere frei. Reservierte Namen sind hier erlaubt.",
      signOut:
        "Alle Sitzungen und Anwendungen enden sofort. Das Passwort und die App-Passwörter bleiben.",
      removeFactors:
        "Für jemanden, der außer dem Passwort alles verloren hat. In 24 Stunden werden alle zweiten Faktoren, Passkeys und Ersatzcodes entfernt und alles wird abgemeldet. Der Besitzer bekommt sofort eine E-Mail und kann es mit dem Link darin verhindern oder indem er sich mit einem Faktor anmeldet. Vergewissern Sie sich, wer darum bittet.",
      keepFactors:
        "Die zweiten Faktoren bleiben, und eine E-Mail sagt es dem Besitzer.",
      announce:
        "Relays erfahren die Identität, den Zustand und den neuesten Commit des Kontos. Das hilft, wenn seine Beiträge nicht zu sehen sind.",
      checkRepo:
        "Jeder Eintrag, jeder Block und jede Datei des Kontos wird mit Signatur, Verzeichnis und Log verglichen, so wie sie in einem Augenblick sind. Nichts wird verändert, und das Konto schreibt weiter.",
      rotateKey:
        "Von jetzt an unterschreibt ein neuer Schlüssel die Commits des Kontos, und die Identität wird im Verzeichnis geändert. Tun Sie das, wenn der alte Schlüssel anderen bekannt sein könnte.",
      disableInvites:
        "Das Konto verdient keine Einladungscodes mehr; die, die es hat, bleiben gültig.",
      enableInvites: "Das Konto verdient wieder Einladungscodes.",
      deactivate:
        "Das Konto ruht: Niemand sieht es, bis sein Besitzer es wieder aktiviert.",
      activate: "Das Konto ist wieder zu sehen, und Relays erfahren es.",
      takeDown:
        "Das Konto ist sofort nicht mehr zu sehen, hier und für alle, die diesen Server lesen, und wird überall abgemeldet. Nichts wird gelöscht, und Sie können es wiederherstellen.",
      restore:
        "Das Konto ist wieder zu sehen, und sein Besitzer kann sich anmelden.",
      delete:
        "Alles von diesem Konto auf diesem Server wird endgültig gelöscht: Einträge, Dateien, Sitzungen, Einstellungen. Die Identität selbst bleibt bei ihrem Verzeichnis. Das lässt sich nicht rückgängig machen.",
    },
    typeHandle: (handle) => `Geben Sie ${handle} ein, um weiterzugehen`,
    newEmail: "Neue E-Mail-Adresse",
    newHandle: "Neuer Handle",
    collections: "Was es verwahrt",
    collectionsHint: "Arten von Einträgen, die häufigste zuerst",
    collection: "Art",
    history: "Was mit ihm geschah",
    historyHint: "Handlungen im Namen des Betreibers, die neueste zuerst",
    tokenHint:
      "Das wird einmal gezeigt. Es gilt 15 Minuten und für ein neues Passwort.",
    token: "Code",
    link: "Link",
    backToAccount: "Zurück zum Konto",
  },
  registration: {
    title: "Registrierung",
    policy: "Wer ein Konto anlegen darf",
    now: "Zurzeit:",
    rate: (count, most) =>
      `In der letzten Stunde ${count === 1 ? "wurde 1 Konto" : `wurden ${count} Konten`} angelegt${most === 0 ? "" : `; ohne Einladungscode sind es höchstens ${most}`}.`,
    choose: "Regel",
    policies: {
      invite: "Auf Einladung",
      closed: "Geschlossen",
      captcha: "Nach einer Prüfung gegen Roboter",
      approval: "Wenn Sie zustimmen",
      open: "Für alle offen",
    },
    hints: {
      invite: "Ein Einladungscode ist nötig.",
      closed:
        "Niemand kommt von selbst herein. Sie können hier weiterhin Konten anlegen.",
      captcha:
        "Wer die Prüfung besteht, kommt herein, und wer einen Code hat, auch.",
      approval:
        "Leute fragen, Sie entscheiden, und sie bekommen einen Code per E-Mail.",
      open: "Auch Roboter. Relays verbergen die Konten über hundert, bis jemand diese Zahl erhöht.",
    },
    confirm: "Nur um für alle zu öffnen: Geben Sie das Wort „open“ ein",
    confirmHint: "Für jede andere Regel bleibt das Feld leer.",
    save: "Speichern",
    locked:
      "Ein Schalter, die Umgebung oder die Einstellungsdatei sagt, wer ein Konto anlegen darf (TEMPEST_REGISTRATION). Ändern Sie es dort.",
    tripped: "Zu viele Konten kamen auf einmal",
    trippedHint: (count) =>
      `Innerhalb einer Stunde wurden ${count} Konten angelegt; deshalb ist vorerst ein Einladungscode nötig. Sehen Sie sich zuerst die neuesten Konten an.`,
    resume: (policy) => `Zurück zu „${policy}“`,
    applications: "Wer um ein Konto bittet",
    states: { waiting: "Warten", approved: "Angenommen", refused: "Abgelehnt" },
    handle: "Handle",
    email: "E-Mail",
    reason: "In eigenen Worten",
    asked: "Gefragt",
    decision: "Entscheidung",
    approve: "Annehmen",
    approveOne: (handle) => `@${handle} annehmen`,
    refuse: "Ablehnen",
    refuseOne: (handle) => `@${handle} ablehnen`,
    cameIn: "hat ein Konto angelegt",
  },
  invites: {
    title: "Einladungscodes",
    make: "Codes machen",
    made: "Neue Codes",
    count: "Wie viele",
    uses: "Konten für jeden",
    submit: "Machen",
    list: "Alle Codes",
    caption: "Der neueste zuerst",
    code: "Code",
    used: "Benutzt",
    by: "Von",
    of: "Gehört",
    when: "Gemacht",
    state: "Zustand",
    disabled: "Abgeschaltet",
    usedUp: "Verbraucht",
    disable: "Abschalten",
    disableOne: (code) => `${code} abschalten`,
  },
  moderation: {
    title: "Moderation",
    intro:
      "Ein Konto, einen Eintrag oder eine Datei sperren oder wieder sichtbar machen.",
    noService:
      "Kein Moderationsdienst ist gesetzt (TEMPEST_MOD_SERVICE_URL); Meldungen von Leuten gehen nirgendwohin.",
    service: (did) =>
      `Meldungen gehen an ${did}; dieser Dienst darf auch hier handeln.`,
    find: "Etwas suchen",
    record: "Eintrag",
    recordHint: "at://did:…/Sammlung/Schlüssel",
    account: "Konto",
    accountHint: "Eine DID",
    blob: "Datei",
    blobHint: "Die CID einer Datei; das Konto ist auch nötig.",
    look: "Nachsehen",
    found: "Gefunden",
    cid: "CID",
    state: "Zustand",
    hidden: "Gesperrt",
    visible: "Zu sehen",
    ref: "Aktenzeichen",
    refHint: "Ihres, für später: die Nummer eines Falls oder ein Wort, warum.",
    takeDown: "Sperren",
    restore: "Wiederherstellen",
    hides:
      "Es ist sofort nicht mehr zu sehen. Nichts wird gelöscht, und Sie können es wiederherstellen.",
    shows: "Es ist wieder zu sehen.",
    latest: "Letzte Handlungen",
    latestHint: "Sperren und Wiederherstellungen, die neueste zuerst",
  },
  mail: {
    title: "E-Mails",
    off: "Dieser Server sendet keine E-Mails. Sie warten hier: Geben Sie die Codes darin selbst weiter.",
    way: "Wie E-Mails gehen",
    noWay: "E-Mails werden niemandem gesendet.",
    by: (way) => `Über ${way}.`,
    counts: (waiting, failed) =>
      `${waiting} warten, ${failed} wurden aufgegeben.`,
    trial: "Der Versuch",
    trialTo: "Eine E-Mail zum Versuch senden an",
    tryIt: "Senden",
    trialSent: "Der Mailserver hat sie angenommen",
    trialFailed: "Sie wurde nicht gesendet",
    transcript: "Was gesagt wurde",
    outbox: "Postausgang",
    caption: "E-Mails der letzten Woche, die neueste zuerst",
    all: "Alle",
    states: { waiting: "Wartet", sent: "Gesendet", failed: "Aufgegeben" },
    subject: "E-Mail",
    to: "An",
    state: "Zustand",
    code: "Code",
    when: "Geschrieben",
    gone: "Diese E-Mail gibt es nicht mehr",
    goneHint:
      "E-Mails werden eine Woche lang aufbewahrt, nachdem sie gesendet wurden.",
    facts: "Über die E-Mail",
    account: "Konto",
    sentAt: "Gesendet",
    tries: "Versuche",
    error: "Letzter Fehler",
    resend: "Noch einmal senden",
    text: "Die E-Mail",
    back: "Alle E-Mails",
  },
};
