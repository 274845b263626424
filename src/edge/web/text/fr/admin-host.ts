import type { AdminHostText } from "#edge/web/text/en.ts";

const decimal = (value: number) => value.toLocaleString("fr");

export const adminHost: AdminHostText = {
  storage: {
    title: "Stockage",
    space: "Espace",
    free: "Libre",
    freeOf: (free, all) => `${free} sur ${all}`,
    growth: "Croissance",
    unknown: "connue après deux jours",
    perDay: (bytes) => `${bytes} par jour`,
    forecast: "Plein",
    noForecast: "pas en vue",
    days: (count) => `dans ${count} jours environ`,
    blobs: "Fichiers",
    blobsOf: (count, bytes) => `${count}, ${bytes}`,
    repos: "Dépôts",
    accountDb: "Comptes (account.sqlite)",
    sequencerDb: "Journal (sequencer.sqlite)",
    measure: "Mesurer tous les comptes maintenant",
    checks: "Si tout est intact",
    checksHint:
      "Chaque enregistrement, chaque bloc et chaque fichier est comparé à sa signature, à son index et au journal, tels qu’ils sont à un instant. Rien n’est modifié, et les comptes continuent d’écrire.",
    checkAll: "Vérifier tous les dépôts",
    checkNever: "Ils n’ont pas été vérifiés récemment.",
    checkGood: (done, all) =>
      done === all
        ? `Les ${all} dépôts sont intacts.`
        : `${done} dépôts sur ${all} ont été examinés, et sont intacts.`,
    checkBad: (bad, done) =>
      `${bad} des ${done} dépôts examinés ont des défauts.`,
    checkLook: "Voir la tâche",
    plot: "Ce que prennent les plus gros comptes",
    plotSays: (handle, size) => `@${handle} : ${size}.`,
    largest: "Les plus gros comptes",
    largestHint:
      "Les fichiers comptent dès leur arrivée ; les dépôts sont mesurés chaque heure",
    account: "Compte",
    repo: "Dépôt",
    files: "Nombre de fichiers",
    records: "Enregistrements",
  },
  logs: {
    title: "Journal",
    level: "Niveau",
    levels: {
      debug: "Tout",
      info: "Ce qui se passe",
      warn: "Avertissements",
      error: "Erreurs",
    },
    search: "Contient",
    find: "Afficher",
    caption: "Les dernières lignes, la plus récente en premier ; heures en UTC",
    time: "Heure",
    event: "Événement",
    fields: "Plus",
    written: "Ce qui est écrit",
    writtenHint: (level) =>
      `Le journal est écrit à partir du niveau « ${level} ». Un changement vaut aussitôt.`,
    writeFrom: "Écrire",
    change: "Changer",
  },
  jobs: {
    title: "Tâches",
    queue: "Tâches",
    queueHint:
      "La plus récente en premier ; elles se poursuivent après un redémarrage",
    job: "Tâche",
    state: "État",
    states: {
      queued: "En attente",
      running: "En cours",
      done: "Terminée",
      failed: "Échouée",
      cancelled: "Annulée",
    },
    progress: "Avancement",
    made: "Commencée",
    chores: "De lui-même",
    choresHint: "Ce que le serveur fait de temps en temps",
    chore: "Travail",
    every: "Toutes les",
    interval: (ms) =>
      ms < 60_000
        ? `${decimal(ms / 1000)} s`
        : ms < 3_600_000
          ? `${decimal(ms / 60_000)} min`
          : `${decimal(ms / 3_600_000)} h`,
    last: "Dernière fois",
    notYet: "pas depuis le démarrage",
    fine: "Bien",
    took: (ms) => `(${decimal(ms)} ms)`,
    run: "Exécuter maintenant",
    runOne: (name) => `Exécuter maintenant : ${name}`,
    gone: "Cette tâche n’existe plus",
    goneHint: "Les tâches sont conservées un mois après leur fin.",
    inVain: "En vain ou avec des défauts",
    due: "Prévue",
    ended: "Terminée",
    tries: "Essais",
    error: "Dernière erreur",
    goesOn: "Le travail se poursuit si vous fermez cette page.",
    refresh: "Regarder encore une fois",
    cancel: "Annuler",
    back: "Toutes les tâches",
    failedHint: "Comptes où quelque chose n’allait pas, cinquante au plus",
    account: "Compte",
    why: "Pourquoi",
  },
};
