import type { LetterText } from "./en.ts";

const NOT_YOU =
  "Si ce n’était pas vous, ne faites rien : sans le code, rien ne change.";
const CHANGE_PASSWORD =
  "Si ce n’était pas vous, quelqu’un d’autre a accès à votre compte : changez maintenant votre mot de passe, ce qui déconnecte tout le monde, et vérifiez votre compte : {page}.";
const TAKEN_OVER =
  "Si ce n’était pas vous, quelqu’un est peut-être en train de prendre votre compte : écrivez aussitôt à l’exploitant de {service}. Pendant 72 heures, qui détient une clé plus puissante de l’identité peut annuler un changement.";

const codes: LetterText["codes"] = {
  confirmEmail: {
    subject: "Confirmez votre adresse e-mail",
    intro:
      "Veuillez confirmer que cette adresse appartient à votre compte {handle}.",
    action: "Confirmer l’adresse",
    closing:
      "Si vous n’avez pas de compte ici, quelqu’un a saisi votre adresse par erreur, et vous pouvez ignorer ce message.",
  },
  updateEmail: {
    subject: "Changement de votre adresse e-mail",
    intro: "Quelqu’un a demandé à changer l’adresse e-mail de {handle}.",
    closing: NOT_YOU,
  },
  resetPassword: {
    subject: "Choisir un nouveau mot de passe",
    intro: "Quelqu’un a demandé un nouveau mot de passe pour {handle}.",
    action: "Choisir un nouveau mot de passe",
    closing: NOT_YOU,
  },
  deleteAccount: {
    subject: "Supprimer votre compte",
    intro:
      "Quelqu’un a demandé à supprimer le compte {handle} avec tout ce qu’il contient. C’est irréversible.",
    closing: `${NOT_YOU} Si une session est encore ouverte ailleurs, changez votre mot de passe.`,
  },
  plcOperation: {
    subject: "Changement de votre identité",
    intro:
      "Quelqu’un a demandé à ce serveur de signer un changement de l’identité (DID) de {handle}, par exemple pour déménager le compte vers un autre serveur. Qui détient ce code peut prendre le compte : ne le donnez à personne.",
    closing: NOT_YOU,
  },
  signIn: {
    subject: "Votre code de connexion",
    intro:
      "Quelqu’un a saisi le bon mot de passe de {handle} et veut se connecter.",
    closing:
      "Si ce n’était pas vous, quelqu’un connaît votre mot de passe : changez-le. Sans le code, personne n’entre.",
  },
};

