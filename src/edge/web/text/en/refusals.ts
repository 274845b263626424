import type { Reasons } from "#lib/reasons.ts";

type ReasonText = {
  [Name in keyof Reasons]: Reasons[Name] extends null
    ? string
    : (facts: Reasons[Name]) => string;
};

const reasons: ReasonText = {
  accountInactive: "Only an active account can do that. Activate it first.",
  accountUnknown: ({ account }) =>
    `There is no account “${account}”. Look how it is written.`,
  applicationDecided: "Somebody has decided about this request already.",
  applicationsFull: "Too many people wait already. Try again another day.",
  applicationsOff: "This server takes no requests for accounts.",
  appPasswordName: ({ most }) =>
    `Give the app password a name of at most ${most} characters.`,
  appPasswordTwice: ({ name }) =>
    `You have an app password “${name}” already. Choose another name.`,
  appPasswordsFull: ({ most }) =>
    `You have ${most} app passwords, which is the most. Remove one that you don't need any more.`,
  carBad: ({ said }) =>
    `This file is no repository that can be taken in: “${said}”. Download it anew from your old server.`,
  carFuture:
    "The repository was changed in the future, as far as this server's clock goes. Look at the clock of the server that it comes from.",
  carOther: ({ did }) =>
    `This is the repository of ${did}, not of your account. Choose the file of your own.`,
  carRoots: ({ count }) =>
    `A repository begins with one commit; this file names ${count}. Download it anew from your old server.`,
  carRootMissing:
    "The file is not whole: its first part is missing. Download it anew from your old server.",
  carSigned:
    "The repository is not signed with a key of your account. Choose the file that your own server gave you.",
  cidForm: "That is not the CID of anything. Copy it anew, in full.",
  codeMissing: "The code from the letter is missing.",
  collectionForm:
    "That is not the name of a collection. It looks like app.bsky.feed.post.",
  countOutside: ({ most }) => `Type a whole number from 1 to ${most}.`,
  cursorForm: "The list has no such page. Begin again at its first one.",
  dateWrong: "That is no date. Choose one from the calendar.",
  dateZone: ({ path }) =>
    `“${path}” has to be a time with its zone, such as 2026-01-02T03:04:05.678Z.`,
  delegatesFull: ({ most }) =>
    `${most} people may act for you, which is the most. Take it back from one first.`,
  deleteBusy:
    "Another deletion is under way. Wait until it is done, or stop it.",
  deleteMost: ({ most }) => `Choose ${most} records at most.`,
  deleteNothing: "There is nothing to delete.",
  directoryAway:
    "The directory of identities does not answer right now. Try again in a minute.",
  directoryLater:
    "The directory of identities does not answer right now. The change is kept, and will be finished as soon as it does.",
  directoryRefused: ({ said }) =>
    `The directory of identities did not take the change: “${said}”. Nothing has changed here.`,
  emailForm:
    "That is no e-mail address: it needs an @ and a domain. Look how it is written.",
  emailHeld:
    "Confirm the new e-mail address first; then codes for the sign-in can go there.",
  emailMissing: "Type an e-mail address.",
  emailNone: "The account has no e-mail address. Set one first.",
  emailTaken:
    "Another account here has that e-mail address. Choose a different one.",
  emailUnconfirmed: "Confirm the e-mail address first.",
  factorFirst: "Add an authenticator app or a passkey first.",
  factorNone: "The account has no second factor.",
  fieldTwice: ({ name }) =>
    `The form had “${name}” twice. Load the page anew and fill it in again.`,
  fileBig: ({ place, most }) =>
    `The file at “${place}” is too large: ${most} bytes are the most. Choose a smaller one.`,
  fileKind: ({ place, is }) =>
    `The file at “${place}” is of the kind ${is}, which does not fit there. Choose another one.`,
  fileOldForm: ({ place }) =>
    `The file at “${place}” is named in an old form. Name it with $type, ref, mimeType and size.`,
  fileSize: ({ place, is }) =>
    `The file at “${place}” has ${is} bytes. Write that as its size.`,
  fileTakenDown: "This file has been taken down here.",
  fileTooBig: ({ most }) =>
    `The file is too large: ${most} bytes are the most here. Choose a smaller one.`,
  grantEnd: "Choose an end in the future, within ten years.",
  grantLevel: "Choose how much the person may do.",
  grantSelf: "That is your own account, for which you may act anyway.",
  handleChars:
    "A handle has letters, digits and dashes before the server's name, and no further dots.",
  handleElsewhere:
    "That handle does not lead to the account yet. Set its DNS entry or its file first, then try again; DNS may take some minutes.",
  handleLong: ({ most }) =>
    `The handle is too long: ${most} characters are the most before the server's name.`,
  handleNotOurs: "Ask for a handle under one of this server's names.",
  handleShort: ({ least }) =>
    `The handle is too short: it needs ${least} characters before the server's name.`,
  handleTld:
    "Handles can't end like that. Use a domain that exists for everybody.",
  identityElsewhere: ({ said }) =>
    `The identity does not lead to this server yet: “${said}”. Mend that first, then try again.`,
  identityEnded:
    "This identity was ended for good, and can't be changed any more.",
  identityFixed:
    "This identity is a web address (did:web) and has no keys to change here. Change its document there.",
  identityNotOurs:
    "This server has no key of the identity, so it can't change it. Change it with your own key.",
  identityUnknown: ({ said }) =>
    `The identity can't be looked up: “${said}”. Try again in a minute.`,
  identityUnnamed: ({ said }) =>
    `The identity's document has to be changed first, where it lies: “${said}”.`,
  importsOff: "This server takes in no repositories. Ask whoever runs it.",
  inviteGone: "You have no such invitation.",
  inviteUsed: "That invitation is used up.",
  jobOver: "The job has ended already.",
  jsonBad: ({ said }) => `This is not JSON: “${said}”.`,
  keyForm:
    "That is no public key. It begins with did:key:z and is of the curve P-256 or K-256.",
  keyGone: "That key is not there any more.",
  keyOurs: "Without its key this server can't serve you. It has to stay.",
  keyThere: "That key is there already.",
  keysFull: ({ most }) =>
    `An identity has ${most} keys at most. Remove one first.`,
  lexiconUnknown: ({ collection }) =>
    `This server does not know what a record of ${collection} looks like.`,
  listChanged: ({ count, expected }) =>
    `The list has ${count} accounts by now, not ${expected}. Look at it again.`,
  listEverybody: "Narrow the list first: this would be everybody.",
  objectOnly: "A record is a JSON object: it begins with {",
  openWord: "Type the word “open” to let everybody make accounts.",
  operationRefused: ({ said }) =>
    `The identity can't be changed like that: “${said}”.`,
  passkeyFirst:
    "Without a passkey nothing else would let you in. Add one first.",
  passkeyGone: "That passkey is not there any more.",
  passkeyLast:
    "The account has no password, so its last passkey has to stay. Set a password first.",
  passkeyName: "Give the passkey a name.",
  passwordLong: ({ most }) => `Use at most ${most} characters.`,
  passwordShort: ({ least }) => `Use at least ${least} characters.`,
  recordBad: ({ said }) => `The record does not fit: “${said}”.`,
  recordBig: ({ most, size }) =>
    `The record has ${size} bytes; ${most} are the most.`,
  recordGone: ({ path }) => `There is no record “${path}” any more.`,
  recordThere: ({ path }) =>
    `There is a record “${path}” already. Choose another key.`,
  recordUri:
    "Name the record by the DID of its account: at://did:…/collection/key.",
  rkeyForm:
    "That key can't be used: take letters, digits, and the signs . - _ ~ :",
  rkeyOther: ({ expected }) => `The key has to be ${expected}.`,
  scopeWrong: ({ scope }) =>
    `“${scope}” is no permission that can be given here.`,
  scopesMany: "Those are too many permissions for one app password.",
  scopesNone: "Choose at least one permission.",
  settingElsewhere: ({ name }) =>
    `${name} is set by a flag, in the environment or in the file. Change it there.`,
  settingForm: ({ name, expects }) =>
    `${name} can't have that value. Wanted is: ${expects}.`,
  signUpsClosed: "This server takes no new accounts.",
  subjectAccount: "Name the account of the file too.",
  subjectForm: "That can't be judged so. Look what is named.",
  subjectNone: "Name a record, an account or a file.",
  syntax: ({ kind, value }) =>
    `“${value}” is not written as it has to be (${kind}).`,
  typeOther: ({ expected, actual }) =>
    `The record says that it is of the type ${actual}, but lies among ${expected}.`,
  uploadCut: "The file did not arrive whole. Send it again.",
  uploadNone: "Choose a file first.",
};

