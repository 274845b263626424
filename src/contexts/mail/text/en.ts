const NOT_YOU =
  "If this was not you, do nothing: without the code nothing changes.";
const CHANGE_PASSWORD =
  "If this was not you, somebody else can get into your account: change your password now, which signs everybody out, and look through your account at {page}.";
const TAKEN_OVER =
  "If this was not you, somebody else may be taking your account over: write to whoever runs {service} at once. A change can be undone for 72 hours by whoever holds a stronger key of the identity.";

/** A letter with a code. */
interface CodeLetter {
  subject: string;
  /** First paragraph; `{handle}` is filled in. */
  intro: string;
  /** What stands on the button, where a link goes with the letter. */
  action?: string;
  /** Last paragraph. */
  closing: string;
}

/** A letter that tells of something and asks for nothing. */
interface NoticeLetter {
  subject: string;
  /** First paragraph. `{handle}`, `{service}` and names of details are filled in. */
  what: string;
  /** What to do if it was not the owner. */
  otherwise: string;
}

/** A letter to somebody else. */
interface MessageLetter {
  subject: string;
  content: string;
}

/** Letters with a code, one row each. */
const codes = {
  confirmEmail: {
    subject: "Confirm your e-mail address",
    intro: "Please confirm that this address belongs to your account {handle}.",
    action: "Confirm the address",
    closing:
      "If you have no account here, somebody typed your address by mistake and you can ignore this letter.",
  },
  updateEmail: {
    subject: "Change of your e-mail address",
    intro: "Somebody asked to change the e-mail address of {handle}.",
    closing: NOT_YOU,
  },
  resetPassword: {
    subject: "Reset your password",
    intro: "Somebody asked to set a new password for {handle}.",
    action: "Set a new password",
    closing: NOT_YOU,
  },
  deleteAccount: {
    subject: "Delete your account",
    intro:
      "Somebody asked to delete the account {handle} with everything in it. This can't be undone.",
    closing: `${NOT_YOU} If you are still signed in elsewhere, change your password.`,
  },
  plcOperation: {
    subject: "Change of your identity",
    intro:
      "Somebody asked this server to sign a change to the identity (DID) of {handle}, for example to move the account to another server. Whoever holds this code can take the account over: give it to nobody.",
    closing: NOT_YOU,
  },
  signIn: {
    subject: "Your sign-in code",
    intro:
      "Somebody gave the right password for {handle} and wants to sign in.",
    closing:
      "If this was not you, somebody knows your password: change it. Without the code they can't get in.",
  },
} satisfies Record<string, CodeLetter>;

