import type { AccountDataText } from "#edge/web/text/en.ts";

export const accountData: AccountDataText = {
  activity: {
    title: "Activité",
    hint: "Ce que ce serveur a dit au réseau de votre compte, aussi loin qu’il le conserve : chaque changement de vos enregistrements, de qui vous êtes et d’où vous êtes. Y a-t-il quelque chose qu’aucune de vos applications n’a fait ?",
    access: "Voyez qui a accès.",
    caption: "Ce qui a été dit au réseau, le plus récent en premier",
    live: {
      refresh: "Regarder de nouveau",
      pause: "Mettre en pause",
      resume: "Reprendre",
      loud: "Lire à voix haute les nouvelles lignes",
      on: "Ce qui se passe s’ajoute de lui-même.",
      again: "La connexion est perdue et se rétablit.",
      lost: "La connexion est perdue. Rechargez la page.",
      paused: "En pause. Ce qui arrive entre-temps s’ajoutera à la reprise.",
      ended: "Vous êtes déconnecté ; plus rien ne s’ajoute.",
      more: "Entre celles-ci, il en est venu plus que ce qui est montré.",
    },
    number: "Numéro",
    what: "Quoi",
    rev: "Révision",
    when: "Quand",
    more: (count) => (count < 2 ? `et ${count} autre` : `et ${count} autres`),
    empty: "Un commit qui ne change aucun enregistrement",
    unreadable: "Illisible",
    kinds: {
      commit: "Enregistrements changés",
      sync: "Le dépôt a été annoncé de nouveau",
      identity: "Identité changée",
      account: "État du compte",
      import: "Un dépôt a été mis en place",
    },
    actions: { create: "Créé", update: "Modifié", delete: "Supprimé" },
  },
  jobs: {
    states: {
      queued: "Attend son tour",
      running: "En cours",
      done: "Terminé",
      failed: "Abandonné",
      cancelled: "Arrêté",
    },
    doneOf: (done, total) => `${done} sur ${total}`,
    doneIn: (time) => `Ce devrait être terminé ${time}.`,
    goesOn: (time) =>
      `Cela attend que votre compte puisse écrire davantage et reprendra ${time}.`,
    survives: "Cela se poursuit si vous fermez cette page.",
    refresh: "Voir où cela en est",
    stop: "Arrêter",
  },
  repo: {
    title: "Enregistrements",
    collections: "Collections",
    collection: "Collection",
    records: "Enregistrements",
    state: "Le dépôt",
    did: "DID",
    commit: "Dernier commit",
    rev: "Révision",
    back: "Toutes les collections",
    backTo: (collection) => `Tout ${collection}`,
    newRecord: "Nouvel enregistrement",
    newHere: "Nouvel enregistrement ici",
    order:
      "La clé la plus haute en premier ; c’est la plus récente là où les clés sont des dates",
    key: "Clé",
    keyHint: "Laissée vide, elle est créée.",
    content: "Contenu",
    size: "Taille",
    uri: "Adresse",
    cid: "CID",
    raw: "Tel que les autres le reçoivent",
    rawLink: "JSON",
    edit: "Modifier",
    editing: (rkey) => `Modifier ${rkey}`,
    json: "Enregistrement en JSON",
    save: "Enregistrer",
    delete: "Supprimer",
    takenDown: "Suspendu",
    takenDownHint:
      "L’exploitant a suspendu cet enregistrement. Vous seul le voyez.",
    unreadable: "Les octets de cet enregistrement sont illisibles.",
    large: "Cet enregistrement est trop grand pour être affiché ici.",
    byNow: "Ce qui s’y trouve maintenant",
    ends: {
      newest: "Les plus récents",
      newer: "Plus récents",
      older: "Plus anciens",
      oldest: "Les plus anciens",
    },
    deleteChosen: "Supprimer ceux qui sont cochés",
    deleteAll: "Supprimer toute la collection",
    reviewTitle: "Supprimer des enregistrements ?",
    reviewCount: (count, collection) =>
      count === 1
        ? `Un enregistrement de ${collection} sera supprimé.`
        : `${count.toLocaleString("fr")} enregistrements de ${collection} seront supprimés.`,
    andMore: (count) =>
      count < 2
        ? `et ${count} autre`
        : `et ${count.toLocaleString("fr")} autres`,
    reviewHint:
      "C’est irréversible. Les applications et les autres serveurs l’apprennent, mais personne ne peut les forcer à oublier ce qu’ils ont copié. Si vous pourriez vouloir les récupérer, téléchargez d’abord vos données.",
    typeName: (collection) => `Saisissez ${collection} pour continuer`,
    typedWrong:
      "Ce que vous avez saisi n’est pas le nom de la collection. Rien n’a été supprimé.",
    inactive: "Votre compte n’est pas actif ; rien ne peut donc être supprimé.",
    deleteNow: "Supprimer",
    keep: "Les garder",
    deleting: (collection) => `Suppression dans ${collection}`,
    pace: "Cela va lentement, pour que les relais continuent à lire ce serveur, et vous laisse de quoi écrire entre-temps.",
  },
  media: {
    title: "Médias",
    file: "Fichier",
    type: "Type",
    size: "Taille",
    usedBy: "Utilisé par",
    unused: "Inutilisé",
    takenDown: "Suspendu",
    picture: (cid) => `Image ${cid}`,
    uploaded: "Envoyé",
    usage: (count, size) =>
      count === 1
        ? `Un fichier, ${size} sur le disque.`
        : `${count.toLocaleString("fr")} fichiers, ${size} en tout sur le disque.`,
    filter: "Quels fichiers",
    shows: {
      all: "Tous",
      used: "Utilisés",
      unused: "Inutilisés",
      missing: "Manquants",
    },
    captions: {
      all: "Tous les fichiers",
      used: "Fichiers que des enregistrements nomment",
      unused: "Fichiers qu’aucun enregistrement ne nomme",
    },
    noneYet: "Aucun parmi ceux examinés jusqu’ici ; il y en a d’autres.",
    remove: "Supprimer",
    removeName: (cid) => `Supprimer le fichier ${cid}`,
    notRemoved:
      "Ce fichier est toujours là : un enregistrement le nomme, ou il a été envoyé il y a moins d’une heure et un enregistrement est peut-être en route.",
    cleaning: "Suppression des fichiers inutilisés",
    removed: (count, size) =>
      `${count.toLocaleString("fr")} supprimés jusqu’ici, ${size}.`,
    unusedHint:
      "Les fichiers envoyés qu’aucun enregistrement ne nomme sont supprimés d’eux-mêmes quelques heures plus tard.",
    clean: "Supprimer maintenant les fichiers inutilisés",
    missing: "Fichiers manquants",
    missingHint:
      "Vos enregistrements les nomment, et ils ne sont pas ici ; les autres voient donc un vide. Le plus souvent, un déménagement depuis un autre serveur n’a pas été terminé : l’application qui l’a fait peut les renvoyer.",
  },
  data: {
    title: "Téléchargement et importation",
    export: "Emporter",
    exportHint:
      "Votre dépôt contient tous vos enregistrements, signés, dans la forme que lit chaque serveur du réseau. Vos réglages sont un fichier à part.",
    all: "Tout télécharger (tar)",
    allHint:
      "Le tout est un seul fichier avec le dépôt (repo.car), les réglages et tous vos médias, chacun sous son CID. Tous les systèmes savent le décompresser. Ce qui n’est pas ici figure dans missing.txt.",
    car: "Télécharger mon dépôt (CAR)",
    preferences: "Télécharger mes réglages",
    import: "L’apporter ici",
    importHint:
      "Un fichier CAR de votre propre dépôt prend la place de tous les enregistrements présents ici. Il est d’abord vérifié, et rien ne change si tout n’est pas juste. Téléchargez auparavant ce qui est ici.",
    file: "Fichier CAR",
    importNow: "Remplacer mes enregistrements par lui",
    imported: "Il est ici maintenant",
    records: "Enregistrements",
    blocks: "Blocs repris",
    unreferenced: "Blocs écartés, que rien ne désigne",
    rev: "Révision",
  },
};
