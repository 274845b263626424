/** The pages on which owners see to how they sign in. */
export const security = {
  title: "Password and factors",
  back: "Back to all ways in",
  change: "Change",
  overview: {
    intro:
      "What lets you into this account. Changes ask you to say again that it is you.",
    what: "Way in",
    state: "State",
    password: "Password",
    passkeys: "Passkeys",
    totp: "Authenticator app",
    backupCodes: "Backup codes",
    rules: "Codes by e-mail and rules",
    devices: "Trusted devices",
    set: "Set",
    notSet: "None",
    on: "On",
    off: "Off",
    count: (count: number) => String(count),
    left: (count: number) => `${count} left`,
    required: "Second factor asked for",
    notRequired: "Password alone is enough",
    recovery: (when: string) =>
      `The operator was told that you have lost your second factors. All of them will be removed on ${when}. If that was not you, stop it and change your password.`,
    stop: "Keep my factors",
  },
  held: {
    where: (address: string) =>
      `Codes for signing in still go to ${address}, the address from before.`,
    confirm: (address: string) =>
      `They go to ${address} once you have confirmed it.`,
    until: (moment: string) =>
      `The operator changed the address, so this stays at least until ${moment}.`,
    notYou:
      "If you did not want another address, set the right one at “E-mail” and choose a new password.",
  },
  password: {
    title: "Password",
    intro:
      "A new password signs out every application, session and device but this browser.",
    first: "The account has no password. You can set one.",
    new: "New password",
    again: "The same once more",
    hint: "8 characters at least; four random words are a good one.",
    appPasswords: "Revoke my app passwords too",
    submit: "Set the password",
    different: "The two are not the same.",
    remove: "Do without a password",
    removeHint:
      "Then only a passkey signs you in, and applications need the sign-in page or an app password.",
    removeFirst: "Add a passkey first; then the password can go.",
    removeSubmit: "Remove the password",
  },
  passkeys: {
    title: "Passkeys",
    intro:
      "A passkey is kept by your phone, computer or security key, and opened by your finger, face or PIN. One is enough to sign in; it can't be guessed or handed to a false page.",
    caption: "Your passkeys",
    name: "Name",
    made: "Added",
    used: "Last used",
    never: "Never",
    kept: "Kept",
    copied: "Copied between your devices",
    single: "On one device",
    actions: "Actions",
    rename: "Rename",
    renameOf: (name: string) => `Rename ${name}`,
    newName: (name: string) => `New name of ${name}`,
    remove: "Remove",
    removeOf: (name: string) => `Remove ${name}`,
    add: "Add a passkey",
    nameHint: "What you will know it by, such as “Phone”.",
    submit: "Add a passkey",
    script: "Adding a passkey needs JavaScript.",
    failed:
      "That did not work: the device answered too late, or is added already. Try again.",
    moved:
      "Passkeys belong to the name of this server. If the server gets another name, they have to be added again.",
  },
  totp: {
    title: "Authenticator app",
    isOn: "Codes of an authenticator app are asked for after your password.",
    since: "Since",
    used: "Last used",
    replace: "Move to another app or phone",
    remove: "Remove the app",
    scan: "Scan this picture with an authenticator app, such as Aegis, Google Authenticator or 1Password.",
    picture: "QR code for an authenticator app",
    type: "Or type this key into it:",
    code: "The code that the app shows now",
    submit: "Turn it on",
    wrong:
      "That is not the code. Is the clock of your phone right? Codes change every 30 seconds.",
  },
  codes: {
    title: "Backup codes",
    intro:
      "Each of these signs you in once in place of a second factor, when phone and keys are lost. Print them or keep them where you keep other papers.",
    once: "They are shown this once.",
    left: (count: number) =>
      count === 1 ? "1 code is left." : `${count} codes are left.`,
    none: "There are no codes left.",
    needsFactor:
      "Backup codes come with the first passkey or authenticator app.",
    make: "Make ten new codes",
    makeHint: "Those from before are worthless then.",
    done: "I have kept them",
  },
  rules: {
    title: "Codes by e-mail and rules",
    email: "Code by e-mail",
    emailHint: (address: string) =>
      `After your password a code is mailed to ${address}. Weaker than a passkey or an app: whoever reads your mail gets it too.`,
    emailMissing:
      "Confirm your e-mail address first; then codes can be sent there.",
    require: "Second factor",
    requireHint:
      "Ask for a passkey, an app's code or a backup code after the password.",
    requireFirst: "Add a passkey or an authenticator app first.",
    apps: "Applications with your password",
    appsHint:
      "Let no application in with the main password. They still can with app passwords, or by sending you to the sign-in page here.",
    turnOn: "Turn on",
    turnOff: "Turn off",
  },
  devices: {
    title: "Trusted devices",
    intro:
      "In these browsers no second factor is asked for. Changes of your account ask for it all the same.",
    caption: "Trusted browsers",
    browser: "Browser",
    address: "Address",
    until: "Until",
    actions: "Actions",
    unknown: "Unknown",
    here: "This browser",
    distrust: "Trust no more",
  },
  keep: {
    title: "Keep your second factors",
    question: (handle: string, when: string) =>
      `The operator of this server was told that the owner of @${handle} has lost all second factors. They will be removed on ${when}, unless you say no.`,
    submit: "No, keep them",
    done: "They stay. If somebody else asked for it, change your password.",
    over: "This link is worth nothing any more: the factors were kept, or are removed already.",
    account: "To your account",
  },
  done: {
    passwordChanged: "Your password was changed.",
    passwordRemoved: "Your password was removed.",
    passkeyAdded: "The passkey was added.",
    passkeyRenamed: "The passkey has its new name.",
    passkeyRemoved: "The passkey was removed.",
    totpAdded: "The authenticator app is on.",
    totpRemoved: "The authenticator app was removed.",
    signInChanged: "The sign-in was changed.",
    deviceDistrusted: "That browser is trusted no more.",
    factorsKept: "Your second factors stay.",
  },
};
