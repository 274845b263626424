import type { Text } from "#edge/web/text/en.ts";

export const adminEvents: Text["admin"]["events"] = {
  title: "Sicherheitsprotokoll",
  intro:
    "Was in den letzten 90 Tagen mit Konten geschehen ist. Inhaber sehen dasselbe von ihrem eigenen. Was sich binnen einer Stunde oder eines Tages wiederholt, ist eine Zeile mit einer Zahl.",
  account: "Handle oder DID",
  nobody: "Ein solches Konto gibt es hier nicht; deshalb ist nichts zu sehen.",
  kind: "Was",
  any: "Alles",
  groups: {
    signIns: "Anmeldungen",
    failures: "Fehlschläge",
    grants: "Gewährter oder entzogener Zugriff",
    changes: "Änderungen",
  },
  allOf: (group) => `${group}: alle`,
  from: "Begonnen ab",
  to: "Begonnen bis",
  find: "Zeigen",
  caption: "Das Neueste zuerst",
  ofAccount: "Konto",
  owner: "der Inhaber",
  last: "zuletzt",
  kinds: {
    delegationGranted: "Jemand darf nun für das Konto handeln",
    delegationRevoked: "Jemand darf nicht mehr für das Konto handeln",
    delegationReceived: "Das Konto darf für jemanden handeln",
    delegationEnded: "Das Konto darf nicht mehr für jemanden handeln",
    actedAsDelegate: "Der Inhaber hat eine Anwendung für jemanden eingelassen",
    delegateCalled:
      "Jemand von einem anderen Server hat für das Konto gehandelt",
  },
  link: "Sein Sicherheitsprotokoll",
};
