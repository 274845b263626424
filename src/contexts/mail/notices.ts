import { renderText, type RenderedNote } from "./note.ts";

/** What is known of the thing that a letter tells of. */
export interface NoticeFacts {
  atMs: number;
  /** Who did it, where it was not the owner: a DID, or `admin`. */
  by: string | null;
  ip: string | null;
  /** What people know the browser or program by. */
  device: string | null;
  /** What the letter's own words may name. */
  detail: Readonly<Record<string, string | number | boolean | null>>;
  /** Where the owner looks after the account. */
  page: string;
}

interface Notice {
  subject: string;
  /** First paragraph. `{handle}`, `{service}` and names of details are filled in. */
  what: string;
  /** What to do if it was not the owner. */
  otherwise: string;
}

const CHANGE_PASSWORD =
  "If this was not you, somebody else can get into your account: change your password now, which signs everybody out, and look through your account at {page}.";

/** Letters that tell of something and ask for nothing: one row each. */
const NOTICES = {
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
    what: "The e-mail address of {handle} on {service} was changed. This letter goes to the address before and to the new one.",
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
    otherwise:
      "If this was not you, somebody else may be taking your account over: write to whoever runs {service} at once. A change can be undone for 72 hours by whoever holds a stronger key of the identity.",
  },
  identityChanged: {
    subject: "Your identity was changed",
    what: "A change to the identity (DID) of {handle} was published through {service}.",
    otherwise:
      "If this was not you, somebody else may be taking your account over: write to whoever runs {service} at once. A change can be undone for 72 hours by whoever holds a stronger key of the identity.",
  },
  delegationGranted: {
    subject: "Somebody may act for your account",
    what: "{delegate} may now act for {handle} on {service} as {level}.",
    otherwise:
      "If this was not you, somebody else can get into your account: take it back at {page} and change your password.",
  },
} as const satisfies Record<string, Notice>;

export type NoticeKind = keyof typeof NOTICES;

export interface NoticeInput {
  handle: string;
  service: string;
  facts: NoticeFacts;
}

export function renderNotice(
  kind: NoticeKind,
  { handle, service, facts }: NoticeInput,
): RenderedNote & { subject: string } {
  const { subject, what, otherwise } = NOTICES[kind];
  const { page, detail } = facts;
  const values: Record<string, unknown> = { ...detail, handle, service, page };
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_whole, name: string) =>
      plain(String(values[name] ?? "unknown")),
    );
  const content = [fill(what), listOf(facts), fill(otherwise)].join("\n\n");
  return { subject, ...renderText(`${content}\n\n-- \n${service}`) };
}

function listOf({ atMs, by, ip, device }: NoticeFacts): string {
  const author = by === "admin" ? "the operator of the server" : by;
  const lines: [name: string, value: string | null][] = [
    ["When", timeOf(atMs)],
    ["Who", author],
    ["From the address", ip],
    ["With", device],
  ];
  return lines
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${plain(value!)}`)
    .join("\n");
}

/** Of the same length everywhere: owners may be anywhere. */
function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** On one line, and of a length that leaves the rest readable. */
function plain(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").slice(0, 300);
}
