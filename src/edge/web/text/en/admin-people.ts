type Values = Record<string, string>;

/** The operator's pages about people: accounts, registration, mail, moderation. */
export const adminPeople = {
  accounts: {
    title: "Accounts",
    list: "Accounts",
    counts: (active: number, deactivated: number, takenDown: number) =>
      `${active} active, ${deactivated} deactivated, ${takenDown} taken down.`,
    make: "Make an account",
    search: "Handle, e-mail or DID",
    status: "State",
    any: "Any",
    from: "Made from",
    to: "Made until",
    sort: "Order",
    find: "Show",
    handle: "Handle",
    email: "E-mail",
    records: "Records",
    size: "Size",
    created: "Made",
    sorts: {
      newest: "Newest first",
      oldest: "Oldest first",
      handle: "By handle",
      largest: "Largest first",
    },
    statuses: {
      active: "Active",
      deactivated: "Deactivated",
      suspended: "Suspended",
      takendown: "Taken down",
      creating: "Being made",
      deleted: "Deleted",
    },
    bulk: "All that were found",
    bulkHint:
      "Do the same to every account that the filter finds. You see whom it would be before anything happens.",
    act: "What",
    preview: "Look whom it would be",
    acts: {
      takeDown: "Take down",
      restore: "Restore",
      deactivate: "Deactivate",
      disableInvites: "Give no more invite codes",
      enableInvites: "Give invite codes again",
      announce: "Announce to relays",
      delete: "Delete",
    },
    consequences: {
      takeDown:
        "They are out of sight at once, here and for everybody who reads this server, and are signed out. Nothing is deleted.",
      restore: "They are in sight again, and their owners may sign in.",
      deactivate:
        "They rest: nobody sees them until their owners activate them again.",
      disableInvites:
        "They earn no more codes; those that they have stay good.",
      enableInvites: "They earn codes again.",
      announce:
        "Relays are told of them again, at a pace that delays no posts.",
      delete:
        "Everything of them on this server is deleted for good: records, files, sessions. This can't be undone.",
    },
    bulkCount: (count: number) =>
      count === 0
        ? "No account is meant."
        : count === 1
          ? "1 account is meant:"
          : `${count} accounts are meant:`,
    bulkOthers: (count: number) =>
      `${count} more were found and are left alone: it would change nothing about them.`,
    bulkLogged:
      "It is a job that you can watch and cancel, and each account's act is in the audit.",
    typeCount: (count: number) => `Type ${count} to go on`,
  },
  acted: {
    createAccount: ({ handle }: Values) => `Made the account @${handle}`,
    deleteAccount: ({ handle }: Values) => `Deleted the account @${handle}`,
    updateAccountEmail: () => "Changed the e-mail address",
    updateAccountHandle: ({ before, after }: Values) =>
      `Changed the handle from @${before} to @${after}`,
    updateAccountPassword: () => "Set a new password",
    updateAccountSigningKey: () => "Changed the signing key",
    sendEmail: ({ subject }: Values) => `Wrote a letter: “${subject}”`,
    verifyEmail: () => "Confirmed the e-mail address",
    sendPasswordReset: () => "Mailed a code for a new password",
    makePasswordReset: () => "Made a link for a new password",
    endSessions: () => "Ended all sessions",
    removeFactors: ({ dueAt }: Values) =>
      `Had the second factors removed, from ${dueAt} on`,
    keepFactors: () => "Kept the second factors",
    enableAccountInvites: () => "Let it earn invite codes again",
    disableAccountInvites: () => "Let it earn no more invite codes",
    disableInviteCodes: ({ codes }: Values) =>
      codes === "" ? "Disabled invite codes" : `Disabled ${codes}`,
    createInviteCodes: ({ codeCount, useCount }: Values) =>
      `Made ${codeCount} invite codes, each for ${useCount} accounts`,
    takenDown: ({ ref }: Values) =>
      ref === "" ? "Took it out of sight" : `Took it out of sight (${ref})`,
    restored: () => "Brought it back into sight",
    deactivated: () => "Deactivated it",
    activated: () => "Activated it",
    bulk: ({ act, count }: Values) => `For ${count} accounts: ${act}`,
    announce: () => "Had it announced to relays",
    requestCrawl: () => "Asked relays to read this server",
    disconnect: () => "Ended the connection of a reader",
    checkRepo: () => "Had the repository checked",
    checkRepos: () => "Had all repositories checked",
    cancelJob: () => "Cancelled a job",
    runChore: () => "Had it done at once",
    changeSetting: ({ before, after }: Values) =>
      `Changed the setting from “${before}” to “${after}”`,
    chooseRegistration: ({ policy }: Values) =>
      `Chose who may make an account: ${policy}`,
    resumeRegistration: () => "Let new accounts in as before",
    approveApplication: () => "Approved somebody who asked",
    refuseApplication: () => "Refused somebody who asked",
    resendMail: () => "Sent a letter again",
    tryMail: ({ isSent }: Values): string =>
      isSent === "true"
        ? "Sent a trial letter"
        : "Tried to send a trial letter, in vain",
    endAdminSession: () => "Ended a session of these pages",
    endAdminSessions: () => "Ended all sessions of these pages",
  },
  newAccount: {
    title: "Make an account",
    intro:
      "The account is made whatever the registration says, with a new identity. Hand the password over, and ask its owner to change it.",
    handle: "Handle",
    handleHint: (domains: string) => `A whole name under ${domains}`,
    email: "E-mail address",
    password: "Password",
    passwordHint: "At least eight characters.",
    submit: "Make the account",
  },
  account: {
    none: "There is no such account",
    noneHint: "This account is not here, or is being deleted.",
    facts: "What is known",
    did: "Identifier",
    noEmail: "none",
    factorsGo: "Factors are removed at",
    confirmed: "confirmed",
    unconfirmed: "not confirmed",
    deactivated: "Deactivated",
    deleteAfter: "To be deleted",
    takenDown: "Taken down",
    ref: "Reference",
    refHint: "Yours, for later: a number of a case, or a word why.",
    sessions: "Signed in",
    sessionCounts: (counts: {
      sessions: number;
      applications: number;
      appPasswords: number;
    }) =>
      `sessions: ${counts.sessions}, applications: ${counts.applications}, app passwords: ${counts.appPasswords}`,
    usage: "Stored",
    usageWords: (usage: {
      records: number;
      repo: string;
      blobs: number;
      blobBytes: string;
    }) =>
      `records: ${usage.records} (${usage.repo}), files: ${usage.blobs} (${usage.blobBytes})`,
    invites: "Invite codes",
    invitesOff: "earns no more",
    note: "Note",
    acts: "What you can do",
    actsHint: "Each says what it does before it does it, and is in the audit.",
    moderate: "A record or file…",
    relays: "What relays say",
    relaysHint: "Asked now, or within the last minute",
    relay: "Relay",
    rev: "Newest commit that it has",
    notActive: "not active",
    relayAnswers: {
      unknown: "does not know it",
      unsupported: "answers no such question",
      unreachable: "did not answer",
    },
    names: {
      sendReset: "Mail a code for a new password",
      makeReset: "Make a link for a new password",
      verifyEmail: "Confirm the e-mail address",
      changeEmail: "Change the e-mail address",
      changeHandle: "Change the handle",
      signOut: "Sign out everywhere",
      removeFactors: "Remove lost second factors",
      keepFactors: "Keep the second factors",
      announce: "Announce to relays",
      checkRepo: "Check the repository",
      rotateKey: "Change the signing key",
      disableInvites: "Give no more invite codes",
      enableInvites: "Give invite codes again",
      deactivate: "Deactivate",
      activate: "Activate",
      takeDown: "Take down",
      restore: "Restore",
      delete: "Delete",
    },
    consequences: {
      sendReset:
        "A letter with a code goes to the account's address. The code sets a new password, and is good for 15 minutes.",
      makeReset:
        "A code is made that sets a new password, once, within 15 minutes. It is shown to you alone: hand it to the owner, and to nobody else. A code that was mailed before is worthless then.",
      verifyEmail:
        "The address counts as the owner's on your word. Do this when you know that it is.",
      changeEmail:
        "The address is changed and has to be confirmed again. Codes that were sent to the old one are worthless.",
      changeHandle:
        "The handle and the identity are changed, and relays are told. The old handle is free for others. Reserved names are allowed here.",
      signOut:
        "All sessions and applications end at once. The password and app passwords stay.",
      removeFactors:
        "For an owner who has lost everything beside the password. In 24 hours all second factors, passkeys and backup codes are removed and everything is signed out. The owner gets a letter at once, and can stop it with the link in it or by signing in with a factor. Make sure who asks.",
      keepFactors:
        "The second factors stay, and the owner is told so by a letter.",
      announce:
        "Relays are told of the identity, the state and the newest commit of the account. This helps when its posts are not seen.",
      checkRepo:
        "Every record, block and file of the account is held against its signature, its index and the log, as they are at one moment. Nothing is changed, and the account goes on writing.",
      rotateKey:
        "A new key signs the account's commits from now on, and the identity is changed in the directory. Do this when the old key may be known to others.",
      disableInvites:
        "The account earns no more invite codes; those that it has stay good.",
      enableInvites: "The account earns invite codes again.",
      deactivate:
        "The account rests: nobody sees it until its owner activates it again.",
      activate: "The account is in sight again, and relays are told.",
      takeDown:
        "The account is out of sight at once, here and for everybody who reads this server, and is signed out everywhere. Nothing is deleted, and you can restore it.",
      restore: "The account is in sight again, and its owner may sign in.",
      delete:
        "Everything of the account on this server is deleted for good: records, files, sessions, settings. The identity itself stays with its directory. This can't be undone.",
    },
    typeHandle: (handle: string) => `Type ${handle} to go on`,
    newEmail: "New e-mail address",
    newHandle: "New handle",
    collections: "What it keeps",
    collectionsHint: "Kinds of records, the most first",
    collection: "Kind",
    history: "What was done to it",
    historyHint: "Acts in the operator's name, the newest first",
    tokenHint:
      "This is shown once. It is good for 15 minutes and for one new password.",
    token: "Code",
    link: "Link",
    backToAccount: "Back to the account",
  },
  registration: {
    title: "Registration",
    policy: "Who may make an account",
    now: "At present:",
    rate: (count: number, most: number) =>
      `${count === 1 ? "1 account was" : `${count} accounts were`} made within the last hour${most === 0 ? "" : `; without an invite code, ${most} are the most`}.`,
    choose: "Policy",
    policies: {
      invite: "By invitation",
      closed: "Closed",
      captcha: "After a check against robots",
      approval: "After your approval",
      open: "Open to everybody",
    },
    hints: {
      invite: "An invite code is needed.",
      closed: "Nobody gets in by themselves. You still make accounts here.",
      captcha: "Who passes the check gets in, and so does who has a code.",
      approval: "People ask, you decide, and they are mailed a code.",
      open: "Robots too. Relays hide the accounts above a hundred until somebody raises that number.",
    },
    confirm: "Only to open it to everybody: type the word “open”",
    confirmHint: "Leave it empty for every other policy.",
    save: "Save",
    locked:
      "A flag, the environment or the settings file says who may make an account (TEMPEST_REGISTRATION). Change it there.",
    tripped: "Too many accounts came at once",
    trippedHint: (count: number) =>
      `${count} accounts were made within an hour, so an invite code is needed for now. Look at the newest accounts first.`,
    resume: (policy: string) => `Go back to “${policy}”`,
    applications: "People who ask",
    states: { waiting: "Waiting", approved: "Approved", refused: "Refused" },
    handle: "Handle",
    email: "E-mail",
    reason: "In their words",
    asked: "Asked",
    decision: "Decision",
    approve: "Approve",
    approveOne: (handle: string) => `Approve @${handle}`,
    refuse: "Refuse",
    refuseOne: (handle: string) => `Refuse @${handle}`,
    cameIn: "made an account",
  },
  invites: {
    title: "Invite codes",
    make: "Make codes",
    made: "New codes",
    count: "How many",
    uses: "Accounts for each",
    submit: "Make them",
    list: "All codes",
    caption: "The newest first",
    code: "Code",
    used: "Used",
    by: "By",
    of: "Belongs to",
    when: "Made",
    state: "State",
    disabled: "Disabled",
    usedUp: "Used up",
    disable: "Disable",
    disableOne: (code: string) => `Disable ${code}`,
  },
  moderation: {
    title: "Moderation",
    intro:
      "Take an account, a record or a file out of sight, or bring it back.",
    noService:
      "No moderation service is set (TEMPEST_MOD_SERVICE_URL); reports of people go nowhere.",
    service: (did: string) => `Reports go to ${did}, which may act here too.`,
    find: "Find something",
    record: "Record",
    recordHint: "at://did:…/collection/key",
    account: "Account",
    accountHint: "A DID",
    blob: "File",
    blobHint: "The CID of a file; the account is needed too.",
    look: "Look",
    found: "Found",
    cid: "CID",
    state: "State",
    hidden: "Out of sight",
    visible: "In sight",
    ref: "Reference",
    refHint: "Yours, for later: a number of a case, or a word why.",
    takeDown: "Take down",
    restore: "Restore",
    hides:
      "It is out of sight at once. Nothing is deleted, and you can restore it.",
    shows: "It is in sight again.",
    latest: "Latest acts",
    latestHint: "Takedowns and what was restored, the newest first",
  },
  mail: {
    title: "Mail",
    off: "This server sends no mail. Letters wait here: hand their codes on yourself.",
    way: "How letters go",
    noWay: "Letters are sent to nobody.",
    by: (way: string) => `By ${way}.`,
    counts: (waiting: number, failed: number) =>
      `${waiting} wait, ${failed} were given up.`,
    trial: "The trial",
    trialTo: "Send a trial letter to",
    tryIt: "Send",
    trialSent: "The mail server has taken it",
    trialFailed: "It was not sent",
    transcript: "What was said",
    outbox: "Outbox",
    caption: "Letters of the last week, the newest first",
    all: "All",
    states: { waiting: "Waiting", sent: "Sent", failed: "Given up" },
    subject: "Letter",
    to: "To",
    state: "State",
    code: "Code",
    when: "Written",
    gone: "That letter is gone",
    goneHint: "Letters are kept for a week after they were sent.",
    facts: "About the letter",
    account: "Account",
    sentAt: "Sent",
    tries: "Tries",
    error: "Last fault",
    resend: "Send again",
    text: "The letter",
    back: "All letters",
  },
};
