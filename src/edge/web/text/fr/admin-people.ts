import type { AdminPeopleText } from "#edge/web/text/en.ts";

export const adminPeople: AdminPeopleText = {
  accounts: {
    title: "Comptes",
    list: "Comptes",
    counts: (active, deactivated, takenDown) =>
      `Actifs : ${active}, désactivés : ${deactivated}, suspendus : ${takenDown}.`,
    make: "Créer un compte",
    search: "Identifiant, e-mail ou DID",
    status: "État",
    any: "Tous",
    from: "Créés à partir du",
    to: "Créés jusqu’au",
    sort: "Ordre",
    find: "Afficher",
    handle: "Identifiant",
    email: "E-mail",
    records: "Enregistrements",
    size: "Taille",
    created: "Créé",
    sorts: {
      newest: "Les plus récents d’abord",
      oldest: "Les plus anciens d’abord",
      handle: "Par identifiant",
      largest: "Les plus gros d’abord",
    },
    statuses: {
      active: "Actif",
      deactivated: "Désactivé",
      suspended: "Suspendu pour un temps",
      takendown: "Suspendu",
      creating: "En cours de création",
      deleted: "Supprimé",
    },
    bulk: "Tous ceux qui ont été trouvés",
    bulkHint:
      "Faire la même chose à chaque compte que trouve le filtre. Vous voyez lesquels avant que rien n’arrive.",
    act: "Quoi",
    preview: "Voir lesquels ce serait",
    acts: {
      takeDown: "Suspendre",
      restore: "Rétablir",
      deactivate: "Désactiver",
      disableInvites: "Ne plus donner de codes d’invitation",
      enableInvites: "Redonner des codes d’invitation",
      announce: "Annoncer aux relais",
      delete: "Supprimer",
    },
    consequences: {
      takeDown:
        "Ils sont aussitôt hors de vue, ici et pour tous ceux qui lisent ce serveur, et sont déconnectés. Rien n’est supprimé.",
      restore:
        "Ils sont de nouveau visibles, et leurs propriétaires peuvent se connecter.",
      deactivate:
        "Ils sont au repos : personne ne les voit jusqu’à ce que leurs propriétaires les activent de nouveau.",
      disableInvites:
        "Ils ne gagnent plus de codes ; ceux qu’ils ont restent valables.",
      enableInvites: "Ils gagnent de nouveau des codes.",
      announce:
        "Les relais en entendent de nouveau parler, à un rythme qui ne retarde aucun message.",
      delete:
        "Tout ce qui est à eux sur ce serveur est supprimé pour toujours : enregistrements, fichiers, sessions. C’est irréversible.",
    },
    bulkCount: (count) =>
      count < 2
        ? `${count} compte est concerné :`
        : `${count} comptes sont concernés :`,
    bulkOthers: (count) =>
      count < 2
        ? `${count} autre a été trouvé et reste tel quel : cela n’y changerait rien.`
        : `${count} autres ont été trouvés et restent tels quels : cela n’y changerait rien.`,
    bulkLogged:
      "C’est une tâche que vous pouvez suivre et annuler, et ce qui est fait à chaque compte figure dans le relevé des actes.",
    typeCount: (count) => `Saisissez ${count} pour continuer`,
  },
  acted: {
    createAccount: ({ handle }) => `A créé le compte @${handle}`,
    deleteAccount: ({ handle }) => `A supprimé le compte @${handle}`,
    updateAccountEmail: () => "A changé l’adresse e-mail",
    updateAccountHandle: ({ before, after }) =>
      `A changé l’identifiant de @${before} en @${after}`,
    updateAccountPassword: () => "A défini un nouveau mot de passe",
    updateAccountSigningKey: () => "A changé la clé de signature",
    sendEmail: ({ subject }) => `A écrit un courrier : « ${subject} »`,
    verifyEmail: () => "A confirmé l’adresse e-mail",
    sendPasswordReset: () => "A envoyé un code pour un nouveau mot de passe",
    makePasswordReset: () => "A créé un lien pour un nouveau mot de passe",
    endSessions: () => "A mis fin à toutes les sessions",
    removeFactors: ({ dueAt }) =>
      `A fait retirer les seconds facteurs, à partir du ${dueAt}`,
    keepFactors: () => "A gardé les seconds facteurs",
    enableAccountInvites: () => "Lui a rendu les codes d’invitation",
    disableAccountInvites: () => "Ne lui laisse plus de codes d’invitation",
    disableInviteCodes: ({ codes }) =>
      codes === ""
        ? "A désactivé des codes d’invitation"
        : `A désactivé ${codes}`,
    createInviteCodes: ({ codeCount, useCount }) =>
      `A créé ${codeCount} codes d’invitation, chacun pour ${useCount} comptes`,
    takenDown: ({ ref }) =>
      ref === "" ? "L’a retiré de la vue" : `L’a retiré de la vue (${ref})`,
    restored: () => "L’a rendu visible",
    deactivated: () => "L’a désactivé",
    activated: () => "L’a activé",
    bulk: ({ act, count }) => `Pour ${count} comptes : ${act}`,
    announce: () => "L’a fait annoncer aux relais",
    requestCrawl: () => "A demandé aux relais de lire ce serveur",
    disconnect: () => "A mis fin à la connexion d’un lecteur",
    checkRepo: () => "A fait vérifier le dépôt",
    checkRepos: () => "A fait vérifier tous les dépôts",
    cancelJob: () => "A annulé une tâche",
    runChore: () => "L’a fait exécuter aussitôt",
    changeSetting: ({ before, after }) =>
      `A changé le réglage de « ${before} » en « ${after} »`,
    chooseRegistration: ({ policy }) =>
      `A choisi qui peut créer un compte : ${policy}`,
    resumeRegistration: () => "A rouvert les inscriptions",
    approveApplication: () => "A accepté une demande",
    refuseApplication: () => "A refusé une demande",
    resendMail: () => "A renvoyé un courrier",
    tryMail: ({ isSent }) =>
      isSent === "true"
        ? "A envoyé un courrier d’essai"
        : "A essayé en vain d’envoyer un courrier d’essai",
    endAdminSession: () => "A mis fin à une session de ces pages",
    endAdminSessions: () => "A mis fin à toutes les sessions de ces pages",
  },
  newAccount: {
    title: "Créer un compte",
    intro:
      "Le compte est créé quoi que dise l’inscription, avec une nouvelle identité. Transmettez le mot de passe, et demandez de le changer.",
    handle: "Identifiant",
    handleHint: (domains) => `Un nom entier sous ${domains}`,
    email: "Adresse e-mail",
    password: "Mot de passe",
    passwordHint: "Au moins huit caractères.",
    submit: "Créer le compte",
  },
  account: {
    none: "Ce compte n’existe pas",
    noneHint: "Ce compte n’est pas ici, ou il est en cours de suppression.",
    facts: "Ce qui est connu",
    did: "DID",
    noEmail: "aucun",
    factorsGo: "Les facteurs seront retirés le",
    confirmed: "confirmée",
    unconfirmed: "non confirmée",
    deactivated: "Désactivé",
    deleteAfter: "À supprimer le",
    takenDown: "Suspendu",
    ref: "Référence",
    refHint:
      "La vôtre, pour plus tard : le numéro d’un cas, ou un mot disant pourquoi.",
    sessions: "Connexions",
    sessionCounts: ({ sessions, applications, appPasswords }) =>
      `sessions : ${sessions}, applications : ${applications}, mots de passe d’application : ${appPasswords}`,
    usage: "Stocké",
    usageWords: ({ records, repo, blobs, blobBytes }) =>
      `enregistrements : ${records} (${repo}), fichiers : ${blobs} (${blobBytes})`,
    invites: "Codes d’invitation",
    invitesOff: "n’en gagne plus",
    note: "Remarque",
    acts: "Ce que vous pouvez faire",
    actsHint:
      "Chaque acte dit ce qu’il fait avant de le faire, et figure dans le relevé.",
    moderate: "Un enregistrement ou un fichier…",
    relays: "Ce que disent les relais",
    relaysHint: "Demandé maintenant, ou au cours de la dernière minute",
    relay: "Relais",
    rev: "Dernier commit qu’il a",
    notActive: "inactif",
    relayAnswers: {
      unknown: "ne le connaît pas",
      unsupported: "ne répond pas à cette question",
      unreachable: "n’a pas répondu",
    },
    names: {
      sendReset: "Envoyer un code pour un nouveau mot de passe",
      makeReset: "Créer un lien pour un nouveau mot de passe",
      verifyEmail: "Confirmer l’adresse e-mail",
      changeEmail: "Changer l’adresse e-mail",
      changeHandle: "Changer l’identifiant",
      signOut: "Déconnecter partout",
      removeFactors: "Retirer les seconds facteurs perdus",
      keepFactors: "Garder les seconds facteurs",
      announce: "Annoncer aux relais",
      checkRepo: "Vérifier le dépôt",
      rotateKey: "Changer la clé de signature",
      disableInvites: "Ne plus donner de codes d’invitation",
      enableInvites: "Redonner des codes d’invitation",
      deactivate: "Désactiver",
      activate: "Activer",
      takeDown: "Suspendre",
      restore: "Rétablir",
      delete: "Supprimer",
    },
    consequences: {
      sendReset:
        "Un message avec un code va à l’adresse du compte. Le code permet de choisir un nouveau mot de passe et est valable 15 minutes.",
      makeReset:
        "Un code est créé, qui permet de choisir un nouveau mot de passe, une fois, dans les 15 minutes. Il n’est montré qu’à vous : donnez-le au propriétaire, et à personne d’autre. Un code envoyé auparavant ne vaut alors plus rien.",
      verifyEmail:
        "L’adresse passe pour celle du propriétaire sur votre parole. Faites-le quand vous savez que c’est la sienne.",
      changeEmail:
        "L’adresse est changée et doit être confirmée de nouveau. Les codes envoyés à l’ancienne ne valent plus rien.",
      changeHandle:
        "L’identifiant et l’identité sont changés, et les relais l’apprennent. L’ancien identifiant est libre pour d’autres. Les noms réservés sont permis ici.",
      signOut:
        "Toutes les sessions et applications prennent fin aussitôt. Le mot de passe et les mots de passe d’application restent.",
      removeFactors:
        "Pour un propriétaire qui a tout perdu sauf le mot de passe. Dans 24 heures, tous les seconds facteurs, clés d’accès et codes de secours sont retirés et tout est déconnecté. Le propriétaire reçoit aussitôt un message et peut l’empêcher avec le lien qu’il contient, ou en se connectant avec un facteur. Assurez-vous de qui le demande.",
      keepFactors:
        "Les seconds facteurs restent, et un message le dit au propriétaire.",
      announce:
        "Les relais apprennent l’identité, l’état et le dernier commit du compte. Cela aide quand ses messages ne sont pas vus.",
      checkRepo:
        "Chaque enregistrement, chaque bloc et chaque fichier du compte est comparé à sa signature, à son index et au journal, tels qu’ils sont à un instant. Rien n’est modifié, et le compte continue d’écrire.",
      rotateKey:
        "Une nouvelle clé signe désormais les commits du compte, et l’identité est changée dans l’annuaire. Faites-le quand d’autres pourraient connaître l’ancienne clé.",
      disableInvites:
        "Le compte ne gagne plus de codes d’invitation ; ceux qu’il a restent valables.",
      enableInvites: "Le compte gagne de nouveau des codes d’invitation.",
      deactivate:
        "Le compte est au repos : personne ne le voit jusqu’à ce que son propriétaire l’active de nouveau.",
      activate: "Le compte est de nouveau visible, et les relais l’apprennent.",
      takeDown:
        "Le compte est aussitôt hors de vue, ici et pour tous ceux qui lisent ce serveur, et est déconnecté partout. Rien n’est supprimé, et vous pouvez le rétablir.",
      restore:
        "Le compte est de nouveau visible, et son propriétaire peut se connecter.",
      delete:
        "Tout ce qui est au compte sur ce serveur est supprimé pour toujours : enregistrements, fichiers, sessions, réglages. L’identité elle-même reste à son annuaire. C’est irréversible.",
    },
    typeHandle: (handle) => `Saisissez ${handle} pour continuer`,
    newEmail: "Nouvelle adresse e-mail",
    newHandle: "Nouvel identifiant",
    collections: "Ce qu’il contient",
    collectionsHint: "Sortes d’enregistrements, la plus nombreuse en premier",
    collection: "Sorte",
    history: "Ce qui lui a été fait",
    historyHint: "Actes au nom de l’exploitant, le plus récent en premier",
    tokenHint:
      "Ceci n’est affiché qu’une fois. C’est valable 15 minutes et pour un nouveau mot de passe.",
    token: "Code",
    link: "Lien",
    backToAccount: "Revenir au compte",
  },
  registration: {
    title: "Inscription",
    policy: "Qui peut créer un compte",
    now: "Pour le moment :",
    rate: (count, most) =>
      `${count < 2 ? `${count} compte a été créé` : `${count} comptes ont été créés`} au cours de la dernière heure${most === 0 ? "" : ` ; sans code d’invitation, le maximum est ${most}`}.`,
    choose: "Règle",
    policies: {
      invite: "Sur invitation",
      closed: "Fermée",
      captcha: "Après une vérification contre les robots",
      approval: "Avec votre accord",
      open: "Ouverte à tout le monde",
    },
    hints: {
      invite: "Il faut un code d’invitation.",
      closed:
        "Personne n’entre de soi-même. Vous pouvez toujours créer des comptes ici.",
      captcha: "Qui réussit la vérification entre, et qui a un code aussi.",
      approval:
        "Les gens demandent, vous décidez, et ils reçoivent un code par e-mail.",
      open: "Aux robots aussi. Les relais cachent les comptes au-delà de cent jusqu’à ce que quelqu’un relève ce nombre.",
    },
    confirm:
      "Seulement pour l’ouvrir à tout le monde : saisissez le mot « open »",
    confirmHint: "Laissez vide pour toute autre règle.",
    save: "Enregistrer",
    locked:
      "Une option, l’environnement ou le fichier de réglages dit qui peut créer un compte (TEMPEST_REGISTRATION). Changez-le là-bas.",
    tripped: "Trop de comptes sont venus d’un coup",
    trippedHint: (count) =>
      `${count} comptes ont été créés en une heure ; il faut donc un code d’invitation pour l’instant. Regardez d’abord les comptes les plus récents.`,
    resume: (policy) => `Revenir à « ${policy} »`,
    applications: "Qui demande un compte",
    states: {
      waiting: "En attente",
      approved: "Acceptées",
      refused: "Refusées",
    },
    handle: "Identifiant",
    email: "E-mail",
    reason: "Avec ses mots",
    asked: "Demandé",
    decision: "Décision",
    approve: "Accepter",
    approveOne: (handle) => `Accepter @${handle}`,
    refuse: "Refuser",
    refuseOne: (handle) => `Refuser @${handle}`,
    cameIn: "a créé un compte",
  },
  invites: {
    title: "Codes d’invitation",
    make: "Créer des codes",
    made: "Nouveaux codes",
    count: "Combien",
    uses: "Comptes pour chacun",
    submit: "Les créer",
    list: "Tous les codes",
    caption: "Le plus récent en premier",
    code: "Code",
    used: "Utilisé",
    by: "Par",
    of: "Appartient à",
    when: "Créé",
    state: "État",
    disabled: "Désactivé",
    usedUp: "Épuisé",
    disable: "Désactiver",
    disableOne: (code) => `Désactiver ${code}`,
  },
  moderation: {
    title: "Modération",
    intro:
      "Mettre hors de vue un compte, un enregistrement ou un fichier, ou le faire revenir.",
    noService:
      "Aucun service de modération n’est défini (TEMPEST_MOD_SERVICE_URL) ; les signalements ne vont nulle part.",
    service: (did) =>
      `Les signalements vont à ${did}, qui peut aussi agir ici.`,
    find: "Trouver quelque chose",
    record: "Enregistrement",
    recordHint: "at://did:…/collection/clé",
    account: "Compte",
    accountHint: "Un DID",
    blob: "Fichier",
    blobHint: "Le CID d’un fichier ; il faut aussi le compte.",
    look: "Regarder",
    found: "Trouvé",
    cid: "CID",
    state: "État",
    hidden: "Hors de vue",
    visible: "Visible",
    ref: "Référence",
    refHint:
      "La vôtre, pour plus tard : le numéro d’un cas, ou un mot disant pourquoi.",
    takeDown: "Suspendre",
    restore: "Rétablir",
    hides:
      "C’est aussitôt hors de vue. Rien n’est supprimé, et vous pouvez le rétablir.",
    shows: "C’est de nouveau visible.",
    latest: "Derniers actes",
    latestHint: "Suspensions et rétablissements, le plus récent en premier",
  },
  mail: {
    title: "E-mails",
    off: "Ce serveur n’envoie pas d’e-mails. Les messages attendent ici : transmettez vous-même leurs codes.",
    way: "Comment partent les messages",
    noWay: "Les messages ne sont envoyés à personne.",
    by: (way) => `Par ${way}.`,
    counts: (waiting, failed) => `${waiting} en attente, ${failed} abandonnés.`,
    trial: "L’essai",
    trialTo: "Envoyer un message d’essai à",
    tryIt: "Envoyer",
    trialSent: "Le serveur de messagerie l’a pris",
    trialFailed: "Il n’a pas été envoyé",
    transcript: "Ce qui s’est dit",
    outbox: "Boîte d’envoi",
    caption: "Messages de la dernière semaine, le plus récent en premier",
    all: "Tous",
    states: { waiting: "En attente", sent: "Envoyé", failed: "Abandonné" },
    subject: "Message",
    to: "À",
    state: "État",
    code: "Code",
    when: "Écrit",
    gone: "Ce message n’existe plus",
    goneHint: "Les messages sont conservés une semaine après leur envoi.",
    facts: "À propos du message",
    account: "Compte",
    sentAt: "Envoyé",
    tries: "Essais",
    error: "Dernière erreur",
    resend: "Envoyer encore une fois",
    text: "Le message",
    back: "Tous les messages",
  },
};
