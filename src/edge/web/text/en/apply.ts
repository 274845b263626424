/** Asking for an account where the operator decides. */
export const apply = {
  title: "Ask for an account",
  intro: (server: string) =>
    `Who runs ${server} decides on new accounts. You are mailed the answer.`,
  handle: "Handle",
  handleHint: (domains: string) => `A whole name that ends in ${domains}`,
  email: "E-mail address",
  emailHint: "The answer goes there.",
  reason: "Who you are, and why you would like to be here",
  submit: "Ask",
  asked:
    "Thank you. Somebody looks at it, and you get a letter with the answer.",
  off: "This server takes no applications.",
  full: "Too many people wait already. Try again another day.",
};
