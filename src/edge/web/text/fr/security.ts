import type { Text } from "#edge/web/text/en.ts";

export const security: Text["security"] = {
  title: "Mot de passe et facteurs",
  back: "Revenir à tous les accès",
  change: "Modifier",
  overview: {
    intro:
      "Ce qui donne accès à ce compte. Avant chaque modification, vous montrez encore une fois que c’est bien vous.",
    what: "Accès",
    state: "État",
    password: "Mot de passe",
    passkeys: "Clés d’accès",
    totp: "Application d’authentification",
    backupCodes: "Codes de secours",
    rules: "Codes par e-mail et règles",
    devices: "Appareils de confiance",
    set: "Défini",
    notSet: "Pas encore",
    on: "Activé",
    off: "Désactivé",
    count: (count) => String(count),
    left: (count) => (count < 2 ? `${count} restant` : `${count} restants`),
    required: "Un second facteur est demandé",
    notRequired: "Le mot de passe seul suffit",
    recovery: (when) =>
      `On a signalé à l’exploitant que vous avez perdu vos seconds facteurs. Ils seront tous retirés le ${when}. Si cela ne vient pas de vous, empêchez-le et changez votre mot de passe.`,
    stop: "Garder mes facteurs",
  },
  held: {
    where: (address) =>
      `Les codes de connexion vont encore à ${address}, l’adresse d’avant.`,
    confirm: (address) =>
      `Ils iront à ${address} dès que vous aurez confirmé cette adresse.`,
    until: (moment) =>
      `L’opérateur a changé l’adresse ; cela reste donc ainsi au moins jusqu’au ${moment}.`,
    notYou:
      "Si vous ne vouliez pas d’autre adresse, remettez la bonne sous « E-mail » et choisissez un nouveau mot de passe.",
  },
  password: {
    title: "Mot de passe",
    intro:
      "Un nouveau mot de passe déconnecte toutes les applications, toutes les sessions et tous les appareils, sauf ce navigateur.",
    first: "Le compte n’a pas de mot de passe. Vous pouvez en définir un.",
    new: "Nouveau mot de passe",
    again: "Le même encore une fois",
    hint: "Au moins 8 caractères ; quatre mots pris au hasard en font un bon.",
    appPasswords: "Révoquer aussi mes mots de passe d’application",
    submit: "Enregistrer le mot de passe",
    different: "Les deux ne sont pas identiques.",
    remove: "Se passer de mot de passe",
    removeHint:
      "Seule une clé d’accès vous connecte alors, et les applications ont besoin de la page de connexion ou d’un mot de passe d’application.",
    removeFirst:
      "Ajoutez d’abord une clé d’accès ; le mot de passe pourra ensuite disparaître.",
    removeSubmit: "Supprimer le mot de passe",
  },
  passkeys: {
    title: "Clés d’accès",
    intro:
      "Une clé d’accès est gardée par votre téléphone, votre ordinateur ou votre clé de sécurité, et s’ouvre avec votre doigt, votre visage ou votre code PIN. Une seule suffit pour se connecter ; on ne peut ni la deviner ni la donner à une fausse page.",
    caption: "Vos clés d’accès",
    name: "Nom",
    made: "Ajoutée",
    used: "Dernière utilisation",
    never: "Jamais",
    kept: "Conservée",
    copied: "Copiée entre vos appareils",
    single: "Sur un seul appareil",
    actions: "Actions",
    rename: "Renommer",
    renameOf: (name) => `Renommer ${name}`,
    newName: (name) => `Nouveau nom de ${name}`,
    remove: "Supprimer",
    removeOf: (name) => `Supprimer ${name}`,
    add: "Ajouter une clé d’accès",
    nameHint: "Ce à quoi vous la reconnaîtrez, par exemple « Téléphone ».",
    submit: "Ajouter une clé d’accès",
    script: "L’ajout d’une clé d’accès a besoin de JavaScript.",
    failed:
      "Cela n’a pas fonctionné : l’appareil a répondu trop tard ou est déjà ajouté. Réessayez.",
    moved:
      "Les clés d’accès sont liées au nom de ce serveur. Si le serveur change de nom, il faut les ajouter de nouveau.",
  },
  totp: {
    title: "Application d’authentification",
    isOn: "Les codes d’une application d’authentification sont demandés après votre mot de passe.",
    since: "Depuis",
    used: "Dernière utilisation",
    replace: "Passer à une autre application ou à un autre téléphone",
    remove: "Retirer l’application",
    scan: "Scannez cette image avec une application d’authentification comme Aegis, Google Authenticator ou 1Password.",
    picture: "Code QR pour une application d’authentification",
    type: "Ou saisissez-y cette clé :",
    code: "Le code que l’application affiche maintenant",
    submit: "Activer",
    wrong:
      "Ce n’est pas le bon code. L’horloge de votre téléphone est-elle à l’heure ? Les codes changent toutes les 30 secondes.",
  },
  codes: {
    title: "Codes de secours",
    intro:
      "Chacun de ces codes vous connecte une fois à la place d’un second facteur, quand le téléphone et les clés sont perdus. Imprimez-les ou rangez-les avec vos autres papiers.",
    once: "Ils ne sont affichés que cette fois.",
    left: (count) =>
      count < 2 ? `Il reste ${count} code.` : `Il reste ${count} codes.`,
    none: "Il ne reste aucun code.",
    needsFactor:
      "Les codes de secours viennent avec la première clé d’accès ou application d’authentification.",
    make: "Créer dix nouveaux codes",
    makeHint: "Les précédents ne vaudront alors plus rien.",
    done: "Je les ai mis en lieu sûr",
  },
  rules: {
    title: "Codes par e-mail et règles",
    email: "Code par e-mail",
    emailHint: (address) =>
      `Après votre mot de passe, un code est envoyé à ${address}. C’est moins sûr qu’une clé d’accès ou une application : qui lit vos e-mails le reçoit aussi.`,
    emailMissing:
      "Confirmez d’abord votre adresse e-mail ; les codes pourront ensuite y être envoyés.",
    require: "Second facteur",
    requireHint:
      "Demander une clé d’accès, le code d’une application ou un code de secours après le mot de passe.",
    requireFirst:
      "Ajoutez d’abord une clé d’accès ou une application d’authentification.",
    apps: "Applications avec votre mot de passe",
    appsHint:
      "Ne laisser entrer aucune application avec le mot de passe principal. Elles le peuvent encore avec un mot de passe d’application, ou en vous envoyant à la page de connexion d’ici.",
    turnOn: "Activer",
    turnOff: "Désactiver",
  },
  devices: {
    title: "Appareils de confiance",
    intro:
      "Dans ces navigateurs, aucun second facteur n’est demandé. Les modifications de votre compte le demandent quand même.",
    caption: "Navigateurs de confiance",
    browser: "Navigateur",
    address: "Adresse",
    until: "Jusqu’au",
    actions: "Actions",
    unknown: "Inconnu",
    here: "Ce navigateur",
    distrust: "Ne plus faire confiance",
  },
  keep: {
    title: "Garder vos seconds facteurs",
    question: (handle, when) =>
      `On a signalé à l’exploitant de ce serveur que la personne à qui appartient @${handle} a perdu tous ses seconds facteurs. Ils seront retirés le ${when}, sauf si vous vous y opposez.`,
    submit: "Non, les garder",
    done: "Ils restent. Si une autre personne l’a demandé, changez votre mot de passe.",
    over: "Ce lien ne vaut plus rien : les facteurs ont été gardés ou sont déjà retirés.",
    account: "Vers votre compte",
  },
  done: {
    passwordChanged: "Votre mot de passe a été changé.",
    passwordRemoved: "Votre mot de passe a été supprimé.",
    passkeyAdded: "La clé d’accès a été ajoutée.",
    passkeyRenamed: "La clé d’accès a son nouveau nom.",
    passkeyRemoved: "La clé d’accès a été supprimée.",
    totpAdded: "L’application d’authentification est activée.",
    totpRemoved: "L’application d’authentification a été retirée.",
    signInChanged: "La connexion a été modifiée.",
    deviceDistrusted: "Ce navigateur n’est plus de confiance.",
    factorsKept: "Vos seconds facteurs restent.",
  },
};