const notices: LetterText["notices"] = {
  newDevice: {
    subject: "Une nouvelle connexion à votre compte",
    what: "Quelqu’un s’est connecté à {handle} sur {service} depuis un appareil ou un programme qui n’avait pas encore servi pour ce compte.",
    otherwise: `Si c’était vous, il n’y a rien à faire. ${CHANGE_PASSWORD}`,
  },
  sessionReused: {
    subject: "Une session de votre compte a été terminée",
    what: "Quelqu’un a utilisé une ancienne clé d’une session de {handle} sur {service}, remplacée depuis longtemps. Deux programmes en ont peut-être une copie ; la session a donc été terminée, et il faut s’y reconnecter.",
    otherwise:
      "Si vous avez restauré une application ou un appareil depuis une sauvegarde, en voilà la raison. Sinon, quelqu’un a peut-être copié la clé : changez votre mot de passe : {page}.",
  },
  tokenReused: {
    subject: "Une application a été déconnectée de votre compte",
    what: "Une ancienne clé de l’application {application} pour {handle} sur {service} a été réutilisée après avoir été remplacée. Deux programmes en ont peut-être une copie ; l’application a donc été déconnectée.",
    otherwise:
      "Si vous avez restauré une application ou un appareil depuis une sauvegarde, en voilà la raison : reconnectez-vous à l’application. Sinon, quelqu’un a peut-être copié la clé : vérifiez votre compte : {page}.",
  },
  passwordChanged: {
    subject: "Votre mot de passe a été changé",
    what: "Le mot de passe de {handle} sur {service} a été changé, et tout le monde a été déconnecté.",
    otherwise:
      "Si ce n’était pas vous, choisissez un nouveau mot de passe à {page} avec le code que vous y recevrez par e-mail, et prévenez l’exploitant de {service}.",
  },
  passwordRemoved: {
    subject: "Votre compte n’a plus de mot de passe",
    what: "On ne se connecte plus à {handle} sur {service} qu’avec ses clés d’accès. Tout le monde a été déconnecté.",
    otherwise:
      "Si ce n’était pas vous, choisissez un nouveau mot de passe à {page} avec un code reçu par e-mail, et prévenez l’exploitant de {service}.",
  },
  signInPolicyChanged: {
    subject: "La connexion à votre compte a été modifiée",
    what: "Pour la connexion à {handle} sur {service}, la règle est maintenant : {rule}.",
    otherwise: CHANGE_PASSWORD,
  },
  recoveryKeyUsed: {
    subject: "La clé de récupération de votre compte a été utilisée",
    what: "Quelqu’un s’est connecté à {handle} sur {service} avec une clé de son identité à la place du second facteur.",
    otherwise:
      "Si ce n’était pas vous, quelqu’un détient une clé qui peut emmener votre compte vers un autre serveur : remplacez cette clé dans votre identité, et changez votre mot de passe : {page}.",
  },
  factorGuessed: {
    subject: "Quelqu’un essaie de deviner les codes de votre compte",
    what: "Quelqu’un a saisi le bon mot de passe de {handle} sur {service}, puis beaucoup de codes faux. Plus aucun code n’est accepté pendant un jour.",
    otherwise:
      "Quelqu’un connaît votre mot de passe : changez-le à {page}, ou demandez-y un code pour en choisir un nouveau.",
  },
  emailChanged: {
    subject: "Votre adresse e-mail a été changée",
    what: "L’adresse e-mail de {handle} sur {service} a été changée. Ce message va à l’ancienne adresse et à la nouvelle. Si des codes par e-mail protègent la connexion, ils continuent pour l’instant d’aller à l’ancienne adresse.",
    otherwise:
      "Si ce n’était pas vous, quelqu’un d’autre a accès à votre compte : connectez-vous à {page}, changez votre mot de passe et l’adresse, et prévenez l’exploitant de {service}.",
  },
  handleChanged: {
    subject: "Votre identifiant a été changé",
    what: "Votre compte sur {service} s’appelle maintenant {handle} ; auparavant, c’était {before}.",
    otherwise: CHANGE_PASSWORD,
  },
  factorAdded: {
    subject: "Un second facteur a été ajouté à votre compte",
    what: "Un second facteur ({factor}) protège maintenant la connexion à {handle} sur {service}.",
    otherwise: CHANGE_PASSWORD,
  },
  factorRemoved: {
    subject: "Un second facteur a été retiré de votre compte",
    what: "Un second facteur ({factor}) ne protège plus la connexion à {handle} sur {service}.",
    otherwise: CHANGE_PASSWORD,
  },
  backupCodesReplaced: {
    subject: "De nouveaux codes de secours ont été créés pour votre compte",
    what: "De nouveaux codes de secours ont été créés pour {handle} sur {service}. Les précédents ne valent plus rien.",
    otherwise: CHANGE_PASSWORD,
  },
  backupCodeUsed: {
    subject: "Un code de secours de votre compte a été utilisé",
    what: "Quelqu’un s’est connecté à {handle} sur {service} avec un de ses codes de secours.",
    otherwise: CHANGE_PASSWORD,
  },
  recoveryBegun: {
    subject:
      "Quelqu’un veut faire retirer les seconds facteurs de votre compte",
    what: "On a demandé à l’exploitant de {service} de retirer tous les seconds facteurs de {handle}. Ce sera fait dans 24 heures, sauf si vous l’empêchez.",
    otherwise:
      "Si vous ne l’avez pas demandé, quelqu’un se fait passer pour vous. Empêchez-le ici : {link} (se connecter avec un de vos facteurs l’empêche aussi), et prévenez l’exploitant de {service}.",
  },
  recoveryCancelled: {
    subject: "Les seconds facteurs de votre compte restent",
    what: "Les seconds facteurs de {handle} sur {service} ne seront pas retirés ; cela a été empêché.",
    otherwise:
      "Si vous les avez perdus et ne l’avez pas empêché vous-même, écrivez à l’exploitant de {service}.",
  },
  recoveryDone: {
    subject: "Les seconds facteurs de votre compte ont été retirés",
    what: "Tous les seconds facteurs ont été retirés de {handle} sur {service}. Le mot de passe seul ouvre maintenant le compte : ajoutez de nouveau un facteur.",
    otherwise: CHANGE_PASSWORD,
  },
  lettersChanged: {
    subject: "Le choix des messages que vous recevez a été changé",
    what: "Au sujet de {handle} sur {service}, plus aucun message n’annonce ceci : {off}. Les messages qui protègent le compte, comme celui-ci, sont toujours écrits.",
    otherwise: CHANGE_PASSWORD,
  },
  appPasswordCreated: {
    subject: "Un mot de passe d’application a été créé pour votre compte",
    what: "Un mot de passe d’application nommé « {name} » a été créé pour {handle} sur {service}. Qui le détient peut utiliser le compte sans votre mot de passe.",
    otherwise:
      "Si ce n’était pas vous, quelqu’un d’autre a accès à votre compte : révoquez-le à {page} et changez votre mot de passe.",
  },
  identitySigned: {
    subject: "Un changement de votre identité a été signé",
    what: "{service} a signé un changement de l’identité (DID) de {handle}, par exemple pour déménager le compte vers un autre serveur.",
    otherwise: TAKEN_OVER,
  },
  identityChanged: {
    subject: "Votre identité a été changée",
    what: "Un changement de l’identité (DID) de {handle} a été publié par {service}.",
    otherwise: TAKEN_OVER,
  },
  delegationGranted: {
    subject: "Quelqu’un peut agir pour votre compte",
    what: "{delegate} peut maintenant agir pour {handle} sur {service}, {level}.",
    otherwise:
      "Si ce n’était pas vous, quelqu’un d’autre a accès à votre compte : retirez-lui ce droit à {page} et changez votre mot de passe.",
  },
};