/** Letters that tell of something, one row each. */
const notices = {
  newDevice: {
    subject: "A new sign-in to your account",
    what: "Somebody signed in to {handle} on {service} from a device or program that had not been used for it before.",
    otherwise: `If this was you, there is nothing to do. ${CHANGE_PASSWORD}`,
  },
  sessionReused: {
    subject: "A session of your account was ended",
    what: "Somebody used an old key of a session of {handle} on {service} that had been replaced long before. Two programs may hold a copy of it, so the session has been ended and has to be signed in to again.",
    otherwise:
      "If you restored an app or a device from a backup, this is why. If you did not, somebody may have copied the key: change your password at {page}.",
  },
  tokenReused: {
    subject: "An application was signed out of your account",
    what: "An old key of the application {application} for {handle} on {service} was used again after it had been replaced. Two programs may hold a copy of it, so the application has been signed out.",
    otherwise:
      "If you restored an app or a device from a backup, this is why: sign in to the application again. If you did not, somebody may have copied the key: look through your account at {page}.",
  },
  passwordChanged: {
    subject: "Your password was changed",
    what: "The password of {handle} on {service} was changed, and everybody was signed out.",
    otherwise:
      "If this was not you, set a new password at {page} with the code that is mailed to you there, and tell whoever runs {service}.",
  },
  passwordRemoved: {
    subject: "Your account has no password any more",
    what: "{handle} on {service} is now signed in to with its passkeys only. Everybody was signed out.",
    otherwise:
      "If this was not you, set a new password at {page} with a code that is mailed to you, and tell whoever runs {service}.",
  },
  signInPolicyChanged: {
    subject: "The sign-in to your account was changed",
    what: "For the sign-in to {handle} on {service} it now holds: {rule}.",
    otherwise: CHANGE_PASSWORD,
  },
  recoveryKeyUsed: {
    subject: "The recovery key of your account was used",
    what: "Somebody signed in to {handle} on {service} with a key of its identity in place of the second factor.",
    otherwise:
      "If this was not you, somebody holds a key that can take your account to another server: replace that key in your identity, and change your password at {page}.",
  },
  factorGuessed: {
    subject: "Somebody guesses the sign-in codes of your account",
    what: "Somebody gave the right password for {handle} on {service} and then many wrong codes. No more codes are taken for a day.",
    otherwise:
      "Somebody knows your password: change it at {page}, or ask for a code to set a new one there.",
  },
  emailChanged: {
    subject: "Your e-mail address was changed",
    what: "The e-mail address of {handle} on {service} was changed. This letter goes to the address before and to the new one. If codes by e-mail guard the sign-in, they go on going to the address before for now.",
    otherwise:
      "If this was not you, somebody else can get into your account: sign in at {page}, change your password and the address, and tell whoever runs {service}.",
  },
  handleChanged: {
    subject: "Your handle was changed",
    what: "Your account on {service} is now called {handle}; before, it was {before}.",
    otherwise: CHANGE_PASSWORD,
  },
  factorAdded: {
    subject: "A second factor was added to your account",
    what: "A second factor ({factor}) now guards the sign-in to {handle} on {service}.",
    otherwise: CHANGE_PASSWORD,
  },
  factorRemoved: {
    subject: "A second factor was removed from your account",
    what: "A second factor ({factor}) no longer guards the sign-in to {handle} on {service}.",
    otherwise: CHANGE_PASSWORD,
  },
  backupCodesReplaced: {
    subject: "New backup codes were made for your account",
    what: "New backup codes were made for {handle} on {service}. The ones before are worth nothing now.",
    otherwise: CHANGE_PASSWORD,
  },
  backupCodeUsed: {
    subject: "A backup code of your account was used",
    what: "Somebody signed in to {handle} on {service} with one of its backup codes.",
    otherwise: CHANGE_PASSWORD,
  },
  recoveryBegun: {
    subject: "Somebody wants to take the second factors off your account",
    what: "The operator of {service} was asked to take all second factors off {handle}. That happens in 24 hours, unless you stop it.",
    otherwise:
      "If you did not ask for it, somebody pretends to be you. Stop it here: {link} (signing in with one of your factors stops it too), and tell whoever runs {service}.",
  },
  recoveryCancelled: {
    subject: "The second factors of your account stay",
    what: "The second factors of {handle} on {service} will not be taken off; this was stopped.",
    otherwise:
      "If you have lost them and did not stop it yourself, write to whoever runs {service}.",
  },
  recoveryDone: {
    subject: "The second factors of your account are gone",
    what: "All second factors were taken off {handle} on {service}. Its password alone opens it now: add a factor again.",
    otherwise: CHANGE_PASSWORD,
  },
  lettersChanged: {
    subject: "Which letters you get was changed",
    what: "About {handle} on {service} no letters are written any more that tell of: {off}. Letters that guard the account, such as this one, are always written.",
    otherwise: CHANGE_PASSWORD,
  },
  appPasswordCreated: {
    subject: "An app password was made for your account",
    what: 'An app password named "{name}" was made for {handle} on {service}. Whoever has it can use the account without your password.',
    otherwise:
      "If this was not you, somebody else can get into your account: revoke it at {page} and change your password.",
  },
  identitySigned: {
    subject: "A change of your identity was signed",
    what: "{service} signed a change to the identity (DID) of {handle}, for example to move the account to another server.",
    otherwise: TAKEN_OVER,
  },
  identityChanged: {
    subject: "Your identity was changed",
    what: "A change to the identity (DID) of {handle} was published through {service}.",
    otherwise: TAKEN_OVER,
  },
  delegationGranted: {
    subject: "Somebody may act for your account",
    what: "{delegate} may now act for {handle} on {service} as {level}.",
    otherwise:
      "If this was not you, somebody else can get into your account: take it back at {page} and change your password.",
  },
} satisfies Record<string, NoticeLetter>;

/** Letters to people who have no account, and to the operator. */
const messages = {
  applicationApproved: {
    subject: "Your account at {service}",
    content: `You asked for an account at {service}, with the name {handle}. You are welcome.

Make your account here: {link}

Your invite code, good for one account: {code}`,
  },
  applicationRefused: {
    subject: "Your application at {service}",
    content:
      "You asked for an account at {service}. The operator can't offer you one.",
  },
  registrationGuard: {
    subject: "New accounts need an invite code again",
    content: `{count} accounts were made on {origin} within an hour, which is the bound that you set. So that no flood of accounts gets in, new ones need an invite code from now on.

Look at the newest accounts, and open the registration again once you have: {page}`,
  },
  trial: {
    subject: "A trial – {service}",
    content: "This letter shows that {service} can send mail.",
  },
} satisfies Record<string, MessageLetter>;

/** Everything that letters say. */
export const en = {
  codes,
  notices,
  messages,
  words: {
    code: "Your code, good for {minutes} minutes:",
    goOn: "Go on",
    fact: "{name}: {value}",
    when: "When",
    who: "Who",
    address: "From the address",
    device: "With",
    operator: "the operator of the server",
    unknown: "unknown",
  },
  /** What details are called, by the detail and its value; a value without words stands for itself. */
  values: {
    factor: {
      totp: "authenticator app",
      passkey: "passkey “{name}”",
      email: "code by e-mail",
    },
    rule: {
      factorRequired: "a second factor is asked for after the password",
      factorNotRequired: "no second factor is asked for after the password",
      appsRefused: "applications can't sign in with the main password",
      appsAllowed: "applications may sign in with the main password",
    },
    level: {
      viewer: "viewer",
      editor: "editor",
      manager: "manager",
      custom: "somebody with permissions of their own",
    },
    off: {
      signIns: "new sign-ins",
      oldKeys: "sessions and applications that were signed out",
      appPasswords: "new app passwords",
      handle: "changes of the handle",
      none: "none",
    },
  },
};

/** Another language says all of it. */
export type LetterText = Omit<typeof en, "codes"> & {
  codes: Record<keyof typeof codes, CodeLetter>;
};
