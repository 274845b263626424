import type { Text } from "#edge/web/text/en.ts";

export const apply: Text["apply"] = {
  title: "Demander un compte",
  intro: (server) =>
    `La personne qui gère ${server} décide des nouveaux comptes. La réponse arrive par e-mail.`,
  handle: "Identifiant",
  handleHint: (domains) => `Un nom entier qui finit par ${domains}`,
  email: "Adresse e-mail",
  emailHint: "La réponse y sera envoyée.",
  reason: "Qui vous êtes, et pourquoi vous aimeriez être ici",
  submit: "Demander",
  asked: "Merci. Quelqu’un va regarder, et vous recevrez une réponse.",
  off: "Ce serveur ne prend pas de demandes.",
  full: "Trop de personnes attendent déjà. Réessayez un autre jour.",
};
