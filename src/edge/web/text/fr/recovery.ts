import type { Text } from "#edge/web/text/en.ts";

export const recovery: Text["recovery"] = {
  ask: {
    title: "Choisir un nouveau mot de passe",
    intro:
      "Saisissez l’adresse e-mail de votre compte. Nous y envoyons un code qui permet de choisir un nouveau mot de passe.",
    email: "Adresse e-mail",
    submit: "Envoyer le code",
    haveCode: "J’ai un code",
    other: "Je ne peux pas lire les messages de cette adresse",
  },
  code: {
    title: "Choisir un nouveau mot de passe",
    sent: "S’il existe un compte avec cette adresse, un message est en route. Cela peut prendre une minute ; regardez aussi dans les indésirables.",
    code: "Code reçu par e-mail",
    codeHint: "Dix lettres et chiffres. Il est valable 15 minutes.",
    password: "Nouveau mot de passe",
    passwordHint:
      "Au moins 8 caractères. Quelques mots font un bon mot de passe.",
    ends: "Toutes les applications et tous les navigateurs connectés devront se reconnecter. Les mots de passe d’application restent.",
    submit: "Enregistrer le mot de passe",
    again: "Envoyer un autre code",
  },
  done: {
    title: "Le mot de passe est enregistré",
    text: "Le nouveau mot de passe est valable dès maintenant. Si votre compte demande une deuxième étape, il la demande toujours.",
    signIn: "Se connecter",
  },
  faults: {
    email: "Ce n’est pas une adresse e-mail : il faut un @ et un domaine.",
    code: "Ce code est faux ou a déjà été utilisé.",
    expired: "Ce code est trop ancien. Faites-en envoyer un autre.",
    password: "Utilisez au moins 8 caractères et au plus 256.",
    signedOut:
      "Connectez-vous pour faire envoyer un code, ou utilisez le lien du message.",
  },
  verify: {
    title: "Confirmer votre adresse e-mail",
    intro:
      "Une adresse confirmée permet de choisir un nouveau mot de passe si vous avez perdu le vôtre.",
    code: "Code reçu par e-mail",
    submit: "Confirmer l’adresse",
    send: "Envoyer un code",
    sent: (address) =>
      `Un message est en route vers ${address}. Saisissez le code qu’il contient ou suivez son lien.`,
    confirmed: "L’adresse est confirmée",
    confirmedText:
      "L’adresse appartient maintenant à votre compte. Il n’y a rien d’autre à faire.",
    already: "L’adresse de votre compte est déjà confirmée.",
    none: "Votre compte n’a pas d’adresse e-mail.",
    toAccount: "Vers votre compte",
  },
  recover: {
    title: "Impossible de vous connecter ?",
    intro: "Choisissez ce que vous avez perdu.",
    password: {
      title: "Le mot de passe",
      text: "Nous envoyons par e-mail un code qui permet d’en choisir un nouveau.",
      link: "Choisir un nouveau mot de passe",
    },
    handle: {
      title: "L’identifiant",
      text: "Connectez-vous avec votre adresse e-mail à la place de l’identifiant. Il figure aussi dans chaque message de ce serveur.",
      link: "Se connecter",
    },
    factor: {
      title:
        "La deuxième étape : le téléphone avec les codes, ou la clé d’accès",
      text: "Connectez-vous avec votre mot de passe, puis choisissez « Une autre façon ». Un de vos codes de secours suffit ; de même la clé de récupération, si votre identité en a une que vous gardez vous-même. Un nouveau mot de passe ne supprime pas à lui seul la deuxième étape.",
      link: "Se connecter",
    },
    mail: {
      title: "Les e-mails",
      text: "Si une session est encore ouverte quelque part, changez-y l’adresse de votre compte. Sinon, connectez-vous avec votre mot de passe et changez-la sur les pages de votre compte.",
      link: "Se connecter",
    },
    all: {
      title: "Tout",
      text: "Seul l’exploitant de ce serveur peut alors vous aider ; il demandera qui vous êtes. Une modification prend un jour et vous est annoncée par e-mail, afin que personne ne prenne le compte à votre insu.",
      contact: "Écrire à l’exploitant",
      support: "Trouver de l’aide",
      none: "L’exploitant n’a laissé aucune adresse sur ce serveur.",
    },
  },
};
