/** What other parts of the server call by a name of their own, in words. */
export const named = {
  yes: "yes",
  no: "no",
  /** How this server stands with a relay. */
  relays: {
    active: "active",
    idle: "idle",
    offline: "offline",
    throttled: "throttled",
    banned: "banned",
    unknown: "unknown",
    unreachable: "unreachable",
    unsupported: "says nothing",
  },
  relayAdvice: {
    active: () => "It reads our events.",
    idle: (host: string) =>
      `It does not read our events at present. It is asked to crawl again; if it stays idle, look whether wss://${host}/xrpc/com.atproto.sync.subscribeRepos answers from outside.`,
    offline: (host: string) =>
      `It could not reach this host and has given up. It is asked to crawl again; look whether wss://${host}/xrpc/com.atproto.sync.subscribeRepos answers from outside: name, certificate, proxy, firewall.`,
    throttled: () =>
      "It takes fewer of our events than we send, because this host has more accounts or events than it allows. Posts arrive late; ask the relay's operator to raise the limit for this host.",
    banned: () =>
      "It refuses this host: nobody who reads from it sees our posts. Ask the relay's operator why.",
    unknown: () => "It does not know this host yet. It is asked to crawl.",
    unreachable: () =>
      "It did not answer. Nothing is to be done here unless this server can't reach other hosts either.",
  },
  mailWays: { mailbox: "the mailbox of this network" },
  /** Jobs, and what the server does by itself. */
  work: {
    "act on accounts": "act on accounts",
    "announce accounts": "announce accounts",
    "ask a relay to crawl": "ask a relay to crawl",
    "check a repository": "check a repository",
    "check handles": "check handles",
    "close stalled subscribers": "close stalled subscribers",
    "delete accounts whose time has come":
      "delete accounts whose time has come",
    "delete records": "delete records",
    "end delegations whose time is over": "end delegations whose time is over",
    "finish handle updates": "finish handle updates",
    "finish interrupted creations": "finish interrupted creations",
    "finish interrupted deletions": "finish interrupted deletions",
    "finish key rotations": "finish key rotations",
    "forget applications that were decided":
      "forget applications that were decided",
    "forget browsers that were trusted": "forget browsers that were trusted",
    "forget expired sessions": "forget expired sessions",
    "forget jobs that ended": "forget jobs that ended",
    "forget letters that were sent": "forget letters that were sent",
    "forget old events of accounts": "forget old events of accounts",
    "forget old measurements": "forget old measurements",
    "forget the administrator's old sessions":
      "forget the administrator's old sessions",
    "forget what applications left behind":
      "forget what applications left behind",
    "guard the registration": "guard the registration",
    "look after relays": "look after relays",
    "look at the room on the disk": "look at the room on the disk",
    measure: "measure",
    "measure accounts": "measure accounts",
    "move the low-water mark": "move the low-water mark",
    "prune the log": "prune the log",
    "remove broken uploads": "remove broken uploads",
    "remove factors that owners have lost":
      "remove factors that owners have lost",
    "remove replaced repositories": "remove replaced repositories",
    "remove unreferenced blobs": "remove unreferenced blobs",
    "remove unused files": "remove unused files",
    "store measurements": "store measurements",
    "tell what waits to be told": "tell what waits to be told",
    "write back quiet repositories": "write back quiet repositories",
  },
  settingGroups: {
    Service: "Service",
    "Accounts, keys and mail": "Accounts, keys and mail",
    Storage: "Storage",
    Network: "Network",
  },
  /** Of settings that can be changed on a page. */
  settings: {
    registration:
      "Who may make an account: those with an invite code, nobody, those who pass a check against robots, those whom the operator approves, or everybody.",
    signUpsPerHour:
      "More new accounts than this within an hour switch the registration to `invite`; 0 is no bound.",
    serviceName: "Name shown to people.",
    homeUrl: "Home page of the host.",
    logoUrl: "Picture of the host.",
    privacyPolicyUrl: "Privacy policy, shown by describeServer.",
    termsOfServiceUrl: "Terms of service, shown by describeServer.",
    supportUrl: "Where people find help.",
    contactEmail: "Address of the operator, shown by describeServer.",
    logLevel: "Least severe level that is written.",
  },
  /** What the security log knows of an event beside its kind. */
  detail: (name: string, value: string) => `${name}: ${value}`,
  details: {
    account: "account",
    action: "act",
    after: "now",
    appPassword: "app password",
    application: "application",
    before: "before",
    browsers: "browsers",
    delegate: "person",
    deleteAfter: "to be deleted after",
    endsAppPasswords: "app passwords revoked",
    expires: "until",
    factor: "factor",
    left: "left",
    level: "level",
    name: "name",
    off: "no letters about",
    privileged: "private messages",
    reason: "reason",
    rule: "rule",
    scopes: "permissions",
    sessions: "sessions",
    way: "way",
  },
  /** Values of details that have words of their own. */
  detailValues: {
    factor: {
      totp: "authenticator app",
      passkey: "passkey",
      email: "code by e-mail",
    },
    level: {
      viewer: "look",
      editor: "write",
      manager: "manage",
      custom: "only what was named",
    },
    off: {
      signIns: "new sign-ins",
      oldKeys: "sessions and applications that were signed out",
      appPasswords: "new app passwords",
      handle: "changes of the handle",
      none: "nothing",
    },
    reason: {
      password: "wrong password",
      factor: "wrong code",
      notAllowed: "not allowed",
      revoked: "taken back",
      renounced: "given back",
      expired: "expired",
    },
    rule: {
      factorRequired: "a second factor is asked for",
      factorNotRequired: "no second factor is asked for",
      appsRefused: "no applications with the main password",
      appsAllowed: "applications with the main password",
    },
    way: {
      account: "pages of the account",
      deletion: "deletion of the account",
      email: "code by e-mail",
      page: "sign-in page",
      program: "program",
    },
  },
  /** Who may call a method. */
  callers: {
    none: "anybody",
    optional: "anybody; more for the account and the administrator",
    refresh: "holder of a refresh token",
    "service-optional": "anybody; another host's account with its token",
    admin: "administrator",
    moderator: "administrator, moderation service",
    account: "account",
    mainPassword: "account, main password",
    takenDownToo: "taken down too",
    notTakenDown: "not when taken down",
    notDeactivated: "not when deactivated",
    service: "or its service token",
  },
  limits: {
    points: (points: number, time: string) => `${points} points in ${time}`,
    standsAlone: "stands alone",
  },
};
