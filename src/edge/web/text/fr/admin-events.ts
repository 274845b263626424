import type { Text } from "#edge/web/text/en.ts";

export const adminEvents: Text["admin"]["events"] = {
  title: "Journal de sécurité",
  intro:
    "Ce qui est arrivé aux comptes au cours des 90 derniers jours. Les titulaires voient la même chose du leur. Ce qui se répète en une heure ou une journée tient en une ligne, avec un nombre.",
  account: "Identifiant ou DID",
  nobody: "Il n’y a pas de tel compte ici ; rien n’est donc affiché.",
  kind: "Quoi",
  any: "Tout",
  groups: {
    signIns: "Connexions",
    failures: "Échecs",
    grants: "Accès accordés ou retirés",
    changes: "Changements",
  },
  allOf: (group) => `${group} : tous`,
  from: "Commencé à partir du",
  to: "Commencé jusqu’au",
  find: "Afficher",
  caption: "Le plus récent en premier",
  ofAccount: "Compte",
  owner: "le titulaire",
  last: "dernière fois",
  kinds: {
    delegationGranted: "Quelqu’un peut désormais agir pour le compte",
    delegationRevoked: "Quelqu’un ne peut plus agir pour le compte",
    delegationReceived: "Le compte peut agir pour quelqu’un",
    delegationEnded: "Le compte ne peut plus agir pour quelqu’un",
    actedAsDelegate:
      "Le titulaire a laissé entrer une application pour quelqu’un",
    delegateCalled: "Quelqu’un d’un autre serveur a agi pour le compte",
  },
  link: "Son journal de sécurité",
};
