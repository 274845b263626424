import type { Text } from "#edge/web/text/en.ts";

export const shell: Text["shell"] = {
  skip: "Aller au contenu",
  menu: "Menu",
  signOut: "Se déconnecter",
  switchTo: (handle) => `Passer à @${handle}`,
  pages: "Pages de la liste",
  next: "Page suivante",
  first: "Revenir au début",
  language: "Langue",
  terms: "Conditions d’utilisation",
  privacy: "Confidentialité",
  support: "Aide",
  contact: "Écrire à l’exploitant",
  faults: "Veuillez vérifier ceci :",
  none: "Il n’y a encore rien ici.",
  about: (name, of) => `${name} : ${of}`,
  plotNothing: (name) => `${name} : aucune mesure.`,
  plotSays: ({ name, latest, highest, at }) =>
    `${name} : ${latest} pour finir, ${highest} au plus (${at}).`,
  csv: "Tout télécharger sous forme de tableau (CSV)",
};
