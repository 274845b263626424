import type { Text } from "#edge/web/text/en.ts";

export const apply: Text["apply"] = {
  title: "Um ein Konto bitten",
  intro: (server) =>
    `Wer ${server} betreibt, entscheidet über neue Konten. Die Antwort kommt per E-Mail.`,
  handle: "Handle",
  handleHint: (domains) => `Ein ganzer Name, der auf ${domains} endet`,
  email: "E-Mail-Adresse",
  emailHint: "Dorthin geht die Antwort.",
  reason: "Wer Sie sind, und warum Sie hier sein möchten",
  submit: "Bitten",
  asked: "Danke. Jemand sieht es sich an, und Sie bekommen eine Antwort.",
  off: "Dieser Server nimmt keine Anfragen an.",
  full: "Es warten schon zu viele. Versuchen Sie es an einem anderen Tag noch einmal.",
};
