/** The page on which owners choose the letters that they get. */
export const letters = {
  title: "Letters",
  hint: (address: string) =>
    `When something happens to your account, a letter to ${address} tells of it at once. What you have no letter of is in the security log all the same.`,
  noAddress:
    "When something happens to your account, a letter tells of it at once. Your account has no e-mail address, so none can be sent.",
  addAddress: "Add an address",
  choose: "Write to me about",
  topics: {
    signIns: "A sign-in from a device or program that I have not used before",
    oldKeys:
      "A session or an application that was signed out, because somebody used an old key of it",
    appPasswords: "A new app password",
    handle: "A change of my handle",
  },
  language: "Language of letters",
  save: "Save",
  always: "Always written",
  alwaysHint:
    "These guard your account: whoever wants to take it from you would switch them off first. So nobody can.",
  guarded: [
    "A new password, or none any more",
    "A new e-mail address; the one before is told as well",
    "A second factor that is added, removed or guessed at, new backup codes, and one that is used",
    "A change of the rules for sign-in",
    "The second factors being taken off by the operator, or a recovery key being used",
    "A change of your identity (DID) that was signed or published",
    "Somebody who may now act for your account",
    "A change of the choice on this page",
  ],
  codes: "Codes that you ask for are no warnings; they come whenever you ask.",
};
