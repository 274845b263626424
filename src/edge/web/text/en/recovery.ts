/** The ways back in, and letters that were answered. */
export const recovery = {
  ask: {
    title: "Set a new password",
    intro:
      "Type the e-mail address of your account. We send a code to it, with which you choose a new password.",
    email: "E-mail address",
    submit: "Send the code",
    haveCode: "I have a code",
    other: "I can't read the mail of that address",
  },
  code: {
    title: "Set a new password",
    sent: "If there is an account with this address, a letter is on its way. It can take a minute; look into the spam folder too.",
    code: "Code from the letter",
    codeHint: "Ten letters and digits. It is good for 15 minutes.",
    password: "New password",
    passwordHint: "At least 8 characters. A few words make a good one.",
    ends: "All apps and browsers that are signed in have to sign in again. App passwords stay.",
    submit: "Set the password",
    again: "Send another code",
  },
  done: {
    title: "The password is set",
    text: "From now on the new password counts. If your account asks for a second step, it still does.",
    signIn: "Sign in",
  },
  faults: {
    email: "This is no e-mail address: it needs an @ and a domain.",
    code: "This code is wrong, or was used already.",
    expired: "This code is too old. Have another one sent.",
    password: "Use at least 8 characters, and at most 256.",
    signedOut: "Sign in to have a code sent, or use the link in the letter.",
  },
  verify: {
    title: "Confirm your e-mail address",
    intro:
      "With a confirmed address you can set a new password when you have lost yours.",
    code: "Code from the letter",
    submit: "Confirm the address",
    send: "Send a code",
    sent: (address: string) =>
      `A letter is on its way to ${address}. Type the code that is in it, or follow its link.`,
    confirmed: "The address is confirmed",
    confirmedText:
      "The address belongs to your account now. There is nothing more to do.",
    already: "The address of your account is confirmed already.",
    none: "Your account has no e-mail address.",
    toAccount: "To your account",
  },
  recover: {
    title: "Can't sign in?",
    intro: "Choose what you have lost.",
    password: {
      title: "The password",
      text: "We mail a code with which you set a new one.",
      link: "Set a new password",
    },
    handle: {
      title: "The handle",
      text: "Sign in with your e-mail address instead of the handle. It also stands in every letter of this server.",
      link: "Sign in",
    },
    factor: {
      title: "The second step: the phone with the codes, or the passkey",
      text: "Sign in with your password, then choose “Another way”. One of your backup codes does it; so does the recovery key, if your identity has one that you keep yourself. A new password alone does not take the second step away.",
      link: "Sign in",
    },
    mail: {
      title: "The mail",
      text: "If you are still signed in somewhere, change the address of your account there. Otherwise sign in with your password and change it on the pages of your account.",
      link: "Sign in",
    },
    all: {
      title: "All of it",
      text: "Only the operator of this server can help then, who will ask who you are. A change takes a day, and is mailed to you, so that nobody can take the account behind your back.",
      contact: "Write to the operator",
      support: "Find help",
      none: "The operator has left no address on this server.",
    },
  },
};
