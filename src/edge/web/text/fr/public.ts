import type { Text } from "#edge/web/text/en.ts";

export const publicPages: Text["public"] = {
  bar: {
    status: "État",
    stats: "Chiffres",
    docs: "Manuel",
    api: "Méthodes",
    account: "Votre compte",
    signIn: "Se connecter",
  },
  home: {
    about:
      "Ce serveur conserve les comptes de personnes et ce qu’elles écrivent, pour Bluesky et toutes les autres applications du protocole AT.",
    signIn: "Se connecter",
    signUp: "Créer un compte",
    address: "Adresse du serveur",
    handles: "Nouveaux identifiants",
    accounts: "Nouveaux comptes",
    registration: {
      open: "Ouvert à tout le monde",
      invite: "Sur invitation",
      closed: "Aucun pour le moment",
      approval: "Après un regard de l’exploitant",
      captcha: "Ouvert aux humains",
    },
    people: "Les personnes d’ici",
    records: (count) =>
      count < 2
        ? `${count} enregistrement`
        : `${count.toLocaleString("fr")} enregistrements`,
    latest: "Dernières nouvelles",
    links: "Plus",
    homePage: "Site web",
    terms: "Conditions d’utilisation",
    privacy: "Confidentialité",
    support: "Aide",
    contact: "Contact",
    protocol: "À propos du protocole",
  },
  stats: {
    title: "Chiffres",
    accounts: "Comptes actifs",
    records: "Enregistrements",
    collections: "Sortes d’enregistrements",
    commits: "Commits faits ici",
    weeks: "Commits par semaine",
    week: "Semaine du",
    top: "Sortes les plus nombreuses",
    collection: "Sorte",
    asOf: "Relevé du",
    machine: "La même chose pour les programmes",
    table: "Les chiffres",
  },
  status: {
    title: "État",
    words: {
      ok: "Tout fonctionne",
      degraded: "Quelque chose n’est pas comme il faut",
      unhealthy: "Ce serveur ne fonctionne pas pour le moment",
    },
    yes: "Fonctionne",
    no: "Ne fonctionne pas",
    checks: {
      accountDatabase: "Comptes",
      sequencerDatabase: "Journal des événements",
      sequencerReadable: "Flux d’événements",
      storageWritable: "Dossier des données",
      repoDirectory: "Dépôts",
      blobDirectory: "Fichiers",
    },
    behind: "Dépôts qui attendent d’être mis à jour",
    relays: "Relais",
    relay: "Relais",
    relayState: "Ce qu’il dit de ce serveur",
    unknown: "Pas encore demandé",
    version: "Version",
    uptime: "En marche depuis",
    newest: "Dernier événement",
  },
  docs: {
    title: "Manuel",
    search: "Chercher dans le manuel",
    go: "Chercher",
    found: (count, query) =>
      count === 0
        ? `Aucune page ne contient « ${query} ».`
        : count === 1
          ? `Une page contient « ${query} ».`
          : `${count} pages contiennent « ${query} ».`,
    before: "Précédent",
    after: "Suivant",
    changelog: "Ce qui a changé",
  },
  api: {
    title: "Méthodes",
    intro:
      "Tout ce à quoi ce serveur répond lui-même. Les méthodes d’autres services vont au service que nomme l’en-tête atproto-proxy, ou à l’AppView.",
    openapi: "Document OpenAPI",
    kind: "Sorte",
    kinds: {
      query: "Requête (GET)",
      procedure: "Procédure (POST)",
      subscription: "Flux d’événements (WebSocket)",
    },
    who: "Qui peut l’appeler",
    limit: "Limite propre",
    anybody: "tout le monde",
    method: "Méthode",
    parameters: "Paramètres",
    input: "Entrée",
    output: "Réponse",
    message: "Messages",
    errors: "Erreurs propres",
    name: "Nom",
    type: "Type",
    required: "obligatoire",
    call: "Essayer",
    schema: "Schéma",
  },
  notFound: {
    title: "Cette page n’existe pas",
    sentence: "Il n’y a rien à cette adresse.",
    home: "Vers la première page",
  },
};
