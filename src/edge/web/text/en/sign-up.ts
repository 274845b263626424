/** Making an account. */
export const signUp = {
  title: "Create an account",
  at: (server: string) => `at ${server}`,
  invitedBy: (handle: string) => `@${handle} invites you.`,
  invited: "You are invited.",
  about:
    "This server keeps your account and what you write, for Bluesky and every other application of the AT Protocol. You can move to another server later and take everything along.",
  inviteCode: "Invite code",
  inviteNeeded: "This server takes new people by invitation.",
  inviteMayBe: "If you have one. It spares you the check below.",
  approval: "No invite code? The operator decides who gets an account.",
  apply: "Ask for an account",
  handle: "Handle",
  handleHint:
    "Your public name: 3 to 18 letters, digits or hyphens. You can change it later, also to a domain of your own.",
  domain: "End of the handle",
  free: "This handle is free.",
  taken: "This handle is taken. Free are:",
  email: "E-mail address",
  emailHint: "For codes, and for letters about your account. It is not public.",
  password: "Password",
  passwordHint: "At least 8 characters. A few words make a good one.",
  policies: "Rules of this server",
  agree: "I have read them and agree",
  submit: "Create the account",
  haveOne: "I have an account",
  check: {
    title: "Are you a person?",
    working: "Your browser is working on a small task that shows it…",
    done: "Your browser has shown it.",
    failed:
      "Your browser could not do the task. Load the page again, or use another browser.",
    script:
      "This check needs JavaScript, which is switched off here. Switch it on, or use an invite code.",
  },
  faults: {
    handle: {
      form: "This can't be a handle: use 3 to 18 letters, digits or hyphens, with no hyphen at the beginning or the end.",
      taken: "This handle is taken.",
      foreign:
        "A domain of your own becomes your handle once the account is there. Choose one with the end shown here for now.",
    },
    email: {
      form: "This is no e-mail address: it needs an @ and a domain, such as you@example.com.",
      taken:
        "There is an account with this address already. Sign in with it, or use another address.",
    },
    password: { form: "Use at least 8 characters, and at most 256." },
    inviteCode: {
      missing:
        "An invite code is needed. Ask somebody who has an account here.",
      unusable: "This invite code is unknown, used up or taken back.",
    },
    verificationCode: {
      missing: "The check for people was not done yet. Try again in a moment.",
      wrong: "The check for people did not work. Try again.",
    },
    agree: { missing: "You have to agree to the rules of this server." },
    whole: {
      closed: "This server takes no new accounts.",
      later:
        "The directory of identities can't be reached just now. What you chose is kept for you: type the password again and send the form once more in a minute.",
      cookies:
        "Your browser did not keep the cookie that this page needs. Allow cookies for this site, or use another browser.",
    },
  },
  closed: {
    text: "This server takes no new accounts at the moment.",
    next: "An account of another server works with the same applications, and can be moved.",
  },
  invite: {
    unknownTitle: "An invitation that is not known",
    unknown:
      "This server knows no such invite code. The link may have been cut off on its way; ask for it once more.",
    usedTitle: "An invitation that has been used",
    used: "This invite code has made all the accounts that it was good for, or was taken back. Ask for a new one.",
    mine: "If you have made your account with it, sign in.",
  },
};