export const fr: LetterText = {
  codes,
  notices,
  messages: {
    applicationApproved: {
      subject: "Votre compte sur {service}",
      content: `Vous avez demandé un compte sur {service}, sous le nom {handle}. Bienvenue !

Créez votre compte ici : {link}

Votre code d’invitation, valable pour un compte : {code}`,
    },
    applicationRefused: {
      subject: "Votre demande sur {service}",
      content:
        "Vous avez demandé un compte sur {service}. L’exploitant ne peut pas vous en proposer un.",
    },
    registrationGuard: {
      subject: "Les nouveaux comptes ont de nouveau besoin d’une invitation",
      content: `{count} comptes ont été créés sur {origin} en une heure ; c’est la limite que vous avez fixée. Pour qu’aucun flot de comptes n’entre, il faut désormais un code d’invitation.

Regardez les comptes les plus récents, puis rouvrez les inscriptions : {page}`,
    },
    trial: {
      subject: "Un essai – {service}",
      content: "Ce message montre que {service} peut envoyer des e-mails.",
    },
  },
  words: {
    code: "Votre code, valable {minutes} minutes :",
    goOn: "Continuer",
    fact: "{name} : {value}",
    when: "Quand",
    who: "Qui",
    address: "Depuis l’adresse",
    device: "Avec",
    operator: "l’exploitant du serveur",
    unknown: "inconnu",
  },
  values: {
    factor: {
      totp: "application d’authentification",
      passkey: "clé d’accès « {name} »",
      email: "code par e-mail",
    },
    rule: {
      factorRequired: "un second facteur est demandé après le mot de passe",
      factorNotRequired:
        "aucun second facteur n’est demandé après le mot de passe",
      appsRefused:
        "les applications ne peuvent pas se connecter avec le mot de passe principal",
      appsAllowed:
        "les applications peuvent se connecter avec le mot de passe principal",
    },
    level: {
      viewer: "pour regarder",
      editor: "pour écrire",
      manager: "pour gérer",
      custom: "avec des autorisations choisies une à une",
    },
    off: {
      signIns: "les nouvelles connexions",
      oldKeys: "les sessions et applications déconnectées",
      appPasswords: "les nouveaux mots de passe d’application",
      handle: "les changements d’identifiant",
      none: "rien",
    },
  },
};
