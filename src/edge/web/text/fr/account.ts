import type { Text } from "#edge/web/text/en.ts";
import { accountData } from "./account-data.ts";
import { accountSelf } from "./account-self.ts";
import { letters } from "./letters.ts";
import { security } from "./security.ts";

export const account: Text["account"] = {
  sections: {
    you: "",
    security: "Connexion et accès",
    data: "Vos données",
    more: "Plus",
  },
  overview: {
    title: "Votre compte",
    allIsWell: "Tout va bien avec votre compte.",
    identity: "Qui vous êtes",
    handle: "Identifiant",
    did: "DID",
    status: "État",
    email: "E-mail",
    noEmail: "aucun",
    confirmed: "Confirmée",
    unconfirmed: "Non confirmée",
    since: "Ici depuis",
    listing: {
      title: "Sur la première page de ce serveur",
      shown: "Visible par tout le monde, avec nom et image.",
      notShown: "Non visible.",
      show: "M’y montrer",
      hide: "Ne plus m’y montrer",
    },
    records: "Enregistrements",
    media: "Médias",
    onDisk: (size) => `${size} sur le disque`,
    relays: "Ce que le réseau voit de vous",
    relaysHint:
      "Les relais lisent ce serveur et transmettent ce que vous écrivez à tous les autres. Voici ce qu’ils disent de votre compte, demandé il y a une minute au plus.",
    relaysCaption: "Relais auxquels ce serveur parle de ses comptes",
    lastCommit: "Votre dernière modification date du",
    noRelays:
      "Ce serveur est réglé pour ne rien dire à aucun relais ; personne d’autre n’en entend donc parler.",
    relay: "Relais",
    relayState: "Ce qu’il dit",
    seen: "Modification la plus récente qu’il a",
    notSaid: "non précisé",
    checkAgain: "Tout vérifier encore une fois",
    relayStates: {
      current: "A tout",
      "catching-up": "Rattrape son retard",
      behind: "En retard",
      known: "Vous connaît",
      inactive: "Vous croit inactif",
      unknown: "Ne vous connaît pas",
      unsupported: "Ne répond pas à cette question",
      unreachable: "Injoignable",
    },
    statuses: {
      active: "Actif",
      deactivated: "Désactivé",
      takendown: "Suspendu",
      suspended: "Suspendu pour un temps",
      creating: "En cours de création",
      deleted: "Supprimé",
    },
    handleStates: {
      good: "Juste dans les deux sens",
      bad: "Ne fonctionne pas",
      forward: {
        ours: "L’identifiant mène à vous : ce serveur répond pour lui.",
        dns: "L’identifiant mène à vous : un enregistrement DNS le dit.",
        https: "L’identifiant mène à vous : son site web le dit.",
        nowhere:
          "L’identifiant ne mène nulle part : ni son DNS ni son site web ne vous nomme.",
        conflict:
          "L’identifiant ne mène nulle part : son DNS nomme plusieurs comptes, et il en faut un seul.",
        other: (did) => `L’identifiant mène à une autre personne, ${did}.`,
      },
      backward: {
        claimed: "Votre document DID nomme l’identifiant.",
        nothing: "Votre document DID ne nomme aucun identifiant.",
        unreachable:
          "Votre document DID est illisible pour le moment ; ce sens n’est donc pas connu.",
        other: (handle) =>
          `Votre document DID nomme un autre identifiant, @${handle}.`,
      },
    },
    warnings: {
      takendown:
        "Votre compte a été suspendu par l’exploitant. Vous pouvez quand même emporter vos données.",
      deactivated:
        "Votre compte est désactivé : personne ne le voit, et vous ne pouvez rien publier.",
      deleteAfter: "Il sera supprimé après le",
      identity: (part, found, expected) =>
        `Votre document DID donne ${found ?? "rien"} comme ${part} ; il doit donner ${expected}, sinon personne ne trouve ce que vous écrivez ici.`,
      handle:
        "Votre identifiant ne fonctionne pas ; les autres vous voient donc comme handle.invalid.",
      relay: {
        behind: (host) =>
          `${host} n’a pas vos modifications les plus récentes.`,
        unknown: (host) => `${host} ne connaît pas votre compte.`,
        inactive: (host) => `${host} croit votre compte inactif.`,
      },
      missingBlobs:
        "Certains de vos enregistrements nomment des images ou des fichiers qui ne sont pas sur ce serveur.",
      noEmail:
        "Il n’y a pas d’adresse e-mail ; vous ne pouvez donc ni remplacer un mot de passe perdu ni supprimer votre compte.",
      unconfirmed:
        "Votre adresse e-mail n’est pas confirmée. Si elle est fausse, vous ne pourrez pas remplacer un mot de passe perdu.",
    },
    fixes: {
      takendown: "Emporter mes données",
      activate: "Activer mon compte",
      identity: "Voir mon identité",
      handle: "Réparer mon identifiant",
      announce: "Annoncer de nouveau mon compte",
      missingBlobs: "Voir ce qui manque",
      noEmail: "Ajouter une adresse",
      confirm: "M’envoyer un code",
    },
  },
  apps: {
    title: "Applications et sessions",
    apps: "Applications que vous avez laissées entrer",
    appsHint:
      "Elles se sont connectées sur une page de ce serveur et n’ont jamais vu votre mot de passe. Un accès retiré prend fin aussitôt.",
    app: "Application",
    may: "Peut",
    onlyName: "Apprendre qui vous êtes, et rien d’autre.",
    lastUsed: "Dernière utilisation",
    since: "Depuis",
    revoke: "Retirer l’accès",
    revokeName: (app) => `Retirer l’accès à ${app}`,
    passwords: "Mots de passe d’application",
    passwordsHint:
      "Pour les applications qui demandent un mot de passe. Ils ne permettent pas de modifier votre compte, et vous pouvez retirer chacun séparément.",
    newPassword: "Nouveau mot de passe d’application",
    name: "Nom",
    kind: "Peut",
    created: "Créé",
    kinds: {
      plain: "Tout, sauf les messages privés et le déménagement du compte",
      privileged: "Tout, y compris les messages privés, mais pas votre compte",
    },
    delete: "Supprimer",
    deleteName: (name) => `Supprimer le mot de passe d’application ${name}`,
    sessions: "Connexions par mot de passe",
    sessionsHint:
      "Applications qui ont demandé votre mot de passe ou un mot de passe d’application.",
    by: "Avec",
    mainPassword: "votre mot de passe principal",
    appPassword: (name) => `le mot de passe d’application « ${name} »`,
    end: "Terminer",
    endName: (by) => `Terminer la session avec ${by}`,
    endAll: "Toutes les terminer",
    browsers: "Navigateurs",
    browsersHint: "Où vous êtes connecté sur les pages de ce serveur.",
    browser: "Navigateur",
    from: "Depuis l’adresse",
    seen: "Vu la dernière fois",
    thisOne: "Celui-ci",
    untilClosed: "jusqu’à sa fermeture",
    signOut: "Déconnecter",
    signOutName: (browser) => `Déconnecter ${browser}`,
    signOutOthers: "Déconnecter partout ailleurs",
  },
  newPassword: {
    title: "Nouveau mot de passe d’application",
    hint: "Donnez à chaque application le sien : vous pourrez en retirer un et laisser les autres.",
    name: "À quoi sert-il ?",
    nameHint: "Un nom pour vous, par exemple celui de l’application.",
    kind: "Que permet-il ?",
    plain: "Tout, sauf les messages privés et le déménagement du compte",
    privileged: "Les messages privés aussi",
    limited: "Seulement ceci :",
    limits: {
      posts: "Écrire des messages",
      likes: "Aimer, partager et s’abonner",
      profile: "Changer votre profil",
      media: "Envoyer des images et des films",
      read: "Lire les fils et les notifications par ce serveur",
    },
    more: "Davantage, dans les termes d’OAuth",
    moreHint:
      "Des scopes séparés par des espaces, par exemple repo:com.example.note",
    submit: "Créer",
    made: "Votre nouveau mot de passe d’application",
    madeHint:
      "Copiez-le maintenant : il n’est affiché que cette fois, et personne ne pourra le retrouver.",
    forName: "Pour",
    done: "Je l’ai copié",
  },
  delegation: {
    title: "Qui agit pour vous",
    granted: "Qui peut agir pour ce compte",
    grantedHint:
      "Ces personnes se connectent à une application avec leur propre mot de passe et agissent en votre nom. Ce que vous retirez prend fin aussitôt.",
    delegate: "Personne",
    account: "Compte",
    may: "Peut",
    expires: "Jusqu’au",
    since: "Depuis",
    noEnd: "Jusqu’à ce que vous le retiriez",
    over: "Expiré",
    revoke: "Retirer",
    revokeName: (who) => `Retirer ce que ${who} peut faire`,
    grant: "Laisser quelqu’un agir pour ce compte",
    never:
      "Quoi que vous choisissiez, personne n’atteint ainsi votre mot de passe, votre adresse e-mail, vos seconds facteurs, vos mots de passe d’application, votre identifiant, vos clés ou la fin du compte, ni ne peut laisser entrer d’autres personnes.",
    who: "Identifiant ou DID",
    whoHint:
      "De son propre compte, ici ou sur un autre serveur. Si vous l’avez déjà nommé, ceci remplace ce qu’il avait.",
    level: "Que lui est-il permis ?",
    levels: {
      viewer: {
        name: "Regarder.",
        may: "Lire ce que vous voyez dans Bluesky : vos fils, vos notifications et vos réglages. Ne rien écrire.",
      },
      editor: {
        name: "Écrire.",
        may: "Aussi publier, aimer, s’abonner, supprimer des enregistrements et envoyer des fichiers, mais sans changer de réglages.",
      },
      manager: {
        name: "Gérer.",
        may: "Tout ce qu’une application à vous pourrait faire, messages privés et réglages compris.",
      },
      custom: {
        name: "Seulement ce que je nomme.",
        may: "Des autorisations dans les termes d’OAuth, saisies ci-dessous.",
      },
    },
    scopes: "Autorisations, si vous les nommez vous-même",
    scopesHint: "Séparées par des espaces, par exemple repo:com.example.note",
    until: "Dernier jour (facultatif)",
    untilHint: "Jusqu’à la fin de ce jour, en UTC.",
    submit: "Laisser agir pour moi",
    cancel: "Annuler",
    received: "Comptes pour lesquels vous pouvez agir",
    receivedHint:
      "Connectez-vous à une application avec le nom du compte, et choisissez d’agir pour lui avec un compte à vous.",
    renounce: "Rendre",
    renounceName: (name) => `Rendre ce que vous pouvez faire pour ${name}`,
  },
  ...accountData,
  ...accountSelf,
  letters,
  done: {
    ...security.done,
    "code-sent":
      "Nous vous avons envoyé un message avec un code. Il est valable 15 minutes.",
    "email-confirmed": "Votre adresse e-mail est confirmée.",
    "email-changed":
      "Votre adresse e-mail est changée. Confirmez la nouvelle avec un code.",
    "letters-chosen":
      "Votre choix est enregistré. Un message vous l’annonce aussi, au cas où il ne viendrait pas de vous.",
    "letters-kept": "C’était déjà votre choix.",
    cleaned:
      "Les fichiers que rien n’utilise depuis une heure ont été supprimés.",
    "file-removed": "Le fichier est supprimé.",
    cleaning: "Les fichiers inutilisés sont en cours de suppression.",
    "cleaning-stopped": "Arrêté. Ce qui a été supprimé jusque-là le reste.",
    "checkup-stopped": "La vérification est arrêtée.",
    imported: "Votre dépôt est ici maintenant.",
    "key-added":
      "Votre clé est maintenant la première de toutes. Gardez bien sa moitié privée.",
    "key-removed": "La clé ne peut plus changer votre identité.",
    "handle-changed": "Vous avez un nouvel identifiant.",
    "profile-saved": "Votre profil est enregistré.",
    invited: "Vous avez de nouvelles invitations.",
    "invite-off": "L’invitation est désactivée.",
    "no-invites": "Vous n’avez pas encore gagné d’autre invitation.",
    deactivated: "Votre compte est désactivé.",
    saved: "Enregistré.",
    deleted: "Supprimé.",
    deleting: "La suppression a commencé.",
    stopped: "Arrêté. Ce qui était supprimé jusque-là le reste.",
    revoked: "L’application n’a plus accès.",
    ended: "Terminé.",
    "signed-out": "Déconnecté à cet endroit.",
    "password-deleted":
      "Le mot de passe d’application a disparu, et les sessions qu’il a ouvertes aussi.",
    activated: "Votre compte est de nouveau actif.",
    "delegate-granted": "Cette personne peut maintenant agir pour vous.",
    "delegate-revoked": "Cette personne ne peut plus agir pour vous.",
    "delegation-renounced": "Vous n’agissez plus pour ce compte.",
    listing: "C’est comme vous le souhaitez. La première page suit aussitôt.",
    announced:
      "Votre compte sera annoncé de nouveau quand son tour viendra. Les relais peuvent mettre quelques minutes.",
    welcome:
      "Votre compte est prêt. Nous vous avons envoyé un message : confirmez avec lui votre adresse e-mail.",
  },
};
