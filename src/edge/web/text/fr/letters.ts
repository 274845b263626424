import type { Text } from "#edge/web/text/en.ts";

export const letters: Text["account"]["letters"] = {
  title: "Messages",
  hint: (address) =>
    `Quand il arrive quelque chose à votre compte, un message envoyé à ${address} vous le dit aussitôt. Ce qui ne vous est pas écrit figure quand même dans le journal de sécurité.`,
  noAddress:
    "Quand il arrive quelque chose à votre compte, un message le dit aussitôt. Votre compte n’a pas d’adresse e-mail ; aucun ne peut donc être envoyé.",
  addAddress: "Ajouter une adresse",
  choose: "M’écrire à propos de",
  topics: {
    signIns:
      "Une connexion depuis un appareil ou un programme que je n’ai pas encore utilisé",
    oldKeys:
      "Une session ou une application qui a été déconnectée parce qu’on en a utilisé une ancienne clé",
    appPasswords: "Un nouveau mot de passe d’application",
    handle: "Un changement de mon identifiant",
  },
  language: "Langue des messages",
  save: "Enregistrer",
  always: "Toujours écrits",
  alwaysHint:
    "Ces messages protègent votre compte : qui veut vous le prendre commencerait par les désactiver. Personne ne le peut donc.",
  guarded: [
    "Un nouveau mot de passe, ou sa suppression",
    "Une nouvelle adresse e-mail ; l’ancienne est prévenue aussi",
    "Un second facteur ajouté, retiré ou deviné, de nouveaux codes de secours, et l’utilisation de l’un d’eux",
    "Un changement des règles de connexion",
    "Le retrait des seconds facteurs par l’exploitant, ou l’utilisation d’une clé de récupération",
    "Un changement de votre identité (DID) qui a été signé ou publié",
    "Une personne qui peut désormais agir pour votre compte",
    "Un changement du choix fait sur cette page",
  ],
  codes:
    "Les codes que vous demandez ne sont pas des avertissements ; ils arrivent chaque fois que vous les demandez.",
};
