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
    fromElsewhere: "Act for an account with your own on another server",
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
      "ECDSA over SHA-256, 64 bytes, in base64 or hexadecimal. The command tempest sign makes one.",
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
  /** For those who act for an account here, and whose own is on another server. */
  elsewhere: {
    title: "Where is your own account?",
    intro:
      "You sign in on the pages of your own server, which then tells this one who you are. This server learns nothing else, and keeps no access to your account. Then you see for whom you may act here.",
    identifier: "Your handle or DID",
    submit: "Go on to your server",
    back: "Sign in with an account of this server",
    onTheWay: "On to another server",
    leaving: (host: string) => `You go on to ${host}.`,
    leave: "Go on",
    faults: {
      unknown:
        "There is no account by that name. Look for a slip in it, or use its DID.",
      local:
        "That account is on this server: sign in with its name and password.",
      nobody:
        "That account may not act for the one that the application asks for, nor for any other here. The owner grants it on the pages of their account.",
      unreachable:
        "The server of that account could not be asked to sign you in. Try again in some minutes.",
      cancelled:
        "You were not signed in: access was refused on the other server. Begin again if that was a mistake.",
      stale:
        "That sign-in is over, or was begun in another browser. Begin it again; it has to be finished within ten minutes.",
      "other-account":
        "Somebody else is signed in on the other server than the account you named. Choose the right account there.",
      unproved:
        "The answer of the other server does not prove who you are. Begin again.",
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
    unchecked: (app: string) =>
      `Nobody has checked who stands behind ${app}. Go on only if you have just come from there.`,
    cannot:
      "It never sees your password. It can't change it, nor your second step, nor delete your account. You can take back what you allow at any time, on the pages of your account.",
    namesTitle: "What do the names mean?",
    names:
      "A name such as app.bsky.feed.post stands for one kind of record. Its beginning says who made it up, as a domain read from the end: app.bsky is bsky.app.",
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
    /** What common kinds of records are, said behind their names. */
    kinds: {
      "app.bsky.actor.profile": "your profile",
      "app.bsky.feed.generator": "feeds that you offer",
      "app.bsky.feed.like": "likes",
      "app.bsky.feed.post": "posts",
      "app.bsky.feed.postgate": "who may quote you",
      "app.bsky.feed.repost": "reposts",
      "app.bsky.feed.threadgate": "who may answer you",
      "app.bsky.graph.block": "blocks",
      "app.bsky.graph.follow": "follows",
      "app.bsky.graph.list": "lists",
      "app.bsky.graph.listblock": "blocked lists",
      "app.bsky.graph.listitem": "people on lists",
      "app.bsky.graph.starterpack": "starter packs",
      "chat.bsky.actor.declaration": "who may write to you",
    },
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
    statusManage: "Deactivate your account, which signs all applications out.",
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
    cookies: "Your browser did not keep the cookie that this page needs.",
    cookiesNext:
      "Allow cookies for this site, also in private windows, and go on. If it happens again, use another browser.",
    cookiesAgain: "Go on",
    ended: "The request has ended, or is not known here.",
    notBegun:
      "That sign-in on another server is over, or was begun in another browser.",
    notPushed:
      "The application did not announce its request before it sent you here, as it has to.",
    badClient:
      "The application does not describe itself as it has to, so this server can't let you go on.",
    badRedirect:
      "The application wants you to go to an address that it has not named before, so this server can't let you go on.",
    badScope:
      "The application asks for something that it may not have, or that does not exist.",
    clientNext:
      "You can't mend this. Tell the people who make the application what stands below.",
    crossSite: "Another site led you to this step, or sent its form.",
    crossSiteNext:
      "Open this server's own page and do it there. If you did not want to do anything here, close the page: nothing has changed.",
    embedded: "This page works only as a page of its own, not inside another.",
    embeddedNext: "Open it in a window of its own.",
    limited: "That was too often in a short time.",
    wait: (minutes: number) =>
      minutes < 2
        ? "Wait a minute and try again."
        : minutes < 120
          ? `Wait ${minutes} minutes and try again.`
          : `Wait ${Math.ceil(minutes / 60)} hours and try again.`,
    refused: "This server can't do anything with what was sent.",
    goBack: "Go back, look at what you typed, and try again.",
    server: "Something went wrong on this server.",
    serverNext:
      "Try again in a minute. If it happens again, tell the operator the number below.",
    detail: "What went wrong, exactly",
    rules: "All rules for applications",
    client: "The application",
    requestId: "Number of this request",
  },
  handOver: {
    title: "Back to the application",
    submit: "Continue",
  },
};
