import type { Text } from "#edge/web/text/en.ts";

export const signUp: Text["signUp"] = {
  title: "Créer un compte",
  at: (server) => `sur ${server}`,
  invitedBy: (handle) => `@${handle} vous invite.`,
  invited: "Vous avez reçu une invitation.",
  about:
    "Ce serveur conserve votre compte et ce que vous écrivez, pour Bluesky et toutes les autres applications du protocole AT. Vous pourrez plus tard changer de serveur en emportant tout.",
  inviteCode: "Code d’invitation",
  inviteNeeded: "Ce serveur accueille de nouvelles personnes sur invitation.",
  inviteMayBe:
    "Si vous en avez un. Il vous épargne la vérification ci-dessous.",
  approval:
    "Pas de code d’invitation ? L’exploitant décide qui obtient un compte.",
  apply: "Demander un compte",
  handle: "Identifiant",
  handleHint:
    "Votre nom public : 3 à 18 lettres, chiffres ou traits d’union. Vous pourrez le changer plus tard, même pour votre propre domaine.",
  domain: "Fin de l’identifiant",
  free: "Cet identifiant est libre.",
  taken: "Cet identifiant est pris. Sont libres :",
  email: "Adresse e-mail",
  emailHint:
    "Pour les codes et les messages concernant votre compte. Elle n’est pas publique.",
  password: "Mot de passe",
  passwordHint:
    "Au moins 8 caractères. Quelques mots font un bon mot de passe.",
  policies: "Règles de ce serveur",
  agree: "Je les ai lues et je les accepte",
  submit: "Créer le compte",
  haveOne: "J’ai déjà un compte",
  check: {
    title: "Êtes-vous une personne ?",
    working: "Votre navigateur effectue un petit calcul qui le montre…",
    done: "Votre navigateur l’a montré.",
    failed:
      "Votre navigateur n’a pas pu faire ce calcul. Rechargez la page ou utilisez un autre navigateur.",
    script:
      "Cette vérification a besoin de JavaScript, qui est désactivé ici. Activez-le ou utilisez un code d’invitation.",
  },
  faults: {
    handle: {
      form: "Ce n’est pas un identifiant possible : 3 à 18 lettres, chiffres ou traits d’union, sans trait d’union au début ni à la fin.",
      taken: "Cet identifiant est pris.",
      foreign:
        "Un domaine à vous deviendra votre identifiant une fois le compte créé. Choisissez pour l’instant un nom avec la fin indiquée ici.",
    },
    email: {
      form: "Ce n’est pas une adresse e-mail : il faut un @ et un domaine, comme moi@example.com.",
      taken:
        "Il existe déjà un compte avec cette adresse. Connectez-vous avec elle ou utilisez une autre adresse.",
    },
    password: { form: "Utilisez au moins 8 caractères et au plus 256." },
    inviteCode: {
      missing:
        "Il faut un code d’invitation. Demandez-en un à une personne qui a un compte ici.",
      unusable: "Ce code d’invitation est inconnu, épuisé ou retiré.",
    },
    verificationCode: {
      missing:
        "La vérification n’est pas encore terminée. Réessayez dans un instant.",
      wrong: "La vérification n’a pas réussi. Réessayez.",
    },
    agree: { missing: "Vous devez accepter les règles de ce serveur." },
    whole: {
      closed: "Ce serveur n’accepte pas de nouveaux comptes.",
      later:
        "L’annuaire des identités est injoignable pour le moment. Ce que vous avez choisi vous est réservé : dans une minute, saisissez de nouveau le mot de passe et renvoyez le formulaire.",
      cookies:
        "Votre navigateur n’a pas gardé le cookie dont cette page a besoin. Autorisez les cookies pour ce site ou utilisez un autre navigateur.",
    },
  },
  closed: {
    text: "Ce serveur n’accepte pas de nouveaux comptes pour le moment.",
    next: "Un compte d’un autre serveur fonctionne avec les mêmes applications et peut être déplacé.",
  },
  invite: {
    unknownTitle: "Une invitation inconnue",
    unknown:
      "Ce serveur ne connaît pas ce code d’invitation. Le lien a peut-être été coupé en chemin ; demandez-le encore une fois.",
    usedTitle: "Une invitation déjà utilisée",
    used: "Ce code d’invitation a servi pour tous les comptes prévus, ou il a été retiré. Demandez-en un nouveau.",
    mine: "Si vous avez créé votre compte avec lui, connectez-vous.",
  },
};