/**
 * Why something was refused: by its reason, else by the name of the error, and
 * else in the server's own words with what can be done in any case.
 */
export const refusals = {
  other: (said: string) =>
    `This was refused; the server says in English: “${said}”. Change what it speaks of and try again, or ask whoever runs this server.`,
  names: {
    AccountDeactivated:
      "The account is deactivated. It has to be activated first.",
    AccountNotFound: "There is no such account here, or not any more.",
    AccountTakedown: "The account has been taken down.",
    AuthenticationRequired: "The password is wrong.",
    AuthMissing: "You are signed out by now. Sign in again.",
    BlobNotFound: "A file that the record names is not here. Upload it first.",
    DidDeactivated: "That identity was ended.",
    DidNotFound: "There is no such identity. Look how it is written.",
    ExpiredToken: "That code is too old. Ask for a new one.",
    Forbidden: "Only the owner may do that, signed in with everything.",
    HandleNotAvailable: "That handle is taken or reserved. Choose another one.",
    HandleNotFound: "That handle leads to no account. Look how it is written.",
    InsufficientStorage:
      "This server has no room for that right now. Tell whoever runs it.",
    InternalServerError: "The server failed at this. The log says why.",
    InvalidEmail:
      "That is no e-mail address: it needs an @ and a domain. Look how it is written.",
    InvalidHandle: "That is no handle. One looks like anna.example.com.",
    InvalidInviteCode: "That invite code is missing, wrong or used up.",
    InvalidSwap:
      "The record was changed elsewhere after you opened it. Look at what is there by now; to save yours over it, save again.",
    InvalidToken: "That code is wrong. Type it as it stands in the letter.",
    NotFound:
      "There is no such thing here, or not any more. Look at the list again.",
    PayloadTooLarge: "That is more than this server takes at once.",
    RecordNotFound: "There is no such record, or not any more.",
    RepoNotFound: "There is no such repository here.",
    RepoDeactivated:
      "The account is deactivated. It has to be activated first.",
    RepoSuspended: "The account has been suspended.",
    RepoTakendown: "The account has been taken down.",
    RequestTimeout: "That took too long. Try again.",
    ServiceUnavailable:
      "The server can't do that right now. Try again in a minute.",
    TokenRequired: "The code from the letter is missing.",
    UnsupportedDomain:
      "This server gives no handles under that domain. Choose another one.",
    UnsupportedMediaType: "That can't be read. Use the form of the page.",
    UpstreamFailure:
      "Another server that is needed for this failed. Try again in a minute.",
    UpstreamTimeout:
      "Another server took too long to answer. Try again in a minute.",
  },
  reasons,
};
