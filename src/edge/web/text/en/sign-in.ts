/** Pages on the way in: every language has each of these sentences. */
export const signInPages = {
  signIn: {
    title: "Sign in",
    to: (app: string) => `to continue to ${app}`,
    identifier: "Handle or e-mail address",
    password: "Password",
    remember: "Stay signed in on this device",
    submit: "Sign in",
    passkey: "Use a passkey",
    back: "Use an account that is signed in",
    fixed: "The application asks for this account.",
    actFor: "Act for this account with one of your own",
    faults: {
      wrong: "That name and password do not belong together.",
      "app-password":
        "That is an app password. Sign in here with your main password; app passwords are for applications that ask for one.",
      deactivated:
        "This account is deactivated. Activate it before you let an application in.",
      "taken-down": "This account has been taken down.",
      "other-account": "The application asks for another account.",
      "passkey-wrong":
        "That passkey did not work here, or the page stood open for too long. Try again.",
      "factor-needed": "One more step.",
      "code-wrong": "That code is wrong or too old, or was used before.",
      "too-many":
        "Too many wrong codes. Wait a few minutes before you try again.",
      busy: "Too many people are signing in right now. Try again in a moment.",
      cookies:
        "Your browser did not keep the cookie that this page needs. Allow cookies for this site, or use another browser.",
    },
    lost: "Can't sign in?",
    create: "Create an account",
    toAccount: "to see to your account",
    other: "Use another account",
    again: "To go on, say again that it is you.",
    confirm: "Is it you?",
  },
  factor: {
    title: "One more step",
    as: (name: string) => `to sign in as ${name}`,
    submit: "Go on",
    trust: "Do not ask for this on this device for 30 days",
    passkey: "Use a passkey",
    passkeyScript:
      "Passkeys need JavaScript, which is switched off here. Choose another way.",
    totp: "Code from your authenticator app",
    totpHint: "Six digits. Each code works once.",
    email: "Code from your e-mail",
    emailHint:
      "We have sent you a letter with a code. It is good for 15 minutes.",
    backupCode: "Backup code",
    backupCodeHint:
      "One of the ten codes that you were given to keep. Each works once.",
    recoveryKey:
      "If your identity (DID) has a rotation key that you keep yourself, sign this sentence with it.",
    sentence: "Sign exactly this text",
    signature: "Signature",
    signatureHint:
      "ECDSA over SHA-256, 64 bytes, in base64 or hexadecimal. `tempest sign` makes one.",
    others: "Another way",
    lost: "Have you lost all of these? Ask the operator of this server: they can remove them after a day.",
    ways: {
      passkey: "Use a passkey",
      totp: "Use an authenticator app",
      email: "Get a code by e-mail",
      "backup-code": "Use a backup code",
      "recovery-key": "Use a recovery key",
    },
  },
  choose: {
    title: "Choose an account",
    to: (app: string) => `to continue to ${app}`,
    other: "Use another account",
    actingAs: (actor: string) => `as ${actor}, who may act for it`,
  },
  consent: {
    title: (app: string) => `Let ${app} in?`,
    local: "an application on this computer",
    as: "Your account",
    actingFor: "You act for",
    actingAs: (actor: string) => `as ${actor}`,
    change: "Use another account",
    intro: "It asks for the following. Untick what it should not have.",
    nothing:
      "It will learn who you are: your handle and your identifier. It asks for nothing else.",
    always: "It always learns who you are: your handle and your identifier.",
    from: "Described by the application at",
    goesTo: "After your answer you go to",
    allow: "Allow",
    deny: "Cancel",
  },
  asked: {
    generic:
      "Act for you almost everywhere: read and change your records, upload files, change your settings, and use other services in your name. Not your private messages, password or e-mail address.",
    chat: "Read and send your private messages.",
    repoAll: (verbs: string) => `${verbs} records of every kind.`,
    repo: (verbs: string, names: string) =>
      `${verbs} records of the kind ${names}.`,
    verbs: { create: "Create", update: "change", delete: "delete" },
    rpcAll: (service: string) =>
      `Use everything that ${service} offers, in your name.`,
    rpc: (names: string, service: string) =>
      `Use ${names} of ${service}, in your name.`,
    anyService: "any service",
    blobAll: "Upload files of every kind.",
    blob: (types: string) => `Upload files of the kind ${types}.`,
    emailRead: "Read your e-mail address.",
    emailManage: "Read and change your e-mail address.",
    repoManage: "Replace all your records with a copy from elsewhere.",
    repoRead: "Read the state of your repository.",
    statusManage: "Deactivate and activate your account.",
    statusRead: "Read the state of your account.",
    handle: "Change your handle.",
    identity:
      "Change your identity: your handle, your keys, and which server hosts you. Whoever may do this can take the account away.",
    set: (nsid: string) => `The set of permissions ${nsid}:`,
    emptySet: "nothing that this server knows",
    other: (scope: string) =>
      `Something that this server does not know: ${scope}`,
    join: (items: readonly string[]) =>
      items.length < 2
        ? items.join("")
        : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`,
  },
  error: {
    title: "This did not work",
    back: "Go back to the application and start again.",
    cookies:
      "Your browser did not keep the cookie that this page needs. Allow cookies for this site, or use another browser.",
    ended: "The request has ended or is unknown.",
    notPushed:
      "The application did not announce its request as it has to (no request_uri).",
    crossSite: "The form was not sent from this site.",
    embedded: "This page works only as a page of its own.",
    limited: "Too many tries. Wait a few minutes.",
    server: "Something went wrong on this server.",
    detail: "What went wrong",
  },
  handOver: {
    title: "Back to the application",
    submit: "Continue",
  },
};
