import { accountData } from "./account-data.ts";
import { accountSelf } from "./account-self.ts";
import { letters } from "./letters.ts";
import { security } from "./security.ts";

/** The pages of owners. */
export const account = {
  /** Headings of the menu, in its order; the first needs none. */
  sections: {
    you: "",
    security: "Sign-in and access",
    data: "Your data",
    more: "More",
  },
  overview: {
    title: "Your account",
    allIsWell: "All is well with your account.",
    identity: "Who you are",
    handle: "Handle",
    did: "Identifier",
    status: "State",
    email: "E-mail",
    noEmail: "none",
    confirmed: "Confirmed",
    unconfirmed: "Not confirmed",
    since: "Here since",
    listing: {
      title: "On this server's first page",
      shown: "Shown to everybody, with name and picture.",
      notShown: "Not shown.",
      show: "Show me there",
      hide: "Show me no longer",
    },
    records: "Records",
    media: "Media",
    onDisk: (size: string) => `${size} on disk`,
    relays: "Seen by the network",
    relaysHint:
      "Relays read this server and hand on what you write to everybody else. This is what they say of your account, asked a minute ago at most.",
    relaysCaption: "Relays that this server tells of its accounts",
    lastCommit: "Your last change was made on",
    noRelays:
      "This server is set up to tell no relay, so nobody else hears of it.",
    relay: "Relay",
    relayState: "What it says",
    seen: "Newest change it has",
    notSaid: "not said",
    checkAgain: "Check everything again",
    relayStates: {
      current: "Has everything",
      "catching-up": "Catching up",
      behind: "Behind",
      known: "Knows you",
      inactive: "Takes you for inactive",
      unknown: "Does not know you",
      unsupported: "Answers no such question",
      unreachable: "Can't be reached",
    },
    statuses: {
      active: "Active",
      deactivated: "Deactivated",
      takendown: "Taken down",
      suspended: "Suspended",
      creating: "Being made",
      deleted: "Deleted",
    },
    handleStates: {
      good: "Works both ways",
      bad: "Does not work",
      forward: {
        ours: "The handle leads to you: this server answers for it.",
        dns: "The handle leads to you: a DNS record says so.",
        https: "The handle leads to you: its website says so.",
        nowhere:
          "The handle leads nowhere: neither its DNS nor its website names you.",
        conflict:
          "The handle leads nowhere: its DNS names several accounts, and there must be one.",
        other: (did: string) => `The handle leads to somebody else, ${did}.`,
      },
      backward: {
        claimed: "Your DID document names the handle.",
        nothing: "Your DID document names no handle.",
        unreachable:
          "Your DID document can't be read right now, so this way is not known.",
        other: (handle: string) =>
          `Your DID document names another handle, @${handle}.`,
      },
    },
    warnings: {
      takendown:
        "Your account has been taken down by the operator. You can still take your data with you.",
      deactivated:
        "Your account is deactivated: nobody sees it, and you can't post.",
      deleteAfter: "It will be deleted after",
      identity: (part: string, found: string | null, expected: string) =>
        `Your DID document names ${found ?? "nothing"} as ${part}; it must name ${expected}, or nobody finds what you write here.`,
      handle: "Your handle does not work, so others see you as handle.invalid.",
      relay: {
        behind: (host: string) => `${host} does not have your newest changes.`,
        unknown: (host: string) => `${host} does not know your account.`,
        inactive: (host: string) =>
          `${host} takes your account for one that is not active.`,
      },
      missingBlobs:
        "Some of your records name pictures or files that are not on this server.",
      noEmail:
        "There is no e-mail address, so you can't reset your password or delete your account.",
      unconfirmed:
        "Your e-mail address is not confirmed. If it is wrong, you can't reset your password.",
    },
    fixes: {
      takendown: "Take my data with me",
      activate: "Activate my account",
      identity: "Look at my identity",
      handle: "Mend my handle",
      announce: "Announce my account again",
      missingBlobs: "See what is missing",
      noEmail: "Add an address",
      confirm: "Send me a code",
    },
  },
  apps: {
    title: "Apps and sessions",
    apps: "Applications you let in",
    appsHint:
      "They signed in on a page of this server and never saw your password. Taking access away works at once.",
    app: "Application",
    may: "May",
    onlyName: "Learn who you are, and nothing else.",
    lastUsed: "Last used",
    since: "Since",
    revoke: "Take access away",
    revokeName: (app: string) => `Take access away from ${app}`,
    passwords: "App passwords",
    passwordsHint:
      "For applications that ask for a password. One of these can't change your account, and you can take each back by itself.",
    newPassword: "New app password",
    name: "Name",
    kind: "May",
    created: "Made",
    kinds: {
      plain: "Everything but private messages and moving the account",
      privileged: "Everything, private messages too, but not your account",
    },
    delete: "Delete",
    deleteName: (name: string) => `Delete the app password ${name}`,
    sessions: "Signed in with a password",
    sessionsHint:
      "Applications that asked for your password or an app password.",
    by: "With",
    mainPassword: "your main password",
    appPassword: (name: string) => `the app password “${name}”`,
    end: "End",
    endName: (by: string) => `End the session with ${by}`,
    endAll: "End all of them",
    browsers: "Browsers",
    browsersHint: "Where you are signed in on the pages of this server.",
    browser: "Browser",
    from: "From",
    seen: "Last seen",
    thisOne: "This one",
    untilClosed: "until it is closed",
    signOut: "Sign out",
    signOutName: (browser: string) => `Sign out ${browser}`,
    signOutOthers: "Sign out everywhere else",
  },
  newPassword: {
    title: "New app password",
    hint: "Give each application its own, so that you can take one back and leave the others.",
    name: "What is it for?",
    nameHint: "A name for yourself, such as the application's.",
    kind: "What may it do?",
    plain: "Everything but private messages and moving the account",
    privileged: "Private messages too",
    limited: "Only these:",
    limits: {
      posts: "Write posts",
      likes: "Like, repost and follow",
      profile: "Change your profile",
      media: "Upload pictures and films",
      read: "Read feeds and notifications through this server",
    },
    more: "More, in the words of OAuth",
    moreHint: "Scopes with spaces between them, such as repo:com.example.note",
    submit: "Make it",
    made: "Your new app password",
    madeHint:
      "Copy it now: it is shown this once, and nobody can look it up later.",
    forName: "For",
    done: "I have copied it",
  },
  delegation: {
    title: "People who act for you",
    granted: "Who may act for this account",
    grantedHint:
      "They sign in to an application with their own password, and act in your name. What you take back ends at once.",
    delegate: "Person",
    account: "Account",
    may: "May",
    expires: "Until",
    since: "Since",
    noEnd: "Until it is taken back",
    over: "Over",
    revoke: "Take back",
    revokeName: (who: string) => `Take back what ${who} may do`,
    grant: "Let somebody act for this account",
    never:
      "Whatever you choose, they never reach your password, e-mail address, second factors, app passwords, handle, keys or the end of the account, and can't let in others.",
    who: "Handle or DID",
    whoHint:
      "Of their own account, here or on another server. If you named them before, this replaces what they had.",
    level: "What may they do?",
    levels: {
      viewer: {
        name: "Look.",
        may: "Read what you see in Bluesky: your feeds, notifications and settings. Write nothing.",
      },
      editor: {
        name: "Write.",
        may: "Also post, like, follow, delete records and upload files, but change no settings.",
      },
      manager: {
        name: "Manage.",
        may: "All that an application of yours could do, with private messages and settings.",
      },
      custom: {
        name: "Only what I name.",
        may: "Permissions in the words of OAuth, typed below.",
      },
    },
    scopes: "Permissions, if you name them yourself",
    scopesHint: "With spaces between them, such as repo:com.example.note",
    until: "Last day (optional)",
    untilHint: "They may act through the end of this day, UTC.",
    submit: "Let them act for me",
    cancel: "Cancel",
    received: "Accounts that you may act for",
    receivedHint:
      "Sign in to an application with the name of the account, and choose to act for it with an account of your own.",
    renounce: "Give back",
    renounceName: (account: string) =>
      `Give back what you may do for ${account}`,
  },
  ...accountData,
  ...accountSelf,
  letters,
  /** What went wrong, by the name of the error; others say it themselves. */
  /** Told once, after a change; the key goes along in the address. */
  done: {
    ...security.done,
    "code-sent":
      "We have sent you a letter with a code. It is good for 15 minutes.",
    "email-confirmed": "Your e-mail address is confirmed.",
    "email-changed":
      "Your e-mail address is changed. Confirm the new one with a code.",
    "letters-chosen":
      "Your choice is saved. A letter tells of it too, in case it was not you.",
    "letters-kept": "Your choice was this already.",
    cleaned: "Uploads that nothing used for an hour are gone.",
    "file-removed": "The file is gone.",
    cleaning: "Unused files are being removed.",
    "cleaning-stopped": "Stopped. What was removed by then stays so.",
    "checkup-stopped": "The check-up is stopped.",
    imported: "Your repository is here now.",
    "key-added": "Your key is first of all now. Keep its private half safe.",
    "key-removed": "The key can't change your identity any more.",
    "handle-changed": "You have a new handle.",
    "profile-saved": "Your profile is saved.",
    invited: "You have new invitations.",
    "invite-off": "The invitation is switched off.",
    "no-invites": "You have not earned another invitation yet.",
    deactivated: "Your account is deactivated.",
    saved: "Saved.",
    deleted: "Deleted.",
    deleting: "The deletion has begun.",
    stopped: "Stopped. What was deleted by then stays so.",
    revoked: "The application has no access any more.",
    ended: "Ended.",
    "signed-out": "Signed out there.",
    "password-deleted":
      "The app password is gone, and so are the sessions it opened.",
    activated: "Your account is active again.",
    "delegate-granted": "They may act for you now.",
    "delegate-revoked": "They may not act for you any more.",
    "delegation-renounced": "You do not act for that account any more.",
    listing: "It is as you wish. The first page follows at once.",
    announced:
      "Your account will be announced again in its turn. Relays may take a few minutes.",
    welcome:
      "Your account is ready. We have sent you a letter: please confirm your e-mail address with it.",
  },
};
